"""What each recording brings to the stage, and how it gets onto it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from avatar_server.audio.loudness import Loudness
from avatar_server.audio.mixing import SoundSource
from avatar_server.body.model import ShapedBody
from avatar_server.dataset.interaction import Interaction, RecordingFiles
from avatar_server.dataset.repairs import MotionRepairs
from avatar_server.dataset.spooled_arrays import SpooledArrays
from avatar_server.dataset.take import Take
from avatar_server.errors import UsageError
from avatar_server.face.choice import USUAL_FACES, FaceChoice
from avatar_server.face.clip import Face, PartnerDegrees
from avatar_server.growing_face import GrowingFace
from avatar_server.motion.foreign.camera_view import camera_view
from avatar_server.motion.foreign.reading import CameraMotion, TakeMotion
from avatar_server.motion.pose import Pose
from avatar_server.motion.presets import MotionPreset
from avatar_server.motion.seamless import motion_from_recording
from avatar_server.scene.following import Following, follow
from avatar_server.scene.on_stage import OnStage, stage_alone, stage_together, surveyed
from avatar_server.scene.staging import AS_RECORDED, STAGINGS, places, usual_staging


class Motion(Protocol):
    """One person's movement; `MotionClip` is one."""

    @property
    def duration_s(self) -> float:
        """Seconds after which the last pose is held."""

    @property
    def notices(self) -> tuple[str, ...]:
        """What people should know about this recording."""

    @property
    def repairs(self) -> MotionRepairs | None:
        """What was changed in the recording so that it can be shown; None for what was not recorded."""

    def pose_at(self, time_s: float) -> Pose:
        """The pose at any time; before the beginning the first one, after the end the last one."""


class Sound(SoundSource, Protocol):
    """One person's voice; `SoundClip` is one."""

    @property
    def duration_s(self) -> float:
        """Length in seconds."""

    @property
    def loudness(self) -> Loudness:
        """What was measured of it."""

    @property
    def notices(self) -> tuple[str, ...]:
        """What people should know about this recording."""


@dataclass(frozen=True, eq=False, slots=True)
class Source:
    """What the motion of one person of a take was read as. shares_world: with the other person."""

    motion: TakeMotion
    shares_world: bool


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """All that one recording brings to the stage.

    face: None is a face at rest. source: of a take's person; None for recordings of the data set, which are
    read again for another preset. face_choice: what was said about faces. face_notices: about a face that was
    sought in vain.
    """

    motion: Motion
    body: ShapedBody
    sound: Sound
    face: Face | GrowingFace | None = None
    source: Source | None = None
    face_choice: FaceChoice = USUAL_FACES
    face_notices: tuple[str, ...] = ()

    @property
    def notices(self) -> tuple[str, ...]:
        """What people should know about this recording; a face that is made up is marked elsewhere."""
        face = self.face.now if isinstance(self.face, GrowingFace) else self.face
        of_face = face.notices if face is not None and face.origin == "data" else ()
        return (*self.motion.notices, *self.sound.notices, *self.face_notices, *of_face)

    def face_weights_at(
        self, time_s: float, partner: PartnerDegrees, convention: str
    ) -> NDArray[np.float32] | None:
        """(52,) what is shown at a moment in a convention; None for a face at rest. partner: see `Face`."""
        if self.face is None or self.face_choice.mode_in(convention) == "none":
            return None
        return self.face.weights_at(time_s, partner)

    def face_in(self, convention: str) -> Face | None:
        """The face that is shown in a convention (see `MotionPreset`)."""
        if self.face_choice.mode_in(convention) == "none":
            return None
        return self.face.now if isinstance(self.face, GrowingFace) else self.face


def stagings_of(parts: Sequence[Part], preset: MotionPreset) -> tuple[str, ...]:
    """How these people can stand, the usual way first."""
    shares = all(part.source is not None and part.source.shares_world for part in parts)
    known = (AS_RECORDED, *STAGINGS) if shares else STAGINGS
    is_natural = preset.convention == "natural"
    usual = AS_RECORDED if shares and is_natural else usual_staging(preset.convention)
    return (usual, *(name for name in known if name != usual))


def possible_staging(name: str, parts: Sequence[Part], preset: MotionPreset) -> str:
    """The staging called `name`, or the usual one of a convention that knows no world but its own.

    Raises `UsageError` for one that these people cannot stand in.
    """
    known = stagings_of(parts, preset)
    if name not in known:
        unfit = f"{name}: these people share no world" if name == AS_RECORDED else f"unknown staging {name!r}"
        raise UsageError(f"{unfit}: expected one of {', '.join(known)}")
    has_world = preset.convention == "natural" or name != AS_RECORDED
    return name if has_world else usual_staging(preset.convention)


def staged(parts: Sequence[Part], preset: MotionPreset, staging: str) -> tuple[Part, ...]:
    """The same parts; whose motion was measured in a world is put where `staging` has him."""
    if preset.convention == "genea":
        return tuple(parts)
    if staging == AS_RECORDED:
        people = [part.motion for part in parts if isinstance(part.motion, OnStage)]
        together = stage_together(people)
        return tuple(replace(part, motion=motion) for part, motion in zip(parts, together, strict=True))
    return tuple(
        replace(part, motion=stage_alone(part.motion, limited=len(parts) > 1))
        if isinstance(part.motion, OnStage)
        else part
        for part in parts
    )


def followed(parts: Sequence[Part], staging: str) -> Following | None:
    """How cameras go along with these people; None for whoever stays, or is kept, in his place."""
    motions = [part.motion for part in parts if isinstance(part.motion, OnStage)]
    if len(motions) < len(parts) or (len(parts) > 1 and staging != AS_RECORDED):
        return None
    return follow(motions, places(staging, len(parts)))


def in_preset(
    interaction: Interaction | Take, parts: Sequence[Part], preset: MotionPreset
) -> tuple[Part, ...]:
    """The same people in another preset, not yet staged. Raises InputError for a recording that is broken."""
    changed: list[Part] = []
    for files, part in zip(interaction.recordings, parts, strict=True):
        if part.source is not None:
            motion = motion_of(part.source.motion, part.body, preset)
        else:
            assert isinstance(files, RecordingFiles)
            sound_s = part.sound.duration_s or None
            with SpooledArrays(files.npz) as arrays:
                motion = motion_from_recording(arrays, sound_s, preset)
        changed.append(replace(part, motion=motion))
    return tuple(changed)


def motion_of(motion: TakeMotion, body: ShapedBody, preset: MotionPreset) -> Motion:
    """What one person of a take does in this preset, standing alone."""
    if isinstance(motion, CameraMotion):
        return motion_from_recording(motion.arrays, None, preset, rate=motion.frame_rate)
    if preset.convention == "genea":
        return motion_from_recording(camera_view(motion), None, preset, rate=motion.frame_rate)
    return surveyed(motion, body)
