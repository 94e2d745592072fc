"""The container of a film that is there whole, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import av
from av.container import OutputContainer

from avatar_server.sinks.disk_errors import disk_error
from avatar_server.sinks.exact_file import ExactFile


class WholeFilm:
    """Everything goes to a temporary name, which becomes the target's when the film is finished.

    All errors of writing are MachineError, and name the target.
    """

    def __init__(self, target: Path, temporary: Path) -> None:
        """temporary: on the same disk as the target; nothing is written before `open`."""
        self._target = target
        self._temporary = temporary
        self._file: ExactFile | None = None
        self._container: OutputContainer | None = None

    def open(
        self, container: str, tags: Mapping[str, str], options: Mapping[str, str] | None = None
    ) -> OutputContainer:
        """The container, to be given streams. Whoever opens it finishes or abandons it, also if this fails.

        container, options: as FFmpeg calls them.
        """
        try:
            self._file = ExactFile(self._temporary)
        except OSError as error:
            raise disk_error(error, self._target) from None
        self._container = av.open(self._file, "w", format=container, options=dict(options or {}))
        self._container.metadata.update(tags)
        return self._container

    @property
    def bytes_written(self) -> int:
        """So far; an index, which is small, comes at the end."""
        return 0 if self._file is None else self._file.size_bytes

    def mux(self, packets: Sequence[av.Packet[Any]]) -> None:
        """Write packets of its streams."""
        assert self._container is not None
        try:
            self._container.mux(packets)
        except OSError as error:
            raise disk_error(error, self._target) from None

    def end(self, failed: bool, last: Callable[[], Sequence[av.Packet[Any]]]) -> None:
        """Finish with the `last` packets, or abandon it if something `failed`, here too."""
        if failed:
            self.abandon()
            return
        try:
            self.mux(last())
            assert self._container is not None
            assert self._file is not None
            self._container.close()
            self._file.close()
            self._temporary.replace(self._target)
        except OSError as failure:
            self.abandon()
            raise disk_error(failure, self._target) from None
        except BaseException:
            self.abandon()
            raise

    def abandon(self) -> None:
        """Leave nothing behind."""
        # The container is dropped, not closed: closing would finish a file that nobody wants, and on a full
        # disk that fails once more.
        self._container = None
        if self._file is not None:
            self._file.close()
        self._temporary.unlink(missing_ok=True)
