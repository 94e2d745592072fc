"""Reads the licensed SMPL-H files, in both published NPZ layouts and as the old pickles.

Layouts: `smplh/{male,female,neutral}/model.npz` as used with AMASS (16 betas), and `SMPLH_*.npz` or `.pkl`
as used by smplx. Keys and shapes are the same; the pickles hold sparse and chumpy objects.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csc_matrix, csr_matrix

from avatar_server.body.garments import garments_of
from avatar_server.body.joint_regressor import JointRegressor
from avatar_server.body.model import PARENTS, BodyModel
from avatar_server.body.pose_directions import PoseDirections
from avatar_server.dataset.safe_pickle import ChumpyArray, SparseMatrix, read_arrays_only
from avatar_server.errors import InputError
from avatar_server.motion.pose import JOINT_COUNT

_KEYS = ("v_template", "f", "shapedirs", "posedirs", "J_regressor", "weights", "kintree_table")
_OTHER_MODELS = {
    24: "an SMPL file (24 joints, no fingers)",
    55: "an SMPL-X file (55 joints)",
    16: "a MANO file",
}
_WEIGHT_SUM_TOLERANCE = 1e-3


def read_smplh(path: Path) -> BodyModel:
    """The body in an SMPL-H file, dressed.

    Raises InputError with what was expected, what came and where: not an SMPL-H file, one of a sister model,
    wrong shapes, a truncated file, an archive or a pickle that wants more than arrays.
    """
    if not path.is_file():
        raise InputError(expected="an SMPL-H file", came="nothing there", where=path)
    arrays = _read_pickle(path) if path.suffix.lower() == ".pkl" else _read_npz(path)
    return _body(arrays, path)


def _read_npz(path: Path) -> dict[str, NDArray[Any]]:
    expected = "an SMPL-H file (.npz or .pkl)"
    try:
        file = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(expected=expected, came="a broken or different file", where=path) from error
    if not isinstance(file, np.lib.npyio.NpzFile):
        raise InputError(expected=expected, came="a single array", where=path)
    with file:
        arrays = {}
        for key in _KEYS:
            if key not in file.files:
                raise InputError(expected=f"an SMPL-H file with {key}", came="no such array", where=path)
            try:
                arrays[key] = file[key]
            except ValueError as error:
                came = (
                    "pickled objects, which are not opened"
                    if "pickle" in str(error).lower()
                    else "a broken array"
                )
                raise InputError(expected="a plain array", came=came, where=f"{path}[{key}]") from error
            except (OSError, EOFError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
                came = "a broken or truncated array"
                raise InputError(expected="a whole array", came=came, where=f"{path}[{key}]") from error
            except Exception as error:
                # zlib has an error class of its own that no other one covers.
                if type(error).__module__ != "zlib":
                    raise
                came = "a damaged archive"
                raise InputError(expected="a whole array", came=came, where=f"{path}[{key}]") from error
    return arrays


def _read_pickle(path: Path) -> dict[str, NDArray[Any]]:
    content = read_arrays_only(path)
    arrays = {}
    for key in _KEYS:
        if key not in content:
            raise InputError(expected=f"an SMPL-H file with {key}", came="no such array", where=path)
        value = content[key]
        if isinstance(value, ChumpyArray):
            value = value.state.get("x")
        elif isinstance(value, SparseMatrix):
            value = _dense(value, f"{path}[{key}]")
        if not isinstance(value, np.ndarray) or value.dtype == object:
            came = f"a {type(value).__name__}"
            raise InputError(expected="an array", came=came, where=f"{path}[{key}]")
        arrays[key] = value
    return arrays


def _dense(matrix: SparseMatrix, where: str) -> NDArray[Any]:
    """The dense form of a sparse matrix known by its state only."""
    state = matrix.state
    shape = state.get("_shape", state.get("shape"))
    try:
        if "row" in state:
            return np.asarray(
                coo_matrix((state["data"], (state["row"], state["col"])), shape=shape).toarray()
            )
        if "coords" in state:
            return np.asarray(coo_matrix((state["data"], tuple(state["coords"])), shape=shape).toarray())
        parts = (state["data"], state["indices"], state["indptr"])
        # The state does not always name its order: indptr has one entry more than there are columns, or rows.
        by_column = shape is not None and len(state["indptr"]) == int(shape[1]) + 1
        kind = csc_matrix if by_column else csr_matrix
        result = kind(parts, shape=shape)
        result.check_format(full_check=True)
        return np.asarray(result.toarray())
    except (KeyError, ValueError, TypeError, IndexError, MemoryError) as error:
        raise InputError(expected="a sparse matrix", came="a damaged one", where=where) from error


def _floats(
    arrays: dict[str, NDArray[Any]], key: str, shape: tuple[int | None, ...], path: Path
) -> NDArray[np.float64]:
    """`arrays[key]` as finite float64 of `shape`, where None is any length."""
    array = arrays[key]
    fits = array.ndim == len(shape) and all(
        want is None or want == length for want, length in zip(shape, array.shape, strict=True)
    )
    if not fits or array.dtype.kind not in "fiu":
        wanted = " x ".join("any" if want is None else str(want) for want in shape)
        came = f"{array.dtype} of shape {array.shape}"
        raise InputError(expected=f"numbers of shape {wanted}", came=came, where=f"{path}[{key}]")
    result = array.astype(np.float64)
    if not np.isfinite(result).all():
        raise InputError(expected="finite numbers", came="NaN or infinity", where=f"{path}[{key}]")
    return result


def _body(arrays: dict[str, NDArray[Any]], path: Path) -> BodyModel:
    tree = arrays["kintree_table"]
    if tree.ndim != 2 or tree.shape[0] != 2 or tree.dtype.kind not in "iuf":
        came = f"{tree.dtype} of shape {tree.shape}"
        raise InputError(expected="a 2 x 52 table of parents", came=came, where=f"{path}[kintree_table]")
    joint_count = tree.shape[1]
    if joint_count != JOINT_COUNT:
        came = _OTHER_MODELS.get(joint_count, f"a body with {joint_count} joints")
        raise InputError(expected=f"an SMPL-H file ({JOINT_COUNT} joints)", came=came, where=path)
    parents = tree[0].astype(np.int64)
    parents[0] = -1 if parents[0] in (-1, 2**32 - 1) else parents[0]
    if not np.array_equal(parents, PARENTS):
        raise InputError(expected="the SMPL-H skeleton", came="another tree", where=f"{path}[kintree_table]")

    template = _floats(arrays, "v_template", (None, 3), path)
    count = len(template)
    faces = arrays["f"]
    if faces.ndim != 2 or faces.shape[1] != 3 or faces.dtype.kind not in "iu" or not len(faces):
        came = f"{faces.dtype} of shape {faces.shape}"
        raise InputError(expected="triangles, any x 3 integers", came=came, where=f"{path}[f]")
    if faces.min() < 0 or faces.max() >= count:
        came = f"an index of {int(faces.max())}"
        raise InputError(expected=f"vertex indices below {count}", came=came, where=f"{path}[f]")
    shapedirs = _floats(arrays, "shapedirs", (count, 3, None), path)
    posedirs = _floats(arrays, "posedirs", (count, 3, 9 * (JOINT_COUNT - 1)), path)
    regressor = _floats(arrays, "J_regressor", (JOINT_COUNT, count), path)
    weights = _floats(arrays, "weights", (count, JOINT_COUNT), path)
    sums = weights.sum(axis=1)
    if np.abs(sums - 1.0).max() > _WEIGHT_SUM_TOLERANCE:
        came = f"a row that sums to {sums[np.abs(sums - 1.0).argmax()]:.4f}"
        raise InputError(expected="rows that sum to 1", came=came, where=f"{path}[weights]")
    return BodyModel(
        name=path.stem if path.stem != "model" else f"smplh-{path.parent.name}",
        v_template=template,
        faces=faces.astype(np.int32),
        shapedirs=shapedirs.astype(np.float32),
        posedirs=PoseDirections.of(posedirs.astype(np.float32)),
        joint_regressor=JointRegressor.of(regressor),
        weights=weights,
        garments=garments_of(template, regressor @ template, weights),
    )
