"""The files that conversions write: their names, what stands beside them, and that they replace no source."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from avatar_server.dataset.interaction import Interaction, RecordingFiles
from avatar_server.dataset.npz_writing import copy_beside
from avatar_server.dataset.take import Take, TakePerson
from avatar_server.errors import UsageError
from avatar_server.parts import Part
from avatar_server.settings import SAMPLE_RATE_HZ
from avatar_server.sinks.disk_errors import disk_error
from avatar_server.sinks.wav_file import WavFile


@dataclass(frozen=True, slots=True)
class Converted:
    """One file that was written. notices: sentences for people about what could not be kept."""

    path: Path
    frame_count: int
    rate_hz: Fraction
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Frames:
    """Which frames of somebody are written: from `first` on, `count` of them."""

    first: int
    count: int
    rate_hz: Fraction

    @classmethod
    def within(cls, span_s: tuple[float, float], rate_hz: Fraction, of: int) -> Frames:
        """Those nearest to a span, of so many; at least one."""
        first = min(round(span_s[0] * rate_hz), of - 1)
        count = max(1, round((span_s[1] - span_s[0]) * rate_hz))
        return cls(first, min(count, of - first), rate_hz)


def paths_for(people: Interaction | Take, targets: Sequence[Path]) -> list[Path]:
    """A file for each person: those that were named, or one name with that of each person in it.

    UsageError for a number of files that is not the people's, and for one that is read.
    """
    recordings: Sequence[RecordingFiles | TakePerson] = people.recordings
    if len(targets) == 1 and len(recordings) > 1:
        (target,) = targets
        targets = [target.with_stem(f"{target.stem}_{_file_name(one.name)}") for one in recordings]
    if len(targets) != len(recordings):
        raise UsageError(
            f"-o: expected one file, or {len(recordings)} for as many people, got {len(targets)}"
        )
    for path in targets:
        refuse_source(people, path)
    return list(targets)


def refuse_source(people: Interaction | Take, path: Path) -> None:
    """UsageError for a file that is read."""
    for files in people.recordings:
        source = files.npz if isinstance(files, RecordingFiles) else files.motion
        if path.exists() and path.samefile(source):
            raise UsageError(f"-o: {path} is what is read")


def write_beside(
    files: RecordingFiles | TakePerson, part: Part, path: Path, frames: Frames | None
) -> tuple[str, ...]:
    """Sound and words beside a file, as players look for them; what is to be said about it.

    frames: None copies them as they are; otherwise the sound is cut, and words, whose times would be wrong,
    are left out.
    """
    if frames is None:
        for beside in (files.wav, files.json):
            if beside is not None:
                copy_beside(beside, path.with_suffix(beside.suffix))
        return ()
    if files.wav is not None:
        start, count = (round(n / frames.rate_hz * SAMPLE_RATE_HZ) for n in (frames.first, frames.count))
        with replacing(path.with_suffix(".wav")) as unfinished, WavFile(unfinished, channels=1) as wav:
            wav.write(part.sound.block_at(start, count)[:, None])
    said = "the words are left out, as their times are those of the whole"
    return () if files.json is None else (said,)


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A path beside `target` that takes its name when the block ends well; MachineError if not."""
    unfinished = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        yield unfinished
        unfinished.replace(target)
    except OSError as error:
        raise disk_error(error, target) from None
    finally:
        unfinished.unlink(missing_ok=True)


def _file_name(name: str) -> str:
    """A person's name as a part of a file name."""
    return "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in name)
