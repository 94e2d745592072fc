"""Lost packets: pictures go on, what is lost comes again, and no hole freezes the picture for a second."""

from __future__ import annotations

import asyncio
import subprocess

import pytest

from avatar_server.testing.light_receiver import AUDIO, VIDEO
from avatar_server.testing.lossy_path import Hole, at_random
from tests.faults.watching import Watching, lossy_path

Server = tuple[str, subprocess.Popen[str]]

HOLE_PACKETS = 150
WATCHED_S = 4.0


@pytest.mark.parametrize(("share", "least_seen"), [(0.02, 0.97), (0.10, 0.85)])
def test_pictures_go_on_while_packets_are_lost_both_ways(
    grainy_server: Server, share: float, least_seen: float
) -> None:
    async def watch() -> None:
        watching = Watching(grainy_server[0])
        receiver = watching.receiver()
        async with lossy_path() as path:
            session = await watching.join(receiver, path)
            path.lose_to_receiver(at_random(share, seed=1))
            path.lose_to_server(at_random(share, seed=2))
            seen = await watching.until_seen(receiver, WATCHED_S)
            lost = path.lost
            path.lose_to_receiver(lambda datagram: False)
            path.lose_to_server(lambda datagram: False)
            await watching.leave(receiver, session)
        span_s = seen[-1].reading - seen[0].reading
        assert len(seen) >= least_seen * span_s * 30
        assert watching.longest_freeze_s(receiver, seen) < 1.0
        # Loss there was, and it was mended by sending again and not by key pictures alone.
        video = receiver.receptions[VIDEO]
        assert lost > share * WATCHED_S * 150
        assert video.repaired > 0.7 * (video.repaired + video.lost)

    asyncio.run(watch())


@pytest.mark.parametrize("how", ["asks again", "asks for a key picture by PLI", "by FIR"])
def test_a_hole_freezes_the_picture_for_less_than_a_second(grainy_server: Server, how: str) -> None:
    asks = how == "asks again"

    async def watch() -> None:
        watching = Watching(grainy_server[0])
        receiver = watching.receiver(asks=asks, patience_s=1.0 if asks else 0.0, by_fir=how == "by FIR")
        async with lossy_path() as path:
            session = await watching.join(receiver, path)
            await watching.until_seen(receiver, 1.0)
            assert receiver.accepted
            hole = Hole(receiver.accepted.video, HOLE_PACKETS)
            path.lose_to_receiver(hole)
            seen = await watching.until_seen(receiver, 3.0)
            await watching.leave(receiver, session)
        assert hole.left == 0
        assert watching.longest_freeze_s(receiver, seen) < 1.0
        video = receiver.receptions[VIDEO]
        if asks:
            assert video.repaired > HOLE_PACKETS / 2
        else:
            assert video.repaired == 0
            assert receiver.key_requests > 0
        # Sound is sent by itself: none of it was lost.
        assert receiver.receptions[AUDIO].lost == 0

    asyncio.run(watch())
