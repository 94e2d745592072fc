"""The queue of one viewer: what is dropped when it is full."""

from __future__ import annotations

import asyncio

from avatar_server.encode.live_packet import LivePacket
from avatar_server.sinks.webrtc_track import MOST_QUEUED, PacketTrack


def picture(index: int, *, key: bool = False) -> LivePacket:
    return LivePacket("video", index * 3000, key, b"picture")


def block(index: int) -> LivePacket:
    return LivePacket("audio", index * 960, True, b"block")


def test_a_viewer_who_cannot_follow_jumps_to_the_next_key_picture() -> None:
    async def fill() -> None:
        track = PacketTrack("video")
        assert track.push(picture(0)), "before the first key picture nothing is owed"
        full = MOST_QUEUED["video"]
        assert all(track.push(picture(index, key=index == 1)) for index in range(1, full + 1))
        assert not track.push(picture(full + 1)), "the queue is full: ask for a key picture"
        assert track.push(picture(full + 2)), "but ask once"
        assert track.push(picture(full + 3, key=True))
        assert track.push(picture(full + 4))
        received = [await track.recv() for _ in range(2)]
        assert [packet.pts for packet in received] == [(full + 3) * 3000, (full + 4) * 3000]

    asyncio.run(fill())


def test_a_listener_who_cannot_follow_loses_the_oldest_sound() -> None:
    async def fill() -> None:
        track = PacketTrack("audio")
        assert all(track.push(block(index)) for index in range(MOST_QUEUED["audio"] + 5))
        assert (await track.recv()).pts == 5 * 960

    asyncio.run(fill())
