"""Another studio while it plays: in all views, through presets, after a lost process; refused if unknown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import pytest

from avatar_server.control.commands import ChoosePreset, ChooseStaging, ChooseStudio
from avatar_server.errors import UsageError
from avatar_server.stage.desk import Desk
from avatar_server.stage.own_views import OwnViews
from avatar_server.stage.presets import in_preset
from avatar_server.stage.programme import OpenedProgramme
from avatar_server.stage.refusals import refuse_impossible
from avatar_server.stage.test_card import TestCard
from avatar_server.stage.wire import Ready, Resumption


@dataclass(frozen=True, slots=True)
class Studios(TestCard):
    """A card with a wall that is said and not seen."""

    def with_staging(self, name: str) -> Self:
        return replace(self, staging=name)

    def with_studio(self, name: str) -> Self:
        return replace(
            self, studio=name, studio_name=name or ("white" if self.preset_name == "genea" else "light")
        )

    def with_preset(self, name: str) -> Self:
        return replace(self, preset_name=name, staging="side-by-side").with_studio(self.studio)


def desk(resumption: Resumption | None = None) -> Desk:
    card = Studios(studio_name="light")
    return Desk(card, camera="two-shot", staging="face-to-face", aspect=1.5, resumption=resumption)


def test_it_is_seen_in_all_views_and_stays_with_another_staging() -> None:
    at = desk()
    at.follow(OwnViews(("own-1",)), 0.0)
    at.follow(ChooseStudio("dark"), 0.0)
    at.follow(ChooseStaging("side-by-side"), 0.0)
    moment = at.moment(0.0)
    assert moment.view.scene == ("natural", "side-by-side", "dark")
    assert moment.own["own-1"].programme.studio_name == "dark"


def test_a_chosen_one_outlasts_a_preset_and_a_process_and_the_presets_own_follows_it() -> None:
    for chosen, seen in (("dark", "dark"), ("", "white")):
        at = desk()
        at.follow(ChoosePreset("genea"), 0.0)
        wish = at.preset_wish()
        assert wish is not None
        if chosen:
            at.follow(ChooseStudio(chosen), 0.0)
        at.show_preset(wish, in_preset(wish.programme, wish.name))
        assert at.moment(0.0).view.scene == ("genea", "side-by-side", seen)
        state = at.state(0.0)
        assert state.studio == chosen
        again = desk(Resumption(0.0, state, 0.0, 0.0)).moment(0.0).view.programme
        assert (again.studio, again.studio_name) == (chosen, chosen or "light")


def test_an_unknown_one_is_refused() -> None:
    card = Studios()
    opened = OpenedProgramme(card, card.shown(), card.cameras, card.stagings, card.presets, ("light", "dark"))
    ready = Ready(
        opened.shown, opened.cameras, opened.stagings, (64, 64), 30, "none", 0.0, studios=opened.studios
    )
    refuse_impossible(ChooseStudio("dark"), ready)
    with pytest.raises(UsageError, match="name: expected one of light, dark, got 'transparent'"):
        refuse_impossible(ChooseStudio("transparent"), ready)
