"""Who is let in: keys, origins, hosts and rates, without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from fastapi import HTTPException
from starlette.requests import HTTPConnection

from avatar_server.web.access import Access
from avatar_server.web.rate_limit import EVERYBODY_FACTOR, MOST_ADDRESSES, ClientRateLimit, Rate, client_name
from avatar_server.web.signed_key import Grant, read_key, sign_key, sign_operator_key

TOKEN = "a-token-of-32-characters-or-more-"
NOW_S = 1_800_000_000


def asked(
    headers: Mapping[str, str], *, method: str = "GET", scheme: str = "http", client: str = "203.0.113.5"
) -> HTTPConnection:
    sent = {"host": "stage.example:8080", **headers}
    return HTTPConnection(
        {
            "type": "websocket" if scheme in ("ws", "wss") else "http",
            "method": method,
            "scheme": scheme,
            "path": "/",
            "query_string": b"",
            "client": (client, 1234),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in sent.items()],
        }
    )


def status_of(access: Access, connection: HTTPConnection) -> int | Grant:
    try:
        return asyncio.run(access.viewer(connection))
    except HTTPException as refused:
        return refused.status_code


def guarded(**options: object) -> Access:
    return Access(token=TOKEN, wall_clock=lambda: NOW_S, clock=lambda: 0.0, **options)  # type: ignore[arg-type]


def test_a_key_opens_its_interaction_until_its_time_and_nothing_after() -> None:
    key = sign_key(TOKEN, scope="V00_S0809_I00000582", expires_s=NOW_S + 60)
    grant = read_key(TOKEN, key, NOW_S + 59.9)
    assert grant == Grant(is_operator=False, scope="V00_S0809_I00000582", expires_s=NOW_S + 60)
    assert grant.covers("V00_S0809_I00000582")
    assert not grant.covers("demo")
    assert read_key(TOKEN, key, NOW_S + 60) is None
    assert read_key(TOKEN + "x", key, NOW_S) is None, "a new token ends all keys"
    everything = read_key(TOKEN, sign_key(TOKEN, scope="", expires_s=NOW_S + 60), NOW_S)
    assert everything is not None
    assert everything.covers("demo")
    assert not everything.is_operator
    assert TOKEN not in key


def test_an_operators_key_opens_everything_until_its_time() -> None:
    key = sign_operator_key(TOKEN, expires_s=NOW_S + 60)
    assert TOKEN not in key
    assert read_key(TOKEN, key, NOW_S) == Grant(is_operator=True, expires_s=NOW_S + 60)
    assert read_key(TOKEN, key, NOW_S + 60) is None
    forged = sign_key(TOKEN, scope="", expires_s=NOW_S + 60).replace("..", ".*.")
    assert read_key(TOKEN, forged, NOW_S) is None
    named = read_key(TOKEN, sign_key(TOKEN, scope="*", expires_s=NOW_S + 60), NOW_S)
    assert named is not None
    assert not named.is_operator, "an interaction may be called so"


def test_who_shows_the_token_gets_an_operators_cookie_and_who_shows_a_link_does_not() -> None:
    access = guarded()
    made, lasts_s = access.cookie_for(asked({}), TOKEN)
    assert read_key(TOKEN, made, NOW_S) == Grant(is_operator=True, expires_s=NOW_S + lasts_s)
    for scope in ("", "demo"):
        made, lasts_s = access.cookie_for(asked({}), sign_key(TOKEN, scope=scope, expires_s=NOW_S + 60))
        assert read_key(TOKEN, made, NOW_S) == Grant(is_operator=False, scope=scope, expires_s=NOW_S + 60)
        assert lasts_s == 60


def test_a_changed_key_opens_nothing() -> None:
    key = sign_key(TOKEN, scope="demo", expires_s=NOW_S + 60)
    for position in range(len(key)):
        other = "A" if key[position] != "A" else "B"
        assert read_key(TOKEN, key[:position] + other + key[position + 1 :], NOW_S) is None
    for nonsense in ("", ".", "..", "\udc80.\xff.\u20ac", key + ".", "." + key, key * 100, "9" * 2000):
        assert read_key(TOKEN, nonsense, NOW_S) is None


def test_what_may_be_shown() -> None:
    access = guarded()
    key = sign_key(TOKEN, scope="demo", expires_s=NOW_S + 60)
    operator = Grant(is_operator=True)
    guest = Grant(is_operator=False, scope="demo", expires_s=NOW_S + 60)
    for headers, outcome in (
        ({}, 401),
        ({"authorization": f"Bearer {TOKEN}"}, operator),
        ({"authorization": f"bearer  {TOKEN} "}, operator),
        ({"authorization": f"Bearer {TOKEN[:-1]}"}, 401),
        ({"authorization": "Bearer "}, 401),
        ({"authorization": "Bearer \xff"}, 401),
        ({"authorization": f"Basic {TOKEN}"}, 401),
        ({"authorization": f"Bearer {key}"}, guest),
        ({"cookie": f"avatar_server_8080={key}"}, guest),
        ({"cookie": f"avatar_server_8081={key}"}, 401),
        ({"cookie": f"avatar_server_8080={key}", "authorization": "Bearer wrong"}, 401),
    ):
        assert status_of(access, asked(headers)) == outcome, headers
    with pytest.raises(HTTPException) as refused:
        asyncio.run(access.operator(asked({"authorization": f"Bearer {key}"})))
    assert refused.value.status_code == 403
    with pytest.raises(HTTPException) as refused:
        access.require(guest, "other")
    assert refused.value.status_code == 403
    access.require(guest, "demo")
    assert status_of(Access(), asked({})) == operator, "without a token everybody is one"


@pytest.mark.parametrize("with_token", [True, False])
def test_pages_of_other_sites_need_the_bearer(with_token: bool) -> None:
    access = guarded() if with_token else Access()
    key = sign_key(TOKEN, scope="", expires_s=NOW_S + 60)
    cookie = {"cookie": f"avatar_server_8080={key}"}
    ours = {"origin": "http://stage.example:8080", **cookie}
    assert isinstance(status_of(access, asked(ours)), Grant)
    assert isinstance(status_of(access, asked(ours, scheme="ws")), Grant)
    for foreign in (
        "http://evil.example",
        "http://stage.example",
        "http://stage.example:80800",
        "http://stage.example:8080.evil.example",
        "http://stage.example:8080@evil.example",
        "null",
        "",
        "http://[",
        "file://",
    ):
        for scheme in ("http", "ws"):
            assert status_of(access, asked({"origin": foreign, **cookie}, scheme=scheme)) == 403, foreign
        shown = {"origin": foreign, "authorization": f"Bearer {TOKEN}"}
        outcome = status_of(access, asked(shown))
        assert outcome == (Grant(is_operator=True) if with_token else 403)


def test_origins_are_compared_as_browsers_mean_them() -> None:
    access = Access(allowed_origins=["https://player.example", "http://localhost:5173"])
    for host, origin, scheme, own in (
        ("stage.example", "http://stage.example", "http", True),
        ("stage.example:80", "http://stage.example", "http", True),
        ("STAGE.example", "http://stage.EXAMPLE:80", "http", True),
        ("[::1]:8080", "http://[::1]:8080", "http", True),
        ("stage.example", "https://stage.example", "http", True),  # A proxy ends TLS.
        ("stage.example", "http://stage.example", "https", False),
        ("stage.example", "https://stage.example", "wss", True),
        ("stage.example", "https://player.example", "http", True),
        ("stage.example", "https://player.example:443", "http", True),
        ("stage.example", "http://player.example", "http", False),
        ("stage.example", "http://localhost:5173", "http", True),
        ("", "http://", "http", False),
    ):
        connection = asked({"host": host, "origin": origin}, scheme=scheme)
        assert access.is_own_origin(connection) == own, (host, origin, scheme)


def test_names_that_are_not_ours_are_refused() -> None:
    access = Access(allowed_hosts=["Stage.example"])
    for host in (
        "127.0.0.1:8080",
        "[::1]:8080",
        "192.0.2.7",
        "localhost:1",
        "a.localhost",
        "stage.EXAMPLE:8080",
    ):
        assert access.is_own_host(host), host
    for host in (
        "evil.example",
        "stage.example.evil.example",
        "127.0.0.1.nip.io",
        "",
        "[evil]",
        "a b",
        "x:y:z",
    ):
        assert not access.is_own_host(host), host


def test_posts_handshakes_and_guesses_are_limited_for_each_client() -> None:
    time_s = 0.0
    access = Access(token=TOKEN, rate=Rate(burst=2, rate_hz=0.5), clock=lambda: time_s)
    right = {"authorization": f"Bearer {TOKEN}"}
    for _ in range(10):
        assert isinstance(status_of(access, asked(right)), Grant), "asking is free"
    for headers in ({}, {"authorization": "Bearer wrong"}):
        assert status_of(access, asked(headers)) == 401
    for headers in ({}, {"origin": "http://evil.example"}):
        assert status_of(access, asked(headers)) == 429
    assert isinstance(status_of(access, asked(right, method="POST")), Grant), "strangers keep nobody out"
    assert isinstance(status_of(access, asked(right, scheme="ws")), Grant)
    with pytest.raises(HTTPException) as refused:
        asyncio.run(access.viewer(asked(right, method="POST")))
    assert refused.value.status_code == 429
    assert refused.value.headers == {"Retry-After": "2"}
    assert isinstance(status_of(access, asked(right, method="POST", client="203.0.113.6")), Grant)
    time_s = 2.0
    assert isinstance(status_of(access, asked(right, method="POST")), Grant)
    assert access.refused == {401: 2, 429: 3}


def test_a_server_that_stops_lets_nobody_in_any_more() -> None:
    access = Access()
    access.close("the server stops")
    for connection in (asked({}, method="POST"), asked({}, scheme="ws")):
        with pytest.raises(HTTPException) as refused:
            asyncio.run(access.viewer(connection))
        assert (refused.value.status_code, refused.value.detail) == (503, "the server stops")
        assert refused.value.headers == {"Retry-After": "5"}
    assert isinstance(status_of(access, asked({}, method="DELETE")), Grant), "who is there may leave"


def test_many_addresses_do_not_help_and_are_not_kept() -> None:
    limit = ClientRateLimit(Rate(burst=10, rate_hz=1.0), 0.0)
    together = sum(
        limit.take(f"198.51.{n // 256}.{n % 256}", 0.0) == 0.0 for n in range(10 * EVERYBODY_FACTOR + 9)
    )
    assert together == 10 * EVERYBODY_FACTOR
    for n in range(2 * MOST_ADDRESSES):
        limit.take(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}", 1e6 + n)
    assert len(limit._clients) == MOST_ADDRESSES
    assert (
        client_name("2001:db8:1:2:3:4:5:6")
        == client_name("2001:db8:1:2::1")
        != client_name("2001:db8:1:3::1")
    )
    assert client_name("::ffff:192.0.2.1") == "192.0.2.1"
    assert client_name("fe80::1%eth0") == "fe80::/64"
