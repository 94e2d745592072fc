"""The time line of the test card: what it sounds like, and that nothing of it is missing."""

from __future__ import annotations

import math
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from avatar_server.audio.waveform import Extremes, blocks_of, waveform_of
from avatar_server.settings import SAMPLE_RATE_HZ
from avatar_server.stage.programme import TEST_CARD
from avatar_server.stage.test_card import TestCard
from avatar_server.web.library.timeline_shapes import (
    ValidityAnswer,
    ValidityOfPerson,
    WaveformAnswer,
    WaveformOfPerson,
)
from avatar_server.web.library.waveforms import points_of


class _CardSound:
    """One channel of the card's tone. Keeps the contract `Samples`."""

    rate_hz = SAMPLE_RATE_HZ

    def __init__(self, channel: int) -> None:
        self._channel = channel
        self._card = TestCard()
        self.sample_count = round(self._card.duration_s * SAMPLE_RATE_HZ)

    def block_at(self, first: int, count: int) -> NDArray[np.float32]:
        return self._card.sound_block(first, count)[:, self._channel]


def card_waveform(points: int, start_s: float, end_s: float | None) -> WaveformAnswer:
    """The tone of either side."""
    card = TestCard()
    last_s = min(end_s or math.inf, card.duration_s)
    people = []
    for channel, person in enumerate(card.shown().people):
        found = waveform_of(
            _CardSound(channel), partial(_blocks, channel), points, start_s=start_s, end_s=last_s
        )
        shown = points_of(found.extremes)
        people.append(
            WaveformOfPerson(
                person.id, person.name, person.side, found.start_s, found.step_s, True, shown, ()
            )
        )
    return WaveformAnswer(TEST_CARD, card.duration_s, start_s, end_s, tuple(people))


def card_validity() -> ValidityAnswer:
    """All of it was drawn, and nothing lost."""
    card = TestCard()
    people = tuple(
        ValidityOfPerson(person.id, person.name, person.side, (), ()) for person in card.shown().people
    )
    return ValidityAnswer(TEST_CARD, card.duration_s, people)


@cache
def _blocks(channel: int) -> Extremes:
    return blocks_of(_CardSound(channel))
