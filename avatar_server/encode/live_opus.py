"""Sound to Opus for people who listen now: 20 ms in, one packet out."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from avatar_server.encode.live_packet import LivePacket
from avatar_server.errors import MachineError
from avatar_server.settings import SAMPLE_RATE_HZ

BLOCK_SAMPLES = 960
"""20 ms: what browsers conceal and buffer best; packets of 60 ms share time stamps in aiortc."""

LOOKAHEAD_SAMPLES = 312
"""A decoder's output lags the encoder's input by this much (6.5 ms; RFC 6716, section 4.4, and libopus'
OPUS_GET_LOOKAHEAD at 48 kHz). WebRTC receivers do not take it off, so the time stamp does."""

BIT_RATE = 96_000


class LiveOpus:
    """libopus, 48 kHz stereo, 20 ms packets."""

    def __init__(self) -> None:
        try:
            codec = av.CodecContext.create("libopus", "w")
        except av.FFmpegError as error:
            raise MachineError(
                f"this build of PyAV has no libopus ({error}); install the av wheel from PyPI"
            ) from error
        codec.format = "flt"
        codec.layout = "stereo"
        codec.sample_rate = SAMPLE_RATE_HZ
        codec.time_base = Fraction(1, SAMPLE_RATE_HZ)
        codec.bit_rate = BIT_RATE
        codec.options = {"application": "audio", "frame_duration": "20"}
        self._codec = codec

    def encode(self, block: NDArray[np.float32], start_sample: int) -> LivePacket:
        """Encode (960, 2) samples in -1..1 that begin at `start_sample` of the stream.

        The time stamp is that of the sound a decoder gives for the packet; it is negative for the very
        first block of a stream that begins at 0, so streams begin at 960.
        """
        if block.shape != (BLOCK_SAMPLES, 2):
            raise ValueError(f"a block has shape {(BLOCK_SAMPLES, 2)}, not {block.shape}")
        frame = AudioFrame.from_ndarray(
            np.ascontiguousarray(block, dtype=np.float32).reshape(1, -1), format="flt", layout="stereo"
        )
        frame.sample_rate = SAMPLE_RATE_HZ
        frame.pts = start_sample
        packets = self._codec.encode(frame)
        if len(packets) != 1:
            raise RuntimeError(f"libopus gave {len(packets)} packets for one block of 20 ms")
        return LivePacket("audio", start_sample - LOOKAHEAD_SAMPLES, True, bytes(packets[0]))
