"""Every rule of WHEP (draft-ietf-wish-whep, and RFC 9725 where it refers to it), over sockets."""

from __future__ import annotations

import random
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.whep.conftest import WhepServer

SDP = {"Content-Type": "application/sdp"}
FRAGMENT = {"Content-Type": "application/trickle-ice-sdpfrag"}
OFFERS = {file.stem: file.read_text() for file in (Path(__file__).parents[1] / "sinks/offers").glob("*.sdp")}
CHROMIUM = OFFERS["chromium"]
STRANGER = {"Origin": "https://player.example"}


@pytest.fixture
def client(whep_server: WhepServer) -> Iterator[httpx.Client]:
    """Somebody with the token."""
    with httpx.Client(base_url=whep_server.url, headers=whep_server.headers) as opened:
        yield opened


@pytest.fixture
def endpoint(client: httpx.Client) -> str:
    return "/api/stages/default/whep"


def post(client: httpx.Client, url: str, offer: str = CHROMIUM, **headers: str) -> httpx.Response:
    return client.post(url, content=offer, headers=SDP | headers)


def sections(answer: str) -> dict[str, str]:
    """The answer's sections by kind."""
    parts = re.split(r"^(?=m=)", answer, flags=re.MULTILINE)[1:]
    return {part[2 : part.index(" ")]: part for part in parts}


def test_an_offer_is_answered_with_a_session(client: httpx.Client, endpoint: str) -> None:
    answered = post(client, endpoint)
    assert answered.status_code == 201
    assert answered.headers["content-type"] == "application/sdp"
    assert answered.headers["accept-patch"] == "application/trickle-ice-sdpfrag"
    assert re.fullmatch('"[^"]+"', answered.headers["etag"]), "a strong entity tag"
    session = answered.headers["location"]
    assert re.fullmatch(re.escape(endpoint) + r"/[A-Za-z0-9_-]{32}", session), "nobody guesses 192 bits"
    assert "a=group:BUNDLE 0 1\r\n" in answered.text
    found = sections(answered.text)
    assert list(found) == ["video", "audio"]
    for section in found.values():
        for line in ("a=sendonly", "a=setup:passive", "a=rtcp-mux", "a=end-of-candidates"):
            assert f"{line}\r\n" in section
        assert re.search(r"^a=candidate:.* udp .* typ host", section, re.MULTILINE)
    asking = re.findall(r"^a=rtcp-fb:\d+ (.*)\r$", found["video"], re.MULTILINE)
    assert sorted(asking) == ["ccm fir", "goog-remb", "nack", "nack pli"]
    streams = re.findall(r"^a=msid:(\S+)", answered.text, re.MULTILINE)
    assert len(streams) == 2
    assert len(set(streams)) == 1, "one stream, or browsers do not line sound and picture up"

    other = post(client, endpoint)
    assert other.headers["location"] != session
    told = client.get(session)
    assert (told.status_code, told.json()["codec"]) == (200, "h264")
    assert told.headers["etag"] == answered.headers["etag"]
    for url in (endpoint, session, "/"):
        assert client.head(url).status_code == client.get(url).status_code == 200
    assert client.get(endpoint).json()["views"] == ["presenter", "two-shot", "left", "right", "auto"]

    assert client.delete(session, headers={"If-Match": '"nonsense"'}).status_code == 200
    for method in ("DELETE", "GET", "HEAD", "PATCH"):
        assert client.request(method, session).status_code == 404
    assert client.get(other.headers["location"]).status_code == 200, "another viewer stays"
    assert client.delete(other.headers["location"]).status_code == 200


def test_only_what_is_asked_for_is_sent(client: httpx.Client, endpoint: str) -> None:
    head, video, audio = re.split(r"^(?=m=)", CHROMIUM.replace("BUNDLE 0 1", "BUNDLE 0"), flags=re.MULTILINE)
    for kind, offer in (("video", head + video), ("audio", head.replace("E 0", "E 1") + audio)):
        answered = post(client, endpoint, offer)
        assert list(sections(answered.text)) == [kind]
        codec = client.get(answered.headers["location"]).json()["codec"]
        assert codec == ("h264" if kind == "video" else None)
        client.delete(answered.headers["location"])
    both_ways = post(client, endpoint, CHROMIUM.replace("a=recvonly", "a=sendrecv"))
    assert both_ways.text.count("a=sendonly") == 2
    assert "a=sendrecv" not in both_ways.text
    assert "a=recvonly" not in both_ways.text
    client.delete(both_ways.headers["location"])


def test_players_without_h264_get_vp8(client: httpx.Client, endpoint: str) -> None:
    answered = post(client, endpoint, OFFERS["firefox"])
    assert client.get(answered.headers["location"]).json()["codec"] == "vp8"
    assert "H264" not in answered.text
    client.delete(answered.headers["location"])


@pytest.mark.parametrize(
    ("status", "path", "body", "headers"),
    [
        (415, "default/whep", CHROMIUM, {"Content-Type": "application/json"}),
        (415, "default/whep", CHROMIUM, {"Content-Type": "text/plain"}),
        (413, "default/whep", CHROMIUM + "a=x\n" * 20_000, SDP),
        (400, "default/whep", "", SDP),
        (400, "default/whep", "hello", SDP),
        (400, "default/whep", b"v=0\xff\xfe", SDP),
        (400, "default/whep", CHROMIUM.replace("a=fingerprint", "a=print"), SDP),
        (422, "default/whep", CHROMIUM.replace("VP8/", "VP7/").replace("H264/", "H265/"), SDP),
        (422, "default/whep", CHROMIUM.replace("opus/48000/2", "speex/16000"), SDP),
        (422, "default/whep", CHROMIUM.replace("m=audio", "m=video"), SDP),
        (404, "nowhere/whep", CHROMIUM, SDP),
        (404, "default/whep?view=moon", CHROMIUM, SDP),
    ],
)
def test_refusals_are_said_in_words_that_every_page_may_read(
    status: int, path: str, body: str | bytes, headers: dict[str, str], client: httpx.Client
) -> None:
    refused = client.post(f"/api/stages/{path}", content=body, headers=headers | STRANGER)
    assert refused.status_code == status
    assert refused.headers["access-control-allow-origin"] == "*"
    said = refused.json()["detail"]
    assert isinstance(said, str)
    assert "\n" not in said


def test_a_body_without_a_length_is_bounded_too(client: httpx.Client, endpoint: str) -> None:
    def endless() -> Iterator[bytes]:
        yield CHROMIUM.encode()
        for _ in range(1000):
            yield b"a=x\n" * 1000

    try:
        status = client.post(endpoint, content=endless(), headers=SDP).status_code
    except httpx.WriteError:
        status = 413  # The server hung up before it was all sent.
    assert status == 413


def test_mutilated_offers_never_break_the_server(client: httpx.Client, endpoint: str) -> None:
    """The server must also have said nothing when it is stopped, which `whep_server` sees to."""
    dice = random.Random(4)
    seen = set()
    for _ in range(40):
        lines = dice.choice(list(OFFERS.values())).splitlines()
        for _ in range(dice.randint(1, 3)):
            at = dice.randrange(len(lines))
            changes: list[Callable[[str], list[str]]] = [
                lambda line: [],
                lambda line: [line, line],
                lambda line: [line[: dice.randint(0, len(line))]],
                lambda line: [re.sub(r"\d+", dice.choice(["-1", "65536", "9" * 12, ""]), line)],
                lambda line: [line[::-1]],
            ]
            lines[at : at + 1] = dice.choice(changes)(lines[at])
        answered = post(client, endpoint, "\r\n".join(lines))
        seen.add(answered.status_code)
        assert answered.status_code in (201, 400, 422), answered.text
        if answered.status_code == 201:
            assert client.delete(answered.headers["location"]).status_code == 200
    assert seen == {201, 400, 422}


def test_preflights_need_no_token(whep_server: WhepServer) -> None:
    asking = {**STRANGER, "Access-Control-Request-Method": "POST"}
    for path, methods, accepts in (
        ("whep", ("POST", "GET", "HEAD", "OPTIONS"), ("accept-post", "application/sdp")),
        ("whep/x", ("PATCH", "DELETE", "OPTIONS"), ("accept-patch", "application/trickle-ice-sdpfrag")),
    ):
        allowed = httpx.options(f"{whep_server.url}/api/stages/default/{path}", headers=asking)
        assert allowed.status_code == 200
        assert allowed.headers[accepts[0]] == accepts[1]
        assert allowed.headers["access-control-allow-origin"] == "*"
        for method in methods:
            assert method in allowed.headers["access-control-allow-methods"]
            assert method in allowed.headers["allow"]
        for header in ("Authorization", "Content-Type", "If-Match"):
            assert header in allowed.headers["access-control-allow-headers"]
        for header in ("Location", "ETag", "Link", "Accept-Patch", "Retry-After"):
            assert header in allowed.headers["access-control-expose-headers"]


def test_the_token_is_asked_for_and_lets_other_sites_in(client: httpx.Client, endpoint: str) -> None:
    session = post(client, endpoint, **STRANGER)
    assert session.status_code == 201
    assert session.headers["access-control-allow-origin"] == "*"
    location = session.headers["location"]
    for authorization in ("", "Bearer of-bad-news-and-no-token", "Basic dTpw"):
        for method, url in (("POST", endpoint), ("PATCH", location), ("DELETE", location), ("GET", location)):
            headers = {**SDP, "Authorization": authorization}
            refused = client.request(method, url, headers=headers, content=CHROMIUM)
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"].startswith("Bearer")
            assert refused.headers["access-control-allow-origin"] == "*"
    assert client.delete(location).status_code == 200, "nobody ended it"


@pytest.fixture
def session(client: httpx.Client, endpoint: str) -> Iterator[httpx.Response]:
    opened = post(client, endpoint)
    yield opened
    client.delete(opened.headers["location"])


def fragment(*candidates: str, offer: str = CHROMIUM) -> str:
    """What a player sends that found candidates after its offer."""
    (user, password) = (re.findall(f"a=ice-{name}:(\\S+)", offer)[0] for name in ("ufrag", "pwd"))
    lines = (f"a=ice-ufrag:{user}", f"a=ice-pwd:{password}", "m=video 9 UDP/TLS/RTP/SAVPF 0", "a=mid:0")
    return "".join(f"{line}\r\n" for line in (*lines, *candidates))


def test_candidates_that_come_later_are_tried(client: httpx.Client, session: httpx.Response) -> None:
    """Proved by who knocks at the address: the server's ICE agent, with a STUN request (RFC 8489)."""
    headers = {**FRAGMENT, "If-Match": session.headers["etag"]}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind(("127.0.0.1", 0))
        door.settimeout(20)
        port = door.getsockname()[1]
        body = fragment(
            "a=candidate:1 1 udp 2113937151 0c8c1da4.local 40737 typ host",
            "a=candidate:2 1 tcp 2113937151 127.0.0.1 9 typ host tcptype active",
            f"a=candidate:3 1 udp 2113937151 127.0.0.1 {port} typ host generation x rport y",
            "a=end-of-candidates",
        )
        patched = client.patch(session.headers["location"], content=body, headers=headers)
        assert (patched.status_code, patched.content) == (204, b"")
        assert "etag" not in patched.headers
        knock = door.recv(2048)
    (user,) = re.findall(r"a=ice-ufrag:(\S+)", CHROMIUM)[:1]
    assert knock[4:8] == b"\x21\x12\xa4\x42", "the magic cookie of STUN"
    assert f"{user}:".encode() in knock
    again = client.patch(
        session.headers["location"], content=fragment("a=end-of-candidates"), headers=headers
    )
    assert again.status_code == 204, "more may come after the end, and nothing breaks"


def test_patches_for_another_ice_session_are_refused(client: httpx.Client, session: httpx.Response) -> None:
    tag, more = session.headers["etag"], fragment("a=end-of-candidates")
    restart = fragment(offer=CHROMIUM.replace("a=ice-ufrag:", "a=ice-ufrag:new"))
    for status, headers, body in (
        (428, FRAGMENT, more),
        (412, {**FRAGMENT, "If-Match": '"another"'}, more),
        (412, {**FRAGMENT, "If-Match": f"W/{tag}"}, more),
        (204, {**FRAGMENT, "If-Match": f'"another", {tag}'}, more),
        (204, {**FRAGMENT, "If-Match": "*"}, more),
        (422, {**FRAGMENT, "If-Match": "*"}, restart),
        (422, {**FRAGMENT, "If-Match": tag}, restart),
        (415, {**SDP, "If-Match": tag}, more),
        (400, {**FRAGMENT, "If-Match": tag}, "hello"),
        (400, {**FRAGMENT, "If-Match": tag}, ""),
        (413, {**FRAGMENT, "If-Match": tag}, more * 2000),
    ):
        refused = client.patch(session.headers["location"], content=body, headers=headers | STRANGER)
        assert refused.status_code == status, refused.text
        assert refused.headers["access-control-allow-origin"] == "*"
    assert client.get(session.headers["location"]).status_code == 200, "a failed restart ends nothing"


def test_a_session_belongs_to_its_stage(client: httpx.Client, session: httpx.Response) -> None:
    made = client.post("/api/stages", json={"interaction": "test-card"})
    other = session.headers["location"].replace("/default/", f"/{made.json()['id']}/")
    assert client.get(other).status_code == client.delete(other).status_code == 404
    of_its_own = post(client, f"/api/stages/{made.json()['id']}/whep").headers["location"]
    assert client.get(of_its_own).status_code == 200
    assert client.delete(made.headers["location"]).status_code == 204
    assert client.get(of_its_own).status_code == 404, "with the stage its sessions end"
    assert client.get(session.headers["location"]).status_code == 200


def test_all_of_it_is_documented(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    endpoint, one = paths["/api/stages/{stage_id}/whep"], paths["/api/stages/{stage_id}/whep/{session_id}"]
    assert "application/sdp" in endpoint["post"]["requestBody"]["content"]
    assert "application/trickle-ice-sdpfrag" in one["patch"]["requestBody"]["content"]
    codes = {"201", "400", "401", "404", "409", "413", "415", "422", "503"}
    assert codes <= set(endpoint["post"]["responses"])
    assert {"204", "412", "415", "422", "428"} <= set(one["patch"]["responses"])
    assert "406" not in endpoint["post"]["responses"], "it would mean a counter-offer"
    for path in (endpoint, one, paths["/api/stages"], paths["/api/stages/{stage_id}"]):
        assert all(said["summary"] and said["description"] for said in path.values())
