"""Any live encoder of pictures: what it is asked for, and which one a stream needs."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Protocol

from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from avatar_server.encode.live_h264 import LiveH264
from avatar_server.encode.live_packet import RUNGS, VideoStream
from avatar_server.encode.live_vp8 import LiveVp8
from avatar_server.encode.picture_frame import video_frame
from avatar_server.render.contract import Picture, PictureSize


class LiveVideoEncoder(Protocol):
    """One picture in, the bytes of one picture out, nothing held back."""

    def encode_frame(self, frame: VideoFrame, index: int, *, key: bool) -> tuple[bytes, bool]:
        """(data, whether decoding can begin here) of the picture with place `index` on the grid."""


def open_live_encoder(stream: VideoStream, size: PictureSize, rate_hz: int) -> LiveVideoEncoder:
    """The encoder of `stream`, for pictures of `scaled_size`; `MachineError` if this machine has none."""
    encoder = LiveH264 if stream.codec == "h264" else LiveVp8
    rung = RUNGS[stream.rung]
    return encoder(scaled_size(size, rung.scale), rate_hz, bit_rate=rung.bit_rate)


def scaled_size(size: PictureSize, scale: Fraction) -> PictureSize:
    """Even width and height nearest below `scale` times `size`, at least 2."""
    width, height = (max(2, math.floor(side * scale / 2) * 2) for side in (size.width, size.height))
    return PictureSize(width, height)


class Scaler:
    """Pictures of one view as frames of every size that its streams need, each made once."""

    def __init__(self, size: PictureSize) -> None:
        self._size = size
        self._reformatters: dict[Fraction, VideoReformatter] = {}

    def frames(self, picture: Picture) -> ScaledFrames:
        """The sizes of one picture."""
        return ScaledFrames(picture, self)

    def scaled(self, frame: VideoFrame, scale: Fraction) -> VideoFrame:
        """`frame` in the size for `scale`; bilinear, which is as good as any for steps of 3/4 and 1/2."""
        size = scaled_size(self._size, scale)
        if (frame.width, frame.height) == (size.width, size.height):
            return frame
        reformatter = self._reformatters.setdefault(scale, VideoReformatter())
        return reformatter.reformat(
            frame, size.width, size.height, "yuv420p", interpolation=Interpolation.BILINEAR
        )


class ScaledFrames:
    """One picture in the sizes that were asked for."""

    def __init__(self, picture: Picture, scaler: Scaler) -> None:
        self._drawn = video_frame(picture)
        self._frames: dict[Fraction, VideoFrame] = {}
        self._scaler = scaler

    def at(self, scale: Fraction) -> VideoFrame:
        """`scale` times as wide and high as the view; a picture drawn in haste may be smaller itself."""
        if scale not in self._frames:
            self._frames[scale] = self._scaler.scaled(self._drawn, scale)
        return self._frames[scale]
