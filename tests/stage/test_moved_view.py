"""A hand on the camera sees what it does as soon as there is time to draw it; the clock is moved by hand."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from avatar_server.control.commands import ChooseCamera, LayHand, Pan, Pause, TurnOrbit, Zoom
from avatar_server.encode.live_packet import VideoStream
from avatar_server.render.contract import Picture, PictureSize
from avatar_server.scene.snapshot import Camera, Snapshot
from avatar_server.stage.counts import Counts
from avatar_server.stage.desk import Desk
from avatar_server.stage.hands import GRIP_S, MOVEMENT_S, Hands
from avatar_server.stage.loops import StreamClock
from avatar_server.stage.picture_loop import PictureLoop
from avatar_server.stage.test_card import TestCard, TestCardRenderer
from avatar_server.stage.view_encoders import DrawnPicture
from avatar_server.stage.wire import NumberedStream, Wanted
from avatar_server.timing.synchroniser import AHEAD_S, HELD_AHEAD_S, PictureGrid

SIZE = PictureSize(64, 36)
RATE_HZ = 30
EARLY_S = AHEAD_S / 2


@dataclass
class HandClock:
    """Moves only when it is told to."""

    time_s: float = 0.0

    def now_s(self) -> float:
        return self.time_s


class Drawn:
    """Takes pictures instead of encoders; `busy` is set by hand."""

    def __init__(self) -> None:
        self.pictures: list[tuple[int, bool]] = []
        self.busy = False

    def is_busy(self, view: str) -> bool:
        return self.busy

    def hand_over(self, view: str, drawn: DrawnPicture) -> None:
        self.pictures.append((drawn.index, drawn.awaited))

    def close(self, view: str) -> None:
        """Nobody comes back here."""


class HalvingRenderer(TestCardRenderer):
    """Draws half as wide and high in haste; notes for every picture whether it was."""

    def __init__(self) -> None:
        super().__init__(SIZE)
        self.hasty: list[bool] = []
        self._half = TestCardRenderer(PictureSize(SIZE.width // 2, SIZE.height // 2))

    def submit(self, snapshot: Snapshot, *, hasty: bool = False) -> None:
        self.hasty.append(hasty)
        if hasty:
            self._half.submit(snapshot)
        else:
            super().submit(snapshot)

    def collect(self) -> Picture:
        return self._half.collect() if self.hasty[-1] else super().collect()


class Run:
    """The card with one viewer, whose first three pictures are drawn."""

    def __init__(self, renderer: TestCardRenderer | None = None) -> None:
        self.hand = HandClock()
        self.clock = StreamClock(self.hand, 0.0)
        card = TestCard()
        self.desk = Desk(card, camera="two-shot", staging="face-to-face", aspect=SIZE.width / SIZE.height)
        self.desk.follow(Wanted((NumberedStream(1, VideoStream()),), 1), 0.0)
        self.drawn = Drawn()
        renderer, self.counts = renderer or TestCardRenderer(SIZE), Counts()
        self.pictures = PictureLoop(self.desk, renderer, self.drawn, PictureGrid(RATE_HZ), self.counts)
        for index in range(3):
            assert self.step(index / RATE_HZ) == pytest.approx((index + 1) / RATE_HZ)
        assert self.drawn.pictures == [(0, False), (1, False), (2, False)]

    def step(self, stream_s: float) -> float:
        self.hand.time_s = stream_s
        return self.pictures.step(self.clock)


def test_a_moved_view_is_drawn_a_little_before_its_time_and_its_picture_says_so() -> None:
    run, due_s = Run(), 3 / RATE_HZ
    run.desk.follow(ChooseCamera("left"), 2.1 / RATE_HZ)
    assert run.step(2.1 / RATE_HZ) == pytest.approx(due_s - AHEAD_S), "then there is something to do"
    assert len(run.drawn.pictures) == 3
    assert run.step(due_s - EARLY_S) == pytest.approx(4 / RATE_HZ)
    assert run.drawn.pictures[3:] == [(3, True)], "in its place on the grid"
    assert run.counts.view("presenter").dropped == 0


def test_a_view_that_stands_still_again_is_drawn_when_it_is_time() -> None:
    run = Run()
    run.desk.follow(TurnOrbit(0.4, 0.0), 2.1 / RATE_HZ)
    run.step(3 / RATE_HZ - EARLY_S)
    assert run.step(4 / RATE_HZ - EARLY_S) == pytest.approx(4 / RATE_HZ)
    assert [index for index, _ in run.drawn.pictures[3:]] == [3]


def test_a_moved_view_waits_for_its_time_while_the_last_picture_is_encoded() -> None:
    run, due_s = Run(), 3 / RATE_HZ
    run.drawn.busy = True
    run.desk.follow(ChooseCamera("left"), 2.1 / RATE_HZ)
    assert run.step(due_s - EARLY_S) == pytest.approx(due_s)
    assert len(run.drawn.pictures) == 3
    run.drawn.busy = False
    run.step(due_s - EARLY_S)
    assert run.drawn.pictures[3:] == [(3, True)]


def test_a_hand_that_moves_while_people_are_posed_is_in_that_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run()
    seen: list[Camera] = []

    def move(renderer: TestCardRenderer, snapshot: Snapshot) -> None:
        run.desk.follow(TurnOrbit(0.4, 0.0), run.hand.time_s)

    def note(renderer: TestCardRenderer, snapshot: Snapshot, *, hasty: bool = False) -> None:
        seen.append(snapshot.camera)
        submit(renderer, snapshot, hasty=hasty)

    submit = TestCardRenderer.submit
    monkeypatch.setattr(TestCardRenderer, "prepare", move)
    monkeypatch.setattr(TestCardRenderer, "submit", note)
    run.step(3 / RATE_HZ)
    assert run.drawn.pictures[3:] == [(3, True)]
    moment = run.desk.moment(run.hand.time_s)
    assert seen == [moment.view.orbit.camera()]
    monkeypatch.undo()
    # Some pictures later nobody has moved it for a while.
    for index in range(4, 12):
        run.step(index / RATE_HZ)
    awaited = [awaited for _, awaited in run.drawn.pictures[4:]]
    assert awaited == sorted(awaited, reverse=True)
    assert (awaited[0], awaited[-1]) == (True, False)


def test_a_moved_view_that_finds_no_rest_is_drawn_in_time_all_the_same() -> None:
    run = Run()
    run.drawn.busy = True
    run.desk.follow(TurnOrbit(0.4, 0.0), 2.1 / RATE_HZ)
    run.step(3 / RATE_HZ)
    assert run.drawn.pictures[3:] == [(3, True)]


def test_while_a_hand_is_on_the_camera_pictures_are_hasty_and_the_last_one_is_not() -> None:
    renderer = HalvingRenderer()
    run = Run(renderer)
    run.desk.follow(Pause(), 2.5 / RATE_HZ)
    run.step(3 / RATE_HZ)
    run.desk.follow(LayHand(True), 3.1 / RATE_HZ)
    run.step(4 / RATE_HZ)
    assert renderer.hasty == [False] * 4, "in a pause there is nothing to draw before it moves"
    run.desk.follow(TurnOrbit(0.4, 0.0), 4.1 / RATE_HZ)
    assert run.step(5 / RATE_HZ - HELD_AHEAD_S) == pytest.approx(6 / RATE_HZ), "begun as soon as that"
    for index in range(6, 20):
        run.step(index / RATE_HZ)
    assert renderer.hasty == [False] * 4 + [True]
    run.desk.follow(LayHand(False), 19.5 / RATE_HZ)
    for index in range(20, 24):
        run.step(index / RATE_HZ)
    assert renderer.hasty == [False] * 4 + [True, False], "drawn again, once, although nothing moved"
    assert run.drawn.pictures[-1] == (20, False)


def test_what_hands_do_is_remembered_for_a_while() -> None:
    moves = {"presenter": Hands().after("presenter", LayHand(True), 1.0)}["presenter"]
    assert moves.on(1.0 + GRIP_S - 0.01) == {"presenter"}
    assert not moves.on(1.0 + GRIP_S), "its viewer may be gone"
    assert not moves.after("presenter", LayHand(False), 1.5).on(1.5)
    turned = moves.after("own-1", Zoom(1.1), 2.0)
    assert turned.on(2.0) == {"presenter", "own-1"}
    assert turned.on(2.0 + MOVEMENT_S) == {"presenter"}
    assert turned.after("presenter", Pan(0.1, 0.0), 2.0).on(2.0 + MOVEMENT_S) == {"presenter"}
    assert moves.after("presenter", ChooseCamera("left"), 1.5) is moves
