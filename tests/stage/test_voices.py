"""One person louder, softer or silent: heard soon, without a click, and nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.control.commands import MarkRegion, SetSpeed, SetVoice, StageCommand
from avatar_server.stage.test_card import LEFT_AMPLITUDE, TestCard
from avatar_server.timing.lead import LEAST_S, SOUND_FIRST_S
from tests.stage.loop_run import Run, heard_of

CHANGED_S = 1.3


class Steady(TestCard):
    """Each person one unchanging value, so that what is mixed shows how loud they are."""

    def sound_block(self, start_sample: int, count: int) -> NDArray[np.float32]:
        return np.full((count, 2), (0.25, 0.125), dtype=np.float32)


class Babble(TestCard):
    """Two people whose sound changes from block to block, as speech does."""

    def sound_block(self, start_sample: int, count: int) -> NDArray[np.float32]:
        time_s = np.arange(start_sample, start_sample + count) / 48_000
        voices = []
        for pitch_hz, syllables_hz in ((110.0, 5.3), (190.0, 4.1)):
            envelope = 0.1 + np.clip(np.sin(2 * np.pi * syllables_hz * time_s), 0.0, 1.0) ** 2
            overtones = sum(
                np.sin(2 * np.pi * n * pitch_hz * time_s + n * n * envelope) / n for n in range(1, 20)
            )
            voices.append(0.2 * envelope * overtones)
        return np.stack(voices, axis=1).astype(np.float32)


def run_with(
    commands: tuple[StageCommand, ...], speed: float = 1.0, programme: TestCard | None = None
) -> Run:
    """They are followed at 1.3 s and 20 ms after each other."""
    run = Run(0.004, programme=programme)
    run.desk.follow(SetSpeed(speed), 0.0)
    run.until(CHANGED_S)
    for command in commands:
        run.desk.follow(command, run.clock.now_s())
        run.until(run.clock.now_s() + 0.02)
    run.until(2.6)
    return run


def level(sound: NDArray[np.float32], begin_s: float, end_s: float) -> float:
    return float(np.sqrt(np.mean(sound[round(begin_s * 48_000) : round(end_s * 48_000)] ** 2)))


@pytest.mark.parametrize("speed", [1.0, 1.4])
def test_a_muted_person_is_silent_and_the_other_one_unchanged(speed: float) -> None:
    mute = SetVoice("left", 1.0, True)
    run, unchanged = (run_with(commands, speed, Babble()) for commands in ((mute,), ()))
    mixed = run.mixed()
    assert level(mixed[:, 0], 0.5, 1.25) > 0.05
    assert not mixed[round(1.4 * 48_000) :, 0].any(), "silent within a tenth of a second"
    np.testing.assert_allclose(mixed[:, 1], unchanged.mixed()[:, 1], atol=1e-6)

    heard = heard_of(run)
    assert level(heard[:, 0], 1.4, 2.6) < 1e-3
    wrong = heard[:, 1] - mixed[648 : 648 + len(heard), 1]
    for begin_s in np.arange(1.2, 2.5, 0.02):
        loud = level(heard[:, 1], begin_s, begin_s + 0.02)
        assert level(wrong, begin_s, begin_s + 0.02) < 0.13 * loud, (
            f"coded as well as ever at {begin_s:.2f} s"
        )


def test_a_loudness_changes_within_a_block_and_without_a_step() -> None:
    run = run_with((SetVoice("left", 1.6, False),), programme=Steady())
    left, right = run.mixed().T
    assert set(right[960:]) == {np.float32(0.125)}
    changing = 960 + np.flatnonzero(np.diff(left[960:]))
    assert changing[-1] - changing[0] <= 960
    assert (left[960], left[-1]) == (pytest.approx(0.25), pytest.approx(0.4))
    assert np.diff(left[960:]).min() >= 0
    assert np.diff(left[960:]).max() < 1.1 * 0.15 * np.pi / 2 / 960


def test_what_is_made_again_has_not_left_yet() -> None:
    run = run_with((SetVoice("left", 0.5, False),))
    seen: set[int] = set()
    again = []
    for packet, sent_s in run.of("audio"):
        if packet.pts in seen:
            again.append((float(packet.stream_s), sent_s))
        seen.add(packet.pts)
    assert len(again) == pytest.approx(18, abs=3)
    for stream_s, sent_s in again:
        assert stream_s + LEAST_S - SOUND_FIRST_S > sent_s + 0.015, "time to reach who holds it"
    assert again[0][0] < CHANGED_S + 0.1


def test_the_last_word_of_a_hand_that_drags_a_loudness_counts_and_work_stays_small() -> None:
    gains = (0.8, 0.6, 0.4, 0.3, 0.7, 0.2, 0.9, 0.5)
    run = run_with(tuple(SetVoice("right", gain, False) for gain in gains), programme=Steady())
    right = run.mixed()[960:, 1]
    assert right[-1] == pytest.approx(0.5 * 0.125)
    assert np.abs(np.diff(right)).max() < 0.125 * np.pi / 2 / 960
    made = len(run.of("audio"))
    assert made < 160 + 3 * 20, "not again with every movement"


def test_a_voice_at_twice_its_loudness_that_was_muted_meanwhile() -> None:
    run = run_with((SetVoice("left", 2.0, True), SetVoice("left", 2.0, False)))
    assert level(run.mixed()[:, 0], 1.6, 2.6) == pytest.approx(2 * LEFT_AMPLITUDE / np.sqrt(2), rel=0.01)
    assert level(heard_of(run)[:, 0], 1.6, 2.6) == pytest.approx(2 * LEFT_AMPLITUDE / np.sqrt(2), rel=0.03)


def test_a_muted_person_stays_so_in_every_round() -> None:
    run = run_with((SetVoice("left", 1.0, True), MarkRegion(20.0, 20.3)))
    assert not run.mixed()[round(1.45 * 48_000) :, 0].any()
    assert level(run.mixed()[:, 1], 1.45, 2.6) > 0.05
