"""How connections begin and end, and that nothing is left behind."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aioice.ice
import pytest
from aiortc import RTCDtlsTransport, RTCRtpSender

from avatar_server.control.strict_json import MessageError
from avatar_server.errors import MachineError
from avatar_server.sinks import silence, webrtc_aiortc, webrtc_peer
from avatar_server.sinks.webrtc_aiortc_sender import PLAYOUT_DELAY
from avatar_server.testing.aiortc_receiver import AiortcReceiver
from avatar_server.testing.small_broadcast import SmallBroadcast, run_broadcast, small_broadcast


@pytest.fixture(autouse=True)
def _hooks() -> None:
    webrtc_aiortc.install(loopback_only=True)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_answers_are_passive_on_loopback_with_one_stream_and_one_codec() -> None:
    async def answer(playing: SmallBroadcast) -> None:
        receiver = AiortcReceiver()
        peer = playing.broadcast.new_peer()
        playing.viewers.append((peer, receiver))
        lines = (await receiver.connect(peer)).splitlines()
        assert lines.count("a=setup:passive") == 2
        assert {line.split()[4] for line in lines if line.startswith("a=candidate")} == {"127.0.0.1"}
        assert len({line.split()[0] for line in lines if line.startswith("a=msid:")}) == 1
        names = [line.split()[1] for line in lines if line.startswith("a=rtpmap:")]
        assert sorted(names) == ["H264/90000", "opus/48000/2", "rtx/90000"]

    run_broadcast(answer)


@pytest.mark.parametrize(
    ("player", "lines"), [("chromium", ["a=extmap:5"]), ("firefox", ["a=extmap:6"]), ("gstreamer", [])]
)
def test_who_can_show_pictures_at_once_is_told_when_to(player: str, lines: list[str]) -> None:
    offer = (Path(__file__).parent / "offers" / f"{player}.sdp").read_text()

    async def answer(playing: SmallBroadcast) -> None:
        peer = playing.broadcast.new_peer()
        answered = await peer.answer(offer)
        await peer.close()
        found = [line for line in answered.splitlines() if line.endswith(f" {PLAYOUT_DELAY}")]
        assert [line.split()[0] for line in found] == lines

    run_broadcast(answer)


def test_joins_and_leaves_leave_no_task_no_descriptor_and_nobody_behind() -> None:
    async def watch() -> None:
        before = asyncio.all_tasks(), open_files()
        async with small_broadcast() as playing:
            for _ in range(3):
                peer, receiver = await playing.viewer()
                await playing.play(5, 5)
                await peer.close()
                assert receiver.gone.is_set()
                await receiver.until(lambda receiver=receiver: receiver.byes == {"video", "audio"})  # type: ignore[misc]
                await peer.close()
            unanswered = playing.broadcast.new_peer()
            await unanswered.close()
            unconnected = playing.broadcast.new_peer()
            await unconnected.answer(await AiortcReceiver().offer())
            await unconnected.close()
        async with asyncio.timeout(10):
            await asyncio.gather(*(asyncio.all_tasks() - before[0]), return_exceptions=True)
        assert playing.source.wanted[-1] == (frozenset(), 0)
        assert not playing.source.listeners
        assert not playing.broadcast.peers
        assert open_files() <= before[1] + 2, "the second offer's sockets"

    asyncio.run(watch())


def test_nothing_stays_of_who_leaves_at_the_moment_of_connecting() -> None:
    """aioice goes on to ask for consent, of a connection that was closed since its last check succeeded."""

    class ClosedBefore(asyncio.Queue[int]):
        """What a connection waits for: how its checks went."""

        async def get(self) -> int:
            outcome = await super().get()
            await server.close()
            return outcome

    async def connect() -> None:
        before = asyncio.all_tasks()
        viewer = aioice.ice.Connection(ice_controlling=True)
        server._check_list_state = ClosedBefore()
        for one in (viewer, server):
            await one.gather_candidates()
        for one, other in ((viewer, server), (server, viewer)):
            one.remote_username, one.remote_password = other.local_username, other.local_password
            for candidate in other.local_candidates:
                await one.add_remote_candidate(candidate)
            await one.add_remote_candidate(None)
        connecting = asyncio.create_task(viewer.connect())
        await server.connect()
        connecting.cancel()
        await viewer.close()
        async with asyncio.timeout(10):
            await asyncio.gather(*(asyncio.all_tasks() - before), return_exceptions=True)

    server = aioice.ice.Connection(ice_controlling=False)
    asyncio.run(connect())


def test_who_never_connects_and_who_vanishes_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webrtc_peer, "CONNECTING_LIMIT_S", 0.2)
    monkeypatch.setattr(silence, "LONGEST_LIMIT_S", 0.3)
    monkeypatch.setattr(webrtc_peer, "CHECK_PERIOD_S", 0.1)

    async def watch(playing: SmallBroadcast) -> None:
        peer = playing.broadcast.new_peer()
        absent = AiortcReceiver()
        await peer.answer(await absent.offer())
        assert playing.broadcast.peers == (peer,)
        gone = asyncio.Event()
        peer.listen(on_connected=gone.clear, on_gone=gone.set, on_key_needed=gone.clear)
        async with asyncio.timeout(10):
            await gone.wait()
        assert not playing.broadcast.peers
        assert peer.gone_because == "did not connect"
        await absent.close()
        peer, receiver = await playing.viewer()
        transport = receiver.connection.getTransceivers()[0].receiver.transport.transport

        async def swallow(data: bytes) -> None:
            """Neither reports nor farewells arrive."""

        transport._send = swallow
        await playing.play_until(receiver.gone.is_set)
        assert peer.gone_because is not None
        assert peer.gone_because.startswith("silent for")

    run_broadcast(watch)


@pytest.mark.parametrize(
    "change",
    [
        ("a=rtpmap", "a=rtpgap"),
        ("a=fingerprint", "a=fingerpaint"),
        ("a=ice-ufrag", "a=ice-bfrag"),
        ("m=audio", "m=audio\x00"),
    ],
)
def test_offers_that_cannot_be_followed_are_answered_by_words(change: tuple[str, str]) -> None:
    async def offer(playing: SmallBroadcast) -> None:
        receiver = AiortcReceiver()
        sdp = (await receiver.offer()).replace(*change)
        peer = playing.broadcast.new_peer()
        playing.viewers.append((peer, receiver))
        with pytest.raises(MessageError, match="sdp: "):
            await peer.answer(sdp)

    run_broadcast(offer)


def test_a_moved_hook_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    webrtc_aiortc.check_hooks()

    async def other(self: object) -> None:
        """An aiortc that does it in another way."""

    for owner, name, says in (
        (RTCRtpSender, "_run_rtcp", "_send_rtcp"),
        (RTCDtlsTransport, "_send_rtp", "_tx_srtp"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, other)
            with pytest.raises(MachineError, match=f"does not use .*{says}"):
                webrtc_aiortc.check_hooks()


def test_addresses_other_than_loopback_are_offered_when_there_are_any(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for found, offered in (([], ["127.0.0.1"]), (["192.0.2.7"], ["192.0.2.7"])):
        monkeypatch.setattr(webrtc_aiortc, "_gather_addresses", lambda *_, found=found: found)
        webrtc_aiortc.install(loopback_only=False)
        assert aioice.ice.get_host_addresses(True, True) == offered
    webrtc_aiortc.install(loopback_only=True)
    assert aioice.ice.get_host_addresses(True, True) == ["127.0.0.1"]
