"""How long a BVH file says it is, without reading its rows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from avatar_server.errors import InputError
from avatar_server.motion.bvh.reading import MAX_HIERARCHY_BYTES, is_bvh

_LENGTH = re.compile(rb"^[ \t]*motion\b.*?frames[ \t]*:?[ \t]*(\d{1,9})\b(.*)", re.I | re.M | re.S)
_FRAME_TIME = re.compile(rb"frame[ \t]*time[ \t]*:?[ \t]*(\S{1,32})", re.I)

_AFTER_FRAMES_BYTES = 200


@dataclass(frozen=True, slots=True)
class BvhLength:
    """As stated, which may be wrong. frame_time: as it is written, empty if it is not there."""

    frame_count: int
    frame_time: str


def read_bvh_length(path: Path) -> BvhLength:
    """What stands after MOTION; raises InputError for a file that is no BVH or does not say."""
    try:
        with path.open("rb") as file:
            begins = file.read(MAX_HIERARCHY_BYTES)
    except OSError as error:
        raise InputError(expected="a readable BVH file", came=f"{error.strerror}", where=path) from None
    found = _LENGTH.search(begins) if is_bvh(begins[:4096]) else None
    if found is None:
        raise InputError(expected="a BVH file with a number of frames", came="none", where=path)
    frame_time = _FRAME_TIME.search(found[2][:_AFTER_FRAMES_BYTES])
    return BvhLength(int(found[1]), frame_time[1].decode("ascii", "replace") if frame_time else "")
