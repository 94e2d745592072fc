"""H.264 for a file: the quality is fixed, the size follows."""

from __future__ import annotations

from fractions import Fraction

import av
from av.container import OutputContainer

from avatar_server.encode.picture_frame import (
    BT709_MATRIX,
    BT709_PRIMARIES,
    BT709_TRANSFER,
    LIMITED_RANGE,
    video_frame,
)
from avatar_server.render.contract import Picture, PictureSize

# An export is bound by drawing and encoding on the same few cores. Measured on two of them with drawn people
# at 1280x720: superfast 20 takes 6 ms of processor time a picture and reaches a PSNR of 52.9 dB (1.9 Mbit/s),
# veryfast 18 takes 9 ms for 50.1 dB (0.9 Mbit/s), ultrafast 20 takes 5 ms for 53.6 dB (2.8 Mbit/s).
_OPTIONS = {"preset": "superfast", "crf": "20"}


class H264FileEncoder:
    """Encodes pictures in order at a constant rate; picture i is shown at exactly i / rate."""

    def __init__(self, container: OutputContainer, size: PictureSize, rate_hz: Fraction) -> None:
        """Add a stream to `container`. `rate_hz` may be any fraction, 30000/1001 included."""
        stream = container.add_stream("libx264", rate=rate_hz, options=dict(_OPTIONS))
        stream.width, stream.height = size.width, size.height
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.time_base = 1 / rate_hz
        context.color_primaries = BT709_PRIMARIES
        context.color_trc = BT709_TRANSFER
        context.colorspace = BT709_MATRIX
        context.color_range = LIMITED_RANGE
        # A key frame every two seconds lets players jump quickly.
        context.gop_size = max(1, round(2 * rate_hz))
        self._stream = stream
        self._time_base = 1 / rate_hz
        self._next_index = 0

    def encode(self, picture: Picture) -> list[av.Packet[av.VideoStream]]:
        """Take the next picture; the packets that came out by it, maybe none yet."""
        frame = video_frame(picture)
        frame.pts = self._next_index
        frame.duration = 1
        frame.time_base = self._time_base
        self._next_index += 1
        return list(self._stream.encode(frame))

    def finish(self) -> list[av.Packet[av.VideoStream]]:
        """The packets still under way; nothing may be encoded afterwards."""
        return list(self._stream.encode(None))
