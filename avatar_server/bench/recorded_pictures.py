"""Recorded packets as pictures and sound again, in memory: what both ways of encoding are fed with.

So the comparison of encoding once with encoding for each viewer holds no drawing, and both get the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.packet import Packet
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from avatar_server.bench.recorded_packets import RecordedPackets
from avatar_server.encode.live_opus import BLOCK_SAMPLES
from avatar_server.encode.live_packet import VideoStream

KEPT_PICTURES = 60
"""Two seconds, 80 MB at 1280x720; they are shown forwards and backwards."""


@dataclass(frozen=True, slots=True)
class RecordedPictures:
    """frames: yuv420p. blocks: (960, 2) float32 at 48 kHz each."""

    frames: tuple[VideoFrame, ...]
    blocks: tuple[NDArray[np.float32], ...]
    rate_hz: int

    @classmethod
    def decode(cls, packets: RecordedPackets) -> RecordedPictures:
        """The first pictures of the best rung, and all of the sound."""
        video = av.CodecContext.create("h264", "r")
        best = packets.video[VideoStream()][:KEPT_PICTURES]
        frames = [frame for packet in best for frame in video.decode(Packet(packet.data))]
        frames += video.decode(None)
        sound = av.CodecContext.create("opus", "r")
        blocks = [_stereo(frame) for packet in packets.audio for frame in sound.decode(Packet(packet.data))]
        return cls(tuple(frames), tuple(blocks), packets.rate_hz)

    def frame(self, index: int) -> VideoFrame:
        """The picture at a place on the grid, forwards and backwards without end."""
        last = len(self.frames) - 1
        place = index % (2 * last)
        return self.frames[place if place <= last else 2 * last - place]

    def block(self, index: int) -> NDArray[np.float32]:
        """A block of sound, again and again."""
        return self.blocks[index % len(self.blocks)]


def _stereo(frame: AudioFrame) -> NDArray[np.float32]:
    samples = frame.to_ndarray().astype(np.float32)
    interleaved = samples.T if frame.format.is_planar else samples.reshape(-1, 2)
    if interleaved.shape != (BLOCK_SAMPLES, 2):
        raise ValueError(f"a block of sound of {interleaved.shape}")
    return np.ascontiguousarray(interleaved)
