"""Keys for people: they open one interaction, or all, until a time, and tell nothing about the token.

A key is `EXPIRY.SCOPE.SIGNATURE`: Unix seconds, the base64url of the interaction's name (empty: every
interaction; `*`, which base64url does not have: a browser of who runs the server), and the first 24 bytes of
HMAC-SHA256 over both (RFC 2104; a truncated one, section 5). The HMAC key is derived from the token, so a new
token ends all keys at once, and the server keeps no list.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from hashlib import sha256

_PURPOSE = b"avatar-server signed key 1"
_SIGNATURE_BYTES = 24

_OPERATOR = "*"

LONGEST_KEY = 1024
"""Characters; names of interactions have a few dozen."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What somebody may do. Operators may do everything; others see and steer what the scope names.

    scope: name of an interaction, or "" for every one. expires_s: Unix time, None for never.
    """

    is_operator: bool
    scope: str = ""
    expires_s: int | None = None

    def covers(self, interaction: str) -> bool:
        """Whether the interaction may be seen and steered."""
        return self.scope in ("", interaction)


def sign_key(token: str, *, scope: str, expires_s: int) -> str:
    """A key for the interaction `scope` ("" for every one) until `expires_s` (Unix time)."""
    return _signed(token, expires_s, _to_text(scope.encode()))


def sign_operator_key(token: str, *, expires_s: int) -> str:
    """A key for all that the token is good for, until `expires_s` (Unix time)."""
    return _signed(token, expires_s, _OPERATOR)


def _signed(token: str, expires_s: int, scope: str) -> str:
    body = f"{expires_s}.{scope}"
    return f"{body}.{_signature(token, body)}"


def read_key(token: str, key: str, now_s: float) -> Grant | None:
    """What `key` grants at `now_s` (Unix time): None if it is not ours, or is over."""
    body, _, signature = key.rpartition(".")
    if len(key) > LONGEST_KEY or not is_same(signature, _signature(token, body)):
        return None
    # What we signed is what we wrote: from here on the text can be relied on.
    expires, _, scope = body.partition(".")
    expires_s = int(expires)
    if now_s >= expires_s:
        return None
    if scope == _OPERATOR:
        return Grant(is_operator=True, expires_s=expires_s)
    return Grant(is_operator=False, scope=_from_text(scope).decode(), expires_s=expires_s)


def is_same(given: str, expected: str) -> bool:
    """Compare in a time that tells nothing about where they differ."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())


def _signature(token: str, body: str) -> str:
    derived = hmac.digest(token.encode(), _PURPOSE, sha256)
    made = hmac.digest(derived, body.encode("utf-8", "surrogatepass"), sha256)
    return _to_text(made[:_SIGNATURE_BYTES])


def _to_text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _from_text(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
