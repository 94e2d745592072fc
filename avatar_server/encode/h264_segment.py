"""H.264 of one group of pictures, by an encoder that knows nothing of the pictures before and after it.

So a film is the same, bit for bit, whoever encodes which part of it: one process from beginning to end, or
many at once. The encoder has one thread, because what x264 gives depends on how many there are; cores are
used by encoding several groups at once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import av
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext

from avatar_server.encode.h264_encoders import H264Encoder, encoder_here
from avatar_server.encode.picture_frame import (
    BT709_MATRIX,
    BT709_PRIMARIES,
    BT709_TRANSFER,
    LIMITED_RANGE,
    video_frame,
)
from avatar_server.render.contract import Picture, PictureSize

GROUP_S = 2
"""A key frame every two seconds lets players jump quickly."""


@dataclass(frozen=True, slots=True)
class EncodedPicture:
    """data: with start codes (Annex B). index: place in the order of showing, in a group or a film."""

    data: bytes
    index: int
    is_key: bool

    def later_by(self, pictures: int) -> EncodedPicture:
        """The same, when so many pictures come before."""
        return replace(self, index=self.index + pictures)


def pictures_per_group(rate_hz: Fraction) -> int:
    """How many pictures come between two key frames."""
    return max(1, round(GROUP_S * rate_hz))


def configure(context: VideoCodecContext, size: PictureSize, rate_hz: Fraction, encoder: H264Encoder) -> None:
    """Everything about the encoder but what belongs to a container; before it is opened."""
    context.width, context.height = size.width, size.height
    context.pix_fmt = "yuv420p"
    context.framerate = rate_hz
    context.time_base = 1 / rate_hz
    context.color_primaries = BT709_PRIMARIES
    context.color_trc = BT709_TRANSFER
    context.colorspace = BT709_MATRIX
    context.color_range = LIMITED_RANGE
    context.gop_size = pictures_per_group(rate_hz)
    context.thread_count = 1
    context.options = encoder.options_for(size)


def settings_fingerprint(size: PictureSize, rate_hz: Fraction) -> str:
    """SHA-256 of all that decides about the bits but the pictures: only equal ones may share a stream."""
    encoder = encoder_here()
    settings = {
        **encoder.options_for(size),
        "codec": encoder.name,
        "group_s": GROUP_S,
        "built": av.library_versions["libavcodec"],
    }
    film = {"width": size.width, "height": size.height, "rate_hz": str(rate_hz)}
    return hashlib.sha256(json.dumps({**settings, **film}, sort_keys=True).encode()).hexdigest()


class GroupEncoder:
    """Encodes up to `pictures_per_group` pictures; the first is a key frame, and nothing refers past it."""

    def __init__(self, size: PictureSize, rate_hz: Fraction, encoder: H264Encoder | None = None) -> None:
        """encoder: this machine's if None."""
        encoder = encoder or encoder_here()
        context = av.CodecContext.create(encoder.name, "w")
        assert isinstance(context, VideoCodecContext)
        configure(context, size, rate_hz, encoder)
        context.flags |= int(Flags.global_header)
        encoder.open(context)
        self._context = context
        self._time_base = 1 / rate_hz
        self._next_index = 0

    def encode(self, picture: Picture) -> list[EncodedPicture]:
        """Take the next picture; what came out by it, in the order of decoding, maybe nothing yet."""
        return self.encode_frame(video_frame(picture))

    def encode_frame(self, frame: av.VideoFrame) -> list[EncodedPicture]:
        """The same for a frame of the picture."""
        frame.pts = self._next_index
        frame.duration = 1
        frame.time_base = self._time_base
        self._next_index += 1
        return list(_pictures(self._context.encode(frame)))

    def finish(self) -> list[EncodedPicture]:
        """What is still under way; nothing may be encoded afterwards."""
        return list(_pictures(self._context.encode(None)))


def _pictures(packets: Iterable[av.Packet[Any]]) -> Iterable[EncodedPicture]:
    for packet in packets:
        assert packet.pts is not None
        yield EncodedPicture(bytes(packet), packet.pts, packet.is_keyframe)
