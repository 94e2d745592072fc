"""A conversation that is played while it is still being fetched."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from avatar_server.audio.mixing import Mix
from avatar_server.body.model import ShapedBody
from avatar_server.dataset.fetching.arrival import Arrival
from avatar_server.dataset.fetching.besides import Besides
from avatar_server.dataset.interaction import Interaction
from avatar_server.dataset.repairs import FaceShown
from avatar_server.errors import InputError, TransferError
from avatar_server.face.choice import USUAL_FACES, FaceChoice
from avatar_server.faces import growing_face
from avatar_server.growing_person import GrowingPerson
from avatar_server.growth import GROWING_EVERY_S, Growth
from avatar_server.late_faces import LateFaces
from avatar_server.motion.growing_motion import GrowingMotion
from avatar_server.motion.presets import PRESETS, MotionPreset
from avatar_server.parts import Part
from avatar_server.performance import Performance, Person
from avatar_server.scene.cameras import Orbit
from avatar_server.scene.look import USUAL_LOOK, Look
from avatar_server.scene.snapshot import Camera, Snapshot
from avatar_server.scene.staging import places, usual_staging
from avatar_server.timing.buffering import Buffered

BEGINNING_LIMIT_S = 60.0
"""Who waits longer for the first second is told why nothing comes."""


@dataclass(frozen=True, eq=False, slots=True)
class ArrivingPerformance:
    """Keeps the contract `Programme` of a stage from the first second that is here."""

    performance: Performance
    growth: Growth

    @property
    def interaction(self) -> Interaction:
        """Whose recordings arrive."""
        assert isinstance(self.performance.interaction, Interaction)
        return self.performance.interaction

    @property
    def people(self) -> tuple[Person, ...]:
        """Who is on stage."""
        return self.performance.people

    @property
    def notices(self) -> tuple[str, ...]:
        """What people should know, as far as it shows in what is here."""
        return self.performance.notices

    @property
    def staging(self) -> str:
        """How they stand."""
        return self.performance.staging

    @property
    def stagings(self) -> tuple[str, ...]:
        """How they can stand."""
        return self.performance.stagings

    @property
    def preset_name(self) -> str:
        """Of the preset."""
        return self.performance.preset_name

    @property
    def faces(self) -> tuple[FaceShown, ...]:
        """Where everybody's face comes from, as it is shown now."""
        return self.performance.faces

    @property
    def duration_s(self) -> float:
        """Length of the whole interaction, known from the start."""
        return self.performance.duration_s

    def camera_at(self, time_s: float, camera: Camera) -> Camera:
        """The camera where it is: nobody walks in what has to be fetched."""
        return self.performance.camera_at(time_s, camera)

    def snapshot_at(self, time_s: float, camera: Camera) -> Snapshot:
        """What is seen; where nothing is here yet, the nearest that is."""
        return self.performance.snapshot_at(time_s, camera)

    @property
    def studio(self) -> str:
        """The studio that was chosen."""
        return self.performance.studio

    @property
    def studio_name(self) -> str:
        """The studio that is seen."""
        return self.performance.studio_name

    def with_studio(self, name: str) -> Self:
        """The same in another studio."""
        return replace(self, performance=self.performance.with_studio(name))

    def speaking_at(self, time_s: float) -> tuple[bool, ...]:
        """Who speaks then, as far as it is known."""
        return self.performance.speaking_at(time_s)

    def orbit(self, name: str, aspect: float) -> Orbit:
        """The named camera."""
        return self.performance.orbit(name, aspect)

    def shot_at(self, time_s: float) -> str:
        """The camera that the director has chosen, as far as it is known who speaks."""
        return self.performance.shot_at(time_s)

    def sound_block(self, start_sample: int, count: int) -> NDArray[np.float32]:
        """What is heard; silence where nothing is here yet."""
        return self.performance.sound_block(start_sample, count)

    def voices_block(self, start_sample: int, count: int) -> NDArray[np.float32]:
        """What each says; silence where nothing is here yet."""
        return self.performance.voices_block(start_sample, count)

    def pans(self) -> NDArray[np.float32]:
        """How loud each is left and right."""
        return self.performance.pans()

    def with_preset(self, name: str) -> Self:
        """The same in another preset, which is what grows from now on, in the staging that goes with it.

        Raises TransferError if nobody is seen in what is here.
        """
        before, people = self.performance, self.growth.in_preset(PRESETS[name])
        staging = usual_staging(PRESETS[name].convention)
        return replace(
            self,
            performance=_performed(
                self.interaction,
                people,
                [part.body for part in before.parts],
                staging,
                look=before.look,
                face=before.parts[0].face_choice,
            ),
        )

    def with_staging(self, name: str) -> Self:
        """The same, people standing as `name` says."""
        return replace(self, performance=self.performance.with_staging(name))

    def buffered(self) -> Buffered:
        """What can be played."""
        return self.growth.buffered()

    def look_ahead(self, media_s: float) -> None:
        """Say where the playhead is."""
        self.growth.arrival.look_ahead(media_s)

    def on_buffered(self, called: Callable[[], None]) -> None:
        """Call this when more can be played; in another thread."""
        self.growth.on_growth(called)

    def close(self) -> None:
        """Stop fetching; what is here stays."""
        self.growth.close()


def open_arriving(
    interaction: Interaction,
    arrival: Arrival,
    *,
    bodies: Sequence[ShapedBody],
    preset: MotionPreset,
    staging: str,
    look: Look | None = None,
    face: FaceChoice | None = None,
    besides: Besides | None = None,
    limit_s: float = BEGINNING_LIMIT_S,
) -> ArrivingPerformance:
    """Wait until the first second is here, and open what there is of `interaction`.

    The recordings of the arrival are the interaction's, in its order. besides: fetches recorded faces once
    all else is here. Raises InputError for recordings that
    are broken, StoreError if they cannot be had, and UsageError for an unknown staging; the arrival is then
    closed.
    """
    try:
        places(staging, len(interaction.recordings))  # Refuses an unknown staging before anybody waits.
        if not arrival.wait_for_beginning(limit_s):
            said = arrival.trouble or "too slow"
            raise TransferError(f"not enough came within {limit_s:g} s: {said}", where=str(interaction.key))
        people = [
            GrowingPerson.open(recording, files.id.vendor, preset)
            for recording, files in zip(arrival.recordings, interaction.recordings, strict=True)
        ]
        for person in people:
            if person.motion is not None:
                _wait_for_a_body(person.motion, arrival, limit_s)
        choice = face or USUAL_FACES
        _give_faces(interaction, people, choice)
        performance = _performed(interaction, people, bodies, staging, look=look or USUAL_LOOK, face=choice)
        late_faces = None if besides is None else LateFaces(besides, interaction.recordings)
        growth = Growth(arrival, people, performance.duration_s, late_faces)
    except BaseException as error:
        if isinstance(error, InputError):
            arrival.fail(error)
        arrival.close()
        raise
    growth.start()
    return ArrivingPerformance(performance, growth)


def _give_faces(interaction: Interaction, people: Sequence[GrowingPerson], choice: FaceChoice) -> None:
    sounds = [person.heard for person in people]
    for index, person in enumerate(people):
        person.face, person.face_notices = growing_face(
            interaction, index, sounds, person.words or (), choice, person.npz
        )


def _performed(
    interaction: Interaction,
    people: Sequence[GrowingPerson],
    bodies: Sequence[ShapedBody],
    staging: str,
    *,
    look: Look,
    face: FaceChoice,
) -> Performance:
    parts = [
        Part(
            person.shown,
            body,
            person.heard,
            person.face,
            face_choice=face,
            face_notices=person.face_notices,
        )
        for person, body in zip(people, bodies, strict=False)
    ]
    performance = Performance.of(interaction, parts, preset=people[0].preset, staging=staging, look=look)
    voices = [person.voice(whole) for person, whole in zip(people, performance.mix.voices, strict=True)]
    return replace(performance, mix=Mix(tuple(voices)))


def _wait_for_a_body(motion: GrowingMotion, arrival: Arrival, limit_s: float) -> None:
    """Nobody may be seen in the first second, and some recordings begin with half a minute of that."""
    give_up_s = time.monotonic() + limit_s
    while not motion.grow(0.0):
        if arrival.failure is not None:
            raise arrival.failure
        if time.monotonic() > give_up_s:
            raise TransferError(f"nobody was seen within {limit_s:g} s", where=motion.where)
        arrival.begin_playing()
        arrival.wait_for_news(GROWING_EVERY_S)
