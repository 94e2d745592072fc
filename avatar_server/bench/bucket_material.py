"""A bucket with one interaction in it, for measuring: synthesised once, kept in the cache folder."""

from __future__ import annotations

import tempfile
from pathlib import Path

from avatar_server.dataset.catalogue import open_catalogue
from avatar_server.dataset.fetching.fetch_plan import place_of
from avatar_server.dataset.stores.contract import RecordingPlace
from avatar_server.testing.demo import DEMO_KEY
from avatar_server.testing.kept_folder import kept_folder

KEY = DEMO_KEY
"""Of the interaction in it: all that are synthesised have the same."""


def bucket_folder(length_s: float) -> Path:
    """The folder of a bucket whose interaction lasts `length_s`; making one takes a quarter of that."""

    def make(folder: Path) -> None:
        # SciPy comes along, which nobody needs who finds the folder in the cache.
        from avatar_server.testing.bucket_layout import write_bucket
        from avatar_server.testing.synthetic_interaction import synthesize

        with tempfile.TemporaryDirectory(prefix="avatar-server-bench-") as whole:
            write_bucket(synthesize(Path(whole), seconds=length_s), folder)

    return kept_folder(f"bucket-{length_s:g}s", make)


def recordings_in(folder: Path) -> tuple[RecordingPlace, ...]:
    """Where the bucket keeps the two recordings."""
    listed = open_catalogue(folder).find(KEY)
    assert listed is not None
    return tuple(place_of(recording) for recording in listed.recordings)
