"""A source for a broadcast without a stage: a plain picture that brightens, and a tone, really encoded."""

from __future__ import annotations

import numpy as np

from avatar_server.encode.live_opus import BLOCK_SAMPLES, LiveOpus
from avatar_server.encode.live_packet import OWN_VIEWS, PRESENTER, RUNGS, LivePacket, VideoStream
from avatar_server.encode.live_video import LiveVideoEncoder, Scaler, open_live_encoder
from avatar_server.errors import UsageError
from avatar_server.render.contract import Picture, PictureSize
from avatar_server.settings import SAMPLE_RATE_HZ
from avatar_server.sinks.broadcast import PacketListener

SIZE = PictureSize(320, 192)
RATE_HZ = 30
DARKEST, BRIGHTEST = 40, 220
TONE_HZ = 440
VIEWS = (PRESENTER, "left", OWN_VIEWS[0])
TONE_PEAKS = (0.5, 0.25)
"""Left and right."""


class EncodedSource:
    """Makes the next picture of each wanted stream when told to, and notes what it is asked for."""

    def __init__(self) -> None:
        self.wanted: list[tuple[frozenset[VideoStream], int]] = []
        self.keys: list[VideoStream] = []
        self.listeners: list[PacketListener] = []
        self.sent: list[LivePacket] = []
        self.next_picture = 0
        self.next_block = 1
        self._encoders: dict[VideoStream, LiveVideoEncoder] = {}
        self._due: set[VideoStream] = set()
        self._opus = LiveOpus()
        self._scaler = Scaler(SIZE)

    def join(self, listener: PacketListener) -> None:
        """Tell `listener` what happens."""
        self.listeners.append(listener)

    def leave(self, listener: PacketListener) -> None:
        """Tell `listener` nothing any more."""
        self.listeners.remove(listener)

    def want(self, streams: frozenset[VideoStream], listeners: int) -> None:
        """What `send_picture` makes; what is new begins with a key picture. Raises `UsageError`."""
        if any(stream.view not in VIEWS for stream in streams):
            raise UsageError(f"view: expected one of {', '.join(VIEWS)}")
        self.wanted.append((streams, listeners))
        for stream in streams - self._encoders.keys():
            self._encoders[stream] = open_live_encoder(stream, SIZE, RATE_HZ)
        for stream in self._encoders.keys() - streams:
            del self._encoders[stream]

    def request_key(self, stream: VideoStream) -> None:
        """The next picture of `stream` is a key picture."""
        self.keys.append(stream)
        self._due.add(stream)

    def luma(self, index: int, view: str = PRESENTER) -> int:
        """Brightness of picture `index`; it falls where a view is somebody's own, and rises otherwise."""
        risen = index * 3 % (BRIGHTEST - DARKEST)
        return BRIGHTEST - risen if view in OWN_VIEWS else DARKEST + risen

    def send_picture(self) -> None:
        """Encode the next picture for all streams, the best rung first, and let it leave."""
        index, self.next_picture = self.next_picture, self.next_picture + 1
        for stream in sorted(self._encoders, key=lambda stream: stream.rung):
            i420 = np.full((SIZE.height * 3 // 2, SIZE.width), 128, np.uint8)
            i420[: SIZE.height] = self.luma(index, stream.view)
            frames = self._scaler.frames(Picture(SIZE, i420))
            scale = RUNGS[stream.rung].scale
            data, key = self._encoders[stream].encode_frame(frames.at(scale), index, key=stream in self._due)
            self._due.discard(stream)
            self._leave(LivePacket("video", index * 90_000 // RATE_HZ, key, data, stream))

    def send_sound(self) -> None:
        """Encode the next 20 ms and let them leave."""
        start, self.next_block = self.next_block * BLOCK_SAMPLES, self.next_block + 1
        time_s = np.arange(start, start + BLOCK_SAMPLES) / SAMPLE_RATE_HZ
        tone = np.sin(2 * np.pi * TONE_HZ * time_s)[:, np.newaxis] * TONE_PEAKS
        self._leave(self._opus.encode(tone.astype(np.float32), start))

    def _leave(self, packet: LivePacket) -> None:
        self.sent.append(packet)
        for listener in tuple(self.listeners):
            listener.on_packet(packet)
