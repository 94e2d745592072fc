"""Faces as the BEAT data set has them: JSON with names of weights, and frames with weights and times."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.npz_archive import MAX_FRAME_COUNT
from avatar_server.errors import InputError
from avatar_server.face.arkit import ARKIT_INDEX, ARKIT_NAMES, WEIGHT_COUNT
from avatar_server.face.live_link_csv import FEWEST_NAMES
from avatar_server.face.timed_frames import on_a_rate
from avatar_server.face.track import FaceTrack, without_blanks

LARGEST_BYTES = 512 << 20
"""More than an hour at 60 frames a second."""

LONGEST_S = 1e6

_BY_LOWER_NAME = {name.lower(): name for name in ARKIT_NAMES}


def read_beat(path: Path) -> FaceTrack:
    """The face in `path`, on the clock of its times, in seconds.

    Raises InputError, with the frame, for what is no such file.
    """
    document = _document(path)
    names, frames = document.get("names"), document.get("frames")
    if not isinstance(names, list) or not isinstance(frames, list):
        came = ", ".join(map(str, list(document)[:4]))[:60] or "an empty object"
        raise InputError(expected="lists called names and frames", came=came, where=path)
    places = _places(names, path)
    if not 0 < len(frames) <= MAX_FRAME_COUNT:
        raise InputError(expected=f"1 to {MAX_FRAME_COUNT} frames", came=f"{len(frames)}", where=path)
    times_s = np.empty(len(frames))
    table = np.empty((len(frames), len(names)), np.float32)
    for index, frame in enumerate(frames):
        times_s[index], table[index] = _frame(frame, len(names), f"{path} (frame {index + 1})")
    back = np.flatnonzero(np.diff(times_s) < 0)
    if len(back):
        where = f"{path} (frame {back[0] + 2})"
        raise InputError(expected="times that go on", came="one that goes back", where=where)
    rate_hz, table = on_a_rate(times_s, table[:, list(places.values())], path)
    weights = np.full((len(table), WEIGHT_COUNT), np.nan, np.float32)
    weights[:, [ARKIT_INDEX[name] for name in places]] = without_blanks(table, rate_hz)
    return FaceTrack(rate_hz, weights, "BEAT")


def _document(path: Path) -> dict[str, Any]:
    try:
        if (size_bytes := path.stat().st_size) > LARGEST_BYTES:
            raise InputError(
                expected=f"at most {LARGEST_BYTES >> 20} MiB", came=f"{size_bytes >> 20}", where=path
            )
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(
            expected="a readable JSON file", came=str(error.strerror or error).lower(), where=path
        ) from None
    except (ValueError, RecursionError) as error:
        line = f":{error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise InputError(expected="JSON", came="something else", where=f"{path}{line}") from None
    if not isinstance(document, dict):
        raise InputError(expected="a JSON object", came=f"a {type(document).__name__}", where=path)
    return document


def _places(names: list[Any], path: Path) -> dict[str, int]:
    """Name of the weight to its place in a frame."""
    places: dict[str, int] = {}
    for place, name in enumerate(names):
        known = _BY_LOWER_NAME.get(name.lower()) if isinstance(name, str) else None
        if known in places:
            raise InputError(expected="every name once", came=f"{known} twice", where=path)
        if known is not None:
            places[known] = place
    if len(places) < FEWEST_NAMES:
        raise InputError(
            expected="names of ARKit weights", came=f"{len(places)} among {len(names)} names", where=path
        )
    return places


def _frame(frame: Any, count: int, where: str) -> tuple[float, NDArray[np.float32]]:
    weights, time_s = (frame.get("weights"), frame.get("time")) if isinstance(frame, dict) else (None, None)
    if not isinstance(time_s, int | float) or isinstance(time_s, bool) or not 0 <= time_s < LONGEST_S:
        raise InputError(expected="a time in seconds", came=repr(time_s)[:40], where=where)
    if not isinstance(weights, list) or len(weights) != count:
        came = f"{len(weights)}" if isinstance(weights, list) else "none"
        raise InputError(expected=f"{count} weights", came=came, where=where)
    try:
        # null says that a weight was not measured.
        array = np.array([np.nan if weight is None else weight for weight in weights])
    except ValueError:
        array = np.array(None)
    if array.dtype.kind not in "fi" or array.shape != (count,):
        raise InputError(expected="weights that are numbers", came="something else", where=where)
    with np.errstate(over="ignore"):
        return float(time_s), array.astype(np.float32)
