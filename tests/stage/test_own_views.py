"""Views that one viewer moves alone: where they begin, what moves them, and that they outlive a process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from avatar_server.control.commands import ChooseCamera, LookFrom, Pan, Seek, TurnOrbit, ViewCommand, Zoom
from avatar_server.encode.live_packet import OWN_VIEWS, LivePacket, VideoStream
from avatar_server.errors import MachineFullError, UsageError
from avatar_server.scene.cameras import Orbit
from avatar_server.sinks.recording import RecordingSink, decode_video
from avatar_server.stage.desk import Desk
from avatar_server.stage.own_views import InView, OwnViewNames, OwnViews
from avatar_server.stage.programme import StageOrder, public_name
from avatar_server.stage.stage import Stage
from avatar_server.stage.test_card import AZIMUTHS_RAD, TestCard, azimuth_rad, time_code_s
from avatar_server.stage.wire import HEADER, parse_to_stage, to_stage_frame

CARD = StageOrder("test-card", data_dir="", body="", width=320, height=192, rate_hz=30)
MINE, YOURS = OWN_VIEWS[:2]
LOOK = LookFrom(0.25, 0.5, 4.0, 0.6, (1.0, 1.5, -2.0))


def test_a_name_that_was_given_back_last_is_given_out_last() -> None:
    names = OwnViewNames()
    assert [names.take() for _ in OWN_VIEWS] == list(OWN_VIEWS)
    with pytest.raises(MachineFullError, match=r"as many have a view of their own as may \(8\)"):
        names.take()
    for view in (YOURS, MINE, MINE):
        names.give_back(view)
    assert names.taken == OWN_VIEWS[2:]
    assert [names.take(), names.take()] == [YOURS, MINE]


@pytest.mark.parametrize(
    "command", [ChooseCamera("left"), TurnOrbit(0.1, 0.2), Zoom(1.5), Pan(0.5, 0.25), LOOK]
)
def test_commands_for_an_own_view_survive_the_way(command: ViewCommand) -> None:
    for message in (command, InView(YOURS, command)):
        frame = to_stage_frame(message)
        assert parse_to_stage(frame[: HEADER.size], frame[HEADER.size :]) == message


def test_an_own_view_begins_at_the_presenters_and_goes_its_own_way() -> None:
    desk = Desk(TestCard(), camera="two-shot", staging="face-to-face", aspect=1.6)

    def azimuths() -> tuple[float, float, float]:
        moment = desk.moment(0.0)
        shared, mine, yours = (moment.orbit_of(name).azimuth_rad for name in ("presenter", MINE, YOURS))
        return round(shared, 6), round(mine, 6), round(yours, 6)

    desk.follow(ChooseCamera("left"), 0.0)
    desk.follow(OwnViews((MINE,)), 0.0)
    assert azimuths() == (-0.6, -0.6, -0.6), "one that is not there yet is the presenter's"
    desk.follow(InView(MINE, TurnOrbit(0.5, 0.0)), 0.0)
    assert azimuths() == (-0.6, -0.1, -0.6)
    desk.follow(InView(MINE, LOOK), 0.0)
    assert azimuths() == (-0.6, 0.25, -0.6), "from where somebody else looked"
    assert desk.moment(0.0).orbit_of(MINE) == Orbit((1.0, 1.5, -2.0), 0.25, 0.5, 4.0, 0.6)
    desk.follow(InView(MINE, TurnOrbit(-0.35, 0.0)), 0.0)
    desk.follow(OwnViews((MINE, YOURS)), 0.0)
    desk.follow(ChooseCamera("right"), 0.0)
    assert azimuths() == (0.6, -0.1, -0.6)
    assert [(own.view, own.camera) for own in desk.state(0.0).own] == [(MINE, "orbit"), (YOURS, "left")]
    desk.follow(OwnViews((YOURS,)), 0.0)
    desk.follow(InView(MINE, TurnOrbit(0.5, 0.0)), 0.0)
    assert azimuths() == (0.6, 0.6, -0.6), "what comes late for a view that has ended moves nothing"


def test_two_views_of_one_stage_show_one_time_and_go_on_after_a_loss() -> None:
    async def run() -> None:
        stage, sink = await Stage.open(CARD), RecordingSink()
        try:
            stage.join(sink)
            stage.follow(ChooseCamera("left"))
            with pytest.raises(UsageError, match="view: expected one of"):
                stage.want(frozenset({VideoStream(MINE)}), 1)
            assert stage.open_view() == MINE
            with pytest.raises(UsageError, match="expected one of two-shot, left, right, auto, got 'moon'"):
                stage.follow(InView(MINE, ChooseCamera("moon")))
            shared, mine = VideoStream(), VideoStream(MINE)
            stage.want(frozenset({shared, mine}), 2)
            stage.follow(InView(MINE, ChooseCamera("right")))
            await sink.until(until_enough(sink, 0, shared, mine))
            own = stage.own_view(MINE)
            assert own is not None
            assert own.camera == "right"
            assert sink.statuses[-1].camera == "left", "which is the presenter's"
            by_pts = check_pictures(sink.video, shared, "left")
            assert by_pts.items() & check_pictures(sink.video, mine, "right").items(), "one time"

            stage.follow(InView(MINE, ChooseCamera("two-shot")))
            stage.follow(Seek(30.0))
            await sink.until(lambda: sink.statuses[-1].time_s >= 30.0)
            stage.kill()
            await sink.until(lambda: sink.resumptions == 1)
            count = len(sink.video)
            await sink.until(until_enough(sink, count, shared, mine))
            for stream, camera in ((shared, "left"), (mine, "two-shot")):
                later = check_pictures(sink.video[count:], stream, camera)
                assert all(30.0 <= time_s < 50.0 for time_s in later.values())

            stage.want(frozenset({shared}), 1)
            stage.close_view(MINE)
            await sink.until(lambda: stage.own_view(MINE) is None)
            assert stage.own_views == ()
        finally:
            await stage.close()

    asyncio.run(run())


def until_enough(sink: RecordingSink, begin: int, *streams: VideoStream) -> Callable[[], bool]:
    def enough() -> bool:
        return all(sum(p.stream == stream for p in sink.video[begin:]) > 20 for stream in streams)

    return enough


def check_pictures(packets: list[LivePacket], stream: VideoStream, camera: str) -> dict[int, float]:
    """Media time by pts of a stream's pictures, the last of which is of that camera."""
    mine = [packet for packet in packets if packet.stream == stream]
    begin = next(place for place, packet in enumerate(mine) if packet.key)
    pictures = decode_video(mine[begin:])
    assert azimuth_rad(pictures[-1][1]) == pytest.approx(AZIMUTHS_RAD[camera], abs=0.1)
    return {pts: time_code_s(luma) for pts, luma in pictures}


def test_names_of_files_stay_on_the_machine() -> None:
    for name in ("demo", "test-card", "V00_S0809_I00000582", "V00_S0809_I00000582_P0947"):
        assert public_name(name) == name
    assert public_name("/home/ann/secret/a.npz,/home/ann/secret/b.npz") == ""
