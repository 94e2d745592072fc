"""Names of curves as people write them: `valence`, `fau:JawDrop`, `emotion` for all eight."""

from __future__ import annotations

from dataclasses import dataclass

from avatar_server.dataset.face_features import DEAD_COLUMNS, FACE_ARRAYS
from avatar_server.errors import UsageError

MOST_NAMES = 64


@dataclass(frozen=True, slots=True)
class CurveName:
    """One column of a feature of the face (see `FACE_ARRAYS`)."""

    feature: str
    column: int

    @property
    def is_dead(self) -> bool:
        """The column is zero in every recording."""
        return self.feature == "fau" and self.column in DEAD_COLUMNS

    def __str__(self) -> str:
        column = FACE_ARRAYS[self.feature][1][self.column]
        return f"{self.feature}:{column}" if column else self.feature


def parse_curves(text: str) -> tuple[CurveName, ...]:
    """Names with commas between them, without regard to case; a feature alone stands for all of its columns.

    Each curve comes once, in the order of being named. Raises UsageError naming what there is.
    """
    parts = [part.strip() for part in text.split(",")]
    if len(parts) > MOST_NAMES:
        raise UsageError(f"of: expected at most {MOST_NAMES} names, got {len(parts)}")
    return tuple(dict.fromkeys(curve for part in parts for curve in _curves(part)))


def _curves(part: str) -> list[CurveName]:
    feature, colon, column = part.lower().partition(":")
    if feature not in FACE_ARRAYS:
        raise UsageError(f"of: expected {', '.join(FACE_ARRAYS)}, got {part[:40]!r}")
    columns = FACE_ARRAYS[feature][1]
    found = [
        CurveName(feature, number)
        for number, name in enumerate(columns)
        if not colon or (column and name.lower() == column)
    ]
    if not found:
        names = ", ".join(f"{feature}:{name}" if name else feature for name in columns)
        raise UsageError(f"of: expected {names}, got {part[:40]!r}")
    return found
