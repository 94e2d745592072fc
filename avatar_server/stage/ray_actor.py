"""The far end of a stage on a Ray cluster: it runs the stage's process and hands it a connection."""

from __future__ import annotations

import contextlib
import hmac
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

TIME = struct.Struct("!d")
ASK, BEGIN = b"?", b"!"
"""What is said on a new connection, after the token: what time it is, any number of times, and begin."""

TOKEN_BYTES = 32

_ACCEPTED_WITHIN_S = 30.0
_LAST_BYTES = 2000


class StageActor:
    """One stage process on whichever machine Ray has put it; ends with it, or with the connection."""

    def __init__(self, token: bytes) -> None:
        """token: of `TOKEN_BYTES`; who connects has to show it first."""
        from avatar_server.ray_cluster import draw_on_dealt_gpu

        draw_on_dealt_gpu()
        self._token = token

    def listen(self) -> tuple[str, int]:
        """Address and port that the server is awaited at."""
        import ray

        address = ray.util.get_node_ip_address()
        self._listener = socket.create_server((address, 0))
        return address, self._listener.getsockname()[1]

    def run(self) -> str:
        """Run the stage until it ends; the end of what it logged. Raises OSError if nobody comes in time."""
        connection = self._accepted()
        with connection, tempfile.TemporaryFile() as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "avatar_server.stage.process"],
                stdin=connection.fileno(),
                stdout=connection.fileno(),
                stderr=log,
                start_new_session=True,
            )
            try:
                # The process alone holds the connection: the server sees its end.
                connection.close()
                process.wait()
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            log.seek(max(0, log.seek(0, os.SEEK_END) - _LAST_BYTES))
            return log.read().decode(errors="replace")

    def _accepted(self) -> socket.socket:
        """Whoever shows the token first; others are hung up on."""
        until_s = time.monotonic() + _ACCEPTED_WITHIN_S
        with self._listener as listener:
            while True:
                listener.settimeout(max(0.01, until_s - time.monotonic()))
                connection, _ = listener.accept()
                with contextlib.suppress(OSError):
                    connection.settimeout(_ACCEPTED_WITHIN_S)
                    if hmac.compare_digest(_exactly(connection, TOKEN_BYTES), self._token):
                        while _exactly(connection, 1) == ASK:
                            connection.sendall(TIME.pack(time.monotonic()))
                        connection.settimeout(None)
                        return connection
                connection.close()


def _exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise ConnectionError("hung up")
        data += more
    return data
