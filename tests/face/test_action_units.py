"""Action units to weights: every line of the mapping by itself, and together."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_server.dataset.face_features import FAU_NAMES
from avatar_server.face.action_units import weights_of_action_units
from avatar_server.face.arkit import ARKIT_INDEX, ARKIT_NAMES

MAPPING = """
InnerBrowRaiser      browInnerUp 1
OuterBrowRaiser      browOuterUpLeft 1 browOuterUpRight 1
BrowLowerer          browDownLeft 1 browDownRight 1
UpperLidRaiser       eyeWideLeft 1 eyeWideRight 1
CheekRaiser          cheekSquintLeft 1 cheekSquintRight 1
LidTightener         eyeSquintLeft 1 eyeSquintRight 1
NoseWrinkler         noseSneerLeft 1 noseSneerRight 1
UpperLipRaiser       mouthUpperUpLeft 1 mouthUpperUpRight 1
LipCornerPuller      mouthSmileLeft 1 mouthSmileRight 1
CheekPuffer          cheekPuff 1
Dimpler              mouthDimpleLeft 1 mouthDimpleRight 1
LipCornerDepressor   mouthFrownLeft 1 mouthFrownRight 1
LowerLipDepressor    mouthLowerDownLeft 1 mouthLowerDownRight 1
ChinRaiser           mouthShrugLower 1 mouthShrugUpper 0.6
LipPuckerer          mouthPucker 1
LipStretcher         mouthStretchLeft 1 mouthStretchRight 1
LipFunneler          mouthFunnel 1
LipTightener         mouthPressLeft 0.5 mouthPressRight 0.5 mouthRollLower 0.2 mouthRollUpper 0.2
LipPressor           mouthPressLeft 1 mouthPressRight 1
LipsParts mouthLowerDownLeft 0.3 mouthLowerDownRight 0.3 mouthUpperUpLeft 0.15 mouthUpperUpRight 0.15
JawDrop              jawOpen 1
LipSuck              mouthRollLower 1 mouthRollUpper 1
JawSideways          jawLeft 1
EyesClosed           eyeBlinkLeft 1 eyeBlinkRight 1
"""
"""Unit, then weights and their shares, as the description of the data has them."""

LINES = [line.split() for line in MAPPING.strip().splitlines()]


def of(**units: float) -> dict[str, float]:
    """Weights that are not zero."""
    row = np.zeros((1, len(FAU_NAMES)), np.float32)
    for name, value in units.items():
        row[0, FAU_NAMES.index(name)] = value
    weights = weights_of_action_units(row)[0]
    found = {name: float(weights[ARKIT_INDEX[name]]) for name in ARKIT_NAMES}
    return {name: round(weight, 5) for name, weight in found.items() if weight}


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[0])
@pytest.mark.parametrize("value", [0.25, 1.0, 1.9])
def test_each_unit_moves_what_it_should_and_nothing_else(line: list[str], value: float) -> None:
    wanted = {
        name: min(1.0, round(float(share) * value, 5))
        for name, share in zip(line[1::2], line[2::2], strict=True)
    }
    assert of(**{line[0]: value}) == pytest.approx(wanted, abs=1e-5)


def test_all_units_are_mapped() -> None:
    assert [line[0] for line in LINES] == list(FAU_NAMES)


def test_units_add_up_and_are_clipped() -> None:
    assert of(LipsParts=1.0, LowerLipDepressor=0.5, UpperLipRaiser=0.1) == pytest.approx(
        {
            "mouthLowerDownLeft": 0.8,
            "mouthLowerDownRight": 0.8,
            "mouthUpperUpLeft": 0.25,
            "mouthUpperUpRight": 0.25,
        }
    )
    assert of(LipSuck=1.0, LipTightener=2.0)["mouthRollLower"] == 1.0
    assert of(JawSideways=-0.5, JawDrop=-1.0) == {"jawRight": 0.5}
