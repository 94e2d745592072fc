"""Faces: options of every command that draws people."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from avatar_server.commands import values
from avatar_server.errors import UsageError

if TYPE_CHECKING:
    from avatar_server.face.choice import FaceChoice


def add_face_options(parser: argparse.ArgumentParser) -> None:
    """Say what may be said about faces."""
    parser.add_argument(
        "--face",
        metavar="HOW",
        help="auto: recorded, or else made from the voice; data: recorded only; none "
        "(default: auto, and none in the preset genea)",
    )
    add_face_file_options(parser)


def add_face_file_options(parser: argparse.ArgumentParser) -> None:
    """Say where recorded faces are, and how to read them."""
    parser.set_defaults(face=None)
    parser.add_argument(
        "--face-file",
        metavar="LEFT[,RIGHT]",
        help="faces: ARKit weights (.npy), Live Link Face (.csv), BEAT (.json) or action units (.npz); "
        "beside a recording they are found by its name with .face.npy, .csv or .face.json",
    )
    parser.add_argument(
        "--face-order",
        default="auto",
        metavar="NAME",
        help="of the columns of a .npy: apple, alphabetical, or auto, which looks at them (default: auto)",
    )


def face_choice(call: argparse.Namespace) -> FaceChoice:
    """What was asked for; `UsageError` names the option."""
    from avatar_server.face.choice import FACE_MODES, FACE_ORDERS, FaceChoice

    typed = [] if call.face_file is None else [name.strip() for name in call.face_file.split(",")]
    if len(typed) > 2 or (typed and not any(typed)):
        raise UsageError(f"--face-file: expected LEFT[,RIGHT], got {call.face_file!r}")
    files = [str(values.existing_file("--face-file", name).resolve()) if name else "" for name in typed]
    mode = "" if call.face is None else values.one_of("--face", call.face, FACE_MODES)
    order = values.one_of("--face-order", call.face_order, FACE_ORDERS)
    if files and mode == "none":
        raise UsageError("--face-file: expected no --face none beside it")
    return FaceChoice(
        next((known for known in FACE_MODES if known == mode), ""),
        next(known for known in FACE_ORDERS if known == order),
        tuple(files),
    )
