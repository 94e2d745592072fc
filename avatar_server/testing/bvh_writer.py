"""Writes BVH: any skeleton, posed by rotations in the world, each joint with channels of its own."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

Array = NDArray[np.float64]

ROTATIONS = "Zrotation Yrotation Xrotation"
PLACES = "Xposition Yposition Zposition"


@dataclass(frozen=True, slots=True)
class Bone:
    """A joint of a skeleton that is written. parent: its name, empty for the root; offset: in file units.

    channels: as they stand in the file; empty for a joint without any. tip: the End Site's offset.
    """

    name: str
    parent: str
    offset: tuple[float, float, float]
    channels: str = ROTATIONS
    tip: tuple[float, float, float] | None = None


def local_turns(skeleton: Sequence[Bone], in_world: Mapping[str, Rotation]) -> dict[str, Rotation]:
    """Relative to the parent, from rotations in the world; who is not named there follows his parent."""
    world: dict[str, Rotation] = {}
    local: dict[str, Rotation] = {}
    still = Rotation.identity(len(next(iter(in_world.values()))))
    for bone in skeleton:
        carrier = world[bone.parent] if bone.parent else still
        world[bone.name] = in_world.get(bone.name, carrier)
        local[bone.name] = carrier.inv() * world[bone.name]
    return local


def rows(skeleton: Sequence[Bone], local: Mapping[str, Rotation], places: Mapping[str, Array]) -> Array:
    """(N, C) numbers in the order of the channels.

    local: every joint with rotation channels. places: (N, 3) of joints with position channels; those that are
    not in it stay at their offset.
    """
    count = len(next(iter(local.values())))
    columns: list[Array] = []
    for bone in skeleton:
        names = bone.channels.split()
        turns = [name[0] for name in names if name.endswith("rotation")]
        angles: Iterator[Array] = iter(())
        if turns:
            order = "".join(turns)
            if len(turns) == 3:
                with warnings.catch_warnings():
                    # Where two axes meet, any of the angles that make the same rotation will do.
                    warnings.simplefilter("ignore", UserWarning)
                    angles = iter(local[bone.name].as_euler(order, degrees=True).T)
            else:
                # A hinge: what it cannot do is not written.
                vector = local[bone.name].as_rotvec(degrees=True)
                angles = iter([vector[:, "XYZ".index(axis)] for axis in order])
        place = places.get(bone.name, np.tile(bone.offset, (count, 1)))
        for name in names:
            is_turn = name.endswith("rotation")
            columns.append(np.asarray(next(angles)) if is_turn else place[:, "XYZ".index(name[0])])
    return np.column_stack(columns)


def hierarchy_text(skeleton: Sequence[Bone]) -> str:
    """From HIERARCHY to before MOTION."""
    children: dict[str, list[Bone]] = {}
    for bone in skeleton:
        children.setdefault(bone.parent, []).append(bone)
    lines = ["HIERARCHY"]

    def write(bone: Bone, depth: int) -> None:
        indent = "\t" * depth
        lines.append(f"{indent}{'JOINT' if bone.parent else 'ROOT'} {bone.name}")
        lines.append(f"{indent}{{")
        lines.append(f"{indent}\tOFFSET {_vector(bone.offset)}")
        if bone.channels:
            lines.append(f"{indent}\tCHANNELS {len(bone.channels.split())} {bone.channels}")
        for child in children.get(bone.name, ()):
            write(child, depth + 1)
        if bone.tip is not None:
            site = ["End Site", "{", f"\tOFFSET {_vector(bone.tip)}", "}"]
            lines.extend(f"{indent}\t{line}" for line in site)
        lines.append(f"{indent}}}")

    for root in children[""]:
        write(root, 0)
    return "\n".join(lines) + "\n"


def bvh_text(skeleton: Sequence[Bone], numbers: Array, frame_time: str = "0.033333") -> str:
    """The whole file; joints in `skeleton` stand in the order in which they are nested."""
    body = "\n".join(" ".join(f"{value:.6f}" for value in row) for row in numbers.tolist())
    head = f"MOTION\nFrames: {len(numbers)}\nFrame Time: {frame_time}\n"
    return f"{hierarchy_text(skeleton)}{head}{body}\n"


def write_bvh(path: Path, skeleton: Sequence[Bone], numbers: Array, frame_time: str = "0.033333") -> None:
    """See `bvh_text`."""
    path.write_text(bvh_text(skeleton, numbers, frame_time), encoding="utf-8")


def _vector(vector: Sequence[float]) -> str:
    return " ".join(f"{value:.6f}" for value in vector)
