"""Both loops of a stage on a clock that is moved by hand, and what they have sent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.encode.live_opus import LiveOpus
from avatar_server.encode.live_packet import LivePacket, VideoStream
from avatar_server.render.contract import PictureSize
from avatar_server.scene.snapshot import Snapshot
from avatar_server.sinks.recording import decode_audio
from avatar_server.stage.counts import Counts
from avatar_server.stage.desk import Desk
from avatar_server.stage.loops import StreamClock
from avatar_server.stage.picture_loop import PictureLoop
from avatar_server.stage.programme import Programme
from avatar_server.stage.sound_loop import SoundLoop
from avatar_server.stage.test_card import SlowArrival, TestCard, TestCardRenderer
from avatar_server.stage.view_encoders import DrawnPicture, ViewEncoder
from avatar_server.stage.wire import NumberedPacket, NumberedStream, StreamFailed, Wanted
from avatar_server.timing.synchroniser import PictureGrid

SIZE = PictureSize(320, 192)


@dataclass
class HandClock:
    """Moves only when it is told to."""

    time_s: float = 100.0

    def now_s(self) -> float:
        return self.time_s


class SlowRenderer(TestCardRenderer):
    """Takes `draw_s` of the hand-moved clock for every picture, and notes when each was finished."""

    def __init__(self, hand: HandClock, draw_s: float) -> None:
        super().__init__(SIZE)
        self.hand = hand
        self.draw_s = draw_s
        self.finished: list[tuple[float, float]] = []

    def submit(self, snapshot: Snapshot, *, hasty: bool = False) -> None:
        self.hand.time_s += self.draw_s
        self.finished.append((snapshot.time_s, self.hand.time_s))
        super().submit(snapshot, hasty=hasty)


class EncodingInPlace:
    """Encodes every picture in the drawing thread, at once."""

    def __init__(self, encoders: dict[str, ViewEncoder]) -> None:
        self.encoders = encoders
        self.closed: list[str] = []

    def is_busy(self, view: str) -> bool:
        return False

    def hand_over(self, view: str, drawn: DrawnPicture) -> None:
        self.encoders[view].encode(drawn)

    def close(self, view: str) -> None:
        self.closed.append(view)


class KeepingOpus(LiveOpus):
    """Keeps what was to be heard, by the stream's sample; later wins."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: dict[int, NDArray[np.float32]] = {}

    def encode(self, block: NDArray[np.float32], start_sample: int) -> LivePacket:
        self.blocks[start_sample] = block
        return super().encode(block, start_sample)


class Run:
    """A stage with one viewer, whose sound thread gets its turn only between two pictures."""

    def __init__(
        self,
        draw_s: float,
        views: tuple[str, ...] = ("presenter",),
        *,
        arrives: bool = False,
        programme: Programme | None = None,
        renderer: type[SlowRenderer] = SlowRenderer,
    ) -> None:
        self.hand = HandClock()
        self.clock = StreamClock(self.hand, self.hand.now_s())
        card = TestCard(arrives=SlowArrival(self.hand) if arrives else None)
        aspect = SIZE.width / SIZE.height
        self.desk = Desk(programme or card, camera="two-shot", staging="face-to-face", aspect=aspect)
        self.streams = tuple(NumberedStream(place + 1, VideoStream(view)) for place, view in enumerate(views))
        self.desk.follow(Wanted(self.streams, 1), 0.0)
        self.sent: list[tuple[LivePacket, float]] = []
        self.renderer = renderer(self.hand, draw_s)
        grid = PictureGrid(30)
        self.counts = Counts()
        self.encoding = EncodingInPlace(
            {view: ViewEncoder(view, SIZE, 30, self.take, self.counts, self.hand) for view in views}
        )
        self.pictures = PictureLoop(self.desk, self.renderer, self.encoding, grid, self.counts)
        self.opus = KeepingOpus()
        self.sound = SoundLoop(self.desk, self.opus, self.send)

    def take(self, message: NumberedPacket | StreamFailed) -> None:
        assert isinstance(message, NumberedPacket)
        self.send(message.packet)

    def send(self, packet: LivePacket) -> None:
        self.sent.append((packet, self.clock.now_s()))

    def until(self, stream_s: float) -> None:
        while self.clock.now_s() < stream_s:
            self.sound.step(self.clock)
            due_s = self.pictures.step(self.clock)
            self.hand.time_s += max(due_s - self.clock.now_s(), 0.0)

    def mixed(self) -> NDArray[np.float32]:
        """(n, 2) before it was encoded, by the stream's sample; there is none in the first block."""
        blocks = [self.opus.blocks[start] for start in sorted(self.opus.blocks)]
        return np.concatenate([np.zeros_like(blocks[0]), *blocks])

    def of(self, kind: str) -> list[tuple[LivePacket, float]]:
        return [(packet, sent_s) for packet, sent_s in self.sent if packet.kind == kind]

    def view(self, name: str) -> list[LivePacket]:
        return [packet for packet, _ in self.of("video") if packet.stream == VideoStream(name)]


def heard_of(run: Run) -> NDArray[np.float32]:
    """(n, 2) from stream sample 648 on; what was made anew replaces what was made before."""
    by_pts = {packet.pts: packet for packet, _ in run.of("audio")}
    return decode_audio([by_pts[pts] for pts in sorted(by_pts)])


def loudness_of(run: Run) -> list[float]:
    """Of every 10 ms that is heard, by stream time."""
    heard = heard_of(run)[:, 0]
    return [float(np.sqrt(np.mean(block**2))) for block in heard[: len(heard) // 480 * 480].reshape(-1, 480)]
