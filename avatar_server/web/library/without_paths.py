"""Sentences about files that may leave the machine: names of files stay, where they lie does not."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_BELOW = r"(?:[^\s/:;,'\"()<>]+/)*"

_ABSOLUTE = re.compile(rf"(?<![\w/.:])/{_BELOW}(?=[\w.])")
"""What stands before a name; not in an address (`https://...`), and no stroke between words."""


_USER = re.compile(r"//[^/\s@]*@")


def without_credentials(text: str) -> str:
    """`text` without names and passwords in addresses; a source may have them."""
    return _USER.sub("//", text)


def without_paths(text: str, folders: Iterable[Path]) -> str:
    """`text` without the names of `folders`, which may have spaces, and without any other absolute path."""
    for folder in sorted({str(folder) for folder in folders}, key=len, reverse=True):
        if folder != os.sep:
            below = re.escape(folder + os.sep) + _BELOW
            text = re.sub(below, "", text).replace(folder, "the data folder")
    return _ABSOLUTE.sub("", text)


def all_without_paths(value: Any, folders: Iterable[Path]) -> Any:
    """The same for every text in lists, tuples and mappings."""
    folders = tuple(folders)
    if isinstance(value, str):
        return without_paths(value, folders)
    if isinstance(value, dict):
        return {key: all_without_paths(item, folders) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [all_without_paths(item, folders) for item in value]
    return value
