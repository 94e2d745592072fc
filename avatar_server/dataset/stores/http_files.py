"""Files over HTTP: exact ranges, safe redirects, connections that carry little that nobody has asked for."""

from __future__ import annotations

import ipaddress
import logging
import socket
import ssl
from collections.abc import Callable, Mapping
from urllib.parse import urljoin, urlsplit, urlunsplit
from urllib.request import getproxies

import httpx

from avatar_server.dataset.stores.contract import ByteStream
from avatar_server.dataset.stores.http_answers import Explain, stream_of, transfer_errors
from avatar_server.errors import TransferError

THIN_BUFFER_BYTES = 8 << 10
WIDE_BUFFER_BYTES = 64 << 10
"""Of a socket: what may be under way although nobody reads. The kernel takes twice the number."""

MOST_REDIRECTS = 5
MOST_CONNECTIONS = 64

TIMEOUT_S = 10.0
"""Without a single byte."""

CONNECT_TIMEOUT_S = 3.0
"""For each address of a host. Linux repeats an unanswered SYN after 1 s: one may be lost."""

REDIRECTS = frozenset({301, 302, 303, 307, 308})

_METADATA = frozenset(ipaddress.ip_address(address) for address in ("fd00:ec2::254", "100.100.100.200"))
"""Where clouds keep a machine's credentials, unless that is link-local as 169.254.169.254 is."""

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

for _chatty in ("httpx", "httpcore"):
    # At INFO and DEBUG they write addresses with the signatures in them.
    logging.getLogger(_chatty).setLevel(logging.WARNING)


class HttpFiles:
    """Asks for files; connections are kept. Any thread.

    headers_for: what to send to a host beside the range (a token goes to its own host only). trust: for TLS;
    None for the certificates that this machine trusts.
    """

    def __init__(
        self,
        *,
        headers_for: Callable[[str], Mapping[str, str]] = lambda url: {},
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._headers_for = headers_for
        trust = httpx.create_ssl_context() if trust is None else trust
        self._thin, self._wide = (_client(size, trust) for size in (THIN_BUFFER_BYTES, WIDE_BUFFER_BYTES))

    def open(
        self,
        url: str,
        start: int,
        stop: int | None,
        *,
        version: str,
        wide: bool,
        absent: frozenset[int] = frozenset({404}),
        where: str = "",
        explain: Explain | None = None,
    ) -> ByteStream:
        """The bytes from `start` to before `stop` (None: to the end) of a file, in one request.

        version: its ETag as known, if it is. wide: it is a large file. absent: the statuses that say it is
        not there. explain: what other refusals mean. Raises the errors of `StoredFile.open`; they name
        `where`, or else the URL without what may be secret in it.
        """
        where = where or shown(url)
        headers = {"Accept-Encoding": "identity"}
        if start or stop is not None:
            headers["Range"] = f"bytes={start}-{'' if stop is None else stop - 1}"
            if version and not version.startswith("W/"):
                headers["If-Match"] = version
        response = self._send(url, headers, where, self._wide if wide else self._thin)
        try:
            return stream_of(
                response, start, stop, version=version, where=where, absent=absent, explain=explain
            )
        except BaseException:
            response.close()
            raise

    def head(self, url: str, *, where: str) -> httpx.Response:
        """What a server says of a file, or where to ask for it; whatever it is, it is not judged here.

        Raises TransferError, which names `where`.
        """
        with transfer_errors(where):
            headers = {"Accept-Encoding": "identity", **self._headers_for(url)}
            return self._thin.request("HEAD", url, headers=headers)

    def close(self) -> None:
        """Let all connections go."""
        for client in (self._thin, self._wide):
            client.close()

    def _send(self, url: str, headers: dict[str, str], where: str, client: httpx.Client) -> httpx.Response:
        """The answer after redirects, unread."""
        asked = url
        for _ in range(MOST_REDIRECTS + 1):
            with transfer_errors(where):
                request = client.build_request("GET", url, headers={**headers, **self._headers_for(url)})
                response = client.send(request, stream=True)
            location = response.headers.get("Location", "")
            if response.status_code not in REDIRECTS or not location:
                return response
            response.close()
            url = _redirected(url, location, asked, where)
        raise TransferError(f"more than {MOST_REDIRECTS} redirects", where=where)


def shown(url: str) -> str:
    """An address for people: no credentials, no query, no fragment."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit((parts.scheme, f"[{host}]{port}" if ":" in host else host + port, parts.path, "", ""))


def refuse_unsafe(url: str, asked: str, where: str = "") -> None:
    """Raise TransferError for a redirect to a file, to less safety, or from the internet into this network.

    Link-local addresses, where clouds keep the secrets of their machines, are not even followed to from this
    network. where: what was asked for, for people; its URL without secrets if empty.
    """
    parts, before = urlsplit(url), urlsplit(asked)
    where = where or shown(asked)
    if parts.scheme not in ("http", "https") or (before.scheme, parts.scheme) == ("https", "http"):
        target = shown(url) if parts.scheme else "nowhere"
        raise TransferError(f"it redirects to {target}, which is not followed", where=where)
    addresses = _addresses(parts.hostname or "")
    if any(address.is_link_local or address in _METADATA for address in addresses):
        raise TransferError("it redirects to a keeper of secrets, which is not followed", where=where)
    if _are_inside(addresses) and not _are_inside(_addresses(before.hostname or "")):
        raise TransferError("it redirects into a private network, which is not followed", where=where)


def _redirected(url: str, location: str, asked: str, where: str) -> str:
    try:
        target = urljoin(url, location)
        refuse_unsafe(target, asked, where)
    except ValueError:
        raise TransferError("it redirects to what is no address", where=where) from None
    return target


def _are_inside(addresses: frozenset[_Address]) -> bool:
    return any(not address.is_global for address in addresses)


def _addresses(host: str) -> frozenset[_Address]:
    """What a name stands for, as whoever connects would take it; nothing if it cannot be resolved."""
    try:
        found = socket.getaddrinfo(host, None)
    except (OSError, UnicodeError):
        return frozenset()
    addresses = (ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found)
    return frozenset(getattr(address, "ipv4_mapped", None) or address for address in addresses)


def _client(buffer_bytes: int, trust: ssl.SSLContext) -> httpx.Client:
    def transport(proxy: str | None = None) -> httpx.HTTPTransport:
        return httpx.HTTPTransport(
            verify=trust,
            proxy=proxy,
            limits=httpx.Limits(max_connections=MOST_CONNECTIONS, max_keepalive_connections=MOST_CONNECTIONS),
            socket_options=[
                (socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes),
                (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
            ],
        )

    # httpx asks the environment for proxies only where it makes the transports itself.
    proxies = getproxies()
    mounts: dict[str, httpx.BaseTransport | None] = {
        f"{scheme}://": transport(proxies[scheme]) for scheme in ("http", "https") if scheme in proxies
    }
    for host in proxies.get("no", "").replace(" ", "").split(","):
        if host and mounts:
            mounts |= {f"all://{host.lstrip('.')}": None, f"all://*.{host.lstrip('.')}": None}
    return httpx.Client(
        transport=transport(),
        mounts=mounts,
        timeout=httpx.Timeout(TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
        follow_redirects=False,
        trust_env=False,
    )
