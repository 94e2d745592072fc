"""A server as people start it, for as long as a browser looks at it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from avatar_server.errors import MachineError


@contextmanager
def serving(interaction: str, data: Path) -> Iterator[str]:
    """The address of a server that plays `interaction` from `data`; raises `MachineError` without one."""
    command = [sys.executable, "-m", "avatar_server", "serve", interaction, "--data", str(data)]
    options = ["--port", "0", "--source", "local"]
    process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        found = re.search(r"https?://\S+", process.stdout.readline())
        if found is None:
            raise MachineError("the server did not start")
        yield found[0]
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate()
