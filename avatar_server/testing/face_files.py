"""Synthetic faces in the files that people bring: NPY arrays, CSV of Live Link Face, JSON of BEAT."""

from __future__ import annotations

import csv
import json
from collections.abc import Collection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatar_server.face.arkit import ALPHABETICAL_NAMES, ARKIT_INDEX, ARKIT_NAMES

Weights = NDArray[np.float32]

LIVE_LINK_RATE_HZ = 59.904
TIMECODE_RATE_HZ = 60

_EYE_TURNS = (f"{eye}Eye{turn}" for eye in ("Left", "Right") for turn in ("Yaw", "Pitch", "Roll"))
_TURNS = ("HeadYaw", "HeadPitch", "HeadRoll", *_EYE_TURNS)


def live_link_names() -> tuple[str, ...]:
    """The 61 names in the order of the app, which swaps two pairs against Apple's list."""
    names = list(ARKIT_NAMES)
    for stem in ("jaw", "mouth"):
        left, right = names.index(f"{stem}Left"), names.index(f"{stem}Right")
        names[left], names[right] = names[right], names[left]
    return (*(name[0].upper() + name[1:] for name in names), *_TURNS)


def write_arkit_npy(path: Path, weights: Weights, *, alphabetical: bool = False, columns: int = 52) -> None:
    """(N, 52) in Apple's order as an array of 51 or 52 columns."""
    names = ALPHABETICAL_NAMES if alphabetical else ARKIT_NAMES
    np.save(path, weights[:, [ARKIT_INDEX[name] for name in names[:columns]]])


def write_live_link(
    path: Path,
    weights: Weights,
    *,
    begins_s: float = 17 * 3600 + 42 * 60 + 5.5,
    dropped: Collection[int] = (),
    turns: NDArray[np.float32] | None = None,
    count_name: str = "BlendShapeCount",
) -> None:
    """(N, 52) at 59.904 frames a second, with timecodes that count at 60 from `begins_s` of a day on.

    dropped: frames that are left out. turns: (N, 9) of head and eyes, zero if not said.
    """
    names = live_link_names()
    turned = np.zeros((len(weights), 9), np.float32) if turns is None else turns
    order = [ARKIT_INDEX[name[0].lower() + name[1:]] for name in names[:52]]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Timecode", count_name, *names])
        for index, (row, turn) in enumerate(zip(weights[:, order], turned, strict=True)):
            if index not in dropped:
                cells = [f"{value:.9f}" for value in (*row, *turn)]
                writer.writerow([_timecode(begins_s + index / LIVE_LINK_RATE_HZ), "61", *cells])


def write_beat(path: Path, weights: Weights, rate_hz: float = 60.0) -> None:
    """(N, 52) as 51 named weights a frame, as BEAT has them."""
    names = ALPHABETICAL_NAMES[:51]
    order = [ARKIT_INDEX[name] for name in names]
    frames = [
        {"weights": [round(float(value), 6) for value in row[order]], "time": index / rate_hz, "rotation": []}
        for index, row in enumerate(weights)
    ]
    path.write_text(json.dumps({"names": names, "frames": frames}), encoding="utf-8")


def _timecode(time_s: float) -> str:
    second, frame = divmod(time_s, 1.0)
    minutes, seconds = divmod(int(second) % 86_400, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}:{min(frame * TIMECODE_RATE_HZ, 59.999):06.3f}"
