"""From the data set's action units (`movement:FAUValue`) to ARKit's weights.

Action units do not tell left from right: both sides get the same. Two things cannot be known from them. The
sign of JawSideways: positive is taken as the face's own left. And `mouthClose`, which LipsParts would lower:
no action unit raises it, so it stays 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.face_features import FAU_NAMES
from avatar_server.face.arkit import ARKIT_INDEX, WEIGHT_COUNT

BOTH_SIDES: dict[str, dict[str, float]] = {
    "OuterBrowRaiser": {"browOuterUp": 1.0},
    "BrowLowerer": {"browDown": 1.0},
    "UpperLidRaiser": {"eyeWide": 1.0},
    "CheekRaiser": {"cheekSquint": 1.0},
    "LidTightener": {"eyeSquint": 1.0},
    "NoseWrinkler": {"noseSneer": 1.0},
    "UpperLipRaiser": {"mouthUpperUp": 1.0},
    "LipCornerPuller": {"mouthSmile": 1.0},
    "Dimpler": {"mouthDimple": 1.0},
    "LipCornerDepressor": {"mouthFrown": 1.0},
    "LowerLipDepressor": {"mouthLowerDown": 1.0},
    "LipStretcher": {"mouthStretch": 1.0},
    "LipTightener": {"mouthPress": 0.5},
    "LipPressor": {"mouthPress": 1.0},
    "LipsParts": {"mouthLowerDown": 0.3, "mouthUpperUp": 0.15},
    "EyesClosed": {"eyeBlink": 1.0},
}
"""Action unit to shares of weights, each for the left and the right."""

IN_THE_MIDDLE: dict[str, dict[str, float]] = {
    "InnerBrowRaiser": {"browInnerUp": 1.0},
    "CheekPuffer": {"cheekPuff": 1.0},
    "ChinRaiser": {"mouthShrugLower": 1.0, "mouthShrugUpper": 0.6},
    "LipPuckerer": {"mouthPucker": 1.0},
    "LipFunneler": {"mouthFunnel": 1.0},
    "LipTightener": {"mouthRollLower": 0.2, "mouthRollUpper": 0.2},
    "JawDrop": {"jawOpen": 1.0},
    "LipSuck": {"mouthRollLower": 1.0, "mouthRollUpper": 1.0},
}
"""Likewise, for weights that have no sides."""


def weights_of_action_units(units: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, 52), 0..1, from (N, 24) in the order of `FAU_NAMES`, about 0..2; what several raise is added up."""
    weights = units @ _SHARES
    sideways = units[:, FAU_NAMES.index("JawSideways")]
    weights[:, ARKIT_INDEX["jawLeft"]] = sideways
    weights[:, ARKIT_INDEX["jawRight"]] = -sideways
    clipped: NDArray[np.float32] = weights.clip(0.0, 1.0)
    return clipped


def _shares() -> NDArray[np.float32]:
    shares = np.zeros((len(FAU_NAMES), WEIGHT_COUNT), np.float32)
    for unit, weights in BOTH_SIDES.items():
        for name, share in weights.items():
            for side in ("Left", "Right"):
                shares[FAU_NAMES.index(unit), ARKIT_INDEX[name + side]] = share
    for unit, weights in IN_THE_MIDDLE.items():
        for name, share in weights.items():
            shares[FAU_NAMES.index(unit), ARKIT_INDEX[name]] = share
    return shares


_SHARES = _shares()
