"""The arrays of one recording's NPZ: checked, in their plain shapes, not yet interpreted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sized
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.npz_archive import NpzArchive
from avatar_server.errors import InputError

Floats = NDArray[np.float32]

Column = TypeVar("Column", bound=Sized)


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

    def part(self, first: int, last: int) -> RecordingArrays:
        """Frames `first` to before `last`; what was read stays where it is."""
        rows = slice(first, last)
        return replace(
            self,
            frame_count=last - first,
            global_orient=self.global_orient[rows],
            body_pose=self.body_pose[rows],
            left_hand_pose=None if self.left_hand_pose is None else self.left_hand_pose[rows],
            right_hand_pose=None if self.right_hand_pose is None else self.right_hand_pose[rows],
            translation=None if self.translation is None else self.translation[rows],
            hands_tracked=self.hands_tracked[rows],
            box=None if self.box is None else self.box[rows],
        )

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


@dataclass(frozen=True, slots=True)
class Found(Generic[Column]):
    """The arrays that every player needs, as whoever asked for them has them. See `RecordingArrays`."""

    global_orient: Column
    body_pose: Column
    left_hand_pose: Column | None
    right_hand_pose: Column | None
    translation: Column | None
    valid: Column | None
    box: Column | None
    keys: tuple[str, ...]
    notices: tuple[str, ...]


def read_arrays(npz: Path) -> RecordingArrays:
    """Read the arrays that every player needs from `npz`.

    Model outputs flattened to (N, 63) and (N, 45) are taken as well as float64; unknown keys are ignored.
    Raises InputError for a file that is no NPZ, is cut short, holds pickled objects, has wrong shapes or
    types, or has no frames.
    """

    def whole(archive: NpzArchive, key: str, row_shape: tuple[int, ...]) -> Floats:
        array = archive.read_as(key, row_shape)
        assert array is not None
        return array

    found = find_arrays(npz, whole)
    frame_count = len(found.body_pose)
    return RecordingArrays(
        where=npz,
        frame_count=frame_count,
        global_orient=found.global_orient,
        body_pose=found.body_pose,
        left_hand_pose=found.left_hand_pose,
        right_hand_pose=found.right_hand_pose,
        translation=found.translation,
        hands_tracked=np.ones(frame_count, bool) if found.valid is None else found.valid > 0.5,
        box=found.box,
        keys=found.keys,
        notices=found.notices,
    )


def find_arrays(npz: Path, take: Callable[[NpzArchive, str, tuple[int, ...]], Column]) -> Found[Column]:
    """What `read_arrays` reads, each array as `take` gives it. Raises as `read_arrays` and `take` do.

    take: called with an array's key, which is there, and the shape of its rows.
    """
    notices: list[str] = []
    with NpzArchive(npz) as archive:

        def needed(key: str, row_shape: tuple[int, ...]) -> Column | None:
            return take(archive, key, row_shape) if key in archive.keys else None

        def optional(key: str, row_shape: tuple[int, ...]) -> Column | None:
            if archive.is_empty(key):
                notices.append(f"{key} is empty")
                return None
            return needed(key, row_shape)

        global_orient = needed("smplh:global_orient", (3,))
        body_pose = needed("smplh:body_pose", (21, 3))
        if global_orient is None or body_pose is None:
            lacking = "smplh:global_orient" if global_orient is None else "smplh:body_pose"
            came = ", ".join(archive.keys[:6]) or "no arrays at all"
            raise InputError(expected=f"an array {lacking}", came=came, where=npz)
        frame_count = len(body_pose)
        if frame_count == 0:
            raise InputError(expected="at least one frame of motion", came="zero frames", where=npz)
        left_hand_pose = optional("smplh:left_hand_pose", (15, 3))
        right_hand_pose = optional("smplh:right_hand_pose", (15, 3))
        if left_hand_pose is None or right_hand_pose is None:
            notices.append("hand poses are missing: the hands rest")
        translation = optional("smplh:translation", (3,))
        if translation is None:
            notices.append("smplh:translation is missing: no sway")
        valid = optional("smplh:is_valid", ())
        box: Column | None = None
        try:
            box = optional("boxes_and_keypoints:box", (4,))
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
    return Found(
        global_orient,
        body_pose,
        left_hand_pose,
        right_hand_pose,
        translation,
        valid,
        box,
        keys,
        tuple(notices),
    )
