"""Where the data are and where they come from: flags of every command that plays or lists recordings."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_server.setting_kinds import shown
from avatar_server.settings import expanded
from avatar_server.settings_sources import FIELDS, flag_of, read_settings

if TYPE_CHECKING:
    from avatar_server.dataset.cache.cache_tree import CacheTree

LOCAL = "local"
"""The source that never touches the network."""

_NAMES = ("data", "source", "cache_size", "filelist_url")


@dataclass(frozen=True, slots=True)
class DataOptions:
    """As flags, environment and settings files have it. was_named: the data folder, not the usual one."""

    data_dir: Path
    was_named: bool
    source: str
    cache_bytes: int | None
    filelist_url: str

    @property
    def is_local(self) -> bool:
        """Whether nothing may be fetched."""
        return self.source == LOCAL

    @property
    def is_missing(self) -> bool:
        """Whether the data folder was named and is not there, as by a typing error."""
        return self.was_named and not self.data_dir.is_dir()

    def tree(self) -> CacheTree:
        """The data folder as a cache."""
        from avatar_server.dataset.cache.cache_tree import CacheTree

        return CacheTree(self.data_dir, limit_bytes=self.cache_bytes)


def add_data_options(parser: argparse.ArgumentParser) -> None:
    """Say what may be said about the data."""
    for name in _NAMES:
        default = FIELDS[name].default
        usual = "" if default is None else f" (default: {shown(default).strip(chr(34))})"
        metavar = {"data": "DIR", "cache_size": "SIZE", "filelist_url": "URL"}.get(name, "SOURCE")
        parser.add_argument(
            flag_of(name), dest=name, metavar=metavar, help=FIELDS[name].metadata["meaning"] + usual
        )


def data_options(call: argparse.Namespace) -> DataOptions:
    """What holds for this call; UsageError, InputError or MachineError for settings that are wrong."""
    flags = {name: getattr(call, name) for name in _NAMES}
    read = read_settings(flags, os.environ, only=_NAMES)
    settings = read.settings
    return DataOptions(
        data_dir=expanded(settings.data, "--data"),
        was_named=read.places["data"] != "default",
        source=settings.source,
        cache_bytes=settings.cache_size,
        filelist_url=settings.filelist_url,
    )
