"""The mannequin on disk: built once for a version of its sources, then read in a few milliseconds.

The file's name carries a hash of the builder's sources, so a changed builder never meets an old file. It is
written under another name and renamed, so that two processes building at once both end with a whole file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.face_storage import face_from_arrays, face_to_arrays
from avatar_server.body.joint_regressor import JointRegressor
from avatar_server.body.model import BodyModel
from avatar_server.body.pose_directions import PoseDirections
from avatar_server.dataset.npz_archive import READ_ERRORS as NPZ_ERRORS
from avatar_server.settings import cache_dir, whole_cache_file

_BUILDER_SOURCES = (
    "solids.py",
    "distance_field.py",
    "surface_net.py",
    "model.py",
    "pose_directions.py",
    "joint_regressor.py",
    "kinematics.py",
    "mannequin*.py",
    "face_*.py",
    "surface_normals.py",
)


READ_ERRORS = (*NPZ_ERRORS, KeyError)
"""How reading a file of the cache fails that is not there, damaged, or another one."""


def builder_hash() -> str:
    """Of all that decides how a body or a face comes out."""
    digest = hashlib.sha256(np.__version__.encode())
    here = Path(__file__).parent
    for pattern in _BUILDER_SOURCES:
        for source in sorted(here.glob(pattern)):
            digest.update(source.name.encode())
            digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def mannequin_file(hair: str = "short") -> Path:
    """Where the mannequin of this version, with hair of this style, is or will be."""
    return cache_dir() / f"mannequin-{hair}-{builder_hash()}.npz"


def load_mannequin(hair: str = "short") -> BodyModel:
    """The mannequin from disk, built and stored there first if it is not; a broken file is built anew.

    hair: one of `mannequin_hair_styles.HAIR_STYLES`. A cache folder that cannot be written to is no error:
    the body is then built every time.
    """
    path = mannequin_file(hair)
    try:
        return _read(path)
    except READ_ERRORS:
        # The builder brings SciPy along: who finds the body in the cache need not wait for that.
        from avatar_server.body.mannequin import build_mannequin

        model = build_mannequin(hair)
    with suppress(OSError):
        _write(path, model)
    return model


def _read(path: Path) -> BodyModel:
    with np.load(path, allow_pickle=False) as file:
        template = file["v_template"]
        return BodyModel(
            name=str(file["name"]),
            v_template=template,
            faces=file["faces"],
            shapedirs=file["shapedirs"],
            posedirs=PoseDirections.at(file["posedirs_index"], file["posedirs_value"], len(template)),
            joint_regressor=JointRegressor.of(file["joint_regressor"]),
            weights=file["weights"],
            garments=file["garments"],
            face=face_from_arrays(file) if "face_vertices" in file.files else None,
        )


def _write(path: Path, model: BodyModel) -> None:
    arrays = {
        "name": np.array(model.name),
        "v_template": model.v_template,
        "faces": model.faces,
        "shapedirs": model.shapedirs,
        "posedirs_index": model.posedirs.index(),
        "posedirs_value": model.posedirs.values,
        "joint_regressor": model.joint_regressor.dense(),
        "weights": model.weights,
        "garments": model.garments,
    }
    write_whole(path, arrays if model.face is None else {**arrays, **face_to_arrays(model.face)})


def write_whole(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write an NPZ that is there whole or not at all, also if others write it, or read it, meanwhile."""
    with whole_cache_file(path) as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
