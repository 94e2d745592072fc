"""The people of a take: read, laid out, decided about together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from avatar_server.dataset.decision import Decision
from avatar_server.dataset.motion_file import HeldArrays, kind_of_file, opened_arrays
from avatar_server.dataset.reading_choices import ReadingChoices
from avatar_server.dataset.recording_arrays import RecordingArrays, read_arrays
from avatar_server.dataset.take import Take, TakePerson
from avatar_server.errors import InputError
from avatar_server.motion.bvh.motion import motions_from_bvh
from avatar_server.motion.bvh.reading import BvhFile, read_bvh
from avatar_server.motion.foreign.deciding import decide_rates, decide_units, decide_up
from avatar_server.motion.foreign.layouts import lay_out, stated_rate
from avatar_server.motion.foreign.person_arrays import PersonArrays
from avatar_server.motion.foreign.sharing import decide_sharing
from avatar_server.motion.foreign.world import to_camera, to_world
from avatar_server.motion.frame_rate import FrameRate, find_frame_rate
from avatar_server.motion.seamless_decisions import CAMERA_UP, SEAMLESS
from avatar_server.motion.world_motion import WorldMotion

WEAK_PERSPECTIVE_Z = 15.0
"""Median depth of the weak-perspective translations of Seamless is 39 (21 to 63); no room is as deep."""


@dataclass(frozen=True, eq=False, slots=True)
class CameraMotion:
    """One person as a camera saw him, in his own frame, like a Seamless recording."""

    arrays: RecordingArrays
    frame_rate: FrameRate
    format: str
    decisions: tuple[Decision, ...] = ()

    @property
    def frame_count(self) -> int:
        """N."""
        return self.arrays.frame_count

    @property
    def notices(self) -> tuple[str, ...]:
        """Sentences for people."""
        return self.arrays.notices


TakeMotion = WorldMotion | CameraMotion


@dataclass(frozen=True, eq=False, slots=True)
class TakeMotions:
    """In the order of the take's people. shares_world: their places belong together."""

    people: tuple[TakeMotion, ...]
    shares_world: bool


def read_take(take: Take, sounds_s: Sequence[float | None]) -> TakeMotions:
    """Read the motion of everybody in `take`; sounds_s: the length of each one's sound, None without.

    Raises InputError for files that are broken or of no known format.
    """
    if all(kind_of_file(person.motion) == "bvh" for person in take.recordings):
        files = [read_bvh(person.motion) for person in take.recordings]
        return _shared(motions_from_bvh(files, sounds_s, take.choices), take)
    found = [_contents(person) for person in take.recordings]
    laid_out = [one for one in found if isinstance(one, PersonArrays)]
    lengths_s = [sounds_s[i] for i, one in enumerate(found) if isinstance(one, PersonArrays)]
    decided = iter(_decided(laid_out, lengths_s, take.choices) if laid_out else ())
    motions: list[TakeMotion] = []
    for one, sound_s in zip(found, sounds_s, strict=True):
        if isinstance(one, BvhFile):
            motions += motions_from_bvh([one], [sound_s], take.choices)
        elif isinstance(one, PersonArrays):
            motions.append(next(decided))
        else:
            motions.append(_seamless(one, sound_s, take.choices))
    return _shared(motions, take)


def _shared(found: Sequence[TakeMotion], take: Take) -> TakeMotions:
    """Whether they share a world is decided last, and said."""
    motions = list(found)
    shares_world, decision = decide_sharing(
        [motion for motion in motions if isinstance(motion, WorldMotion)], len(motions), take.one_place
    )
    if decision is not None:
        motions = [replace(motion, decisions=(*motion.decisions, decision)) for motion in motions]
    return TakeMotions(tuple(motions), shares_world)


def _contents(person: TakePerson) -> PersonArrays | RecordingArrays | BvhFile:
    if kind_of_file(person.motion) == "bvh":
        return read_bvh(person.motion)
    with opened_arrays(person.motion) as arrays:
        if any(":" in key for key in arrays.keys) and kind_of_file(person.motion) == "npz":
            return read_arrays(person.motion)
        if not person.part:
            return lay_out(arrays)
        part = arrays.part(person.part) if isinstance(arrays, HeldArrays) else None
        if part is None:
            raise InputError(expected=f"a person {person.part}", came="none", where=person.motion)
        laid_out = lay_out(part, of_a_pair=True)
        # What both have in common stands beside them.
        return replace(laid_out, stated_rate_hz=laid_out.stated_rate_hz or stated_rate(arrays))


def _seamless(arrays: RecordingArrays, sound_s: float | None, choices: ReadingChoices) -> CameraMotion:
    """Where a colon in the keys says that it is a Seamless recording, whatever its file is called."""
    if choices.rate_hz is not None:
        rate, why = FrameRate(choices.rate_hz, "stated", None), "as was said with --rate"
    else:
        rate = find_frame_rate(arrays.frame_count, sound_s)
        why = "nothing tells: say --rate" if rate.how == "assumed" else "by the length of the sound"
    return CameraMotion(arrays, rate, SEAMLESS, (CAMERA_UP, Decision("rate", str(rate.rate_hz), why)))


def _decided(
    people: Sequence[PersonArrays], sounds_s: Sequence[float | None], choices: ReadingChoices
) -> tuple[TakeMotion, ...]:
    up, said_up = decide_up(people, choices)
    rates, said_rate = decide_rates(people, sounds_s, choices)
    if up == "-y" and all(_is_of_a_camera(person) for person in people):
        return tuple(
            CameraMotion(
                to_camera(person),
                rate,
                person.format,
                (CAMERA_UP, said_rate, *person.decisions),
            )
            for person, rate in zip(people, rates, strict=True)
        )
    people = [_without_weak_translation(person) for person in people]
    unit_m, said_units = decide_units(people, up, float(rates[0].rate_hz), choices)
    said = (said_units, said_up, said_rate)
    return tuple(to_world(person, up, unit_m, rate, said) for person, rate in zip(people, rates, strict=True))


def _is_of_a_camera(person: PersonArrays) -> bool:
    return person.weak_camera or person.trans is None


def _without_weak_translation(person: PersonArrays) -> PersonArrays:
    """A scale of 39 is no place."""
    if not person.weak_camera or person.trans is None:
        return person
    if abs(float(np.nanmedian(person.trans[:, 2]))) < WEAK_PERSPECTIVE_Z:
        return person
    notice = "the translation is a weak-perspective camera's, which does not say where anybody is: left out"
    return replace(person, trans=None, notices=(*person.notices, notice))
