"""What people are told when a file cannot be written."""

from __future__ import annotations

import errno
from pathlib import Path

from avatar_server.errors import MachineError, NoRoomError

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def disk_error(error: OSError, target: Path) -> MachineError:
    """The error of whoever wrote `target`, which is not there then, or still the older one."""
    if error.errno in _NO_ROOM:
        return NoRoomError(f"no room left for {target} ({error.strerror}): nothing was written")
    return MachineError(f"{target} cannot be written: {error.strerror or error}")
