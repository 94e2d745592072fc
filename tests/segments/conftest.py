"""A film of the test card, with a tone that never stops: a gap or a jump in it is a click."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.render.contract import PictureSize
from avatar_server.scene.snapshot import Camera, Snapshot
from avatar_server.segments.film import Film
from avatar_server.stage.test_card import TestCard

CARD = TestCard()


class CardProgramme:
    tags: Mapping[str, str] = {"title": "card"}

    def snapshot_at(self, time_s: float, camera: Camera) -> Snapshot:
        return CARD.snapshot_at(time_s, camera)

    def sound_block(self, start_sample: int, count: int) -> NDArray[np.float32]:
        at = np.arange(start_sample, start_sample + count)
        wave = (0.4 * np.sin(at * 2 * np.pi * 440 / 48_000)).astype(np.float32)
        return np.stack([wave, wave], axis=1)


def card_film(rate: str = "30", start_s: float = 0.3, end_s: float = 7.1) -> Film:
    camera = CARD.orbit("two-shot", 16 / 9).camera()
    return Film(CardProgramme(), (start_s, end_s), Fraction(rate), camera)


@pytest.fixture
def film() -> Callable[..., Film]:
    """rate, start_s and end_s may be said."""
    return card_film


@pytest.fixture
def size() -> PictureSize:
    return PictureSize(320, 192)
