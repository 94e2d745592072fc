"""The arrays of one recording, however long, in temporary files: read once, then a stretch at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from avatar_server.dataset.kept_rows import KeptRows
from avatar_server.dataset.npz_archive import NpzArchive
from avatar_server.dataset.recording_arrays import Found, RecordingArrays, find_arrays

Rows = KeptRows[np.float32]


class SpooledArrays:
    """See `RecordingArrays`, of which this gives parts. A context manager; closing it frees the files."""

    def __init__(self, npz: Path) -> None:
        """Read `npz`, a megabyte at a time. Raises as `read_arrays` does, and NoRoomError."""
        self.where = npz
        self._found: Found[Rows] = find_arrays(npz, _spooled)
        self.frame_count = len(self._found.body_pose)
        self.notices = self._found.notices

    def part(self, first: int, last: int) -> RecordingArrays:
        """Frames `first` to before `last`."""
        found = self._found
        valid = _part(found.valid, first, last)
        return RecordingArrays(
            where=self.where,
            frame_count=last - first,
            global_orient=found.global_orient.read(first, last),
            body_pose=found.body_pose.read(first, last),
            left_hand_pose=_part(found.left_hand_pose, first, last),
            right_hand_pose=_part(found.right_hand_pose, first, last),
            translation=_part(found.translation, first, last),
            hands_tracked=np.ones(last - first, bool) if valid is None else valid > 0.5,
            box=_part(found.box, first, last),
            keys=found.keys,
            notices=found.notices,
        )

    def close(self) -> None:
        """Give the files back; closing twice is fine."""
        found = self._found
        for rows in (
            found.global_orient,
            found.body_pose,
            found.left_hand_pose,
            found.right_hand_pose,
            found.translation,
            found.valid,
            found.box,
        ):
            if rows is not None:
                rows.close()

    def __enter__(self) -> SpooledArrays:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _spooled(archive: NpzArchive, key: str, row_shape: tuple[int, ...]) -> Rows:
    rows = KeptRows(row_shape, np.float32, "motion")
    for piece in archive.pieces(key, row_shape):
        rows.append(piece)
    return rows


def _part(
    rows: Rows | None, first: int, last: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]] | None:
    return None if rows is None else rows.read(first, last)
