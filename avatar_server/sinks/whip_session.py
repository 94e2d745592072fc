"""The HTTP side of publishing by WHIP (RFC 9725): an offer goes to a server, an answer comes back.

A server may send us on (307 or 308), ask for patience (503 with Retry-After) or name ICE servers in Link
headers; where the session lives is in the Location of its answer. Neither the token nor the address of a
session, which is as good as one, is ever part of a message or of a representation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import httpx

from avatar_server.errors import AvatarServerError, UsageError
from avatar_server.sinks.webrtc_peer import IceServer

SDP = "application/sdp"
ANSWERING_LIMIT_S = 15.0
ENDING_LIMIT_S = 3.0
"""Whoever ends a program does not want to wait for a server that has gone."""

MOST_REDIRECTIONS = 5
LONGEST_ANSWER = 64 * 1024
"""Bytes; an answer for two tracks has about three thousand."""

FORWARDING = (HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT)
FORBIDDEN = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
LATER = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)
"""What may pass by itself, beside all of 5xx; a conflict is mostly our own session before this one."""

_LINK = re.compile(r"<(?P<url>[^>]*)>(?P<parameters>(?:\s*;\s*[\w-]+\s*=\s*(?:\"[^\"]*\"|[^\s;,\"]+))*)")
_PARAMETER = re.compile(r";\s*(?P<name>[\w-]+)\s*=\s*(?:\"(?P<quoted>[^\"]*)\"|(?P<plain>[^\s;,\"]+))")
_ICE_URL = re.compile(
    r"(stuns?:[\w.-]+(:[0-9]{1,5})?|turns?:[\w.-]+(:[0-9]{1,5})?(\?transport=(udp|tcp))?)", re.ASCII
)


class WhipRefusedError(UsageError):
    """The server does not take this stream, however often it is asked."""

    def __init__(self, message: str, *, by_token: bool = False) -> None:
        super().__init__(message)
        self.by_token = by_token


class WhipUnavailableError(AvatarServerError):
    """The server cannot take the stream now. retry_after_s: what it asks for, if it says."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class WhipSession:
    """A stream that a server agreed to take."""

    answer_sdp: str = field(repr=False)
    url: str = field(repr=False)
    ice_servers: tuple[IceServer, ...] = field(repr=False)


class WhipEndpoint:
    """One address that streams are published to; a context that holds the connections to it.

    url: http or https; raises `UsageError` for anything else. token: for `Authorization: Bearer`.
    """

    def __init__(self, url: str, token: str | None) -> None:
        self._url = url
        self.place = place_of(url)
        """The server as people may read it: without path and query, which are secrets for some servers."""
        self._headers = {"User-Agent": "avatar-server"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"
        self._client = httpx.AsyncClient(timeout=ANSWERING_LIMIT_S, follow_redirects=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def ice_servers(self) -> tuple[IceServer, ...]:
        """What the server names before there is a session; most name nothing, and some know no OPTIONS."""
        try:
            response, _ = await self._request("OPTIONS")
        except (WhipRefusedError, WhipUnavailableError):
            return ()
        return ice_servers_of(response) if response.is_success else ()

    async def open(self, offer_sdp: str) -> WhipSession:
        """Offer a stream; raises `WhipRefusedError` or `WhipUnavailableError`."""
        response, url = await self._request("POST", offer_sdp)
        status = response.status_code
        if status != HTTPStatus.CREATED:
            raise self._refusal(response)
        content_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        location = response.headers.get("Location", "")
        if content_type != SDP or not location:
            came = "no Location" if content_type == SDP else f"Content-Type {content_type or 'none'}"
            raise WhipRefusedError(
                f"{self.place} speaks no WHIP: expected 201 with {SDP} and Location, got {came}"
            )
        session_url = urljoin(url, location)
        if url.startswith("https:"):
            # A server behind a proxy may not know that it is reached by https.
            session_url = session_url.replace("http:", "https:", 1)
        return WhipSession(response.text, session_url, ice_servers_of(response))

    async def end(self, session: WhipSession) -> None:
        """Tell the server that the stream is over; if it cannot be told, it notices by itself."""
        try:
            await self._client.delete(session.url, headers=self._headers, timeout=ENDING_LIMIT_S)
        except (httpx.HTTPError, httpx.InvalidURL):
            return

    async def _request(self, method: str, body: str | None = None) -> tuple[httpx.Response, str]:
        """The answer and the address that it came from, after all redirections."""
        url = self._url
        headers = self._headers if body is None else self._headers | {"Content-Type": SDP, "Accept": SDP}
        for _ in range(MOST_REDIRECTIONS + 1):
            response = await self._ask(method, url, headers, body)
            location = response.headers.get("Location")
            if response.status_code not in FORWARDING or not location:
                return response, url
            onward = urljoin(url, location)
            # The token goes along, as publishers do: sending on is how such servers share their load.
            if url.startswith("https:") and not onward.startswith("https:"):
                raise WhipRefusedError(f"{self.place} sends us on to an address without encryption")
            place_of(onward)
            url = onward
        raise WhipRefusedError(f"{self.place} sends us on more than {MOST_REDIRECTIONS} times")

    async def _ask(self, method: str, url: str, headers: dict[str, str], body: str | None) -> httpx.Response:
        place = place_of(url)
        try:
            async with self._client.stream(method, url, headers=headers, content=body) as response:
                content = bytearray()
                async for part in response.aiter_bytes():
                    content += part
                    if len(content) > LONGEST_ANSWER:
                        raise WhipRefusedError(f"{place} answers with more than {LONGEST_ANSWER} bytes")
                kept = [pair for pair in response.headers.multi_items() if pair[0] != "content-encoding"]
                return httpx.Response(response.status_code, headers=kept, content=bytes(content))
        except httpx.TimeoutException:
            raise WhipUnavailableError(f"{place} did not answer within {ANSWERING_LIMIT_S:.0f} s") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise WhipUnavailableError(f"no connection to {place} ({_cause(error)})") from None

    def _refusal(self, response: httpx.Response) -> WhipRefusedError | WhipUnavailableError:
        status = response.status_code
        said = f"{status} {response.reason_phrase}".strip()
        if status in FORBIDDEN:
            asked = "the token" if "Authorization" in self._headers else "a stream without --token"
            return WhipRefusedError(f"{self.place} refuses {asked} ({said})", by_token=True)
        if status in LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            wait_s = retry_after_s(response.headers.get("Retry-After", ""), datetime.now(UTC))
            return WhipUnavailableError(
                f"{self.place} cannot take the stream now ({said})", retry_after_s=wait_s
            )
        if status >= HTTPStatus.BAD_REQUEST:
            return WhipRefusedError(f"{self.place} does not take the stream ({said})")
        return WhipRefusedError(f"{self.place} speaks no WHIP: expected 201 Created, got {said}")


def place_of(url: str) -> str:
    """`https://host:port` of an address; raises `UsageError` if it is none, without repeating it."""
    expected = "expected an address such as https://live.example.org/whip/stage"
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise UsageError(f"--to: {expected} ({error})") from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise UsageError(f"--to: {expected}, got one with {parsed.scheme or 'no'}: and host {parsed.host!r}")
    if parsed.userinfo:
        raise UsageError("--to: expected no name and password in the address; servers of WHIP take --token")
    return f"{parsed.scheme}://{parsed.netloc.decode('ascii')}"


def ice_servers_of(response: httpx.Response) -> tuple[IceServer, ...]:
    """The servers of all `Link: <turn:...>; rel="ice-server"` (RFC 9725, 4.6); others are left out."""
    found = []
    for header in response.headers.get_list("Link"):
        for link in _LINK.finditer(header):
            parameters = {
                match["name"].lower(): match["plain"] if match["quoted"] is None else match["quoted"]
                for match in _PARAMETER.finditer(link["parameters"])
            }
            if parameters.get("rel") == "ice-server" and _ICE_URL.fullmatch(link["url"]):
                login = parameters.get("username"), parameters.get("credential")
                found.append(IceServer(link["url"], *login))
    return tuple(found)


def retry_after_s(value: str, now: datetime) -> float | None:
    """Seconds that a Retry-After asks for (RFC 9110, section 10.2.3); None if it says nothing readable."""
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def _cause(error: BaseException) -> str:
    """What the operating system said, which httpx wraps in sentences of its own."""
    innermost: BaseException = error
    while (inner := innermost.__cause__ or innermost.__context__) is not None:
        innermost = inner
    return (
        (innermost.strerror if isinstance(innermost, OSError) else None) or str(error) or type(error).__name__
    )
