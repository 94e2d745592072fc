"""A bucket with one interaction in it, for measuring: synthesised once, kept in the cache folder."""

from __future__ import annotations

import tempfile
from pathlib import Path

from avatar_server.dataset.catalogue import FILELIST, open_catalogue
from avatar_server.dataset.fetching.fetch_plan import place_of
from avatar_server.dataset.stores.contract import RecordingPlace
from avatar_server.testing.demo import DEMO_KEY
from avatar_server.testing.kept_folder import kept_folder

KEY = DEMO_KEY
"""Of the interaction in it: all that are synthesised have the same."""

ROWS = 129_370
"""Of the data set's `filelist.csv`."""


def bucket_folder(length_s: float) -> Path:
    """The folder of a bucket whose interaction lasts `length_s`; making one takes a quarter of that."""

    def make(folder: Path) -> None:
        # SciPy comes along, which nobody needs who finds the folder in the cache.
        from avatar_server.testing.bucket_layout import write_bucket
        from avatar_server.testing.synthetic_interaction import synthesize

        with tempfile.TemporaryDirectory(prefix="avatar-server-bench-") as whole:
            write_bucket(synthesize(Path(whole), seconds=length_s), folder)

    return kept_folder(f"bucket-{length_s:g}s", make)


def write_long_list(folder: Path, path: Path) -> None:
    """The bucket's list of recordings with as many others as the data set has: reading it takes time, too."""
    listed = (folder / FILELIST).read_text(encoding="utf-8").splitlines()
    others = (
        f"V01_S{number // 70:04d}_I{number:08d}_P{2 * (number % 600) + side:04d},improvised,train,"
        f"{number // 2000},{number % 40},1,0,0"
        for number in range((ROWS - len(listed) + 1) // 2)
        for side in (0, 1)
    )
    path.write_text("\n".join([*listed, *others, ""]), encoding="utf-8")


def recordings_in(folder: Path) -> tuple[RecordingPlace, ...]:
    """Where the bucket keeps the two recordings."""
    listed = open_catalogue(folder).find(KEY)
    assert listed is not None
    return tuple(place_of(recording) for recording in listed.recordings)
