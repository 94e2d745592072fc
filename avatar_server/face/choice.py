"""What people may say about faces: whether there are any, and where they come from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FaceMode = Literal["auto", "data", "none"]
FACE_MODES: tuple[FaceMode, ...] = ("auto", "data", "none")
"""`auto`: recorded, or else made from the voice; `data`: recorded, or else at rest; `none`: at rest."""

FaceOrder = Literal["auto", "apple", "alphabetical"]
FACE_ORDERS: tuple[FaceOrder, ...] = ("auto", "apple", "alphabetical")
"""Of the columns of a bare array: `auto` looks at them (see `column_order`)."""


@dataclass(frozen=True, slots=True)
class FaceChoice:
    """What was said, as it travels to another process.

    mode: empty is `auto`, but `none` in the GENEA convention, whose renders have no faces. order: of the
    columns of bare arrays. files: of the people in their order; empty is what lies beside the recording, or
    in it.
    """

    mode: Literal["", "auto", "data", "none"] = ""
    order: FaceOrder = "auto"
    files: tuple[str, ...] = ()

    def mode_in(self, convention: str) -> FaceMode:
        """What is shown of a recording in a convention (see `MotionPreset`)."""
        return self.mode or ("none" if convention == "genea" else "auto")

    def file_of(self, index: int) -> Path | None:
        """The file that was named for the person at `index`."""
        return Path(self.files[index]) if index < len(self.files) and self.files[index] else None

    @property
    def options(self) -> tuple[str, ...]:
        """For the command line."""
        said = (("--face", self.mode), ("--face-order", "" if self.order == "auto" else self.order))
        files = (f"--face-file={','.join(self.files)}",) if any(self.files) else ()
        return (*(f"{option}={word}" for option, word in said if word), *files)


USUAL_FACES = FaceChoice()
