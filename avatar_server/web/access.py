"""Who may come in: bearer token or signed key, the page's own origin, a name of ours, and not too often.

Every router and the WebSocket ask an `Access` by a dependency: ``grant: Grant = Depends(access.viewer)``
where people watch and steer, ``Depends(access.operator)`` where the machine is run; then, with an interaction
at hand, ``access.require(grant, interaction)``. Refusals are HTTP answers, also to a WebSocket's handshake.

- The token goes into the header ``Authorization: Bearer`` and nowhere else.
- People get a link with a signed key behind the `#`, which browsers do not send: the page hands it in once
  and gets a cookie (HttpOnly, SameSite=Strict). So no key is in a request line, a log or a Referer. Who types
  the token itself there may download and export from the page, too.
- Pages of other sites (header Origin) need the bearer: they can use neither our cookie nor our loopback.
- A Host that is not ours is refused: a foreign name that resolves to this machine ("DNS rebinding") makes a
  foreign page look like ours. Addresses are always fine, since no name was resolved.
"""

from __future__ import annotations

import asyncio
import ipaddress
import math
import re
import socket
import time
from collections.abc import Callable, Iterable

from fastapi import HTTPException
from starlette.requests import HTTPConnection

from avatar_server.web.rate_limit import ClientRateLimit, Rate
from avatar_server.web.signed_key import Grant, is_same, read_key, sign_key, sign_operator_key

DEFAULT_RATE = Rate(burst=60, rate_hz=5.0)
"""Joins and other POSTs of one client address: a class room behind one address comes in at once."""

LONGEST_VISIT_S = 12 * 3600
"""How long a browser is let in by the token."""

CLOSED_RETRY_S = 5
"""A server that stops is replaced in about this time."""

EVERYTHING = Grant(is_operator=True)

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}

_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:(?P<port>[0-9]{1,5}))?")
"""A header Host (RFC 9110, section 7.2), as far as browsers send it."""


class Access:
    """The rules of one server; without a `token` whoever reaches it may do everything, from its own pages.

    allowed_hosts are names this server is called besides its addresses, localhost and the machine's name;
    allowed_origins are sites (`https://player.example`) whose pages count as ours.
    """

    def __init__(
        self,
        *,
        token: str = "",
        allowed_hosts: Iterable[str] = (),
        allowed_origins: Iterable[str] = (),
        rate: Rate = DEFAULT_RATE,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._token = token
        self._hosts = {name.lower() for name in (*allowed_hosts, "localhost", socket.gethostname())}
        self._origins = {_origin(origin) for origin in allowed_origins} - {""}
        self._clock = clock
        self._wall_clock = wall_clock
        # Strangers have limits of their own: however many knock, who has a key gets in.
        self._limits = {known: ClientRateLimit(rate, clock()) for known in (True, False)}
        self.closed = ""
        """Why nobody is let in any more; empty as long as people are."""
        self.refused: dict[int, int] = {}
        """How many were refused, by HTTP status."""

    @property
    def needs_token(self) -> bool:
        """Whether anything has to be shown at all."""
        return bool(self._token)

    def close(self, reason: str) -> None:
        """Let nobody in from now on; who is there may go on."""
        self.closed = reason

    async def viewer(self, connection: HTTPConnection) -> Grant:
        """Somebody who may watch; raises `HTTPException` 401, 403, 429 or 503."""
        counted = connection.scope["type"] == "websocket" or connection.scope["method"] == "POST"
        if counted and self.closed:
            raise self.refusal(503, self.closed, {"Retry-After": str(CLOSED_RETRY_S)})
        bearer = _bearer(connection)
        if not self.is_own_origin(connection) and (bearer is None or not self._token):
            self.count(connection, known=False)
            raise self.refusal(403, "pages of other sites need the bearer token of a server that has one")
        shown = connection.cookies.get(self.cookie_name(connection), "") if bearer is None else bearer
        grant = self.grant_of(shown)
        if grant is None:
            self.count(connection, known=False)  # Guessing is limited whatever it is tried on.
            said = "the token or link is not valid" if shown else "a bearer token or a link is needed"
            raise self.refusal(401, said, {"WWW-Authenticate": 'Bearer realm="avatar-server"'})
        if counted:
            self.count(connection)
        return grant

    async def operator(self, connection: HTTPConnection) -> Grant:
        """Somebody who runs this server; raises as `viewer` does, and 403 for who may only watch."""
        grant = await self.viewer(connection)
        if not grant.is_operator:
            raise self.refusal(403, "a link is for watching; this needs the server's token")
        return grant

    def require(self, grant: Grant, interaction: str) -> None:
        """Raise `HTTPException` 403 if the grant does not cover `interaction`."""
        if not grant.covers(interaction):
            raise self.refusal(403, "this link is for another interaction")

    def at_expiry(self, grant: Grant, end: Callable[[], object]) -> asyncio.TimerHandle | None:
        """Call `end` when the grant is over; cancel what is given back if that is not needed any more."""
        if grant.expires_s is None:
            return None
        left_s = max(0.0, grant.expires_s - self._wall_clock())
        return asyncio.get_running_loop().call_later(left_s, end)

    def grant_of(self, shown: str) -> Grant | None:
        """What a token or a key is good for."""
        if not self._token or is_same(shown, self._token):
            return EVERYTHING
        return read_key(self._token, shown, self._wall_clock())

    def cookie_for(self, connection: HTTPConnection, shown: str) -> tuple[str, int]:
        """A key for the browser that shows a key or the token, and the seconds it is good for.

        The token itself never goes into a cookie; what it is good for, the browser may do. Raises
        `HTTPException` 401, 403 or 429.
        """
        if not self.is_own_origin(connection):
            self.count(connection, known=False)
            raise self.refusal(403, "pages of other sites may not log in")
        grant = self.grant_of(shown)
        self.count(connection, known=grant is not None)
        if grant is None:
            raise self.refusal(401, "the link is not valid (any more); ask for a new one")
        now_s = int(self._wall_clock())
        expires_s = now_s + LONGEST_VISIT_S if grant.expires_s is None else grant.expires_s
        lasts_s = expires_s - now_s
        if grant.is_operator:
            return sign_operator_key(self._token, expires_s=expires_s), lasts_s
        return sign_key(self._token, scope=grant.scope, expires_s=expires_s), lasts_s

    def count(self, connection: HTTPConnection, *, known: bool = True) -> None:
        """Count a request against its sender; raises `HTTPException` 429 when it is one too many.

        known: what was shown is valid.
        """
        address = connection.client.host if connection.client else ""
        wait_s = self._limits[known].take(address, self._clock())
        if wait_s > 0.0:
            headers = {"Retry-After": str(math.ceil(wait_s))}
            raise self.refusal(429, "too many requests", headers)

    def is_own_host(self, host: str) -> bool:
        """Whether a header Host names this server."""
        found = _HOST.fullmatch(host.lower())
        if found is None:
            return False
        name = found["name"].strip("[]")
        return name in self._hosts or name.endswith(".localhost") or _is_address(name)

    def is_own_origin(self, connection: HTTPConnection) -> bool:
        """Whether our own page asks, or something that is no browser and says nothing about its origin."""
        origin = connection.headers.get("origin")
        if origin is None or _origin(origin) in self._origins:
            return True
        # Behind a proxy that ends TLS the page is https and we are http; the other way round it is not ours.
        schemes = ("https",) if connection.scope["scheme"] in ("https", "wss") else ("http", "https")
        host = connection.headers.get("host", "")
        return _origin(origin) in {_origin(f"{scheme}://{host}") for scheme in schemes} - {""}

    @staticmethod
    def cookie_name(connection: HTTPConnection) -> str:
        """Cookies of a host are shared by all its ports, so the port is part of the name."""
        found = _HOST.fullmatch(connection.headers.get("host", "").lower())
        return f"avatar_server_{(found and found['port']) or 'usual'}"

    def refusal(self, status: int, said: str, headers: dict[str, str] | None = None) -> HTTPException:
        """An answer to raise, counted."""
        self.refused[status] = self.refused.get(status, 0) + 1
        return HTTPException(status, said, headers)


def _bearer(connection: HTTPConnection) -> str | None:
    """What stands behind ``Authorization: Bearer`` (RFC 6750), None without such a header."""
    scheme, _, shown = connection.headers.get("authorization", "").partition(" ")
    return shown.strip() if scheme.lower() == "bearer" else None


def _origin(text: str) -> str:
    """An origin in one spelling: lower case, without the port that its scheme has anyway; "" for nonsense."""
    scheme, _, host = text.lower().partition("://")
    if scheme not in _DEFAULT_PORTS or _HOST.fullmatch(host) is None:
        return ""
    return f"{scheme}://{host.removesuffix(_DEFAULT_PORTS[scheme])}"


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
