"""Answers questions about the interactions of a data folder; lives in a reading process."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from avatar_server.assembly import DEMO
from avatar_server.dataset.annotations import Annotations, read_annotations
from avatar_server.dataset.interact.interact_take import find_interact_take
from avatar_server.dataset.listed_interaction import ListedRecording
from avatar_server.dataset.reading_choices import ReadingChoices
from avatar_server.dataset.stores.contract import RecordingPlace
from avatar_server.dataset.take_as_interaction import as_interaction_report
from avatar_server.errors import AvatarServerError, UsageError
from avatar_server.web.library.answer import Answer, document_of, sealed
from avatar_server.web.library.catalogue_desk import CatalogueDesk
from avatar_server.web.library.curve_names import parse_curves
from avatar_server.web.library.curves import curves_of
from avatar_server.web.library.finder import Finder, not_here
from avatar_server.web.library.questions import Question, RefusalError
from avatar_server.web.library.shapes import (
    Annotated,
    AnnotationsAnswer,
    CurvesAnswer,
    InteractionAnswer,
    Listed,
    Spoken,
    TranscriptAnswer,
    VoiceActivityAnswer,
    Voiced,
)
from avatar_server.web.library.shelf import Shelf
from avatar_server.web.library.showing import lengths_of
from avatar_server.web.library.timeline_desk import TimelineDesk
from avatar_server.web.library.video_order import place_as_json
from avatar_server.web.library.without_paths import all_without_paths

log = logging.getLogger(__name__)


class Desk:
    """Answers for one data folder and for the demo. Between questions it keeps the catalogue alone."""

    def __init__(self, data_dir: Path) -> None:
        self._finder = Finder(Shelf(data_dir))
        self._shelf = self._finder.shelf
        self._catalogue = CatalogueDesk(self._finder)
        self._timelines = TimelineDesk(self._finder)

    def outcome(self, question: Question) -> Answer | RefusalError:
        """An answer, or why there is none; whatever happens it is one of them, and has no path in it."""
        asked: dict[str, Callable[..., Any]] = {
            "list": self._catalogue.list,
            "overview": self._catalogue.overview,
            "estimate": self._catalogue.estimate,
            "examine": self.examine,
            "interaction": self.interaction,
            "report": self.report,
            "transcript": self.transcript,
            "vad": self.voice_activity,
            "annotations": self.annotations,
            "curves": self.curves,
            "waveform": self._timelines.waveform,
            "validity": self._timelines.validity,
            "video": self.video,
        }
        try:
            told = asked[question.name](**question.arguments)
        except RefusalError as refusal:
            return refusal
        except UsageError as error:
            return RefusalError(422, self._finder.for_people(str(error)))
        except AvatarServerError as error:
            return RefusalError(500, self._finder.for_people(str(error)))
        except Exception:
            log.exception("question %s", question.name)
            return RefusalError(500, "this could not be answered; the server's log says why")
        stamp = ""
        if isinstance(told, tuple):
            told, stamp = told
        return sealed(document_of(told), may_gzip=question.may_gzip, stamp=stamp)

    def interaction(self, *, name: str) -> tuple[InteractionAnswer, str]:
        """All that is known without reading whole files, and the stamp of the files."""
        found = self._finder.found(name)
        lengths, notices = [], []
        for recording in sorted(found.files):
            length, trouble = lengths_of(found.files[recording])
            lengths.append(length)
            notices += [self._finder.for_people(sentence, found.folders) for sentence in trouble]
        told = self._catalogue.listed(found)
        answer = InteractionAnswer(
            **{name: getattr(told, name) for name in Listed.__dataclass_fields__ if name != "key"},
            key=name,
            duration_s=max((length.duration_s for length in lengths), default=None),
            lengths=tuple(lengths),
            notices=tuple(notices),
        )
        return answer, found.stamp

    def report(self, *, name: str) -> tuple[dict[str, Any], str]:
        """The doctor's report, and the stamp of the files as they were before they were read."""
        from avatar_server.inspection import inspect_interaction
        from avatar_server.take_inspection import inspect_take

        found = self._finder.found(name)
        stamp, interaction = found.stamp, found.interaction
        if interaction is None:
            raise not_here(name)
        if interaction.key.is_dated:
            take = find_interact_take(self._shelf.data_dir, name, ReadingChoices())
            report = as_interaction_report(inspect_take(take))
        else:
            report = inspect_interaction(interaction)
        if name != DEMO:
            self._catalogue.note(found, stamp, report)
        folders = (*found.folders, self._shelf.data_dir)
        return {**all_without_paths(report.as_json(), folders), "key": name}, stamp

    def examine(self) -> dict[str, Any]:
        """For the server alone: let the doctor see one more interaction that is here, if there is one."""
        name = self._catalogue.next_to_examine()
        if name is not None:
            self.report(name=name)
        return {"examined": name}

    def transcript(self, *, name: str) -> TranscriptAnswer:
        """What was said."""
        return TranscriptAnswer(
            name,
            tuple(
                Spoken(str(person.id), str(person.participant), told.transcript, told.notices)
                for person, told in self._told(name)
            ),
        )

    def voice_activity(self, *, name: str) -> VoiceActivityAnswer:
        """When somebody spoke."""
        return VoiceActivityAnswer(
            name,
            tuple(
                Voiced(
                    str(person.id), str(person.participant), told.speech_s, told.voice_activity, told.notices
                )
                for person, told in self._told(name)
            ),
        )

    def annotations(self, *, name: str) -> AnnotationsAnswer:
        """What people wrote about it."""
        return AnnotationsAnswer(
            name,
            tuple(
                Annotated(str(person.id), str(person.participant), told.annotations, told.notices)
                for person, told in self._told(name)
            ),
        )

    def curves(
        self, *, name: str, of: str, start_s: float, end_s: float | None, points: int | None
    ) -> CurvesAnswer:
        """Curves of the faces."""
        names = parse_curves(of)
        people = tuple(
            curves_of(
                files,
                str(person.participant),
                names,
                start_s=start_s,
                end_s=math.inf if end_s is None else end_s,
                points=points,
            )
            for person, files in self._finder.here(name)
        )
        return CurvesAnswer(
            name,
            start_s,
            end_s,
            points,
            "none" if points is None else "minimum and maximum of each stretch",
            people,
        )

    def video(self, *, name: str, participant: str) -> dict[str, Any]:
        """For the server alone: where the video of a participant (`P1275A`) lies, or where a store has it."""
        found = self._finder.found(name)
        for person in found.listed.recordings:
            if str(person.participant).rpartition("_")[2] == participant:
                mp4 = self._shelf.video(person, found)
                place = RecordingPlace(person.id, person.label, person.split, person.batch, person.archive)
                is_known = bool(name != DEMO and place.label and place.split)
                return {
                    "path": None if mp4 is None else str(mp4),
                    "place": place_as_json(place) if is_known else None,
                }
        raise RefusalError(404, f"{name} has no participant {participant}")

    def _told(self, name: str) -> Sequence[tuple[ListedRecording, Annotations]]:
        told = []
        for person, files in self._finder.here(name):
            read = read_annotations(files.json)
            notices = tuple(
                self._finder.for_people(sentence, [files.npz.parent]) for sentence in read.notices
            )
            told.append((person, replace(read, notices=notices)))
        return told
