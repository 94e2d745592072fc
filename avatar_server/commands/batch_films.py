"""The films of a batch, as the options of `render` describe them: opened in whichever process makes them."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_server.commands import values
from avatar_server.commands.bringing import bring
from avatar_server.commands.data_options import data_options
from avatar_server.commands.film_options import CAPTIONS, film_of
from avatar_server.commands.reading_options import reading_words
from avatar_server.commands.rendering import asked_shot, open_shot
from avatar_server.errors import AvatarServerError

if TYPE_CHECKING:
    from avatar_server.batch.entry import Entry
    from avatar_server.batch.film_source import OpenedFilm
    from avatar_server.dataset.interaction import Interaction, RecordingFiles
    from avatar_server.dataset.take import Take, TakePerson

FILE_WORDS = ("body", "face_file", "sound")
"""Options that name files, with commas between several: their content decides, not their names."""

_SHOWN = frozenset({"mp4"})
"""Files of a recording that no film is made from."""


@dataclass(frozen=True, slots=True)
class CalledFilms:
    """See `FilmSource`.

    words: options by their names in the call. data: those about the data, with all settings read.

    folder: that relative names of files start from.
    """

    words: Mapping[str, str | bool | None]
    data: Mapping[str, str | None]
    folder: str

    def inputs(self, entry: Entry) -> Mapping[str, Path]:
        """Motion, sound, words and faces of both, and files that options name."""
        from avatar_server.face.find_face import BESIDE, FacePlace

        call = self._call(entry)
        found = {}
        people: Sequence[RecordingFiles | TakePerson] = self._find(entry).recordings
        for side, person in zip(("left", "right"), people, strict=False):
            for field in fields(person):
                path = getattr(person, field.name)
                if isinstance(path, Path) and field.name not in _SHOWN:
                    found[f"{side}/{path.name}"] = path
            beside = FacePlace.of(person).beside
            faces = [beside.with_name(beside.name + ending) for ending in BESIDE]
            found |= {f"{side}/{path.name}": path for path in faces if path.is_file()}
        for name in FILE_WORDS:
            for number, text in enumerate((getattr(call, name, None) or "").split(",")):
                if text.strip():
                    found[f"{name}/{number}"] = _named_file(name, text)
        return found

    def length_s(self, entry: Entry) -> float | None:
        """By the sounds that are here: people who move longer than they are heard are rare."""
        from avatar_server.audio.sound_length import sound_length_s

        with contextlib.suppress(AvatarServerError):
            people = self._find(entry).recordings
            longest_s = max((sound_length_s(one.wav) for one in people if one.wav is not None), default=0.0)
            return max(0.0, longest_s - (entry.start_s or 0.0)) or None
        return None

    def bring(self, entry: Entry) -> None:
        """Fetch what is not here."""
        bring(entry.interaction, data_options(self._call(entry)), _said_to_nobody)

    def inspect(self, entry: Entry) -> Mapping[str, object]:
        """As `avatar-server inspect --json`."""
        from avatar_server.dataset.take import Take
        from avatar_server.inspection import inspect_interaction
        from avatar_server.take_inspection import inspect_take

        found = self._find(entry)
        report = inspect_take(found) if isinstance(found, Take) else inspect_interaction(found)
        return report.as_json()

    def open(self, entry: Entry) -> OpenedFilm:
        """As `avatar-server render` does."""
        from avatar_server.batch.film_source import OpenedFilm

        call = self._call(entry)
        shot = open_shot(call, _said_to_nobody)
        wanted = film_of(call, shot)
        return OpenedFilm(
            film=wanted.film,
            size=shot.size,
            open_renderer=lambda: shot.open_renderer(shot.size),
            vtt=wanted.vtt(shot) if call.vtt else None,
            notices=wanted.notices,
        )

    def _find(self, entry: Entry) -> Interaction | Take:
        from avatar_server.assembly import open_interaction

        call = self._call(entry)
        return open_interaction(entry.interaction, data_options(call).data_dir, reading_words(call))

    def _call(self, entry: Entry) -> argparse.Namespace:
        """As if this entry were all that is to be rendered.

        Of a cluster's machines not all have the folder.
        """
        with contextlib.suppress(OSError):
            os.chdir(self.folder)
        return argparse.Namespace(
            **{**self.words, **self.data},
            interaction=entry.interaction,
            start=None if entry.start_s is None else repr(entry.start_s),
            end=None if entry.end_s is None else repr(entry.end_s),
        )


def _named_file(name: str, text: str) -> Path:
    return values.existing_file(f"--{name.replace('_', '-')}", text.strip())


def _said_to_nobody(sentence: str) -> None:
    """What matters of it is among the notices of a film."""


def called_films(call: argparse.Namespace, names: tuple[str, ...]) -> CalledFilms:
    """What a call says about films. names: of the options that do. UsageError for files that are missing."""
    words: dict[str, str | bool | None] = {name: getattr(call, name) for name in names}
    words |= {name: said or None for name, said in asdict(reading_words(call)).items()}
    options = data_options(call)
    for name in FILE_WORDS:
        text = words.get(name)
        if isinstance(text, str) and text.strip(" ,"):
            found = [str(_named_file(name, one).absolute()) if one.strip() else "" for one in text.split(",")]
            words[name] = ",".join(found)
    data = {
        "data": str(options.data_dir.absolute()),
        "source": options.source,
        "cache_size": "unlimited" if options.cache_bytes is None else str(options.cache_bytes),
        "filelist_url": options.filelist_url,
    }
    return CalledFilms(words, data, str(Path.cwd()))


def refuse_what_no_film_has(films: CalledFilms) -> None:
    """UsageError, naming the option, for words that every film would be refused for."""
    call = argparse.Namespace(**{**films.words, **films.data})
    values.frame_rate(call.fps)
    values.one_of("--captions", call.captions, CAPTIONS)
    asked_shot(call)
