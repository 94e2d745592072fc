"""Offers that real players made, and everything that can be done to them, read and answered as text."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from aiortc.sdp import SessionDescription, candidate_from_sdp
from hypothesis import given, settings
from hypothesis import strategies as st

from avatar_server.control.strict_json import MessageError
from avatar_server.sinks.media_clock import MediaClock
from avatar_server.sinks.session_description import reachable
from avatar_server.sinks.trickle_fragment import read_fragment
from avatar_server.sinks.webrtc_answer import full_answer, passive_answer, stereo_answer
from avatar_server.sinks.webrtc_offer import UnfitOfferError, read_offer
from avatar_server.sinks.webrtc_peer import WebRtcPeer

OFFERS = {file.stem: file.read_text() for file in sorted(Path(__file__).parent.glob("offers/*.sdp"))}
"""As the players made them, with other addresses."""


WORDS = (
    *("1", "2", "udp", "UDP", "tcp", "2113937151", "192.0.2.7", "2001:db8::7", "x.local", "9", "99999"),
    *("typ", "host", "srflx", "relay", "prflx", "raddr", "rport", "tcptype", "generation", "0"),
)
"""Of candidates."""


@pytest.fixture
def chromium() -> str:
    return OFFERS["chromium"]


@pytest.mark.parametrize(
    ("player", "codecs", "candidates"),
    [
        ("aiortc", ("vp8", "h264"), 4),
        ("chromium", ("vp8", "h264"), 0),
        ("firefox", ("vp8",), 2),
        ("gstreamer", ("h264",), 1),
    ],
)
def test_players_are_understood(player: str, codecs: tuple[str, ...], candidates: int) -> None:
    offer = read_offer(OFFERS[player])
    assert offer.kinds == {"video", "audio"}
    assert offer.video_codecs == codecs
    assert len(re.findall(r"^a=candidate:.* typ host", offer.sdp, re.MULTILINE)) == candidates
    for bad in (".local", "end-of-candidates", " tcp ", " TCP ", "VP9", "AV1", "PCMU"):
        assert bad not in offer.sdp
    # What is left is what aiortc understands, of both tracks.
    told = SessionDescription.parse(offer.sdp)
    assert {media.kind for media in told.media} == {"video", "audio"}
    for media in told.media:
        assert media.ice
        assert media.dtls
        assert media.rtp.codecs
        assert (media.ice.usernameFragment, media.ice.password) == (offer.user, offer.password)
        assert "sha-256" in [found.algorithm for found in media.dtls.fingerprints]


def test_profiles_that_decode_constrained_baseline_are_taken_and_no_others(chromium: str) -> None:
    told = SessionDescription.parse(read_offer(chromium).sdp)
    (video,) = (media for media in told.media if media.kind == "video")
    profiles = [
        codec.parameters["profile-level-id"] for codec in video.rtp.codecs if codec.mimeType == "video/H264"
    ]
    assert profiles == ["42001f", "42e01f"]
    assert "profile-level-id=f4001f" in chromium
    assert "profile-level-id=4d001f" in chromium


def without(sdp: str, *starts: str) -> str:
    return "\n".join(line for line in sdp.splitlines() if not line.startswith(starts)) + "\n"


def only(sdp: str, kind: str) -> str:
    """The offer with one of its sections, and no group."""
    head, *sections = re.split(r"^(?=m=)", sdp, flags=re.MULTILINE)
    return without(head, "a=group") + "".join(part for part in sections if part.startswith(f"m={kind}"))


def test_one_track_is_enough(chromium: str) -> None:
    assert read_offer(only(chromium, "video")).kinds == {"video"}
    sound = read_offer(only(chromium, "audio"))
    assert sound.kinds == {"audio"}
    assert sound.video_codecs == ()


def test_who_could_send_too_is_only_sent_to(chromium: str) -> None:
    offer = read_offer(chromium.replace("a=recvonly", "a=sendrecv"))
    assert "sendrecv" not in offer.sdp
    assert offer.sdp.count("a=recvonly") == 2


def test_sections_that_are_not_sent_are_declined_in_their_place(chromium: str) -> None:
    head, video, audio = re.split(r"^(?=m=)", chromium, flags=re.MULTILINE)
    data = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\nc=IN IP4 0.0.0.0\na=mid:7\na=sctp-port:5000\n"
    idle = audio.replace("a=recvonly", "a=inactive")
    offer = read_offer(head + data + video + idle)
    assert offer.kinds == {"video"}
    answer = full_answer(offer, "v=0\r\ns=-\r\nm=video 4000 UDP/TLS/RTP/SAVPF 96\r\na=sendonly\r\n")
    assert re.findall(r"^m=(\w+) (\d+)", answer, re.MULTILINE) == [
        ("application", "0"),
        ("video", "4000"),
        ("audio", "0"),
    ]
    assert answer.count("a=inactive") == 2
    assert "a=mid:7\r\n" in answer


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda sdp: "", "begin with v=0"),
        (lambda sdp: "hello", "expected lines like a=mid:0, got 'hello'"),
        (lambda sdp: sdp.replace("v=0", "v=1", 1), "begin with v=0"),
        (lambda sdp: sdp.replace("m=video 9", "m=video nine"), "expected m=kind port protocol formats"),
        (lambda sdp: sdp.replace("m=video 9", "m=video 99999"), "expected m=kind port protocol formats"),
        (lambda sdp: without(sdp, "a=mid"), "expected a=mid in the video section"),
        (lambda sdp: sdp.replace("a=mid:1", "a=mid:0"), "expected a=mid of each track to be its own"),
        (lambda sdp: without(sdp, "a=rtcp-mux"), "expected a=rtcp-mux"),
        (lambda sdp: without(sdp, "a=ice-ufrag"), "expected a=ice-ufrag of 4"),
        (lambda sdp: re.sub("a=ice-pwd:.*", "a=ice-pwd:short", sdp), "a=ice-pwd of 22"),
        (lambda sdp: without(sdp, "a=fingerprint"), "expected a=fingerprint:sha-256"),
        (lambda sdp: re.sub("sha-256 .*", "sha-256 AA:BB", sdp), "expected a=fingerprint:sha-256"),
        (lambda sdp: without(sdp, "a=setup"), "expected a=setup:actpass or active, got ''"),
        (lambda sdp: sdp + "a=x\n" * 2000, "expected at most 2000 lines"),
    ],
)
def test_what_is_malformed_is_refused_in_words(change: object, says: str, chromium: str) -> None:
    assert callable(change)
    with pytest.raises(MessageError, match=re.escape(says)) as refused:
        read_offer(change(chromium))
    assert not isinstance(refused.value, UnfitOfferError)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda sdp: sdp + only(sdp, "video").partition("m=")[2].join(("m=", "")), "got 2 video, 1 audio"),
        (lambda sdp: sdp.replace("a=recvonly", "a=sendonly"), "got none"),
        (lambda sdp: "v=0\ns=-\n", "got none"),
        (lambda sdp: sdp.replace("VP8/", "VP7/").replace("H264/", "H265/"), "no video codec in common"),
        (lambda sdp: sdp.replace("opus/48000/2", "opus/48000"), "no audio codec in common, expected Opus"),
        (lambda sdp: without(sdp, "a=group"), "in one a=group:BUNDLE"),
        (lambda sdp: sdp.replace("actpass", "passive"), "the server only waits for DTLS"),
    ],
)
def test_what_cannot_be_given_is_another_matter(change: object, says: str, chromium: str) -> None:
    assert callable(change)
    with pytest.raises(UnfitOfferError, match=re.escape(says)):
        read_offer(change(chromium))


def test_answers_wait_for_dtls_and_carry_two_channels() -> None:
    assert passive_answer("a=setup:active\r\n") == "a=setup:passive\r\n"
    assert "a=fmtp:111 minptime=10;stereo=1" in stereo_answer("a=rtpmap:111 opus/48000/2\r\n")


def test_candidates_that_cannot_be_reached_are_passed_over() -> None:
    good = (
        "1 1 udp 2113937151 192.0.2.7 40737 typ host",
        "2 1 UDP 1 2001:db8::7 1 typ relay raddr :: rport 9",
    )
    bad = (
        "3 1 udp 2113937151 0c8c1da4.local 40737 typ host",
        "4 1 tcp 2113937151 192.0.2.7 9 typ host tcptype active",
        "5 2 udp 2113937151 192.0.2.7 40737 typ host",
        "6 1 udp 2113937151 192.0.2.7 0 typ host",
        "7 1 udp 2113937151 player.example 40737 typ host",
        "8 1 udp 2113937151 239.1.2.3 40737 typ host",
        "9 1 udp 2113937151 0.0.0.0 40737 typ host",
        "10 1 udp 2113937151 fe80::1%eth0 40737 typ host",
        "11 1 udp 2113937151 192.0.2.7 40737 typ hostess",
        "nonsense",
    )
    extended = f"{good[0]} generation x rport y ufrag"
    lines = "".join(f"a=candidate:{candidate}\r\n" for candidate in (*bad, *good, extended))
    fragment = read_fragment(
        f"a=ice-ufrag:abcd\r\nm=audio 9 X 0\r\na=mid:0\r\n{lines}a=end-of-candidates\r\n"
    )
    assert fragment.candidates == good
    many = "".join(f"a=candidate:1 1 udp 1 192.0.2.7 {port} typ host\n" for port in range(1000, 2000))
    assert len(read_fragment(many).candidates) == 64
    for wrong in (
        "",
        "hello",
        "a=mid:0\n",
        "a=ice-ufrag:abcd\na=ice-ufrag:efgh\n",
        "m=audio\na=candidate:1\n",
    ):
        with pytest.raises(MessageError):
            read_fragment(wrong)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=8), max_size=16))
def test_whatever_is_called_a_candidate_is_understood_by_aiortc_or_passed_over(words: list[str]) -> None:
    kept = reachable([" ".join(words), " ".join(("1 1 udp 1 192.0.2.7 9 typ host", *words))])
    assert kept
    for candidate in kept:
        found = candidate_from_sdp(candidate)
        assert (found.component, found.protocol.lower()) == (1, "udp")


def test_another_ice_session_is_a_restart(chromium: str) -> None:
    offer = read_offer(chromium)
    same = f"a=ice-ufrag:{offer.user}\na=ice-pwd:{offer.password}\na=end-of-candidates\n"
    assert not read_fragment(same).restarts(offer)
    assert not read_fragment("a=end-of-candidates\n").restarts(offer)
    assert read_fragment(same.replace(offer.user, "else")).restarts(offer)
    assert read_fragment(same.replace(offer.password, "p" * 22)).restarts(offer)


@st.composite
def mutilated(draw: st.DrawFn) -> str:
    """A player's offer with some lines lost, doubled, moved, cut, or with other values."""
    lines = draw(st.sampled_from(list(OFFERS.values()))).splitlines()
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        line = lines[at]
        match draw(st.sampled_from(("lose", "double", "move", "cut", "garble", "value", "end"))):
            case "lose":
                del lines[at]
            case "double":
                lines.insert(draw(st.integers(0, len(lines))), line)
            case "move":
                lines.insert(draw(st.integers(0, len(lines) - 1)), lines.pop(at))
            case "cut":
                lines[at] = line[: draw(st.integers(0, len(line)))]
            case "garble":
                place = draw(st.integers(0, len(line)))
                lines[at] = line[:place] + draw(st.text(max_size=6)) + line[place + 1 :]
            case "value":
                other = str(
                    draw(st.sampled_from((-1, 0, 72, 255, 65_536, 10**12, "", "nan", "\u0665", "a b")))
                )
                lines[at] = re.sub(r"\d+", lambda _: other, line, count=draw(st.integers(1, 3)))  # noqa: B023
            case "end":
                del lines[at + 1 :]
        if not lines:
            break
    return "\r\n".join(lines) + "\r\n"


@settings(max_examples=300, deadline=None, derandomize=True)
@given(mutilated() | st.text())
def test_nothing_that_strangers_send_surprises(sdp: str) -> None:
    said = ""
    try:
        offer = read_offer(sdp)
    except MessageError as error:
        said = str(error)
    if said:
        assert said.isprintable(), "fit to be sent back"
        return
    told = SessionDescription.parse(offer.sdp)
    assert [media.kind for media in told.media] == [track.kind for track in offer.tracks]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(mutilated())
def test_whatever_is_understood_is_answered(sdp: str) -> None:
    """By aiortc, within the loop of a server; `read_offer` lets nothing through that it chokes on."""
    try:
        offer = read_offer(sdp)
    except MessageError:
        return

    async def answer() -> str:
        complaints: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        peer = WebRtcPeer(media_clock=MediaClock(4e9))
        try:
            return await peer.answer(sdp)
        finally:
            await peer.close()
            assert complaints == []

    answered = asyncio.run(answer())
    sections = re.split(r"^(?=m=)", answered, flags=re.MULTILINE)[1:]
    assert len(sections) == len(offer.description.media)
    sent = [section for section in sections if "a=sendonly" in section]
    assert len(sent) == len(offer.tracks)
    assert all("a=setup:passive" in section and "a=candidate" in section for section in sent[:1])
