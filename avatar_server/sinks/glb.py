"""A binary glTF file: arrays into one buffer, the rest as JSON before it.

Source: glTF 2.0 (Khronos Group, ISO/IEC 12113:2022), sections 3.6 and 4. Rejected: pygltflib, which gives
classes for the JSON and leaves packing, bounds and alignment to its user; and trimesh, which writes no skins.
"""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

_COMPONENTS = {"uint8": 5121, "uint16": 5123, "uint32": 5125, "float32": 5126}
_SHAPES = {(): "SCALAR", (3,): "VEC3", (4,): "VEC4", (4, 4): "MAT4"}

VERTICES, INDICES = 34962, 34963
"""What a part of the buffer is for: attributes of vertices, corners of triangles."""


class GlbBuilder:
    """Collects arrays; whatever else belongs to the file is put into `root` by its user."""

    def __init__(self, generator: str) -> None:
        self.root: dict[str, Any] = {"asset": {"version": "2.0", "generator": generator}}
        self._bytes = bytearray()

    def add(self, name: str, item: dict[str, Any]) -> int:
        """Append to a list of the file (`nodes`, `meshes`); its number there."""
        items: list[dict[str, Any]] = self.root.setdefault(name, [])
        items.append(item)
        return len(items) - 1

    def accessor(self, array: NDArray[Any], *, target: int | None = None, bounded: bool = False) -> int:
        """Store (N, ...) values; matrices lie column by column, as glTF has them. Its number.

        bounded: say the least and the largest of each component.
        """
        if array.ndim == 3:
            array = array.transpose(0, 2, 1)
        item = {"bufferView": self._view(array, target), **_described(array)}
        if bounded:
            item |= _bounds(array)
        return self.add("accessors", item)

    def sparse(self, count: int, places: NDArray[np.int64], values: NDArray[np.float32]) -> int:
        """Store (count, 3) values that are 0 but at rising `places`. Its number."""
        item: dict[str, Any] = {"componentType": _COMPONENTS["float32"], "count": count, "type": "VEC3"}
        if not len(places):
            places, values = np.zeros(1, np.int64), np.zeros((1, 3), np.float32)
        numbers = places.astype(np.uint32)
        item["sparse"] = {
            "count": len(numbers),
            "indices": {"bufferView": self._view(numbers, None), "componentType": _COMPONENTS["uint32"]},
            "values": {"bufferView": self._view(values, None)},
        }
        zeros = np.zeros((1 if len(places) < count else 0, 3), np.float32)
        return self.add("accessors", item | _bounds(np.concatenate([values, zeros])))

    def to_bytes(self) -> bytes:
        """The whole file."""
        self.root["buffers"] = [{"byteLength": len(self._bytes)}]
        text = json.dumps(self.root, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        data = bytes(self._bytes) + bytes(-len(self._bytes) % 4)
        length = 12 + 8 + len(text) + 8 + len(data)
        return b"".join(
            [
                struct.pack("<4sII", b"glTF", 2, length),
                struct.pack("<I4s", len(text), b"JSON"),
                text,
                struct.pack("<I4s", len(data), b"BIN\0"),
                data,
            ]
        )

    def _view(self, array: NDArray[Any], target: int | None) -> int:
        self._bytes += bytes(-len(self._bytes) % 4)
        data = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).tobytes()
        view: dict[str, Any] = {"buffer": 0, "byteOffset": len(self._bytes), "byteLength": len(data)}
        if target is not None:
            view["target"] = target
        self._bytes += data
        return self.add("bufferViews", view)


def _described(array: NDArray[Any]) -> dict[str, Any]:
    kind = _COMPONENTS[array.dtype.name]
    return {"componentType": kind, "count": len(array), "type": _SHAPES[array.shape[1:]]}


def _bounds(array: NDArray[Any]) -> dict[str, Any]:
    rows = array.reshape(len(array), -1)
    return {"min": rows.min(axis=0).tolist(), "max": rows.max(axis=0).tolist()}
