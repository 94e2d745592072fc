"""Looks at the files of a take before anybody plays them: which formats, what is decided, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from avatar_server.dataset.annotations import read_annotations
from avatar_server.dataset.decision import Decision
from avatar_server.dataset.doctor_report import SoundReport, Verdict
from avatar_server.dataset.take import Take, TakePerson
from avatar_server.dataset.take_report import TakeMotionReport, TakePersonReport, TakeReport
from avatar_server.errors import InputError
from avatar_server.face.choice import USUAL_FACES, FaceChoice, FaceOrder
from avatar_server.face.find_face import FacePlace, find_face
from avatar_server.inspection import inspect_sound
from avatar_server.motion.foreign.reading import TakeMotion, TakeMotions, read_take
from avatar_server.motion.world_motion import WorldMotion

_INSTANTS = 400


def inspect_take(take: Take, face: FaceChoice = USUAL_FACES) -> TakeReport:
    """Read all files of `take` and report; what is broken is part of the report and raises nothing.

    face: files of faces that people name, which raise InputError, and the order of columns in them.
    """
    notices: list[list[str]] = [[] for _ in take.recordings]
    problems: list[list[str]] = [[] for _ in take.recordings]
    sounds = [
        inspect_sound(files.wav, read_annotations(files.json), said, wrong)
        for files, said, wrong in zip(take.recordings, notices, problems, strict=True)
    ]
    read: TakeMotions | None = None
    problem = ""
    try:
        read = read_take(take, [sound.duration_s or None for sound in sounds])
    except InputError as error:
        problem = str(error)
    motions: Sequence[TakeMotion | None] = read.people if read else [None] * len(sounds)
    both = _made_once([motion.decisions for motion in motions if motion is not None])
    people = []
    for index, (files, motion, sound, said, wrong) in enumerate(
        zip(take.recordings, motions, sounds, notices, problems, strict=True)
    ):
        own = _own_problem(files, problem, wrong)
        person = _person(files, motion, sound, own, tuple(said), both)
        people.append(_with_face(person, files, face.file_of(index), face.order))
    lengths_s = [sound.duration_s for sound in sounds]
    lengths_s += [
        float(motion.frame_count / motion.frame_rate.rate_hz) for motion in motions if motion is not None
    ]
    formats = dict.fromkeys(motion.format for motion in motions if motion is not None)
    return TakeReport(
        key=take.key,
        format=" and ".join(formats) or "of no format that can be read",
        duration_s=max(lengths_s),
        shares_world=read is not None and read.shares_world,
        apart_m=_apart_m(read.people) if read is not None and read.shares_world else None,
        decisions=both,
        participants=tuple(people),
        notices=take.notices,
        verdict=_verdict(people),
        scenario=take.scenario,
    )


def _own_problem(files: TakePerson, problem: str, of_the_sound: Sequence[str]) -> str:
    """What is wrong with this person's files; a problem names the file that has it."""
    if problem and str(files.motion) in problem:
        return problem
    return of_the_sound[0] if of_the_sound else ""


def _made_once(decisions: Sequence[tuple[Decision, ...]]) -> tuple[Decision, ...]:
    """Those that are the same for everybody."""
    if not decisions:
        return ()
    return tuple(decision for decision in decisions[0] if all(decision in others for others in decisions[1:]))


def _person(
    files: TakePerson,
    motion: TakeMotion | None,
    sound: SoundReport,
    problem: str,
    notices: tuple[str, ...],
    both: tuple[Decision, ...],
) -> TakePersonReport:
    decisions = () if motion is None else motion.decisions
    return TakePersonReport(
        id=files.id,
        name=files.name,
        file=f"{files.motion.name} ({files.part})" if files.part else files.motion.name,
        problem=problem,
        motion=None if motion is None else _motion(motion),
        sound=sound,
        decisions=tuple(decision for decision in decisions if decision not in both),
        notices=notices if motion is None else (*notices, *motion.notices),
    )


def _with_face(
    person: TakePersonReport, files: TakePerson, named: Path | None, order: FaceOrder
) -> TakePersonReport:
    length_s = person.sound.duration_s or (person.motion.duration_s if person.motion else None)
    face, notices = find_face(FacePlace.of(files), named, duration_s=length_s, order=order)
    if face is None:
        return replace(person, notices=(*person.notices, *notices))
    return replace(person, notices=(*person.notices, *notices, *face.notices), face=face.repairs)


def _motion(motion: TakeMotion) -> TakeMotionReport:
    frame_count, rate_hz = motion.frame_count, motion.frame_rate.rate_hz
    steps = np.zeros(1)
    if isinstance(motion, WorldMotion):
        steps = np.linalg.norm(np.diff(motion.pelvis, axis=0), axis=1)
    return TakeMotionReport(
        format=motion.format,
        frame_count=frame_count,
        rate=str(rate_hz),
        rate_hz=float(rate_hz),
        rate_found=motion.frame_rate.how,
        duration_s=float(frame_count / rate_hz),
        has_world=isinstance(motion, WorldMotion) and motion.is_placed,
        path_m=float(steps.sum()),
    )


def _apart_m(people: Sequence[TakeMotion]) -> float:
    first, second = (motion for motion in people if isinstance(motion, WorldMotion))
    times_s = np.linspace(0.0, min(first.duration_s, second.duration_s), _INSTANTS)
    return float(np.median(np.linalg.norm(first.places_at(times_s) - second.places_at(times_s), axis=1)))


def _verdict(people: Sequence[TakePersonReport]) -> Verdict:
    if any(person.problem or person.motion is None for person in people):
        return "broken"
    is_whole = len(people) == 2 and all(person.sound.state == "heard" for person in people)
    return "good" if is_whole else "usable"
