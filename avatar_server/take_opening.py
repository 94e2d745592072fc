"""A take becomes parts for the stage: motion of any format, its sounds, and bodies in its shapes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from avatar_server.audio.sound_clip import SoundClip
from avatar_server.body.model import ShapedBody
from avatar_server.body.size import with_legs
from avatar_server.dataset.annotations import read_annotations
from avatar_server.dataset.decision import Decision
from avatar_server.dataset.kept_rows import KeptRows
from avatar_server.dataset.take import Take
from avatar_server.motion.foreign.person_arrays import SMPLH_PELVIS_M
from avatar_server.motion.foreign.reading import TakeMotion, read_take
from avatar_server.motion.presets import MotionPreset
from avatar_server.motion.world_motion import WorldMotion
from avatar_server.parts import Part, Source, motion_of
from avatar_server.scene.on_stage import back_to_viewer

ShapeBody = Callable[[tuple[float, ...]], ShapedBody]
"""From betas to a body in that shape; from none to the neutral one."""


def open_take(take: Take, preset: MotionPreset, shapes: Sequence[ShapeBody]) -> tuple[Take, list[Part]]:
    """Read everything; the take comes back with its people in the order in which they stand.

    shapes: give bodies to the left and to the right one. Raises InputError for files that are broken.
    """
    sounds: list[SoundClip] = []
    try:
        for files in take.recordings:
            spoken = [(span.start_s, span.end_s) for span in read_annotations(files.json).voice_activity]
            sounds.append(SoundClip.open(files.wav, spoken))
        read = read_take(take, [sound.duration_s or None for sound in sounds])
    except BaseException:
        for sound in sounds:
            with contextlib.suppress(OSError):
                sound.close()
        raise
    parts = []
    exchanged = read.shares_world and _shows_backs(read.people)
    wear = reversed(shapes) if exchanged else shapes
    for motion, sound, shape in zip(read.people, sounds, wear, strict=False):
        fitted, body = _in_a_body(_on_the_disk(motion), shape)
        parts.append(
            Part(motion_of(fitted, body, preset), body, sound, source=Source(fitted, read.shares_world))
        )
    if exchanged:
        parts = [_told_to_turn(part) for part in reversed(parts)]
        take = replace(take, recordings=take.recordings[::-1])
    return take, parts


def _on_the_disk(motion: TakeMotion) -> TakeMotion:
    """The same; memory does not grow with its length."""
    if not isinstance(motion, WorldMotion) or isinstance(motion.rotations, KeptRows):
        return motion
    return replace(motion, rotations=KeptRows.of(motion.rotations, "motion"))


def _shows_backs(people: Sequence[TakeMotion]) -> bool:
    worlds = [motion for motion in people if isinstance(motion, WorldMotion)]
    return len(worlds) == 2 and back_to_viewer(worlds)


def _told_to_turn(part: Part) -> Part:
    assert part.source is not None
    why = "both would turn their backs to the viewer with the first one at the left"
    motion = part.source.motion
    decisions = (*motion.decisions, Decision("sides", "exchanged", why))
    return replace(part, source=replace(part.source, motion=replace(motion, decisions=decisions)))


def _in_a_body(motion: TakeMotion, shape: ShapeBody) -> tuple[TakeMotion, ShapedBody]:
    """The body that a person's legs or betas give, and the motion with the pelvis where it is in it."""
    if isinstance(motion, WorldMotion) and motion.leg_m is not None:
        return motion, with_legs(shape(()), motion.leg_m)
    if not isinstance(motion, WorldMotion) or motion.betas is None:
        return motion, shape(())
    neutral, body = shape(()), shape(tuple(motion.betas.tolist()))
    if body is neutral:
        return motion, body
    if motion.model_turn is None:
        return motion, body
    moved = motion.model_turn @ (body.rest_joints[0] - SMPLH_PELVIS_M)
    return replace(motion, pelvis=np.asarray(motion.pelvis + moved)), body
