"""Views, codecs and rungs of a stage: each is decoded and shows what it should; one that fails harms none."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import pytest
from av.video.frame import VideoFrame

from avatar_server.control.commands import ChooseCamera
from avatar_server.encode.live_packet import RUNGS, LivePacket, VideoStream
from avatar_server.encode.live_video import LiveVideoEncoder, open_live_encoder, scaled_size
from avatar_server.errors import UsageError
from avatar_server.render.contract import Picture, PictureSize, draw
from avatar_server.sinks.recording import RecordingSink, decode_video
from avatar_server.stage.counts import Counts
from avatar_server.stage.programme import StageOrder
from avatar_server.stage.stage import Stage
from avatar_server.stage.test_card import AZIMUTHS_RAD, TestCard, TestCardRenderer, azimuth_rad, time_code_s
from avatar_server.stage.view_encoders import DrawnPicture, EncoderThreads, KeySent, ViewEncoder
from avatar_server.stage.wire import NumberedPacket, NumberedStream, StreamFailed

SIZE = PictureSize(320, 192)
CARD = StageOrder("test-card", data_dir="", body="", width=SIZE.width, height=SIZE.height, rate_hz=30)


def on_stage(play: Callable[[Stage, RecordingSink], Awaitable[None]], order: StageOrder = CARD) -> None:
    async def run() -> None:
        stage, sink = await Stage.open(order), RecordingSink()
        try:
            stage.join(sink)
            await play(stage, sink)
        finally:
            await stage.close()

    asyncio.run(run())


def of(sink: RecordingSink, stream: VideoStream) -> list[LivePacket]:
    return [packet for packet in sink.video if packet.stream == stream]


def test_two_views_on_three_rungs_in_two_codecs_show_the_right_pictures() -> None:
    streams = [
        *(VideoStream("presenter", "h264", rung) for rung in range(len(RUNGS))),
        VideoStream("presenter", "vp8", 0),
        VideoStream("right", "h264", 0),
        VideoStream("right", "vp8", 2),
    ]

    async def play(stage: Stage, sink: RecordingSink) -> None:
        stage.want(frozenset(streams), 3)
        stage.follow(ChooseCamera("left"))
        await sink.until(lambda: all(len(of(sink, stream)) > 20 for stream in streams))
        best = {packet.pts for packet in of(sink, streams[0])}
        for stream in streams:
            packets = of(sink, stream)
            assert packets[0].key
            pictures = decode_video(packets, stream.codec)
            size = scaled_size(SIZE, RUNGS[stream.rung].scale)
            assert pictures[-1][1].shape == (size.height, size.width)
            camera = "left" if stream.view == "presenter" else "right"
            assert azimuth_rad(pictures[-1][1]) == pytest.approx(AZIMUTHS_RAD[camera], abs=0.1)
            by_pts = {pts: time_code_s(luma) for pts, luma in pictures}
            assert len(best & set(by_pts)) > 10, "places on one grid, whatever the stream"
            begin = next(pts for pts, time_s in sorted(by_pts.items()) if time_s > 0)
            for pts, time_s in sorted(by_pts.items()):
                if pts >= begin:
                    expected_s = by_pts[begin] + (pts - begin) / 90_000
                    assert time_s == pytest.approx(expected_s, abs=0.002)
        figures = stage.figures.pulse
        assert figures is not None
        assert {figure.view for figure in figures.views} == {"presenter", "right"}
        assert {figure.stream for figure in figures.streams} == set(streams)

        stage.want(frozenset(streams[:1]), 1)
        await sink.until(lambda: sink.statuses[-1].viewers == 1)
        others = len(sink.video) - len(of(sink, streams[0]))
        count = len(of(sink, streams[0]))
        await sink.until(lambda: len(of(sink, streams[0])) > count + 10)
        assert len(sink.video) - len(of(sink, streams[0])) == others, "what nobody wants is not sent"

        stage.want(frozenset({streams[0], streams[3]}), 2)
        before = len(of(sink, streams[3]))
        await sink.until(lambda: len(of(sink, streams[3])) > before + 3)
        assert of(sink, streams[3])[before].key, "whatever is wanted anew begins with a key picture"

    on_stage(play)


def test_an_unknown_view_is_refused() -> None:
    async def play(stage: Stage, sink: RecordingSink) -> None:
        with pytest.raises(UsageError, match=r"view: expected one of presenter, two-shot, .*, got 'moon'"):
            stage.want(frozenset({VideoStream("moon")}), 1)

    on_stage(play)


def test_an_encoder_that_does_not_open_takes_only_its_own_stream() -> None:
    """libvpx takes pictures of up to 16383 pixels (14 bits, RFC 6386, section 9.1), libx264 of one more."""
    wide = replace(CARD, width=16384, height=64)
    good, bad, small = VideoStream(), VideoStream(codec="vp8"), VideoStream(codec="vp8", rung=2)

    async def play(stage: Stage, sink: RecordingSink) -> None:
        stage.want(frozenset({good, bad}), 2)
        await sink.until(lambda: bad in sink.failed and len(of(sink, good)) > 5)
        assert set(sink.failed) == {bad}
        stage.want(frozenset({good, bad, small}), 2)
        await sink.until(lambda: len(of(sink, small)) > 3)
        assert not of(sink, bad)
        assert sink.ended is None
        assert stage.figures.restarts == 0

    on_stage(play, wide)


@dataclass
class HandClock:
    """Moves only when it is told to."""

    time_s: float = 100.0

    def now_s(self) -> float:
        return self.time_s

    def advance(self, seconds: float) -> None:
        self.time_s += seconds


class Breaking:
    """An encoder that breaks at its third picture."""

    def __init__(self, encoder: LiveVideoEncoder) -> None:
        self.encoder = encoder
        self.count = 0

    def encode_frame(self, frame: VideoFrame, index: int, *, key: bool) -> tuple[bytes, bool]:
        self.count += 1
        if self.count == 3:
            raise RuntimeError("broken")
        return self.encoder.encode_frame(frame, index, key=key)


class Encodings:
    """A view's encoders without a stage: what they say is kept."""

    def __init__(
        self,
        breaking: VideoStream | None = None,
        key_sent: KeySent = lambda number, stream_s, again: None,
    ) -> None:
        self.said: list[NumberedPacket | StreamFailed] = []
        self.hand = HandClock()
        self.counts = Counts()
        self.opened: list[VideoStream] = []

        def open_encoder(stream: VideoStream, size: PictureSize, rate_hz: int) -> LiveVideoEncoder:
            self.opened.append(stream)
            encoder = open_live_encoder(stream, size, rate_hz)
            return Breaking(encoder) if stream == breaking else encoder

        self.view = ViewEncoder(
            "presenter", SIZE, 30, self.said.append, self.counts, self.hand, open_encoder, key_sent=key_sent
        )

    def packets(self, number: int) -> list[LivePacket]:
        return [m.packet for m in self.said if isinstance(m, NumberedPacket) and m.number == number]


STREAMS = tuple(NumberedStream(rung + 1, VideoStream(rung=rung)) for rung in range(len(RUNGS)))


def card_picture(index: int) -> Picture:
    card = TestCard()
    return draw(TestCardRenderer(SIZE), card.snapshot_at(index / 30, card.orbit("left", 1.6).camera()))


def drawn(
    index: int, streams: tuple[NumberedStream, ...] = STREAMS, keys: frozenset[int] = frozenset()
) -> DrawnPicture:
    return DrawnPicture(card_picture(index), index, streams, keys)


def test_an_encoder_that_breaks_says_so_once_and_the_others_go_on() -> None:
    encodings = Encodings(breaking=VideoStream(rung=1))
    for index in range(6):
        encodings.view.encode(drawn(index))
    failures = [message for message in encodings.said if isinstance(message, StreamFailed)]
    assert failures == [StreamFailed(2, "RuntimeError: broken")]
    assert [len(encodings.packets(number)) for number in (1, 2, 3)] == [6, 2, 6]
    assert time_code_s(decode_video(encodings.packets(3))[-1][1]) == pytest.approx(5 / 30, abs=0.001)


def test_lower_rungs_give_way_when_the_next_picture_waits_but_do_not_stand_still() -> None:
    encodings = Encodings()
    for index in range(60):
        encodings.hand.advance(1 / 30)
        keys = frozenset({3} if index == 20 else ())
        encodings.view.encode(drawn(index, keys=keys), hurried=lambda: True)
    best, middle, low = (encodings.packets(number) for number in (1, 2, 3))
    assert len(best) == 60
    assert 4 <= len(middle) <= 5, "one every half second"
    assert [packet.pts // 3000 for packet in low if packet.key][:2] == [0, 20], (
        "key pictures are never skipped"
    )
    assert encodings.counts.stream(2).skipped == 60 - len(middle)


def test_key_pictures_that_the_encoder_makes_by_itself_count_too() -> None:
    told: list[tuple[int, float, bool]] = []
    encodings = Encodings(key_sent=lambda number, stream_s, again: told.append((number, stream_s, again)))
    one = STREAMS[:1]
    for index in range(64):
        encodings.view.encode(drawn(index, one, frozenset({1} if index in (0, 63) else ())))
    assert [packet.pts // 3000 for packet in encodings.packets(1) if packet.key] == [0, 60]
    assert told == [(1, 2.0, False), (1, 2.0, True)], "what was asked for comes later"


def test_what_is_told_of_key_pictures_is_told_before_they_leave() -> None:
    """Who joins when one has left and asks for the next must not be taken for answered."""

    class Stubborn:
        """Makes a key picture at the third place, whatever is asked for."""

        def __init__(self, encoder: LiveVideoEncoder) -> None:
            self.encoder = encoder

        def encode_frame(self, frame: VideoFrame, index: int, *, key: bool) -> tuple[bytes, bool]:
            return self.encoder.encode_frame(frame, index, key=index == 30)[0], index == 30

    order: list[object] = []
    view = ViewEncoder(
        "presenter",
        SIZE,
        30,
        lambda message: order.append("left") if isinstance(message, NumberedPacket) else None,
        Counts(),
        HandClock(),
        lambda *wanted: Stubborn(open_live_encoder(*wanted)),
        key_sent=lambda number, stream_s, again: order.append((stream_s, again)),
    )
    for index in (0, 30, 60):
        view.encode(drawn(index, STREAMS[:1], frozenset({1} if index == 60 else ())))
    assert order == ["left", (1.0, False), "left", (2.0, True), "left"], "the one refused is asked for again"


def test_encoders_are_kept_a_while_and_then_given_back() -> None:
    encodings = Encodings()
    encodings.view.encode(drawn(0))
    for seconds, opened in ((1.0, 3), (4.9, 3), (10.0, 5)):
        encodings.hand.advance(seconds)
        encodings.view.encode(drawn(int(encodings.hand.now_s() * 30), STREAMS[:1]))
        encodings.view.encode(drawn(int(encodings.hand.now_s() * 30) + 1))
        assert len(encodings.opened) == opened


def test_a_view_that_is_encoded_holds_up_its_next_picture_and_no_other_view() -> None:
    release, encoding = threading.Event(), threading.Event()

    class Slow(ViewEncoder):
        def encode(self, drawn: DrawnPicture, hurried: Callable[[], bool] = lambda: False) -> None:
            encoding.set()
            assert release.wait(20)
            super().encode(drawn, hurried)

    said: list[NumberedPacket | StreamFailed] = []
    sent = threading.Event()

    def send(message: NumberedPacket | StreamFailed) -> None:
        said.append(message)
        sent.set()

    def make(view: str) -> ViewEncoder:
        kind = Slow if view == "presenter" else ViewEncoder
        return kind(view, SIZE, 30, send, Counts(), HandClock())

    threads = EncoderThreads(make, lambda work: work())
    left = (NumberedStream(9, VideoStream("left")),)
    threads.hand_over("presenter", drawn(0, STREAMS[:1]))
    assert encoding.wait(20)
    assert threads.is_busy("presenter")
    threads.hand_over("left", drawn(0, left))
    assert sent.wait(20)
    assert [message.number for message in said if isinstance(message, NumberedPacket)] == [9]

    sent.clear()
    release.set()
    threads.hand_over("presenter", drawn(1, STREAMS[:1]))
    threads.hand_over("presenter", drawn(2, STREAMS[:1]))
    numbers = [message.number for message in said if isinstance(message, NumberedPacket)]
    assert numbers == [9, 1, 1], "one at a time, in order"
    threads.close("presenter")
    threads.close("left")
