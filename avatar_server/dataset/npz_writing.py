"""Writes an NPZ that is there whole or not at all."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def write_npz(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """A deflated NPZ of plain arrays, in the order of `arrays`; replaces a file of that name in one step."""
    with _replacing(path) as unfinished, zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
        for key, array in arrays.items():
            with archive.open(f"{key}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)


def copy_beside(source: Path, target: Path) -> None:
    """The bytes of `source` as `target`, likewise in one step; nothing to do if both are the same file."""
    if target.exists() and target.samefile(source):
        return
    with _replacing(target) as unfinished, source.open("rb") as file, unfinished.open("wb") as copy:
        while piece := file.read(1 << 20):
            copy.write(piece)


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """A path beside `target` to write to; it takes the target's place if the block ends well."""
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield unfinished
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
