"""How long a stage's threads may go on drawing before others get their core.

Rasterising hands work to threads and waits for all of them a dozen times a picture; where cores are few, each
interruption by the server or by a viewer's program makes all wait. Longer slices made 4 % more pictures
beside 50 viewers on two cores, slices of 0.2 ms 15 % fewer (measured in turn, twice each); the server's event
loop lagged no more for it.
"""

from __future__ import annotations

import ctypes
import platform
import struct

SLICE_S = 0.012

_SYSTEM_CALLS = {"x86_64": 314, "aarch64": 274}
"""Numbers of sched_setattr(2), from Linux' tables of system calls."""

_ATTRIBUTES = struct.Struct("=IIQiIQQQ")
"""struct sched_attr as of Linux 3.14: size, policy, flags, nice, priority, runtime, deadline, period."""


def ask_for_long_slices() -> bool:
    """Ask Linux (6.12 and later) for slices of `SLICE_S` for this thread and those that it begins.

    Needs no privilege. False where the kernel knows no such thing; then all stays as it is.
    """
    number = _SYSTEM_CALLS.get(platform.machine())
    if number is None or platform.system() != "Linux":
        return False
    attributes = _ATTRIBUTES.pack(_ATTRIBUTES.size, 0, 0, 0, 0, round(SLICE_S * 1e9), 0, 0)
    return bool(ctypes.CDLL(None, use_errno=True).syscall(number, 0, attributes, 0) == 0)
