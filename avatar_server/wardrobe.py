"""The bodies that people wear on stage: from a file or built in, in the shapes that were asked for.

The same while file and builds are, because renderers keep what they upload.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from avatar_server.body.builds import Build
from avatar_server.body.model import BodyModel, ShapedBody, shape_body
from avatar_server.errors import UsageError

_State = tuple[int, int, int] | None


def open_body(file: Path | None, hair: str = "short") -> BodyModel:
    """The mannequin with such hair for None, otherwise the SMPL-H file, with a face.

    Raises InputError if it is no such file.
    """
    if file is None:
        from avatar_server.body.cache import load_mannequin

        return load_mannequin(hair)
    from avatar_server.body.kept_faces import load_faced
    from avatar_server.body.smplh_file import read_smplh

    return load_faced(read_smplh(file))


def shaped_bodies(file: Path | None, builds: tuple[Build, Build]) -> tuple[ShapedBody, ShapedBody]:
    """What the left and the right person wear, see `open_body`; UsageError for too many betas."""
    state = _state_of(file)
    left, right = (_shaped(file, state, build.hair, build.betas) for build in builds)
    return left, right


def body_as_recorded(file: Path | None, build: Build, betas: tuple[float, ...]) -> ShapedBody:
    """What somebody wears who was measured, in a world in which a body's size matters.

    betas: of SMPL-H, as they were measured. A file's body takes them, unless others were asked for; the
    mannequin's shapes are others: he stays neutral.
    """
    state = _state_of(file)
    if build.chosen:
        return _shaped(file, state, build.hair, build.betas)
    if file is None:
        return _shaped(file, state, build.hair, ())
    known = betas[: _model(file, state, build.hair).shapedirs.shape[2]]
    return _shaped(file, state, build.hair, known)


def _state_of(file: Path | None) -> _State:
    try:
        found = None if file is None else file.stat()
    except OSError:
        found = None  # Whoever reads the file says what is wrong with it.
    return found and (found.st_ino, found.st_size, found.st_mtime_ns)


@cache
def _shaped(file: Path | None, state: _State, hair: str, betas: tuple[float, ...]) -> ShapedBody:
    model = _model(file, state, hair)
    most = model.shapedirs.shape[2]
    if len(betas) > most:
        raise UsageError(f"--shape: expected at most {most} betas for this body, got {len(betas)}")
    return shape_body(model, np.array(betas) if betas else None)


@cache
def _model(file: Path | None, state: _State, hair: str) -> BodyModel:
    return open_body(file, hair)
