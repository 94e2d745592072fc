"""What is seen and heard at a time t: one conversation, ready to be played, sought and drawn.

Pure but for the sound, which is read from disk: asking twice for the same instant gives the same picture,
in any order, from any thread.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from avatar_server.audio.loudness import Loudness, gain_to_level, gain_to_rms
from avatar_server.audio.mixing import Mix, Voice
from avatar_server.dataset.interaction import Interaction, RecordingFiles
from avatar_server.dataset.repairs import FaceShown, RecordingRepairs
from avatar_server.dataset.take import Take, TakePerson
from avatar_server.directing import Director
from avatar_server.errors import UsageError
from avatar_server.export_tags import export_tags
from avatar_server.face.recorded import RecordedFace
from avatar_server.motion.presets import PRESETS, MotionPreset
from avatar_server.parts import Part, followed, in_preset, possible_staging, staged, stagings_of
from avatar_server.scene.cameras import CAMERAS, WIDE, Orbit, Standing, height_m, named_orbit
from avatar_server.scene.director import AUTO, DirectedCamera
from avatar_server.scene.eye_contact import Placed, partners_degrees
from avatar_server.scene.following import Following, whom
from avatar_server.scene.grounding import Footing, Stand
from avatar_server.scene.look import USUAL_LOOK, Look
from avatar_server.scene.on_stage import OnStage, standing
from avatar_server.scene.snapshot import Camera, Figure, Snapshot
from avatar_server.scene.staging import places
from avatar_server.timing.buffering import Buffered

Side = Literal["left", "right"]

PAN = 0.55
"""How far to the side a voice is heard: clearly there, and still in both ears."""

GENEA_RMS = 0.3
"""Root mean square every voice of the GENEA Challenge 2026 renders is brought to; they are panned hard."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on stage. id: of the recording. name: short, for people. side: as the viewer sees it."""

    id: str
    name: str
    side: Side


@dataclass(frozen=True, eq=False, slots=True)
class Performance:
    """One conversation, played by one or two people.

    duration_s: of the longest motion or sound; the shorter ones hold their last pose or fall silent.
    notices: everything that people should know about the recordings, each beginning with whose it is.
    following: how cameras go along with people who walk; None where nobody does.
    """

    interaction: Interaction | Take
    people: tuple[Person, ...]
    preset: MotionPreset
    staging: str
    duration_s: float
    notices: tuple[str, ...]
    parts: tuple[Part, ...]
    footings: tuple[Footing, ...]
    mix: Mix
    director: Director
    look: Look = USUAL_LOOK
    following: Following | None = None

    @classmethod
    def of(
        cls,
        interaction: Interaction | Take,
        parts: Sequence[Part],
        *,
        preset: MotionPreset,
        staging: str | None = None,
        look: Look = USUAL_LOOK,
    ) -> Performance:
        """Put one part for each recording of `interaction`, in its order, on stage.

        staging: as is usual for these people if None. Raises `UsageError` for an unknown staging or studio,
        or a number of parts that is not the recordings'.
        """
        look.studio_for(preset)
        if len(parts) != len(interaction.recordings):
            raise UsageError(f"expected {len(interaction.recordings)} parts to play, got {len(parts)}")
        staging = possible_staging(staging or stagings_of(parts, preset)[0], parts, preset)
        parts = staged(parts, preset, staging)
        sides: tuple[Side, ...] = ("left", "right")
        people = []
        notices = list(interaction.notices)
        recordings: Sequence[RecordingFiles | TakePerson] = interaction.recordings
        for files, part, side in zip(recordings, parts, sides, strict=False):
            people.append(Person(str(files.id), files.name, side))
            notices += [f"{files.name}: {notice}" for notice in part.notices]
        duration_s = max(max(part.motion.duration_s, part.sound.duration_s) for part in parts)
        director = Director([part.sound for part in parts], [one.name for one in people], duration_s)
        return cls(
            interaction=interaction,
            people=tuple(people),
            preset=preset,
            staging=staging,
            duration_s=duration_s,
            notices=(*notices, *director.notices),
            parts=tuple(parts),
            # The foot on the far side leads: both people open a little towards the viewer.
            footings=tuple(
                Footing.of(part.body, lead=side) for part, side in zip(parts, sides, strict=False)
            ),
            mix=_mix(parts, preset),
            director=director,
            look=look,
            following=followed(parts, staging),
        )

    @property
    def preset_name(self) -> str:
        """Of the preset."""
        return self.preset.name

    @property
    def faces(self) -> tuple[FaceShown, ...]:
        """Where everybody's face comes from as it is shown, in the order of `people`."""
        shown = (part.face_in(self.preset.convention) for part in self.parts)
        return tuple("none" if face is None else face.origin for face in shown)

    @property
    def repairs(self) -> tuple[RecordingRepairs, ...]:
        """What was changed in each recording, in the order of `people`."""
        convention = self.preset.convention
        return tuple(
            RecordingRepairs(
                person.id,
                convention,
                part.motion.repairs,
                _gain_db(part.sound.loudness, voice),
                shown,
                face.repairs if isinstance(face := part.face_in(convention), RecordedFace) else None,
            )
            for person, part, voice, shown in zip(
                self.people, self.parts, self.mix.voices, self.faces, strict=True
            )
        )

    @property
    def tags(self) -> dict[str, str]:
        """What an export says about itself (see `export_tags`)."""
        return export_tags(self.interaction.key, self.preset.name, self.repairs)

    def buffered(self) -> Buffered:
        """All of it is here."""
        return Buffered(((0.0, self.duration_s),), True)

    def look_ahead(self, media_s: float) -> None:
        """Nothing has to be fetched."""

    def with_preset(self, name: str) -> Performance:
        """The same people and voices in another preset, in the staging that goes with it.

        Their motion is read again. Raises InputError for a recording that is broken.
        """
        preset = PRESETS[name]
        parts = in_preset(self.interaction, self.parts, preset)
        return Performance.of(self.interaction, parts, preset=preset, look=self.look)

    def with_staging(self, name: str) -> Performance:
        """The same conversation, people standing as `name` says; `UsageError` if they cannot."""
        staging = possible_staging(name, self.parts, self.preset)
        parts = staged(self.parts, self.preset, staging)
        return replace(self, staging=staging, parts=parts, following=followed(parts, staging))

    @property
    def stagings(self) -> tuple[str, ...]:
        """How these people can stand, the usual way first."""
        return stagings_of(self.parts, self.preset)

    def orbit(self, name: str, aspect: float = WIDE) -> Orbit:
        """The named camera in this staging, for a picture `aspect` times as wide as high; or `UsageError`."""
        people = [
            standing(part.motion, place, part.body)
            if isinstance(part.motion, OnStage)
            else Standing(place, height_m(part.body))
            for place, part in zip(places(self.staging, len(self.parts)), self.parts, strict=True)
        ]
        if self.following is None:
            return named_orbit(name, self.staging, people, aspect)
        framed = named_orbit(name, self.staging, self.following.framed(name, people), aspect)
        return replace(framed, follows=whom(name))

    def camera(self, name: str, aspect: float = WIDE) -> Camera:
        """The named camera as renderers want it."""
        return self.orbit(name, aspect).camera()

    def shot_at(self, time_s: float) -> str:
        """Name of the camera that the automatic director has chosen for `time_s`."""
        return self.director.cuts().camera_at(time_s)

    @property
    def studio(self) -> str:
        """The studio that was chosen; empty if the preset's is seen."""
        return self.look.studio

    @property
    def studio_name(self) -> str:
        """The studio that is seen."""
        return self.look.studio_name(self.preset)

    def with_studio(self, name: str) -> Performance:
        """The same in another studio, as the preset wants if empty; `UsageError` if it is unknown."""
        look = replace(self.look, studio=name)
        look.studio_for(self.preset)
        return replace(self, look=look)

    def speaking_at(self, time_s: float) -> tuple[bool, ...]:
        """Who speaks then, in the order of `people`."""
        return self.director.speaking_at(time_s)

    def seen_through(self, name: str, aspect: float = WIDE) -> Camera | DirectedCamera:
        """The named camera or, for `auto`, all of them as the director cuts them; what `export` takes."""
        if name != AUTO:
            return self.camera(name, aspect)
        return DirectedCamera(self.director.cuts(), {name: self.camera(name, aspect) for name in CAMERAS})

    def camera_at(self, time_s: float, camera: Camera) -> Camera:
        """The camera where it is at `time_s`: it may travel with people who walk."""
        return camera if self.following is None else self.following.moved(camera, time_s)

    def placed_at(self, time_s: float) -> list[Placed]:
        """Where everybody's body is at `time_s`, and how it is posed."""
        # The legs of the GENEA convention are straight by definition, and nothing above them sways.
        planted = self.preset.legs == "still" and self.preset.convention == "natural"
        placed: list[Placed] = []
        spots = places(self.staging, len(self.parts))
        for part, footing, place in zip(self.parts, self.footings, spots, strict=True):
            pose = part.motion.pose_at(time_s)
            if pose.pelvis is not None:
                stand = Stand(pose.rotations, pose.pelvis)
            else:
                stand = footing.plant(pose) if planted else footing.rest_on_floor(pose)
            placed.append(Placed(part.body, *place.put(part.body, stand)))
        return placed

    def snapshot_at(self, time_s: float, camera: Camera) -> Snapshot:
        """All that is visible at `time_s` from `camera`."""
        placed, figures = self.placed_at(time_s), []
        partners = partners_degrees(placed, self.staging)
        for part, one, partner, appearance in zip(
            self.parts, placed, partners, self.look.appearances, strict=False
        ):
            face = part.face_weights_at(time_s, partner, self.preset.convention)
            figures.append(Figure(one.body, one.rotations, one.translation, appearance, face))
        camera = self.camera_at(time_s, camera)
        studio = self.look.studio_for(self.preset)
        return Snapshot(time_s, tuple(figures), camera, studio.lighting, studio.backdrop)

    def sound_block(self, start_sample: int, count: int) -> NDArray[np.float32]:
        """(count, 2) float32 from `start_sample` at 48 kHz; silence where nobody was recorded."""
        return self.mix.block_at(start_sample, count)

    def voices_block(self, start_sample: int, count: int) -> NDArray[np.float32]:
        """(count, people) float32: each voice by itself, levelled."""
        return self.mix.voices_at(start_sample, count)

    def pans(self) -> NDArray[np.float32]:
        """(people, 2): how loud each is left and right."""
        return self.mix.pans()


def _gain_db(loudness: Loudness, voice: Voice) -> float | None:
    return 20 * math.log10(voice.gain) if loudness.rms > 0 else None


def _mix(parts: Sequence[Part], preset: MotionPreset) -> Mix:
    """Every voice equally loud, from the side where its speaker stands; in the middle if he is alone."""
    genea = preset.convention == "genea"
    sides = (0.0,) if len(parts) == 1 else (-1.0, 1.0)
    voices = []
    for part, side in zip(parts, sides, strict=True):
        loudness = part.sound.loudness
        if genea:
            voices.append(Voice(part.sound, gain_to_rms(loudness.rms, GENEA_RMS), side))
        else:
            voices.append(Voice(part.sound, gain_to_level(loudness.speech_dbfs()), side * PAN))
    return Mix(tuple(voices))
