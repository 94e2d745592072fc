"""The automatic director on a playing stage: what he shows follows from the media time alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.control.commands import ChooseCamera, Pause, Seek, StageCommand, TurnOrbit, Zoom
from avatar_server.encode.live_packet import OWN_VIEWS, VideoStream
from avatar_server.render.contract import PictureSize
from avatar_server.scene.director import AUTO
from avatar_server.sinks.recording import RecordingSink, decode_video
from avatar_server.stage.counts import Counts
from avatar_server.stage.desk import Desk
from avatar_server.stage.loops import StreamClock
from avatar_server.stage.own_views import InView, OwnViews
from avatar_server.stage.picture_loop import PictureLoop
from avatar_server.stage.programme import StageOrder
from avatar_server.stage.reports import status_at
from avatar_server.stage.stage import Stage
from avatar_server.stage.test_card import (
    AZIMUTHS_RAD,
    CUTS,
    TestCard,
    TestCardRenderer,
    azimuth_rad,
    time_code_s,
)
from avatar_server.stage.view_encoders import DrawnPicture
from avatar_server.stage.wire import NumberedStream, Wanted
from avatar_server.timing.synchroniser import PictureGrid

SIZE = PictureSize(320, 192)
RATE_HZ = 30


@dataclass
class HandClock:
    """Moves only when it is told to."""

    time_s: float = 0.0

    def now_s(self) -> float:
        return self.time_s


@dataclass
class Drawn:
    """Takes pictures instead of encoders: of each view, what it shows and whether a hand moved it."""

    pictures: dict[str, list[tuple[float, float, bool]]] = field(default_factory=dict)

    def is_busy(self, view: str) -> bool:
        return False

    def hand_over(self, view: str, drawn: DrawnPicture) -> None:
        luma: NDArray[np.uint8] = drawn.picture.planes()[0]
        seen = time_code_s(luma), azimuth_rad(luma), drawn.awaited
        self.pictures.setdefault(view, []).append(seen)

    def close(self, view: str) -> None:
        """Nobody comes back here."""


class Run:
    """The card with viewers of the shared view and of the director's, drawn as the time is moved on."""

    def __init__(self) -> None:
        self.hand, self.drawn, self.index = HandClock(), Drawn(), 0
        self.clock = StreamClock(self.hand, 0.0)
        self.desk = Desk(TestCard(), camera="two-shot", staging="face-to-face", aspect=16 / 9)
        streams = (NumberedStream(1, VideoStream()), NumberedStream(2, VideoStream(AUTO)))
        self.desk.follow(Wanted(streams, 2), 0.0)
        renderer, grid = TestCardRenderer(SIZE), PictureGrid(RATE_HZ)
        self.loop = PictureLoop(self.desk, renderer, self.drawn, grid, Counts())

    def follow(self, command: StageCommand) -> None:
        self.desk.follow(command, self.hand.time_s)

    def play(self, seconds: float) -> None:
        for _ in range(round(seconds * RATE_HZ)):
            self.hand.time_s = self.index / RATE_HZ
            assert self.loop.step(self.clock) == pytest.approx((self.index + 1) / RATE_HZ), (
                "never before its time"
            )
            self.index += 1

    def last(self, view: str = "presenter") -> tuple[float, float, bool]:
        return self.drawn.pictures[view][-1]

    def shot(self) -> tuple[str, str]:
        status = status_at(self.desk.moment(self.hand.time_s), Counts(), self.hand.time_s)
        return status.camera, status.shot


def test_every_picture_shows_the_shot_of_its_own_time_and_no_cut_counts_as_a_movement() -> None:
    run = Run()
    run.follow(ChooseCamera(AUTO))
    run.play(7.0)
    for view in ("presenter", AUTO):
        assert len(run.drawn.pictures[view]) == 7 * RATE_HZ, "a cut costs no picture"
        for time_s, azimuth, moved in run.drawn.pictures[view]:
            assert azimuth == pytest.approx(AZIMUTHS_RAD[CUTS.camera_at(time_s)], abs=0.05)
            assert not moved
    assert run.shot() == (AUTO, "right")
    run.follow(Seek(3.5))
    run.play(0.2)
    assert run.last()[1] == pytest.approx(AZIMUTHS_RAD["left"], abs=0.05), (
        "whoever seeks sees what plays there"
    )
    assert run.shot() == (AUTO, "left")


@pytest.mark.parametrize("command", [TurnOrbit(0.3, 0.0), Zoom(0.8), ChooseCamera("right")])
def test_a_hand_takes_over_from_what_it_sees(command: StageCommand) -> None:
    run = Run()
    run.follow(ChooseCamera(AUTO))
    run.play(4.0)
    run.follow(command)
    run.play(0.1)
    time_s, azimuth, _ = run.last()
    expected = {
        TurnOrbit: AZIMUTHS_RAD["left"] + 0.3,
        Zoom: AZIMUTHS_RAD["left"],
        ChooseCamera: AZIMUTHS_RAD["right"],
    }
    assert azimuth == pytest.approx(expected[type(command)], abs=0.05)
    assert any(moved for *_, moved in run.drawn.pictures["presenter"][-3:]), "this is a hand's, and hurries"
    assert run.shot() == (("right",) * 2 if isinstance(command, ChooseCamera) else ("orbit",) * 2)
    run.play(3.0)
    assert run.last()[0] > 6.0 > time_s
    assert run.last()[1] == pytest.approx(azimuth, abs=0.01), "and nothing is cut any more"
    assert run.last(AUTO)[1] == pytest.approx(AZIMUTHS_RAD["right"], abs=0.05), (
        "but for who watches that view"
    )
    run.follow(ChooseCamera(AUTO))
    run.play(0.1)
    assert run.last()[1] == pytest.approx(AZIMUTHS_RAD["right"], abs=0.05)


def test_a_viewer_with_a_view_of_its_own_may_leave_it_to_the_director_alone() -> None:
    run, mine = Run(), OWN_VIEWS[0]
    run.desk.follow(OwnViews((mine,)), 0.0)
    run.desk.follow(Wanted((NumberedStream(1, VideoStream()), NumberedStream(2, VideoStream(mine))), 2), 0.0)
    run.desk.follow(InView(mine, ChooseCamera(AUTO)), 0.0)
    run.play(4.0)
    assert run.last()[1] == pytest.approx(0.0, abs=0.05)
    for time_s, azimuth, moved in run.drawn.pictures[mine]:
        assert azimuth == pytest.approx(AZIMUTHS_RAD[CUTS.camera_at(time_s)], abs=0.05)
        assert not moved
    (state,) = run.desk.state(run.hand.time_s).own
    assert (state.camera, state.shot) == (AUTO, "left")
    assert run.shot() == ("two-shot", "two-shot")


def test_a_stage_tells_and_sends_what_the_director_chose_also_after_its_process_was_lost() -> None:
    order = StageOrder(
        "test-card", data_dir="", body="", width=SIZE.width, height=SIZE.height, rate_hz=RATE_HZ
    )
    sink = RecordingSink()
    presenter, directed = VideoStream(), VideoStream(AUTO)

    async def said(of: Callable[[RecordingSink], bool]) -> None:
        await sink.until(lambda: bool(sink.statuses) and of(sink))

    async def play() -> None:
        stage = await Stage.open(order)
        try:
            assert stage.ready.cameras == ("two-shot", "left", "right", AUTO)
            stage.join(sink)
            stage.want(frozenset({presenter, directed}), 2)
            stage.follow(ChooseCamera(AUTO))
            stage.follow(Seek(2.6))
            await said(lambda sink: sink.statuses[-1].shot == "left")
            assert sink.statuses[-1].camera == AUTO
            stage.kill()
            await sink.until(lambda: sink.resumptions == 1)
            stage.follow(Pause())
            stage.follow(Seek(7.0))
            await said(lambda sink: sink.statuses[-1].shot == "right")
            assert sink.statuses[-1].camera == AUTO
            count = len(sink.video)
            await sink.until(lambda: len(sink.video) > count + 6)
        finally:
            await stage.close()

    asyncio.run(play())
    for stream in (presenter, directed):
        pictures = decode_video([packet for packet in sink.video if packet.stream == stream])
        seen = {time_code_s(luma): azimuth_rad(luma) for _, luma in pictures}
        assert min(seen) < 3.0 < 7.0 == max(seen)
        for time_s, azimuth in seen.items():
            if time_s > 2.5:
                assert azimuth == pytest.approx(AZIMUTHS_RAD[CUTS.camera_at(time_s)], abs=0.1), time_s
