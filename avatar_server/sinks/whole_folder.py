"""A folder of files that is there whole, or not at all."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from avatar_server.sinks.disk_errors import disk_error


@contextlib.contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A new folder beside `target`, which takes its name when the block ends well, and goes when it does not.

    target: not there, or an empty folder. All errors of writing are MachineError.
    """
    unfinished = target.with_name(f".{target.name}.{secrets.token_hex(8)}.part")
    try:
        unfinished.mkdir()
        yield unfinished
        unfinished.replace(target)
    except OSError as error:
        raise disk_error(error, target) from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
