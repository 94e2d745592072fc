"""The arrays of one recording's NPZ: checked, in their plain shapes, not yet interpreted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.npz_archive import NpzArchive
from avatar_server.errors import InputError

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ArrayHeader:
    """What an NPZ says about one of its arrays. dtype: as numpy writes it; `object` is never loaded."""

    key: str
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True, eq=False, slots=True)
class RecordingArrays:
    """What the camera's fit says about one person, N frames (N >= 1).

    Rotations are axis-angle in radians, unwrapped (norms beyond pi occur); the frame is the camera's: x
    right, y down, z away. Values may be non-finite or sentinels: see `motion.gaps`.

    where: the file. global_orient: (N, 3). body_pose: (N, 21, 3), SMPL-H joints 1..21.
    left_hand_pose, right_hand_pose: (N, 15, 3) or None. translation: (N, 3) or None, weak-perspective; x
    and y are about metres, z is a scale. hands_tracked: (N,) bool, the array `smplh:is_valid`; all True if
    absent. box: (N, 4) xyxy pixels, or None. keys: names of all arrays in the file, sorted. notices: what
    is missing or was ignored, for people.
    """

    where: Path
    frame_count: int
    global_orient: Floats
    body_pose: Floats
    left_hand_pose: Floats | None
    right_hand_pose: Floats | None
    translation: Floats | None
    hands_tracked: NDArray[np.bool_]
    box: Floats | None
    keys: tuple[str, ...]
    notices: tuple[str, ...] = ()

    @property
    def groups(self) -> tuple[str, ...]:
        """The parts before the colon, sorted: `smplh`, `movement`, ..."""
        return tuple(sorted({key.partition(":")[0] for key in self.keys if ":" in key}))

    def read(self, key: str) -> Floats | None:
        """The array `key` as float32 in the shape it was stored, unpacked now; None if the file lacks it."""
        if key not in self.keys:
            return None
        with NpzArchive(self.where) as archive:
            return archive.read(key)


def read_headers(npz: Path) -> tuple[ArrayHeader, ...]:
    """All arrays of `npz` in order of their names, none unpacked; those whose header is damaged are left out.

    A BVH, which stands for the NPZ of other data sets, has none. Raises InputError for any other file.
    """
    headers: list[ArrayHeader] = []
    if npz.suffix == ".bvh":
        return ()
    with NpzArchive(npz) as archive:
        for key in archive.keys:
            try:
                shape, dtype = archive.header(key)
            except InputError:
                continue
            headers.append(ArrayHeader(key, shape, str(dtype)))
    return tuple(headers)


def read_keys(npz: Path, keys: Iterable[str]) -> tuple[Floats, ...]:
    """These arrays of `npz` as float32 in the shapes they were stored in, and nothing else unpacked.

    Raises InputError as `read_arrays` does, also for a key that is not there.
    """
    arrays = []
    with NpzArchive(npz) as archive:
        for key in keys:
            if key not in archive.keys:
                raise InputError(expected=f"an array {key}", came="none", where=npz)
            arrays.append(archive.read(key))
    return tuple(arrays)


def read_arrays(npz: Path) -> RecordingArrays:
    """Read the arrays that every player needs from `npz`.

    Model outputs flattened to (N, 63) and (N, 45) are taken as well as float64; unknown keys are ignored.
    Raises InputError for a file that is no NPZ, is cut short, holds pickled objects, has wrong shapes or
    types, or has no frames.
    """
    notices: list[str] = []
    with NpzArchive(npz) as archive:
        global_orient = archive.read_as("smplh:global_orient", (3,))
        body_pose = archive.read_as("smplh:body_pose", (21, 3))
        if global_orient is None or body_pose is None:
            lacking = "smplh:global_orient" if global_orient is None else "smplh:body_pose"
            came = ", ".join(archive.keys[:6]) or "no arrays at all"
            raise InputError(expected=f"an array {lacking}", came=came, where=npz)
        frame_count = len(body_pose)
        if frame_count == 0:
            raise InputError(expected="at least one frame of motion", came="zero frames", where=npz)
        left_hand_pose = archive.read_optional("smplh:left_hand_pose", (15, 3), notices)
        right_hand_pose = archive.read_optional("smplh:right_hand_pose", (15, 3), notices)
        if left_hand_pose is None or right_hand_pose is None:
            notices.append("hand poses are missing: the hands rest")
        translation = archive.read_optional("smplh:translation", (3,), notices)
        if translation is None:
            notices.append("smplh:translation is missing: no sway")
        valid = archive.read_optional("smplh:is_valid", (), notices)
        box: Floats | None = None
        try:
            box = archive.read_optional("boxes_and_keypoints:box", (4,), notices)
            if box is not None and len(box) != frame_count:
                raise InputError(expected=f"{frame_count} boxes", came=f"{len(box)}", where=npz)
        except InputError as error:
            box = None
            notices.append(f"boxes ignored: {error}")
        keys = archive.keys
    for key, array in (
        ("smplh:global_orient", global_orient),
        ("smplh:left_hand_pose", left_hand_pose),
        ("smplh:right_hand_pose", right_hand_pose),
        ("smplh:translation", translation),
        ("smplh:is_valid", valid),
    ):
        if array is not None and len(array) != frame_count:
            raise InputError(
                expected=f"{frame_count} frames as in smplh:body_pose",
                came=f"{len(array)}",
                where=f"{npz} ({key})",
            )
    return RecordingArrays(
        where=npz,
        frame_count=frame_count,
        global_orient=global_orient,
        body_pose=body_pose,
        left_hand_pose=left_hand_pose,
        right_hand_pose=right_hand_pose,
        translation=translation,
        hands_tracked=np.ones(frame_count, bool) if valid is None else valid > 0.5,
        box=box,
        keys=keys,
        notices=tuple(notices),
    )
