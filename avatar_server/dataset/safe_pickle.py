"""Arrays out of pickles (old SMPL files, InterHuman), without running anything that the file names.

A pickle is a program. This reader lets it do nothing but build numpy arrays, dicts, lists, strings and
numbers; what the published files hold beyond that (scipy's sparse matrices, chumpy's arrays) becomes a
`Passive` that keeps the state it was given. Neither scipy nor chumpy code runs, and chumpy is not needed.
"""

from __future__ import annotations

import pickle
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np

from avatar_server.errors import InputError


class _Unwanted(pickle.UnpicklingError):
    """The file names something that is not on the short list."""


class Passive:
    """Stands for an object whose class is known but not wanted: only its state is kept."""

    def __init__(self, *_arguments: object) -> None:
        self.state: Mapping[str, Any] = {}

    def __setstate__(self, state: object) -> None:
        if isinstance(state, tuple) and len(state) == 2:
            state = {**(state[0] or {}), **(state[1] or {})}
        if not isinstance(state, dict):
            raise _Unwanted("an object whose state is not a dict")
        self.state = state


class SparseMatrix(Passive):
    """The state of a scipy csc, csr or coo matrix."""


class ChumpyArray(Passive):
    """The state of a chumpy array: its values are `state["x"]`."""


def _bare(kind: type, *_base: object) -> object:
    """What `copyreg._reconstructor` does, for the passive classes only."""
    if not (isinstance(kind, type) and issubclass(kind, Passive)):
        raise _Unwanted("an object of a plain class")
    return kind()


def _encode(text: str, encoding: str = "latin1") -> bytes:
    """Bytes as Python 3 writes them in protocol 2."""
    if encoding not in ("latin1", "latin-1"):
        raise _Unwanted(f"bytes in the encoding {encoding}")
    return text.encode("latin1")


def _numpy_function(name: str) -> Callable[..., Any]:
    """Numpy's own function for rebuilding an array or a number, wherever this numpy keeps it."""
    array = np.zeros(1)
    function: Any = (array if name == "_reconstruct" else array[0]).__reduce__()[0]
    return cast("Callable[..., Any]", function)


_ALLOWED: dict[tuple[str, str], object] = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("_codecs", "encode"): _encode,
    ("copy_reg", "_reconstructor"): _bare,
    ("copyreg", "_reconstructor"): _bare,
    ("__builtin__", "object"): object,
    ("builtins", "object"): object,
}
for _module in ("numpy.core.multiarray", "numpy._core.multiarray"):
    for _name in ("_reconstruct", "scalar"):
        _ALLOWED[(_module, _name)] = _numpy_function(_name)

_SPARSE = ("csc_matrix", "csr_matrix", "coo_matrix", "csc_array", "csr_array", "coo_array")


class _ArraysOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> object:
        if (module, name) in _ALLOWED:
            return _ALLOWED[(module, name)]
        if module.split(".")[:2] == ["scipy", "sparse"] and name in _SPARSE:
            return SparseMatrix
        if module.split(".")[0] == "chumpy" and name == "Ch":
            return ChumpyArray
        raise _Unwanted(f"{module}.{name}")


def read_arrays_only(path: Path) -> dict[str, object]:
    """The dict in a pickle of Python 2 or 3, with `Passive` objects in place of sparse and chumpy ones.

    Raises InputError for anything else: another object than a dict, a class or function that is not on the
    short list, a file that ends early.
    """
    expected = "a pickle that holds nothing but arrays"
    try:
        with path.open("rb") as file:
            content = _ArraysOnly(file, encoding="latin1").load()
    except _Unwanted as error:
        raise InputError(expected=expected, came=f"one that wants {error}", where=path) from error
    except (
        pickle.UnpicklingError,
        EOFError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        ImportError,
        MemoryError,
        OverflowError,
        RecursionError,
        struct.error,
    ) as error:
        raise InputError(expected=expected, came="a broken or truncated file", where=path) from error
    if not isinstance(content, dict):
        raise InputError(expected=expected, came=f"a {type(content).__name__}", where=path)
    return {str(key): value for key, value in content.items()}
