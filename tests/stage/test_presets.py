"""A preset is made beside the playing; what is asked for meanwhile is not lost, failures change nothing."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from avatar_server.control.commands import ChoosePreset, ChooseStaging, Pause
from avatar_server.errors import InputError
from avatar_server.stage.desk import Desk
from avatar_server.stage.presets import in_preset, make_presets
from avatar_server.stage.test_card import TestCard
from tests.stage.loop_run import Run


@dataclass(frozen=True, slots=True)
class TwoPresets(TestCard):
    """A card that is half as loud in its other preset."""

    def with_staging(self, name: str) -> Self:
        return replace(self, staging=name)

    def with_preset(self, name: str) -> Self:
        if name == "broken":
            raise InputError(expected="a recording", came="nothing", where="here")
        return replace(self, preset_name=name, staging="side-by-side" if name == "genea" else "face-to-face")

    def sound_block(self, start_sample: int, count: int) -> NDArray[np.float32]:
        factor = 0.5 if self.preset_name == "genea" else 1.0
        return np.full((count, 2), (0.25 * factor, 0.125 * factor), dtype=np.float32)


def desk() -> Desk:
    return Desk(TwoPresets(), camera="two-shot", staging="face-to-face", aspect=1.5)


def make(at: Desk) -> None:
    wish = at.preset_wish()
    assert wish is not None
    at.show_preset(wish, in_preset(wish.programme, wish.name))


def test_it_is_shown_when_it_is_made_and_known_to_the_next_process_before() -> None:
    at = desk()
    at.follow(ChoosePreset("genea"), 0.0)
    assert at.moment(0.0).view.scene == ("natural", "face-to-face", "")
    assert at.state(0.0).preset == "genea"
    make(at)
    assert at.moment(0.0).view.scene == ("genea", "side-by-side", "")
    assert at.preset_wish() is None
    at.follow(ChoosePreset("genea"), 0.0)
    assert at.preset_wish() is None, "it is there already"


def test_the_last_wish_counts_and_a_staging_chosen_since_then() -> None:
    at = desk()
    at.follow(ChoosePreset("genea"), 0.0)
    first = at.preset_wish()
    assert first is not None
    at.follow(ChooseStaging("face-to-face"), 0.0)
    at.follow(ChoosePreset("natural"), 0.0)
    at.show_preset(first, in_preset(first.programme, first.name))
    assert at.moment(0.0).view.scene == ("natural", "face-to-face", ""), "nobody wants it any more"
    at.follow(ChoosePreset("genea"), 0.0)
    at.follow(ChooseStaging("face-to-face"), 0.0)
    make(at)
    assert at.moment(0.0).view.scene == ("genea", "face-to-face", "")


def test_what_cannot_be_made_leaves_the_stage_as_it_is() -> None:
    at = desk()
    at.follow(ChoosePreset("broken"), 0.0)
    make(at)
    assert at.preset_wish() is None
    assert at.moment(0.0).view.scene == ("natural", "face-to-face", "")
    assert at.state(0.0).preset == "natural"


def test_a_thread_makes_what_is_wished() -> None:
    at = desk()
    threading.Thread(target=make_presets, args=(at, at.woken()), daemon=True).start()
    told = at.woken()
    at.follow(ChoosePreset("genea"), 0.0)
    while at.moment(0.0).view.scene[0] != "genea":
        assert told.wait(10.0)
        told.clear()


def test_the_other_preset_is_drawn_in_a_pause_and_heard_without_a_step() -> None:
    run = Run(0.004, programme=TwoPresets())
    run.until(1.0)
    run.desk.follow(ChoosePreset("genea"), run.clock.now_s())
    make(run.desk)
    run.until(2.0)
    left = run.mixed()[960:, 0]
    assert (left[0], left[-1]) == (np.float32(0.25), np.float32(0.125))
    assert np.abs(np.diff(left)).max() < 0.125 * np.pi / 2 / 240 * 1.01
    run.desk.follow(Pause(), run.clock.now_s())
    run.until(2.5)
    drawn = len(run.renderer.finished)
    run.until(3.0)
    assert len(run.renderer.finished) == drawn
    run.desk.follow(ChoosePreset("natural"), run.clock.now_s())
    make(run.desk)
    run.until(3.5)
    assert len(run.renderer.finished) == drawn + 1
