"""The videos that are arriving now, each once for all who watch it, and for a while longer."""

from __future__ import annotations

import asyncio
from functools import partial

from avatar_server.dataset.recording_id import RecordingId
from avatar_server.dataset.stores.contract import RecordingPlace
from avatar_server.web.library.arriving_video import ArrivingVideo, VideoReader
from avatar_server.web.library.questions import RefusalError
from avatar_server.web.library.supply import Supply
from avatar_server.web.library.video_order import VideoOrder

MOST_ARRIVING = 6
"""Processes, about 60 MB each."""

IDLE_S = 20.0
"""Players hang up and come back when somebody seeks."""


class ArrivingVideos:
    """Opens readers; `close` ends all processes."""

    def __init__(self, supply: Supply, *, idle_s: float = IDLE_S) -> None:
        self._supply = supply
        self._idle_s = idle_s
        self._videos: dict[RecordingId, ArrivingVideo] = {}
        self._all: set[ArrivingVideo] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._idle: dict[ArrivingVideo, asyncio.TimerHandle] = {}

    async def open(self, place: RecordingPlace) -> VideoReader:
        """A reader of this recording's video; raises `RefusalError` if it does not come."""
        video = self._videos.get(place.id)
        if video is None or video.is_over:
            if len(self._all) >= MOST_ARRIVING:
                raise RefusalError(503, f"{MOST_ARRIVING} videos are on their way already")
            supply = self._supply
            order = VideoOrder(place, supply.source, str(supply.data_dir), supply.limit_bytes)
            video = self._videos[place.id] = ArrivingVideo(order)
            self._all.add(video)
        idle = self._idle.pop(video, None)
        if idle is not None:
            idle.cancel()
        return await video.open(partial(self._left, video))

    async def close(self) -> None:
        """End all processes; what came is kept. Closing twice is fine."""
        for idle in self._idle.values():
            idle.cancel()
        self._idle.clear()
        await asyncio.gather(*(self._end(video) for video in tuple(self._all)), *self._ending)

    def _left(self, video: ArrivingVideo) -> None:
        video.readers -= 1
        if video.readers == 0 and video in self._all:
            delay_s = 0.0 if video.is_over else self._idle_s
            self._idle[video] = asyncio.get_running_loop().call_later(delay_s, self._begin_to_end, video)

    def _begin_to_end(self, video: ArrivingVideo) -> None:
        del self._idle[video]
        ending = asyncio.create_task(self._end(video), name="video that nobody watches")
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    async def _end(self, video: ArrivingVideo) -> None:
        if video not in self._all:
            return
        self._all.discard(video)
        for name in [name for name, one in self._videos.items() if one is video]:
            del self._videos[name]
        await video.close()
