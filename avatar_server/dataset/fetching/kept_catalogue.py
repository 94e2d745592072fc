"""The CSV files of the data set's official repository, fetched once and kept in the data folder."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from avatar_server.dataset.cache.partial_file import PartialFile
from avatar_server.dataset.cache.recording_lock import FolderLock
from avatar_server.dataset.catalogue import (
    CATALOGUE_FILES,
    FILELIST,
    KEPT_FOLDER,
    Catalogue,
    find_catalogue_file,
    open_catalogue,
)
from avatar_server.dataset.csv_rows import MAX_BYTES
from avatar_server.dataset.fetching.download import MOST_UNREACHABLE, FetchStoppedError, download
from avatar_server.dataset.filelist_csv import read_filelist
from avatar_server.dataset.interactions_csv import read_prompts
from avatar_server.dataset.participants_csv import read_participants
from avatar_server.dataset.relationships_csv import read_relationships
from avatar_server.dataset.stores.contract import StoredFile
from avatar_server.errors import InputError, MachineError, StoreError, UsageError

_READERS: Mapping[str, Callable[[Path], object]] = {
    "filelist.csv": read_filelist,
    "interactions.csv": read_prompts,
    "participants.csv": read_participants,
    "relationships.csv": read_relationships,
}

_ASKED_EVERY_S = 0.2
"""Whether another process has done the same meanwhile."""


def whole_catalogue(
    data_dir: Path,
    filelist_url: str,
    *,
    note: Callable[[str], None] = lambda sentence: None,
    wait: Callable[[float], bool] | None = None,
    refresh: bool = False,
) -> Catalogue:
    """The catalogue by a `filelist.csv`, which is fetched first if there is none, or to `refresh` it.

    note: told what is fetched. Raises as `keep_catalogue` and `open_catalogue` do.
    """
    if refresh or find_catalogue_file(data_dir, FILELIST) is None:
        from avatar_server.dataset.stores.http_files import HttpFiles, shown
        from avatar_server.dataset.stores.web_file import WebFile

        note(f"fetching the list of recordings from {shown(filelist_url)}")
        with contextlib.closing(HttpFiles()) as http:
            keep_catalogue(
                data_dir,
                filelist_url,
                file_at=lambda url: WebFile(url, http),
                wait=threading.Event().wait if wait is None else wait,
                note=note,
                refresh=refresh,
            )
    return open_catalogue(data_dir)


def keep_catalogue(
    data_dir: Path,
    filelist_url: str,
    *,
    file_at: Callable[[str], StoredFile],
    wait: Callable[[float], bool],
    note: Callable[[str], None],
    refresh: bool = False,
) -> None:
    """Have a `filelist.csv` in the data folder, and the three other files if they lie beside it.

    Nothing is fetched if one is there, wherever it came from, unless `refresh`; then ours is replaced. A
    file replaces another only when it is whole and can be read. file_at: the file of an address. wait: as
    `download` has it. note: told of troubles, and which of the other three did not come. Raises the errors
    of `download`, InputError for a list that is none or is too large, and UsageError for one that is not
    ours to `refresh`.
    """
    with _alone(data_dir / KEPT_FOLDER, wait):
        found = find_catalogue_file(data_dir, FILELIST)
        if found is not None and not refresh:
            return
        if found not in (None, data_dir / KEPT_FOLDER / FILELIST):
            raise UsageError(f"{found} was not fetched by us, so it is not replaced; remove it for a new one")
        _keep(data_dir, FILELIST, file_at(filelist_url), wait, note)
        folder, _, name = filelist_url.rpartition("/")
        missing = []
        for other in CATALOGUE_FILES if name == FILELIST else ():
            if other != FILELIST:
                try:
                    _keep(data_dir, other, file_at(f"{folder}/{other}"), wait, note)
                except (StoreError, InputError) as error:
                    missing.append(other)
                    reason = str(error)
        if missing:
            note(f"{', '.join(missing)} did not come: {reason}")


def _keep(
    data_dir: Path,
    name: str,
    file: StoredFile,
    wait: Callable[[float], bool],
    note: Callable[[str], None],
) -> None:
    target = data_dir / KEPT_FOLDER / name
    arriving = PartialFile(target.with_name(f"{name}.arriving"), source=file.where)

    def refuse_if_large() -> None:
        if arriving.size_bytes is not None and arriving.size_bytes > MAX_BYTES:
            raise InputError(
                expected=f"at most {MAX_BYTES >> 20} MiB",
                came=f"{arriving.size_bytes >> 20} MiB",
                where=file.where,
            )

    arriving.on_change(refuse_if_large)
    try:
        download(
            file,
            arriving,
            wait=wait,
            on_trouble=lambda error, wait_s: note(f"{error}; trying again in {wait_s:.0f} s"),
            most_unreachable=MOST_UNREACHABLE,
        )
        _READERS[name](arriving.path)
        with arriving.path.open("rb") as content:
            os.fsync(content.fileno())
        arriving.hand_over()
        arriving.path.replace(target)
    except StoreError:
        if not arriving.here.byte_count:
            arriving.discard()
        raise
    except InputError as error:
        arriving.discard()
        place = str(error.where).replace(str(arriving.path), file.where)
        raise InputError(expected=error.expected, came=error.came, where=place) from None
    except OSError as error:
        raise MachineError(f"{target} cannot be written: {error.strerror}") from None
    finally:
        arriving.close()


@contextlib.contextmanager
def _alone(folder: Path, wait: Callable[[float], bool]) -> Iterator[None]:
    """While no other process fetches the same."""
    while (lock := FolderLock.take(folder)) is None:
        if wait(_ASKED_EVERY_S):
            raise FetchStoppedError(f"{folder}: stopped")
    try:
        yield
    finally:
        lock.release()
