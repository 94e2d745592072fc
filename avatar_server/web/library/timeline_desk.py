"""Answers about an interaction's time line: what the voices look like, and when something is missing."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import replace
from typing import Literal

import numpy as np

from avatar_server.dataset.face_features import read_face
from avatar_server.dataset.interaction import RecordingFiles
from avatar_server.dataset.listed_interaction import ListedRecording
from avatar_server.dataset.participants_csv import ParticipantKey
from avatar_server.dataset.recording_arrays import read_arrays
from avatar_server.errors import InputError
from avatar_server.motion.frame_rate import find_frame_rate
from avatar_server.stage.programme import TEST_CARD
from avatar_server.validity import InvalidSpan, invalid_ends, invalid_face, invalid_motion
from avatar_server.web.library.finder import Finder, not_here
from avatar_server.web.library.header_lengths import HeaderLengths, read_lengths
from avatar_server.web.library.shelf import Shelved
from avatar_server.web.library.test_card_timeline import card_validity, card_waveform
from avatar_server.web.library.timeline_shapes import (
    ValidityAnswer,
    ValidityOfPerson,
    WaveformAnswer,
    WaveformOfPerson,
)
from avatar_server.web.library.waveforms import Waveforms

Side = Literal["left", "right"]
SIDES: tuple[Side, ...] = ("left", "right")

VALIDITIES_KEPT = 64
"""Of interactions; found again when their files change."""


class TimelineDesk:
    """Keeps what took long to find between questions."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder
        self._waveforms = Waveforms(finder.shelf.data_dir)
        self._validities: OrderedDict[str, tuple[str, ValidityAnswer]] = OrderedDict()

    def waveform(self, *, name: str, points: int, start_s: float, end_s: float | None) -> WaveformAnswer:
        """What the voices of all who are here, or on their way, look like."""
        if name == TEST_CARD:
            return card_waveform(points, start_s, end_s)
        found = self._finder.found(name)
        people = self._on_stage(found)
        if not people:
            raise not_here(name)
        duration_s = max(
            (length for person in people for length in self._lengths_s(person, found)), default=None
        )
        last_s = min(end_s or math.inf, duration_s or 0.0)
        told = tuple(
            self._waveforms.of(person.id, found.files.get(person.id), side, points, start_s, last_s)
            for side, person in zip(SIDES, people, strict=False)
        )
        return WaveformAnswer(
            name, duration_s, start_s, end_s, tuple(self._without_paths(one, found) for one in told)
        )

    def validity(self, *, name: str) -> ValidityAnswer:
        """When the recordings of those who are here do not show what happened."""
        if name == TEST_CARD:
            return card_validity()
        found = self._finder.found(name)
        if not found.files:
            raise not_here(name)
        stamp = found.stamp
        kept = self._validities.get(name)
        if kept is None or kept[0] != stamp:
            kept = stamp, self._validity(name, found)
        self._validities[name] = kept
        self._validities.move_to_end(name)
        while len(self._validities) > VALIDITIES_KEPT:
            self._validities.popitem(last=False)
        return kept[1]

    def _on_stage(self, found: Shelved) -> list[ListedRecording]:
        """As the viewer sees them, from the left: who is not here, and does not come, is not on stage."""
        return [
            person
            for person in found.listed.recordings
            if person.id in found.files or self._waveforms.is_arriving(person.id)
        ][: len(SIDES)]

    def _lengths_s(self, person: ListedRecording, found: Shelved) -> list[float]:
        files = found.files.get(person.id)
        if files is None or files.wav is None:
            coming_s = self._waveforms.arriving_length_s(person.id)
            lengths = [] if coming_s is None else [coming_s]
        else:
            lengths = []
        if files is not None:
            read = read_lengths(files)
            lengths += [read.sound_s or 0.0]
            lengths += [float(read.frame_count / read.rate.rate_hz)] if read.rate else []
        return lengths

    def _without_paths(self, told: WaveformOfPerson, found: Shelved) -> WaveformOfPerson:
        notices = tuple(self._finder.for_people(notice, found.folders) for notice in told.notices)
        return replace(told, notices=notices)

    def _validity(self, name: str, found: Shelved) -> ValidityAnswer:
        people = [
            (side, found.files[person.id])
            for side, person in zip(SIDES, self._on_stage(found), strict=False)
            if person.id in found.files
        ]
        lengths = [read_lengths(files) for _, files in people]
        told = []
        duration_s = 0.0
        for (side, files), read in zip(people, lengths, strict=True):
            spans, notices, length_s = _invalid(files, read)
            duration_s = max(duration_s, length_s)
            told.append(
                ValidityOfPerson(
                    id=str(files.id),
                    participant=str(ParticipantKey.of(files.id)),
                    side=side,
                    spans=spans,
                    notices=tuple(self._finder.for_people(notice, found.folders) for notice in notices),
                )
            )
        return ValidityAnswer(name, duration_s, tuple(told))


def _invalid(
    files: RecordingFiles, read: HeaderLengths
) -> tuple[tuple[InvalidSpan, ...], tuple[str, ...], float]:
    """All spans of a recording, what could not be read, and how long it lasts."""
    notices = list(read.notices)
    spans: list[InvalidSpan] = []
    sound_s, motion_s = read.sound_s or 0.0, 0.0
    if not files.holds_arrays:
        motion_s = float(read.frame_count / read.rate.rate_hz) if read.rate else 0.0
        return tuple(invalid_ends(motion_s, sound_s)), tuple(notices), max(sound_s, motion_s)
    try:
        arrays = read_arrays(files.npz)
        rate = find_frame_rate(arrays.frame_count, read.sound_s)
        motion_s = float(arrays.frame_count / rate.rate_hz)
        spans += invalid_motion(arrays, rate.rate_hz)
        face = read_face(files.npz, ("emotion", "fau"))
        for values in list(face.values.values())[:1]:
            spans += invalid_face(np.asarray(~np.isfinite(values).all(axis=1)), rate.rate_hz)
        notices += face.notices
    except InputError as error:
        if str(error) not in notices:
            notices.append(str(error))
    spans += invalid_ends(motion_s, sound_s)
    spans.sort(key=lambda span: (span.start_s, span.kind))
    return tuple(spans), tuple(notices), max(sound_s, motion_s)
