"""STUN as ICE needs it: binding requests and their answers (RFC 8489, RFC 8445), pure."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import struct
import zlib

COOKIE = 0x2112A442
REQUEST, SUCCESS = 0x0001, 0x0101
USERNAME, INTEGRITY, XOR_MAPPED_ADDRESS = 0x0006, 0x0008, 0x0020
PRIORITY, USE_CANDIDATE, FINGERPRINT, CONTROLLING = 0x0024, 0x0025, 0x8028, 0x802A
FINGERPRINT_MASK = 0x5354554E
HOST_PRIORITY = 0x7EFFFFFF
"""Of a peer-reflexive candidate that is a host's only one (RFC 8445, section 5.1.2.1)."""

_HEADER = struct.Struct("!HHI12s")


def binding_request(
    transaction: bytes, username: str, password: str, *, tie_breaker: int, nominate: bool
) -> bytes:
    """A connectivity check of the controlling agent; `username` is theirs:ours, `password` theirs."""
    attributes = _attribute(USERNAME, username.encode())
    attributes += _attribute(PRIORITY, struct.pack("!I", HOST_PRIORITY))
    attributes += _attribute(CONTROLLING, struct.pack("!Q", tie_breaker))
    if nominate:
        attributes += _attribute(USE_CANDIDATE, b"")
    return _sealed(REQUEST, transaction, attributes, password)


def binding_success(transaction: bytes, source: tuple[str, int], password: str) -> bytes:
    """The answer to a check that came from `source`; `password` is ours."""
    address = ipaddress.ip_address(source[0])
    mask = struct.pack("!I", COOKIE) + transaction
    hidden = bytes(a ^ b for a, b in zip(address.packed, mask, strict=False))
    family = 1 if address.version == 4 else 2
    body = struct.pack("!BBH", 0, family, source[1] ^ COOKIE >> 16) + hidden
    return _sealed(SUCCESS, transaction, _attribute(XOR_MAPPED_ADDRESS, body), password)


def parse(message: bytes) -> tuple[int, bytes]:
    """(type, transaction) of a message; raises `ValueError` if it is none."""
    if len(message) < _HEADER.size:
        raise ValueError(f"a STUN message has {_HEADER.size} bytes or more, got {len(message)}")
    kind, length, cookie, transaction = _HEADER.unpack_from(message)
    if cookie != COOKIE or length != len(message) - _HEADER.size:
        raise ValueError("not a STUN message")
    return kind, transaction


def is_sealed(message: bytes, password: str) -> bool:
    """Whether whoever sent the message knows the password."""
    place = _HEADER.size
    while place + 4 <= len(message):
        kind, length = struct.unpack_from("!HH", message, place)
        if kind == INTEGRITY:
            # Its length counts as far as this attribute goes (RFC 8489, section 14.5).
            covered = message[:2] + struct.pack("!H", place + 24 - _HEADER.size) + message[4:place]
            own = hmac.new(password.encode(), covered, hashlib.sha1).digest()
            return hmac.compare_digest(own, message[place + 4 : place + 24])
        place += 4 + length + -length % 4
    return False


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def _sealed(kind: int, transaction: bytes, attributes: bytes, password: str) -> bytes:
    head = _HEADER.pack(kind, len(attributes) + 24, COOKIE, transaction)
    seal = hmac.new(password.encode(), head + attributes, hashlib.sha1).digest()
    attributes += _attribute(INTEGRITY, seal)
    covered = _HEADER.pack(kind, len(attributes) + 8, COOKIE, transaction) + attributes
    return covered + _attribute(FINGERPRINT, struct.pack("!I", zlib.crc32(covered) ^ FINGERPRINT_MASK))
