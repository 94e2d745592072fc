"""What lets a conversation grow with what arrives of it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from avatar_server.dataset.fetching.arrival import Arrival
from avatar_server.dataset.fetching.pacing import BEGIN_AFTER_S
from avatar_server.errors import AvatarServerError, InputError
from avatar_server.growing_person import GrowingPerson
from avatar_server.late_faces import LateFaces
from avatar_server.motion.presets import MotionPreset
from avatar_server.timing.buffering import Buffered

log = logging.getLogger(__name__)

GROWING_EVERY_S = 0.25
"""How often is looked whether more is here, if nobody tells."""


class Growth:
    """Lets motions and voices grow with what arrives, in a thread of its own; closed with the performance."""

    def __init__(
        self,
        arrival: Arrival,
        people: Sequence[GrowingPerson],
        duration_s: float,
        late_faces: LateFaces | None = None,
    ) -> None:
        self.arrival = arrival
        self._late_faces = late_faces
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

    def _hear_words(self) -> bool:
        """Whether everybody's words are known by now."""
        heard = [person.hear_words() for person in self._people]
        return all(heard)

    def _hear_the_rest(self) -> None:
        """Transcripts are what comes last, and may not come at all."""
        while not self._closed.is_set() and self.arrival.failure is None:
            with self._changing:
                if self._hear_words():
                    return
            self.arrival.wait_for_news(GROWING_EVERY_S)

    def _run(self) -> None:
        begin_s = time.monotonic() + BEGIN_AFTER_S
        try:
            while not self._closed.is_set() and not self._is_grown:
                with self._changing:
                    grew = [person.grow(self.arrival.playhead_s) for person in self._people]
                    self._hear_words()
                if any(grew):
                    for called in self._on_growth:
                        called()
                self.arrival.wait_for_news(GROWING_EVERY_S)
                if time.monotonic() >= begin_s:
                    self.arrival.begin_playing()
                if self.arrival.failure is not None:
                    raise self.arrival.failure
            self._hear_the_rest()
            if self._late_faces is not None:
                self._late_faces.take(self.arrival, self._people, self._closed)
        except AvatarServerError as error:
            self._failure = error
            if isinstance(error, InputError):
                self.arrival.fail(error)
            if not self._closed.is_set():
                log.warning("%s", error)
        for called in self._on_growth:
            called()


def _both(
    one: Sequence[tuple[float, float]], other: Sequence[tuple[float, float]]
) -> tuple[tuple[float, float], ...]:
    return tuple((max(a, c), min(b, d)) for a, b in one for c, d in other if max(a, c) < min(b, d))
