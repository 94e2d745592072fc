"""A loop whose renderer poses ahead sends what it would send without that, whatever hands do meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from avatar_server.control.commands import (
    ChooseCamera,
    Pause,
    Play,
    Seek,
    SetSpeed,
    StageCommand,
    TurnOrbit,
)
from avatar_server.scene.cameras import CAMERAS
from avatar_server.scene.snapshot import Camera, Snapshot
from avatar_server.stage.test_card import TestCard
from tests.stage.loop_run import HandClock, Run, SlowRenderer

COURSE: tuple[tuple[float, StageCommand], ...] = (
    (0.5, Seek(12.0)),
    (1.0, ChooseCamera(tuple(CAMERAS)[1])),
    (1.2, TurnOrbit(0.3, 0.1)),
    (1.5, Pause()),
    (1.8, TurnOrbit(-0.2, 0.0)),
    (2.0, Play()),
    (2.2, SetSpeed(0.5)),
    (2.5, Seek(1.0)),
    (3.0, Pause()),
)


class AheadRenderer(SlowRenderer):
    """Asks what comes next while it draws, as one that waits for a rasteriser does."""

    def __init__(self, hand: HandClock, draw_s: float) -> None:
        super().__init__(hand, draw_s)
        self._next_one: Callable[[], Snapshot | None] = lambda: None
        self.foreseen: list[Snapshot | None] = []

    def expect(self, next_one: Callable[[], Snapshot | None]) -> None:
        self._next_one = next_one

    def submit(self, snapshot: Snapshot, *, hasty: bool = False) -> None:
        super().submit(snapshot, hasty=hasty)
        self.foreseen.append(self._next_one())


def sent(run: Run) -> list[tuple[int, bytes]]:
    for until_s, command in COURSE:
        run.until(until_s)
        run.desk.follow(command, run.clock.now_s())
    run.until(3.5)
    return [(packet.pts, packet.data) for packet in run.view("presenter")]


@pytest.mark.parametrize("draw_s", [0.01, 0.025, 0.05])
def test_nothing_else_is_sent(draw_s: float) -> None:
    """Beside a seek, a pause, another speed and a camera that is turned, and where pictures are dropped."""
    ahead = Run(draw_s, renderer=AheadRenderer)
    assert sent(ahead) == sent(Run(draw_s))


def test_people_are_posed_once_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    asked_s: list[float] = []
    snapshot_at = TestCard.snapshot_at

    def noting(card: TestCard, time_s: float, camera: Camera) -> Snapshot:
        asked_s.append(time_s)
        return snapshot_at(card, time_s, camera)

    monkeypatch.setattr(TestCard, "snapshot_at", noting)
    run = Run(0.02, renderer=AheadRenderer)
    run.until(1.0)
    drawn = len(run.view("presenter"))
    assert drawn > 25
    assert len(asked_s) == len(set(asked_s)) == drawn + 1
    run.desk.follow(Pause(), run.clock.now_s())
    run.until(1.5)
    assert isinstance(run.renderer, AheadRenderer)
    assert run.renderer.foreseen[-1] is None, "time stands still"
