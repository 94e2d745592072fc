"""Faster and slower speech keeps its pitch, its place and its peace."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.audio.time_stretch import TimeStretcher

SECOND = 48_000
BLOCK = 960
Stereo = NDArray[np.float32]


class Source:
    """Stereo samples in memory, zeros outside."""

    def __init__(self, left: NDArray[np.float64], right: NDArray[np.float64] | None = None) -> None:
        self.samples = np.stack([left, left if right is None else right], axis=1).astype(np.float32)

    def read(self, start: int, count: int) -> Stereo:
        block = np.zeros((count, 2), np.float32)
        first, last = max(0, start), min(len(self.samples), start + count)
        if first < last:
            block[first - start : last - start] = self.samples[first:last]
        return block


def voice(seconds: float, hertz: float = 140.0) -> NDArray[np.float64]:
    """A vowel-like sound: ten harmonics."""
    t = np.arange(round(seconds * SECOND)) / SECOND
    return np.asarray(sum(0.3 / n * np.sin(2 * np.pi * hertz * n * t + n) for n in range(1, 11))) * 0.5


def played(stretcher: TimeStretcher, count: int, speed: float) -> Stereo:
    return np.concatenate([stretcher.next_block(BLOCK, speed) for _ in range(count)])


def pitch_hz(sound: NDArray[np.float32]) -> float:
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(np.argmax(spectrum) * SECOND / len(sound))


def test_normal_speed_passes_bit_for_bit() -> None:
    rng = np.random.default_rng(1)
    source = Source(rng.standard_normal(SECOND), rng.standard_normal(SECOND))
    stretcher = TimeStretcher(source.read)
    stretcher.seek(1234)
    out = np.concatenate([stretcher.next_block(count, 1.0) for count in (960, 1, 480, 17, 960)])
    np.testing.assert_array_equal(out, source.samples[1234 : 1234 + len(out)])
    assert stretcher.position_samples == 1234 + len(out)


@pytest.mark.parametrize("speed", [0.5, 0.75, 0.9, 1.1, 1.5, 2.0])
def test_pitch_stays_and_the_position_is_exact(speed: float) -> None:
    stretcher = TimeStretcher(Source(voice(6)).read)
    out = played(stretcher, 100, speed)
    assert len(out) == 100 * BLOCK
    assert stretcher.position_samples == pytest.approx(100 * BLOCK * speed, abs=1e-6)
    assert pitch_hz(out[SECOND // 4 : SECOND // 4 + SECOND, 0]) == pytest.approx(140, abs=1.5)
    # A voiced sound stays even: no beating where pieces meet.
    rms = np.sqrt((out[:, 0].reshape(-1, BLOCK) ** 2).mean(axis=1))[2:]
    assert rms.min() > 0.8 * rms.max()


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.25, 2.0])
def test_what_happens_in_the_source_is_heard_at_its_time(speed: float) -> None:
    """Four bursts; each begins where the timeline says, within the reach of the search and half a piece."""
    starts = [12_000, 30_000, 50_000, 70_000]
    sound = np.zeros(2 * SECOND)
    rng = np.random.default_rng(3)
    for start in starts:
        sound[start : start + 6000] = 0.3 * rng.standard_normal(6000)
    stretcher = TimeStretcher(Source(sound).read)
    out = np.abs(played(stretcher, int(76_000 / speed / BLOCK), speed)[:, 0])
    loud = np.convolve(out, np.ones(240) / 240, mode="same") > 0.06
    onsets = np.flatnonzero(loud[1:] & ~loud[:-1])
    for start in starts:
        nearest = onsets[np.argmin(np.abs(onsets - start / speed))]
        assert abs(nearest - start / speed) * speed < 0.015 * SECOND


def test_no_clicks_when_speed_changes_seeks_and_pauses_follow_each_other() -> None:
    sound = voice(20, 110.0)
    steepest = np.abs(np.diff(sound)).max()
    stretcher = TimeStretcher(Source(sound).read)
    pieces = []
    for speed in (1.0, 1.5, 0.5, 1.0, 2.0, 0.0, 0.0, 1.0, 0.0, 0.75, 1.0):
        pieces.append(played(stretcher, 7, speed))
    for place in (100_000, 333_333, 5_000):
        stretcher.seek(place)
        pieces.append(played(stretcher, 3, 1.0))
        stretcher.seek(place + 77)
        pieces.append(played(stretcher, 3, 1.7))
    out = np.concatenate(pieces)
    # Crossfades of 5 ms add at most the height of the sound times their own slope.
    assert np.abs(np.diff(out[:, 0])).max() < 1.5 * steepest + 2 * np.abs(sound).max() * np.pi / 2 / 240


def test_back_at_normal_speed_samples_are_exact_again() -> None:
    rng = np.random.default_rng(4)
    source = Source(rng.standard_normal(3 * SECOND))
    stretcher = TimeStretcher(source.read)
    played(stretcher, 3, 1.0)
    played(stretcher, 11, 0.77)
    stretcher.next_block(BLOCK, 1.0)
    position = stretcher.position_samples
    assert position == int(position)
    assert position == pytest.approx(3 * BLOCK + 11 * BLOCK * 0.77 + BLOCK, abs=0.5)
    np.testing.assert_array_equal(
        stretcher.next_block(BLOCK, 1.0), source.samples[int(position) : int(position) + BLOCK]
    )


def test_a_pause_is_silent_and_does_not_move() -> None:
    stretcher = TimeStretcher(Source(voice(3)).read)
    played(stretcher, 5, 1.0)
    before = stretcher.position_samples
    fading = stretcher.next_block(BLOCK, 0.0)
    assert np.abs(fading[:48]).max() > 0.01
    assert not fading[240:].any()
    assert not stretcher.next_block(BLOCK, 0.0).any()
    assert stretcher.position_samples == before


def test_both_channels_move_together() -> None:
    left = voice(4)
    stretcher = TimeStretcher(Source(left, -0.5 * left).read)
    out = played(stretcher, 60, 1.3)
    np.testing.assert_allclose(out[:, 1], -0.5 * out[:, 0], atol=1e-6)


def test_silence_and_the_far_end_stay_silent() -> None:
    stretcher = TimeStretcher(Source(np.zeros(100)).read)
    assert not played(stretcher, 10, 1.5).any()
    stretcher.seek(-5000)
    assert not played(stretcher, 10, 0.5).any()


@pytest.mark.parametrize("speed", [-1.0, 0.3, 2.5, float("nan")])
def test_other_speeds_are_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="speed"):
        TimeStretcher(Source(np.zeros(10)).read).next_block(BLOCK, speed)
