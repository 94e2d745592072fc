"""Packets that a viewer asks for again, with aiortc as the viewer."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from aiortc.rtp import RtpPacket, unwrap_rtx

from avatar_server.encode.live_packet import LivePacket
from avatar_server.sinks import retransmission_limit, webrtc_aiortc
from avatar_server.sinks.rtp_stream import HISTORY_PACKETS
from avatar_server.testing.aiortc_receiver import AiortcReceiver
from avatar_server.testing.small_broadcast import SmallBroadcast, run_broadcast


@pytest.fixture(autouse=True)
def _hooks() -> None:
    webrtc_aiortc.install(loopback_only=True)


def each_ninth_once(receiver: AiortcReceiver) -> Callable[[RtpPacket], bool]:
    """Loses of the pictures' packets, and no retransmission, for which aiortc might never ask again."""
    seen: set[int] = set()

    def loses(packet: RtpPacket) -> bool:
        number = packet.sequence_number
        if not receiver.is_of("video", packet) or number % 9 or number in seen:
            return False
        seen.add(number)
        return True

    return loses


def test_lost_packets_come_again_and_no_picture_is_missing() -> None:
    async def watch(playing: SmallBroadcast) -> None:
        peer, receiver = await playing.viewer()
        await playing.play(10)
        await receiver.until(lambda: len(receiver.frames["video"]) >= 5)
        receiver.loses = each_ninth_once(receiver)
        await playing.play_until(lambda: peer.stats.retransmitted >= 5)
        receiver.loses = lambda _: False
        whole = len(receiver.frames["video"])
        await playing.play_until(lambda: len(receiver.frames["video"]) >= whole + 10)
        assert peer.stats.nack >= peer.stats.retransmitted
        assert peer.stats.fraction_lost <= 1
        assert peer.stats.pli == 0
        stamps = [frame.pts for frame in receiver.frames["video"]]
        assert set(np.diff(stamps)) == {3000}, "no picture is missing"

    run_broadcast(watch)


def test_a_retransmission_that_is_lost_comes_once_more_when_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # However slow this machine is, the answer is not one to the first request.
    monkeypatch.setattr(retransmission_limit, "SHORTEST_ROUND_TRIP_S", 0.0)

    async def watch(playing: SmallBroadcast) -> None:
        peer, receiver = await playing.viewer()
        await playing.play_until(lambda: len(receiver.frames["video"]) >= 5)
        lost: list[RtpPacket] = []

        def loses(packet: RtpPacket) -> bool:
            """One packet of a picture, and the first packet that repeats it."""
            repeats = packet.ssrc not in {known.ssrc for known in receiver.rtp}
            if not (repeats if lost else receiver.is_of("video", packet)) or len(lost) == 2:
                return False
            lost.append(packet)
            return True

        receiver.loses = loses
        await playing.play_until(lambda: len(lost) == 2)
        waiting = len(receiver.frames["video"])
        assert unwrap_rtx(lost[1], lost[0].payload_type, lost[0].ssrc).payload == lost[0].payload
        await playing.play(20)
        assert len(receiver.frames["video"]) <= waiting + 1, "aiortc stands still and asks no more"
        assert peer.stats.nack == 1
        await receiver.ask_again([lost[0].sequence_number])
        await playing.play_until(lambda: len(receiver.frames["video"]) > waiting + 20)
        assert set(np.diff([frame.pts for frame in receiver.frames["video"]])) == {3000}

    run_broadcast(watch)


def test_packets_are_sent_again_however_many_were_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retransmission_limit, "LARGEST_BURST", 2000)

    async def watch(playing: SmallBroadcast) -> None:
        peer, receiver = await playing.viewer()
        await playing.play_until(lambda: len(receiver.frames["video"]) >= 5)
        receiver.loses = each_ninth_once(receiver)
        sent = len(playing.source.sent)
        await playing.play_until(lambda: peer.stats.retransmitted >= 30)
        again = sum(len(packet.data) for packet in playing.source.sent[sent:] if packet.kind == "video") / 9
        assert again > 2 * 2000, "far more than the burst came again"

    run_broadcast(watch)


def test_who_has_no_rtx_may_ask_for_packets_of_long_ago() -> None:
    """libsrtp protects nothing again that is older than its window; that harms nobody."""

    async def watch(playing: SmallBroadcast) -> None:
        peer, receiver = await playing.viewer(AiortcReceiver(video_codecs=["H264"]))
        await playing.play_until(lambda: len(receiver.packets("video")) >= 5)
        (stream,) = playing.broadcast.streams
        unit = b"\x00\x00\x01\x41" + bytes([0xFF]) * 10_000
        for index in range(120):
            pts = (playing.source.next_picture + index) * 3000
            playing.broadcast.on_packet(LivePacket("video", pts, False, unit, stream))
        playing.source.next_picture += 120
        sent = peer.stats.packets - sum(packet.kind == "audio" for packet in playing.source.sent)
        oldest = receiver.packets("video")[0].sequence_number + sent - HISTORY_PACKETS
        await receiver.ask_again([number % 65_536 for number in range(oldest - 8, oldest + 8)])
        await playing.play_until(lambda: peer.stats.nack >= 16)
        assert 0 < peer.stats.retransmitted <= 8, "these are in the window, give or take a picture"
        pictures = len(receiver.packets("video"))
        await playing.play_until(lambda: len(receiver.packets("video")) > pictures + 5)
        assert peer.connected

    run_broadcast(watch)
