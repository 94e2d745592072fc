"""The HTTP side of publishing, against a server that answers as it is told."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from avatar_server.errors import UsageError
from avatar_server.sinks.webrtc_peer import IceServer
from avatar_server.sinks.whip_session import (
    WhipEndpoint,
    WhipRefusedError,
    WhipSession,
    WhipUnavailableError,
    place_of,
    retry_after_s,
)
from tests.publish.whip_front import listening

TOKEN = "a-token-that-nobody-may-read"
SECRET_PATH = "/live/a-stream-key"
SDP = "application/sdp"


class ToldServer:
    """Gives one answer after the other, whatever it is asked, and notes what that was."""

    def __init__(self, answers: Sequence[Response]) -> None:
        self._answers = deque(answers)
        self.asked: list[str] = []
        self.tokens: set[str | None] = set()

    def app(self) -> FastAPI:
        app = FastAPI()
        app.add_api_route("/{path:path}", self._answer, methods=["GET", "POST", "OPTIONS", "DELETE"])
        return app

    async def _answer(self, path: str, request: Request) -> Response:
        body = (await request.body()).decode()
        self.asked.append(f"{request.method} {request.url.path}{body and ' ' + body}")
        self.tokens.add(request.headers.get("authorization"))
        return self._answers.popleft()


def opened(*answers: Response, token: str | None = TOKEN) -> tuple[WhipSession, ToldServer]:
    """A session that is ended again with the last answer, if there is one left."""
    server = ToldServer(answers)

    async def run() -> WhipSession:
        async with listening(server.app()) as url, WhipEndpoint(url + SECRET_PATH, token) as endpoint:
            session = await endpoint.open("an offer")
            await endpoint.end(session)
            return session

    return asyncio.run(run()), server


def created(location: str = "sessions/1", **headers: str) -> Response:
    return Response("an answer", 201, {"Location": location, **headers}, media_type=SDP)


def sent_on(location: str, status: int = 307) -> Response:
    return Response(status_code=status, headers={"Location": location})


@pytest.mark.parametrize(
    ("location", "ended_at"),
    [
        ("sessions/1", "/b/sessions/1"),
        ("/sessions/1", "/sessions/1"),
        ("../c/1?x=2", "/c/1"),
    ],
)
def test_a_session_is_where_the_last_server_says(location: str, ended_at: str) -> None:
    """Redirections keep the method, the offer and the token; the Location is relative to the last."""
    session, server = opened(sent_on("/a/one"), sent_on("/b/two", 308), created(location), Response())
    assert session.answer_sdp == "an answer"
    assert server.asked == [
        f"POST {SECRET_PATH} an offer",
        "POST /a/one an offer",
        "POST /b/two an offer",
        f"DELETE {ended_at}",
    ]
    assert server.tokens == {f"Bearer {TOKEN}"}


@pytest.mark.parametrize("onward", [307, 201])
def test_nothing_secret_leaves_the_encryption(onward: int) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url}")
        headers = {"Location": "http://example.org/session", "Content-Type": SDP}
        return httpx.Response(onward, headers=headers, text="an answer")

    async def run() -> None:
        async with WhipEndpoint("https://example.org" + SECRET_PATH, TOKEN) as endpoint:
            endpoint._client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
            await endpoint.end(await endpoint.open("an offer"))

    if onward == 307:
        with pytest.raises(WhipRefusedError, match="without encryption"):
            asyncio.run(run())
    else:
        asyncio.run(run())
        assert asked.pop() == "DELETE https://example.org/session"
    assert asked == [f"POST https://example.org{SECRET_PATH}"]


def test_a_session_that_cannot_be_ended_is_left() -> None:
    session, _ = opened(created(), Response(status_code=500))
    assert session.answer_sdp == "an answer"
    opened(created("http://127.0.0.1:9/nobody/there"))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Response(status_code=401), "refuses the token (401 Unauthorized)"),
        (Response(status_code=403), "refuses the token (403 Forbidden)"),
        (Response(status_code=404), "does not take the stream (404 Not Found)"),
        (Response(status_code=422), "does not take the stream (422 "),
        (Response("<html>", 200), "speaks no WHIP: expected 201 Created, got 200 OK"),
        (sent_on("/else", 302), "speaks no WHIP: expected 201 Created, got 302 Found"),
        (Response("sdp", 201, media_type=SDP), "and Location, got no Location"),
        (Response("<html>", 201, {"Location": "/x"}, media_type="text/html"), "got Content-Type text/html"),
        (Response("v" * 70_000, 201, {"Location": "/x"}, media_type=SDP), "more than 65536 bytes"),
        (sent_on("ftp://host/x"), "--to: expected an address"),
    ],
)
def test_what_will_not_become_better_is_refused(answer: Response, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        opened(answer)
    assert said in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert SECRET_PATH not in str(caught.value)


def test_who_is_asked_for_a_token_is_told_so() -> None:
    with pytest.raises(WhipRefusedError, match="refuses a stream without --token") as caught:
        opened(Response(status_code=401), token=None)
    assert caught.value.by_token


def test_a_server_that_sends_on_for_ever_is_left() -> None:
    with pytest.raises(WhipRefusedError, match="sends us on more than 5 times"):
        opened(*[sent_on("/round")] * 6)


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503])
def test_what_may_become_better_is_tried_again(status: int) -> None:
    with pytest.raises(WhipUnavailableError) as caught:
        opened(Response(status_code=status, headers={"Retry-After": "7"}))
    assert caught.value.retry_after_s == 7


def test_a_server_that_is_not_there_may_come() -> None:
    async def run() -> None:
        async with WhipEndpoint("http://127.0.0.1:9" + SECRET_PATH, TOKEN) as endpoint:
            assert await endpoint.ice_servers() == ()
            await endpoint.open("an offer")

    with pytest.raises(WhipUnavailableError, match=r"no connection to http://127\.0\.0\.1:9 ") as caught:
        asyncio.run(run())
    assert SECRET_PATH not in str(caught.value)


def test_ice_servers_are_taken_from_links() -> None:
    links = (
        '<stun:stun.example.org>; rel="ice-server", '
        '<turn:turn.example.org:3478?transport=udp>; rel="ice-server"; username="a;b,c"; '
        'credential="d\'e"; credential-type="password", '
        "<https://example.org/help>; rel=help, <http://turn.example.org>; rel=ice-server, "
        "<turn:x y>; rel=ice-server, <turn:a:b:c>; rel=ice-server, <stun:a?transport=udp>; rel=ice-server"
    )
    expected = (
        IceServer("stun:stun.example.org"),
        IceServer("turn:turn.example.org:3478?transport=udp", "a;b,c", "d'e"),
    )
    session, _ = opened(created(Link=links), Response())
    assert session.ice_servers == expected
    server = ToldServer([Response(status_code=204, headers={"Link": links}), Response(status_code=405)])

    async def run() -> None:
        async with listening(server.app()) as url, WhipEndpoint(url, TOKEN) as endpoint:
            assert await endpoint.ice_servers() == expected
            assert await endpoint.ice_servers() == ()

    asyncio.run(run())
    assert server.asked[0] == "OPTIONS /"
    assert "d'e" not in repr(session)


@pytest.mark.parametrize(
    ("value", "expected_s"),
    [
        ("0", 0),
        ("120", 120),
        ("Sat, 21 Nov 2026 12:00:30 GMT", 30),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0),
        ("", None),
        ("soon", None),
        ("-3", None),
    ],
)
def test_patience_is_a_number_or_a_date(value: str, expected_s: float | None) -> None:
    assert retry_after_s(value, datetime(2026, 11, 21, 12, tzinfo=UTC)) == expected_s


@pytest.mark.parametrize(
    "url",
    ["", "example.org/whip", "ftp://example.org", "http://", "https://name:word@example.org/", "http://[::1"],
)
def test_what_is_no_address_is_refused_unseen(url: str) -> None:
    with pytest.raises(UsageError, match="--to: ") as caught:
        place_of(url)
    assert "word" not in str(caught.value).replace("password", "")


def test_a_place_keeps_path_and_query_secret() -> None:
    assert place_of("https://example.org:8443/key?token=x") == "https://example.org:8443"
    assert place_of("http://[::1]:8080/key") == "http://[::1]:8080"
