"""How often somebody may do something: token buckets, for one and for all. Pure: the time is an argument."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass

MOST_ADDRESSES = 4096
"""Buckets kept, about 1 MB; who was not heard of for longest is forgotten, and the common bucket holds."""

EVERYBODY_FACTOR = 5
"""All clients together may do this many times what one may."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in a row (`burst`, at least 1), then `rate_hz` a second."""

    burst: float
    rate_hz: float


class TokenBucket:
    """Holds up to `rate.burst` tokens and gets `rate.rate_hz` new ones a second; begins full."""

    __slots__ = ("_rate", "_tokens", "_updated_s")

    def __init__(self, rate: Rate, now_s: float) -> None:
        self._rate = rate
        self._tokens = rate.burst
        self._updated_s = now_s

    def wait_s(self, now_s: float) -> float:
        """Seconds until a token is there; 0 when one is there now."""
        self._fill(now_s)
        return max(0.0, (1.0 - self._tokens) / self._rate.rate_hz)

    def take(self, now_s: float, tokens: float = 1.0) -> bool:
        """Take tokens; False if there are not so many, and then nothing is taken."""
        self._fill(now_s)
        if self._tokens < tokens:
            return False
        self._tokens -= tokens
        return True

    def _fill(self, now_s: float) -> None:
        passed_s = max(0.0, now_s - self._updated_s)
        self._tokens = min(self._rate.burst, self._tokens + passed_s * self._rate.rate_hz)
        self._updated_s = now_s


class ClientRateLimit:
    """A bucket for each client address, and one for everybody, so that many addresses do not help."""

    def __init__(self, rate: Rate, now_s: float) -> None:
        self._rate = rate
        everybody = Rate(rate.burst * EVERYBODY_FACTOR, rate.rate_hz * EVERYBODY_FACTOR)
        self._everybody = TokenBucket(everybody, now_s)
        self._clients: OrderedDict[str, TokenBucket] = OrderedDict()

    def take(self, address: str, now_s: float) -> float:
        """0 if the client may go on, else seconds to wait, in which case nothing was taken."""
        name = client_name(address)
        bucket = self._clients.pop(name, None) or TokenBucket(self._rate, now_s)
        self._clients[name] = bucket
        if len(self._clients) > MOST_ADDRESSES:
            self._clients.popitem(last=False)
        wait_s = max(bucket.wait_s(now_s), self._everybody.wait_s(now_s))
        if wait_s == 0.0:
            bucket.take(now_s)
            self._everybody.take(now_s)
        return wait_s


def client_name(address: str) -> str:
    """Who counts as one client: an IPv4 address, or the 64 bits of an IPv6 network, which one person has."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
