"""The face of a body as named arrays, for files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.face_pieces import LEVEL_COUNT
from avatar_server.body.face_rig import FaceRig
from avatar_server.body.surface_normals import SmoothSurface

_OWN = ("vertices", "offsets", "turns", "paints", "open")
_SURFACE = tuple(field.name for field in fields(SmoothSurface))


def face_to_arrays(face: FaceRig) -> dict[str, NDArray[Any]]:
    """All of it."""
    arrays = {f"face_{name}": getattr(face, name) for name in _OWN}
    arrays |= {f"surface_{name}": getattr(face.surface, name) for name in _SURFACE}
    arrays |= {f"face_level{number}": faces for number, faces in enumerate(face.levels)}
    return {**arrays, "face_skin_count": np.array(face.skin_count)}


def face_from_arrays(arrays: Mapping[str, NDArray[Any]]) -> FaceRig:
    """What `face_to_arrays` made arrays of; KeyError if one is missing."""
    surface = SmoothSurface(**{name: arrays[f"surface_{name}"] for name in _SURFACE})
    own = {name: arrays[f"face_{name}"] for name in _OWN}
    levels = tuple(arrays[f"face_level{number}"] for number in range(LEVEL_COUNT))
    return FaceRig(**own, surface=surface, levels=levels, skin_count=int(arrays["face_skin_count"]))
