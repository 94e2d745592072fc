"""A voice that is heard while its file arrives is, sample for sample, the one that a whole file gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from avatar_server.audio.growing_sound import GrowingSound
from avatar_server.audio.sound_clip import SoundClip
from avatar_server.dataset.cache.partial_file import PartialFile
from avatar_server.dataset.wav_header import WavHeader, parse_wav_header
from avatar_server.errors import InputError
from tests.audio.test_sound_clip import SECOND, empty_wav, write_sound

SPOKEN = ((0.2, 1.4), (2.0, 3.1))
LENGTH_S = 4


class Arriving:
    """A WAV of which some bytes are here."""

    def __init__(self, folder: Path, wav: Path) -> None:
        self.data = wav.read_bytes()
        self.partial = PartialFile(folder / "arriving" / "wav", source="http://bucket.example/a.wav")
        self.partial.describe(len(self.data), '"1"')

    def come(self, start: int, end: int | None = None) -> None:
        self.partial.write(start, self.data[start:end])

    @property
    def header(self) -> WavHeader:
        found = parse_wav_header(self.data[:200], len(self.data), "a.wav")
        assert found is not None
        return found

    def byte(self, sample: int) -> int:
        return self.header.data_start + sample * self.header.bytes_a_frame

    def open(self) -> GrowingSound:
        return GrowingSound(self.partial, self.header, "a.wav")


def voice() -> np.ndarray:
    rng = np.random.default_rng(3)
    t = np.arange(LENGTH_S * SECOND) / SECOND
    loud = sum(((t >= a) & (t < b)).astype(float) for a, b in SPOKEN)
    return np.asarray(0.2 * loud * np.sin(2 * np.pi * 220 * t) + 0.001 * rng.standard_normal(len(t)))


@pytest.fixture(
    params=[("pcm_s16le", "s16", 1), ("pcm_s32le", "s32", 2), ("pcm_f32le", "flt", 2)],
    ids=["16 bit", "32 bit stereo", "float stereo"],
)
def wav(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    codec, sample_format, channels = request.param
    samples = np.stack([voice() * (1 - 0.5 * channel) for channel in range(channels)])
    return write_sound(tmp_path / "a.wav", samples, SECOND, codec, sample_format)


@pytest.fixture
def arriving(tmp_path: Path, wav: Path) -> Iterator[Arriving]:
    made = Arriving(tmp_path, wav)
    yield made
    made.partial.close()


def test_what_is_here_is_heard_and_what_is_not_is_silence(arriving: Arriving, wav: Path) -> None:
    whole = SoundClip.open(wav).block_at(0, LENGTH_S * SECOND)
    # Two stretches, the second of which begins and ends in the middle of a sample.
    arriving.come(0, arriving.byte(30_000))
    arriving.come(arriving.byte(90_000) + 1, arriving.byte(120_000) + 1)
    sound = arriving.open()
    assert sound.duration_s == LENGTH_S, "the header tells the whole length"
    heard = sound.block_at(-100, LENGTH_S * SECOND + 200)
    assert len(heard) == LENGTH_S * SECOND + 200
    expected = np.zeros_like(heard)
    expected[100 : 100 + 30_000] = whole[:30_000]
    expected[100 + 90_001 : 100 + 120_000] = whole[90_001:120_000]
    np.testing.assert_allclose(heard, expected, atol=1e-6)
    assert sound.spans_s() == ((0.0, 30_000 / SECOND), (90_001 / SECOND, 120_000 / SECOND))
    arriving.come(0)
    np.testing.assert_allclose(sound.block_at(0, LENGTH_S * SECOND), whole, atol=1e-6)
    assert sound.spans_s() == ((0.0, float("inf")),)


def test_it_is_measured_as_it_comes_and_in_the_end_as_if_it_had_been_whole(
    arriving: Arriving, wav: Path
) -> None:
    arriving.come(0, arriving.byte(SECOND + 7))
    sound = arriving.open()
    assert sound.loudness.speech_dbfs() is None, "nothing was measured yet"
    sound.measure(SPOKEN)
    assert sound.measured_s == (SECOND + 7) / SECOND
    early_dbfs = sound.loudness.speech_dbfs()
    # A gap: what lies behind it is not measured before it is filled.
    arriving.come(arriving.byte(3 * SECOND))
    sound.measure(SPOKEN)
    assert sound.measured_s == (SECOND + 7) / SECOND
    arriving.come(arriving.byte(SECOND + 7), arriving.byte(3 * SECOND))
    sound.measure(SPOKEN)
    assert sound.measured_s == sound.duration_s
    whole = SoundClip.open(wav, SPOKEN).loudness
    np.testing.assert_allclose(sound.loudness.step_power, whole.step_power, rtol=1e-3, atol=1e-12)
    wanted_dbfs, found_dbfs = whole.speech_dbfs(), sound.loudness.speech_dbfs()
    assert wanted_dbfs is not None
    assert found_dbfs == pytest.approx(wanted_dbfs, abs=0.01)
    assert early_dbfs == pytest.approx(wanted_dbfs, abs=1.0)


def test_the_file_may_get_its_official_name_meanwhile(arriving: Arriving, tmp_path: Path) -> None:
    arriving.come(0)
    sound = arriving.open()
    before = sound.block_at(SECOND, 960)
    assert np.abs(before).max() > 0.05
    arriving.partial.path.rename(tmp_path / "official.wav")
    np.testing.assert_array_equal(sound.block_at(SECOND, 960), before)
    sound.close()
    sound.close()
    with pytest.raises(ValueError, match="closed"):
        sound.block_at(SECOND, 960)


def test_another_rate_is_decoded_when_it_is_whole(tmp_path: Path) -> None:
    arriving = Arriving(tmp_path, write_sound(tmp_path / "a.wav", np.zeros((1, 4410)), 44_100))
    with pytest.raises(InputError, match="expected 48000 Hz, but found 44100 Hz"):
        arriving.open()


def test_a_file_without_sound_is_silence_that_is_all_here(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(empty_wav())
    arriving = Arriving(tmp_path, tmp_path / "a.wav")
    arriving.come(0)
    sound = arriving.open()
    assert sound.notices == ("a.wav: holds no sound: silence instead",)
    assert (sound.duration_s, sound.measured_s) == (0.0, 0.0)
    assert sound.spans_s() == ((0.0, float("inf")),)
    sound.measure(())
    assert sound.loudness.speech_dbfs() is None
    assert not sound.block_at(0, 960).any()
