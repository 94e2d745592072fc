"""Finished segments become a film, without being encoded again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from avatar_server.encode.h264_segment import settings_fingerprint
from avatar_server.errors import InputError, UsageError
from avatar_server.render.contract import PictureSize
from avatar_server.segments.film import Film
from avatar_server.segments.segment_file import read_pictures, read_record
from avatar_server.sinks.mp4 import Mp4File


class FilmJoiner:
    """Takes a film's segments one after the other, and encodes the sound: once, from beginning to end.

    Used as a context manager; the film is there whole when the block ends well, or not at all. Memory does
    not grow with length.
    """

    def __init__(self, film: Film, size: PictureSize, target: Path, folder: Path | None = None) -> None:
        """size: of the pictures. Only the span, rate, sound, tags and text track of `film` are used.

        folder: for what is not whole yet, see `Mp4File`.
        """
        self._film = film
        self._settings = settings_fingerprint(size, film.rate_hz)
        self._file = Mp4File(target, size, film.rate_hz, film.tags, film.text_track, folder)
        self._joined = 0

    @property
    def bytes_written(self) -> int:
        """Of the film, so far."""
        return self._file.bytes_written

    def __enter__(self) -> FilmJoiner:
        self._file.__enter__()
        return self

    def take(self, path: Path) -> None:
        """Append the next segment.

        Raises InputError if the file is not whole, not what was written, of other settings, or not the next
        segment of this film.
        """
        record = read_record(path)
        if record.settings != self._settings:
            raise InputError(
                expected="a segment with this film's size, rate and encoder", came="another", where=str(path)
            )
        if record.first != self._joined or record.first + record.count > self._film.picture_count:
            raise InputError(
                expected=f"a segment that begins with picture {self._joined}",
                came=f"pictures {record.first} to {record.first + record.count - 1}",
                where=str(path),
            )
        for picture in read_pictures(path):
            self._file.write_encoded(picture.later_by(record.first))
            self._file.write_sound(self._film.sound(self._joined, 1))
            self._joined += 1

    def check_complete(self) -> None:
        """Raises UsageError while segments are missing."""
        if self._joined < (total := self._film.picture_count):
            raise UsageError(f"expected segments of all {total} pictures, got {self._joined}")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.__exit__(kind, error, traceback)


def join_segments(
    film: Film,
    size: PictureSize,
    segments: Sequence[Path],
    target: Path,
    *,
    progress: Callable[[int], None] = lambda segments: None,
) -> None:
    """Write the MP4 file `target` of all the segments of `film`, in order.

    Same bits as if it were exported at once. Raises as `FilmJoiner.take`, UsageError if segments are missing
    at the end, and MachineError if the disk is full; then no file is left behind, and an older one is still
    there. progress: called with the number of segments joined.
    """
    with FilmJoiner(film, size, target) as joiner:
        for count, path in enumerate(segments, 1):
            joiner.take(path)
            progress(count)
        joiner.check_complete()
