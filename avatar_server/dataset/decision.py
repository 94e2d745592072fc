"""What a file leaves open, and what was taken for it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decision:
    """Something a file does not say, or says in several ways, and what was taken.

    what: `units`, `up axis`, `rate`, `order`, `rest pose`, ... value: what was taken, such as `z` or
    `centimetres`. why: for people, what it was seen by.
    """

    what: str
    value: str
    why: str
