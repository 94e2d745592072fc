"""One picture as a PNG file."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatar_server.errors import InputError

_SIGNATURE = b"\x89PNG\r\n\x1a\n"

_COLOUR_TYPES = {1: 0, 3: 2, 4: 6}
"""By the number of channels."""


def png_bytes(pixels: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
    """(H, W, 3) R'G'B', (H, W, 4) with straight alpha, or (H, W) one number a pixel, as a PNG file.

    W3C PNG, colour types 2, 6 and 0, 8 or 16 bits; rows are stored as differences upwards.
    """
    height, width, channels = pixels.shape if pixels.ndim == 3 else (*pixels.shape, 1)
    big_endian = np.ascontiguousarray(pixels, dtype=pixels.dtype.newbyteorder(">"))
    flat = big_endian.view(np.uint8).reshape(height, -1)
    rows = np.empty((height, 1 + flat.shape[1]), dtype=np.uint8)
    rows[:, 0] = 2  # filter type "up"
    rows[0, 1:] = flat[0]
    rows[1:, 1:] = flat[1:] - flat[:-1]
    bits = 8 * pixels.dtype.itemsize
    header = struct.pack(">IIBBBBB", width, height, bits, _COLOUR_TYPES[channels], 0, 0, 0)
    body = zlib.compress(rows.tobytes(), 6)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def write_png(path: Path, pixels: NDArray[np.uint8] | NDArray[np.uint16]) -> None:
    """Write what `png_bytes` makes of `pixels` to `path`."""
    path.write_bytes(png_bytes(pixels))


def read_png(path: Path) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 of a file that `write_png` wrote; `InputError` for any other PNG."""
    data = path.read_bytes()
    chunks: dict[bytes, bytes] = {}
    at = len(_SIGNATURE)
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        chunks[kind] = chunks.get(kind, b"") + data[at + 8 : at + 8 + length]
        at += 12 + length
    plain = (8, 2, 0, 0, 0)
    if not data.startswith(_SIGNATURE) or struct.unpack(">IIBBBBB", chunks[b"IHDR"])[2:] != plain:
        raise InputError(expected="a PNG of 8-bit RGB", came="something else", where=path)
    width, height = struct.unpack_from(">II", chunks[b"IHDR"])
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), dtype=np.uint8).reshape(height, 1 + width * 3)
    if (rows[:, 0] != 2).any():
        raise InputError(expected="rows stored as differences upwards", came="other filters", where=path)
    return np.cumsum(rows[:, 1:], axis=0, dtype=np.uint8).reshape(height, width, 3)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
