"""What lies where in a tar far away: found once, a header at a time, and kept on this machine.

A walk stops where what was wanted was found, and a later one goes on there. The index counts for one
content (ETag) of one file at one address; of another one nothing is used. Of several processes that want
something of the same tar one walks, and the others read what it found.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import logging
import os
import threading
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from avatar_server.dataset.stores.tar_walk import MOST_MEMBERS, Member, Read, TarWalk
from avatar_server.errors import InputError

log = logging.getLogger(__name__)

FORMAT = 2
MOST_FILE_BYTES = 16 << 20
"""`MOST_MEMBERS` of the longest names that recordings have."""

SAVED_EVERY = 32
"""Members that a killed process may have to look for again."""


class TarIndex:
    """Members of one tar, as far as they were looked for. Any thread; walks go one after the other."""

    def __init__(self, folder: Path, address: str, version: str, size_bytes: int) -> None:
        """folder: where indices are kept. address, version, size_bytes: which tar, with which content."""
        digest = hashlib.sha256(address.encode()).hexdigest()
        self._path = folder / f"{digest[:32]}.json"
        self._address, self._version, self._size_bytes = address, version, size_bytes
        self._lock = threading.Lock()
        self._members: dict[str, Member] = {}
        self._reached = 0
        self._load()

    def find(self, stem: str, suffixes: Collection[str], read: Read) -> dict[str, Member]:
        """Members `{stem}.{suffix}` by suffix, those that there are; walks on if it has to.

        All that belongs to a recording lies together, as in every WebDataset: when sound and motion were
        found and somebody else's files follow, nothing more of it is looked for. Raises InputError for what
        is no tar, and what `read` raises; what was found before that is kept.
        """
        wanted = {f"{stem}.{suffix}": suffix for suffix in suffixes}
        with self._lock:
            if not self._is_known(stem, wanted):
                with self._alone():
                    self._load()
                    self._walk(stem, wanted, read)
            return {suffix: self._members[name] for name, suffix in wanted.items() if name in self._members}

    def _walk(self, stem: str, wanted: Collection[str], read: Read) -> None:
        walk = TarWalk(self._size_bytes, self._address, self._reached)
        saved, members = self._reached, 0
        try:
            while not self._is_known(stem, wanted):
                member = walk.next_member(read)
                self._reached = walk.position
                if member is None:
                    break
                if len(self._members) >= MOST_MEMBERS:
                    raise InputError(
                        expected=f"at most {MOST_MEMBERS} members", came="more", where=self._address
                    )
                self._members.setdefault(member.name, member)
                members += 1
                if members % SAVED_EVERY == 0:
                    self._save()
                    saved = self._reached
        finally:
            if self._reached > saved:
                self._save()

    def _is_known(self, stem: str, wanted: Collection[str]) -> bool:
        """Whether there is nothing more to be found of a recording."""
        if self._reached >= self._size_bytes or all(name in self._members for name in wanted):
            return True
        last = next(reversed(self._members), "")
        return {f"{stem}.wav", f"{stem}.npz"} <= self._members.keys() and not last.startswith(f"{stem}.")

    def drop(self) -> None:
        """It does not fit: forget it, here and on the disk."""
        with self._lock:
            self._members, self._reached = {}, 0
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """While no other process walks through the same tar; let go however this one ends."""
        with contextlib.ExitStack() as held:
            # Where nothing can be written, or locked, everybody walks.
            with contextlib.suppress(OSError):
                self._path.parent.mkdir(parents=True, exist_ok=True)
                lock = held.enter_context(self._path.with_suffix(".lock").open("w"))
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _load(self) -> None:
        """What is kept, if that is more than is known."""
        try:
            if self._path.stat().st_size > MOST_FILE_BYTES:
                raise ValueError("too large")
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            which = (kept["format"], kept["address"], kept["version"], kept["size_bytes"])
            if kept.pop("digest") != digest_of(kept):
                raise ValueError("damaged")
            if which != (FORMAT, self._address, self._version, self._size_bytes):
                log.info("%s has changed: its index is made anew", self._address)
                return
            members = [Member(str(name), int(a), int(b), bool(c)) for name, a, b, c in kept["members"]]
            reached = int(kept["reached"])
            if not all(0 <= one.start <= one.end <= reached <= self._size_bytes for one in members):
                raise ValueError("out of bounds")
        except FileNotFoundError:
            return
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            log.warning("the index of %s is made anew: %s", self._address, error)
            return
        if reached > self._reached:
            self._members = {one.name: one for one in members}
            self._reached = reached

    def _save(self) -> None:
        """A machine without room for it makes it again."""
        kept = {
            "format": FORMAT,
            "address": self._address,
            "version": self._version,
            "size_bytes": self._size_bytes,
            "reached": self._reached,
            "members": [
                (one.name, one.start, one.size_bytes, one.is_extended) for one in self._members.values()
            ],
        }
        new = self._path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.new")
        try:
            new.parent.mkdir(parents=True, exist_ok=True)
            new.write_text(json.dumps({**kept, "digest": digest_of(kept)}), encoding="utf-8")
            new.replace(self._path)
        except OSError as error:
            log.warning("the index of %s cannot be kept: %s", self._address, error.strerror)
            with contextlib.suppress(OSError):
                new.unlink(missing_ok=True)


def digest_of(kept: dict[str, Any]) -> str:
    """Of all that an index says: one that was damaged on the disk shows."""
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()
