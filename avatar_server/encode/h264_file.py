"""H.264 in a container: the quality is fixed, the size follows."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import av
from av.container import OutputContainer
from av.video.stream import VideoStream

from avatar_server.encode.h264_encoders import H264Encoder, encoder_here
from avatar_server.encode.h264_segment import (
    EncodedPicture,
    GroupEncoder,
    configure,
    pictures_per_group,
)
from avatar_server.render.contract import Picture, PictureSize

_REORDERED = 2
"""Pictures by which x264's order of decoding may lag behind the order of showing, with B pyramids."""


class H264FileEncoder:
    """A stream of a container, group by group; picture i is shown at exactly i / rate.

    Pictures are encoded here (`encode`, then `finish`), or were elsewhere (`take`); the
    stream is the same, bit for bit.
    """

    def __init__(
        self,
        container: OutputContainer,
        size: PictureSize,
        rate_hz: Fraction,
        encoder: H264Encoder | None = None,
    ) -> None:
        """Add a stream to `container`. `rate_hz` may be any fraction, 30000/1001 included.

        encoder: this machine's if None.
        """
        self._encoder = encoder or encoder_here()
        stream = container.add_stream(self._encoder.name, rate=rate_hz)
        # The stream's own encoder only writes the header: every group has one of its own.
        assert isinstance(stream, VideoStream)
        configure(stream.codec_context, size, rate_hz, self._encoder)
        self._encoder.open(stream.codec_context)
        self._stream = stream
        self._size = size
        self._rate_hz = rate_hz
        self._group: GroupEncoder | None = None
        self._in_group = 0
        self._first = 0
        self._decoded = 0

    def encode(self, picture: Picture) -> list[av.Packet[Any]]:
        """Take the next picture; the packets that came out by it, maybe none yet."""
        if self._group is None:
            self._group = GroupEncoder(self._size, self._rate_hz, self._encoder)
        packets = self._packets(self._group.encode(picture))
        self._in_group += 1
        if self._in_group == pictures_per_group(self._rate_hz):
            packets += self.finish()
        return packets

    def finish(self) -> list[av.Packet[Any]]:
        """The packets still under way."""
        if self._group is None:
            return []
        packets = self._packets(self._group.finish())
        self._group = None
        self._first += self._in_group
        self._in_group = 0
        return packets

    def take(self, picture: EncodedPicture) -> av.Packet[Any]:
        """The packet of a picture that was encoded elsewhere, in the order of decoding."""
        packet = av.Packet(picture.data)
        packet.stream = self._stream
        packet.time_base = 1 / self._rate_hz
        packet.pts = picture.index
        packet.dts = self._decoded - _REORDERED
        packet.duration = 1
        packet.is_keyframe = picture.is_key
        self._decoded += 1
        return packet

    def _packets(self, pictures: Iterable[EncodedPicture]) -> list[av.Packet[Any]]:
        return [self.take(picture.later_by(self._first)) for picture in pictures]
