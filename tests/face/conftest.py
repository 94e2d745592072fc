"""A minute of a synthetic face, in the ARKit weights of Apple's order."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.testing.arkit_signals import arkit_weights
from avatar_server.testing.dialogue import plan_dialogue

RATE_HZ = 30


@pytest.fixture(scope="session")
def talking() -> NDArray[np.float32]:
    """(1800, 52) at 30 Hz."""
    times_s = np.arange(60 * RATE_HZ) / RATE_HZ
    silent = np.zeros(60 * 48_000, np.float32)
    return arkit_weights(plan_dialogue(60.0, 5), 0, times_s, silent, 5)
