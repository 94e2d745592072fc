"""Faces that were fitted to bodies of files, kept in the cache folder: fitting one takes seconds.

The file's name carries a hash of the body that was read and of the sources that fit: another body, or another
version, never meets it.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.cache import READ_ERRORS, builder_hash, write_whole
from avatar_server.body.face_fit import FittedFace
from avatar_server.body.face_storage import face_from_arrays, face_to_arrays
from avatar_server.body.joint_regressor import JointRegressor
from avatar_server.body.model import BodyModel
from avatar_server.errors import UsageError
from avatar_server.settings import cache_dir

_OWN = ("vertices", "corners", "shares", "faces")
_DECIDING = ("v_template", "faces", "joint_regressor", "weights", "garments")
"""What of a body a fit goes by."""


def face_file(model: BodyModel) -> Path:
    """Where the face of this body is or will be; UsageError if there is no place for a cache."""
    digest = hashlib.sha256(builder_hash().encode())
    for name in _DECIDING:
        array = _array(model, name)
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(array.data)
    return cache_dir() / f"face-{digest.hexdigest()[:32]}.npz"


def _array(model: BodyModel, name: str) -> NDArray[Any]:
    array = getattr(model, name)
    return np.ascontiguousarray(array.dense() if isinstance(array, JointRegressor) else array)


def load_faced(model: BodyModel) -> BodyModel:
    """`model` with the face from disk, fitted and stored there first if it is not; a broken one is made anew.

    Itself if nothing on it looks like the front of a head. A cache folder that cannot be written to is no
    error: the face is then fitted every time.
    """
    try:
        path = face_file(model)
        return _read(path).on(model)
    except UsageError:
        path = None
    except READ_ERRORS:
        pass
    # Whoever finds a face in the cache need not wait for what fits one.
    from avatar_server.body.face_finding import fitted

    face = fitted(model)
    if face is None:
        return model
    if path is not None:
        with suppress(OSError):
            own = {name: getattr(face, name) for name in _OWN}
            write_whole(path, {**own, **face_to_arrays(face.rig)})
    return face.on(model)


def _read(path: Path) -> FittedFace:
    with np.load(path, allow_pickle=False) as file:
        return FittedFace(**{name: file[name] for name in _OWN}, rig=face_from_arrays(file))
