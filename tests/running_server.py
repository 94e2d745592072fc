"""A server in its own process, as people start it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

SERVE = [sys.executable, "-m", "avatar_server", "serve", "--settings", os.devnull]


@dataclass(frozen=True)
class Server:
    url: str
    process: subprocess.Popen[str]

    @property
    def address(self) -> str:
        """Host and port."""
        return self.url.partition("://")[2]

    def stages(self) -> list[int]:
        """Process ids of the stages it started."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in listed.split()]


@contextmanager
def running(
    interaction: str,
    data_dir: Path,
    last_signal: int = signal.SIGINT,
    port: int = 0,
    options: Sequence[str] = (),
    may_say: str = "",
) -> Iterator[Server]:
    """Serves until left, and must then leave without a word and with nothing behind.

    options: further ones of `avatar-server serve`. No settings of this machine are read, and nothing is
    fetched from anywhere unless they say from where.
    may_say: a regular expression; on standard error no line is expected but those that it is found in.
    """
    source = () if "--source" in options else ("--source", "local")
    process = subprocess.Popen(
        [*SERVE, interaction, "--data", str(data_dir), "--port", str(port), *source, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        line = process.stdout.readline()
        found = re.search(r"https?://\S+", line)
        if not found:
            pytest.fail(f"the server did not start: {line!r} {process.communicate()[1]}")
        server = Server(found[0], process)
        yield server
        stages = server.stages()
        process.send_signal(last_signal)
        _, complaints = process.communicate(timeout=30)
        assert process.returncode == 0, complaints
        assert not [line for line in complaints.splitlines() if not (may_say and re.search(may_say, line))]
        assert not [pid for pid in stages if Path(f"/proc/{pid}").exists()]
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


StartServer = Callable[..., AbstractContextManager[Server]]
"""`running`, as the fixture `start_server` gives it."""
