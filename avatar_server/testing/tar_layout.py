"""Recordings as the Hugging Face repository has them: flat tars of four files a recording."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from avatar_server.dataset.stores.contract import RecordingPlace
from avatar_server.testing.bucket_layout import places, write_filelist
from avatar_server.testing.synthetic_interaction import SyntheticInteraction

SUFFIXES = ("json", "mp4", "npz", "wav")


def tar_path(place: RecordingPlace) -> str:
    """Where the repository keeps a recording."""
    return f"{place.label}/{place.split}/{place.batch:04d}/{place.archive:04d}.tar"


def write_tar(path: Path, members: Mapping[str, bytes], *, format: int = tarfile.USTAR_FORMAT) -> None:
    """A tar with these files, in this order, which takes the place of an older one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    with tarfile.open(new, "w", format=format) as tar:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    new.replace(path)


def write_tars(interaction: SyntheticInteraction, folder: Path) -> None:
    """A tar for each recording, as partners seldom share one; `filelist.csv` lies at the top."""
    for recording, place in zip(interaction.recordings, places(interaction), strict=True):
        files = {"json": recording.json, "npz": recording.npz, "wav": recording.wav}
        members = {f"{place.id}.{suffix}": path.read_bytes() for suffix, path in files.items()}
        write_tar(folder / tar_path(place), members)
    write_filelist(interaction, folder / "filelist.csv")


def write_sparse_tar(
    path: Path, stems: Sequence[str], sizes: Mapping[str, int], contents: Mapping[str, bytes]
) -> None:
    """A tar as large as wanted that takes hardly any room on the disk: its files are holes.

    sizes: bytes by suffix, of every recording. contents: by member's name, what is written into one instead.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for stem in stems:
            for suffix in SUFFIXES:
                name = f"{stem}.{suffix}"
                member = tarfile.TarInfo(name)
                member.size = len(contents.get(name, b"")) or sizes[suffix]
                file.write(member.tobuf(tarfile.USTAR_FORMAT))
                file.write(contents.get(name, b""))
                file.seek(-(-(file.tell() + (0 if name in contents else member.size)) // 512) * 512)
        file.truncate(file.tell() + 1024)
