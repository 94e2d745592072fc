"""How the packets of one segmented send lie in a buffer, the same for nearly all viewers (pure)."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class RunLayout:
    """Packet behind packet, each with room for a header before its payload, and for a cipher's tag behind it.

    blank: all of it, headers and tags still zero. starts: of the packets in it, evenly apart. segment: bytes
    of one packet, the last may be shorter. lengths: of the packets before they are encrypted, as C ints, and
    protected_lengths: afterwards, with their tags. octets: of payload.
    """

    blank: bytes
    starts: range
    segment: int
    lengths: bytes
    protected_lengths: bytes
    octets: int

    @classmethod
    def of(cls, payloads: Sequence[bytes], header_bytes: int, tag_bytes: int) -> Self:
        """For at least one payload; all are equally long, but the last may be shorter."""
        header, tag = bytes(header_bytes), bytes(tag_bytes)
        segment = header_bytes + len(payloads[0]) + tag_bytes
        lengths = [header_bytes + len(payload) for payload in payloads]
        return cls(
            blank=b"".join(piece for payload in payloads for piece in (header, payload, tag)),
            starts=range(0, segment * len(payloads), segment),
            segment=segment,
            lengths=array("i", lengths).tobytes(),
            protected_lengths=array("i", [length + tag_bytes for length in lengths]).tobytes(),
            octets=sum(map(len, payloads)),
        )
