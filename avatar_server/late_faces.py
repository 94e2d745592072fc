"""Recorded faces of an interaction that was played while it arrived: fetched when all else is here.

Nobody waits for them: the voice makes a face meanwhile, and stays if they do not come.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from avatar_server.dataset.fetching.arrival import Arrival
from avatar_server.dataset.fetching.besides import Besides
from avatar_server.dataset.fetching.download import FetchStoppedError
from avatar_server.dataset.interaction import RecordingFiles
from avatar_server.errors import AvatarServerError
from avatar_server.face.find_face import face_within
from avatar_server.growing_person import GrowingPerson

log = logging.getLogger(__name__)

VENDOR = 0
"""The only one whose faces the data set has."""

PIECES = frozenset({"movement:FAUValue", "movement:gaze_encodings", "movement:is_valid"})
"""Of the thirty pieces of a face those that are understood: 108 bytes a frame."""

_LOOK_AGAIN_S = 1.0


class LateFaces:
    """Fetches them once, in the thread that asks for it."""

    def __init__(self, besides: Besides, recordings: Sequence[RecordingFiles]) -> None:
        self._besides = besides
        self._recordings = recordings

    def take(self, arrival: Arrival, people: Sequence[GrowingPerson], closed: threading.Event) -> None:
        """Wait until `arrival` is whole, and give people the faces that there are; returns when `closed`."""
        wanted = [
            (index, person)
            for index, person in enumerate(people)
            if self._recordings[index].id.vendor == VENDOR
            and person.face is not None
            and person.npz is None
            and (person.face.now is None or person.face.now.origin != "data")
        ]
        if not wanted:
            return
        while not arrival.is_whole:
            if closed.is_set() or arrival.failure is not None or arrival.not_kept is not None:
                return
            arrival.wait_for_news(_LOOK_AGAIN_S)
        for index, person in wanted:
            try:
                npz = self._besides.add(index, "movement", PIECES, closed.wait)
            except FetchStoppedError:
                return
            except AvatarServerError as error:
                log.info("no recorded face: %s", error)
                continue
            recorded, notices = face_within(npz, person.heard.duration_s or None)
            for notice in notices:
                log.info("%s", notice)
            if recorded is not None and person.face is not None:
                person.face.take(recorded)
