"""A conversation that is played while it is still being fetched."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from avatar_server.audio.mixing import Mix
from avatar_server.body.model import ShapedBody
from avatar_server.dataset.fetching.arrival import Arrival
from avatar_server.dataset.fetching.pacing import BEGIN_AFTER_S
from avatar_server.dataset.interaction import Interaction
from avatar_server.errors import AvatarServerError, InputError, TransferError
from avatar_server.growing_person import GrowingPerson
from avatar_server.motion.growing_motion import GrowingMotion
from avatar_server.motion.presets import PRESETS, MotionPreset
from avatar_server.parts import Part
from avatar_server.performance import Performance, Person
from avatar_server.scene.cameras import Orbit
from avatar_server.scene.look import USUAL_LOOK, Look
from avatar_server.scene.snapshot import Camera, Snapshot
from avatar_server.scene.staging import places, usual_staging
from avatar_server.timing.buffering import Buffered

log = logging.getLogger(__name__)

BEGINNING_LIMIT_S = 60.0
"""Who waits longer for the first second is told why nothing comes."""

_GROWING_EVERY_S = 0.25


class Growth:
    """Lets motions and voices grow with what arrives, in a thread of its own; closed with the performance."""

    def __init__(self, arrival: Arrival, people: Sequence[GrowingPerson], duration_s: float) -> None:
        self.arrival = arrival
        self._people = people
        self._changing = threading.Lock()
        self._duration_s = duration_s
        self._closed = threading.Event()
        self._failure: AvatarServerError | None = None
        self._on_growth: tuple[Callable[[], None], ...] = ()
        self._thread = threading.Thread(target=self._run, name="growing", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def on_growth(self, called: Callable[[], None]) -> None:
        """Call this when more can be played, or something failed; in another thread."""
        self._on_growth = (*self._on_growth, called)

    def buffered(self) -> Buffered:
        """What can be played."""
        if self._is_grown:
            return Buffered(((0.0, self._duration_s),), True)
        spans: tuple[tuple[float, float], ...] = ((0.0, self._duration_s),)
        for person in self._people:
            if person.motion is not None:
                spans = _both(spans, (person.motion.span_s,))
            if person.sound is not None:
                spans = _both(spans, person.sound.spans_s())
        return Buffered(spans, False, str(self._failure) if self._failure else self.arrival.trouble)

    def in_preset(self, preset: MotionPreset) -> Sequence[GrowingPerson]:
        """Let the same people grow in another preset from now on; raises as `GrowingPerson.in_preset`."""
        with self._changing:
            self._people = [person.in_preset(preset, self.arrival.playhead_s) for person in self._people]
            return self._people

    def close(self) -> None:
        """Stop; closing twice is fine."""
        self._closed.set()
        self.arrival.close()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def _is_grown(self) -> bool:
        return all(person.is_grown for person in self._people)

    def _run(self) -> None:
        begin_s = time.monotonic() + BEGIN_AFTER_S
        try:
            while not self._closed.is_set() and not self._is_grown:
                with self._changing:
                    grew = [person.grow(self.arrival.playhead_s) for person in self._people]
                if any(grew):
                    for called in self._on_growth:
                        called()
                self.arrival.wait_for_news(_GROWING_EVERY_S)
                if time.monotonic() >= begin_s:
                    self.arrival.begin_playing()
                if self.arrival.failure is not None:
                    raise self.arrival.failure
        except AvatarServerError as error:
            self._failure = error
            if isinstance(error, InputError):
                self.arrival.fail(error)
            if not self._closed.is_set():
                log.warning("%s", error)
        for called in self._on_growth:
            called()


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
    def duration_s(self) -> float:
        """Length of the whole interaction, known from the start."""
        return self.performance.duration_s

    def snapshot_at(self, time_s: float, camera: Camera) -> Snapshot:
        """What is seen; where nothing is here yet, the nearest that is."""
        return self.performance.snapshot_at(time_s, camera)

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
                self.interaction, people, [part.body for part in before.parts], staging, look=before.look
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
    limit_s: float = BEGINNING_LIMIT_S,
) -> ArrivingPerformance:
    """Wait until the first second is here, and open what there is of `interaction`.

    The recordings of the arrival are the interaction's, in its order. Raises InputError for recordings that
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
        performance = _performed(interaction, people, bodies, staging, look=look or USUAL_LOOK)
        growth = Growth(arrival, people, performance.duration_s)
    except BaseException as error:
        if isinstance(error, InputError):
            arrival.fail(error)
        arrival.close()
        raise
    growth.start()
    return ArrivingPerformance(performance, growth)


def _performed(
    interaction: Interaction,
    people: Sequence[GrowingPerson],
    bodies: Sequence[ShapedBody],
    staging: str,
    *,
    look: Look,
) -> Performance:
    parts = [Part(person.shown, body, person.heard) for person, body in zip(people, bodies, strict=False)]
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
        arrival.wait_for_news(_GROWING_EVERY_S)


def _both(
    one: Sequence[tuple[float, float]], other: Sequence[tuple[float, float]]
) -> tuple[tuple[float, float], ...]:
    return tuple((max(a, c), min(b, d)) for a, b in one for c, d in other if max(a, c) < min(b, d))
