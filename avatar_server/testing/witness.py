"""Decodes what a receiver gets, so that figures rest on pixels and samples and not on headers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import av
import numpy as np
from av.packet import Packet
from numpy.typing import NDArray

DECODERS = {"h264": "h264", "vp8": "vp8"}


@dataclass(frozen=True, slots=True)
class Seen:
    """One decoded picture. stamp: its RTP time stamp. reading: what was read from its luma."""

    stamp: int
    width: int
    height: int
    key: bool
    reading: float


def mean_luma(luma: NDArray[np.uint8]) -> float:
    """Brightness, 0..255."""
    return float(luma.mean())


class Witness:
    """Decodes pictures from the first key picture on, and sound; pictures after a hole wait for a key."""

    def __init__(self, read: Callable[[NDArray[np.uint8]], float] = mean_luma) -> None:
        """read: what is noted of each picture's luma, (height, width) uint8."""
        self._read = read
        self._video: av.VideoCodecContext | None = None
        sound = av.CodecContext.create("opus", "r")
        assert isinstance(sound, av.AudioCodecContext)
        self._audio = sound
        self.seen: list[Seen] = []
        self.heard: list[tuple[int, float]] = []
        """RTP time stamp and root mean square of each decoded block of sound."""
        self.undecodable = 0

    def on_picture(self, codec: str, data: bytes, *, key: bool, stamp: int) -> bool:
        """Decode a picture; False asks for a key picture."""
        if self._video is None:
            if not key:
                return False
            decoder = av.CodecContext.create(DECODERS[codec], "r")
            assert isinstance(decoder, av.VideoCodecContext)
            decoder.thread_count = 1
            decoder.flags |= av.codec.context.Flags.low_delay
            self._video = decoder
        try:
            frames = self._video.decode(Packet(data))
        except av.FFmpegError:
            frames = []
        if not frames:
            self.undecodable += 1
            self._video = None
            return False
        for frame in frames:
            plane = frame.planes[0]
            luma = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[:, : plane.width]
            self.seen.append(Seen(stamp, frame.width, frame.height, key, self._read(luma)))
        return True

    def lose(self) -> None:
        """A picture is lost: the next that can be decoded is a key picture."""
        self._video = None

    def on_sound(self, data: bytes, stamp: int) -> None:
        """Decode a block of sound."""
        for frame in self._audio.decode(Packet(data)):
            self.heard.append((stamp, float(np.sqrt(np.mean(np.square(frame.to_ndarray()))))))


class LateWitness(Witness):
    """Keeps what comes and decodes it in `catch_up`: on the machine that is measured, decoding at once would
    cost as much as a dozen viewers, whose own machines do it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._came: list[Callable[[], object]] = []
        self._has_key = False

    def on_picture(self, codec: str, data: bytes, *, key: bool, stamp: int) -> bool:
        """Keep a picture; False asks for a key picture."""
        self._has_key = self._has_key or key
        if self._has_key:
            decode = super().on_picture
            self._came.append(lambda: decode(codec, data, key=key, stamp=stamp))
        return self._has_key

    def lose(self) -> None:
        """A picture is lost: the next that is kept is a key picture."""
        self._has_key = False
        self._came.append(super().lose)

    def on_sound(self, data: bytes, stamp: int) -> None:
        """Keep a block of sound."""
        decode = super().on_sound
        self._came.append(lambda: decode(data, stamp))

    def catch_up(self) -> None:
        """Decode all that came."""
        came, self._came = self._came, []
        for decode in came:
            decode()
