"""What a renderer takes and gives. Every renderer passes the suite in `avatar_server.testing`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from avatar_server.scene.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class PictureSize:
    """Width and height in pixels; both even, because chroma is stored for 2x2 pixels at a time."""

    width: int
    height: int


@dataclass(frozen=True, eq=False, slots=True)
class Picture:
    """A picture as encoders want it: BT.709 YUV 4:2:0, limited range, top row first.

    i420: (height * 3 // 2, width) uint8, C-contiguous: the Y plane, then the U plane (height/2 rows of
    width/2 bytes, packed), then the V plane. Owned by whoever received the picture.
    alpha: (height, width) uint8 where the backdrop is transparent, else None; the planes are then those of
    R'G'B' multiplied by it, so that shown without it people stand before black.
    """

    size: PictureSize
    i420: NDArray[np.uint8]
    alpha: NDArray[np.uint8] | None = None

    def planes(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
        """Views of Y (height, width), U and V (height/2, width/2)."""
        width, height = self.size.width, self.size.height
        flat = self.i420.reshape(-1)
        luma, chroma = width * height, width * height // 4
        half = (height // 2, width // 2)
        return (
            flat[:luma].reshape(height, width),
            flat[luma : luma + chroma].reshape(half),
            flat[luma + chroma :].reshape(half),
        )


class Renderer(Protocol):
    """Turns snapshots into pictures, in order.

    A renderer belongs to the thread that opened it. Submitting and collecting are apart so that drawing
    the next picture can overlap with fetching the last one; `submit` may be called up to `capacity` times
    before `collect`, which gives the oldest submitted picture.
    """

    @property
    def name(self) -> str:
        """What draws, for people: `OpenGL 4.5, llvmpipe (LLVM 15.0.6, 256 bits)`."""

    @property
    def size(self) -> PictureSize:
        """Size of every picture that is not drawn in haste."""

    @property
    def capacity(self) -> int:
        """How many snapshots may be under way, at least 1."""

    def prepare(self, snapshot: Snapshot) -> None:
        """Do what does not depend on the camera, and wait for it.

        What is submitted next with the same people needs less time from then on, through whatever camera;
        no picture is another one for it. Nothing may be under way.
        """

    def submit(self, snapshot: Snapshot, *, hasty: bool = False) -> None:
        """Begin to draw `snapshot`.

        hasty: somebody waits for it, with a hand on the camera; a renderer that takes long may then give a
        smaller picture, of about the same shape.
        """

    def collect(self) -> Picture:
        """The oldest picture under way; waits for it."""

    def silhouette(self, snapshot: Snapshot) -> NDArray[np.uint8]:
        """(height, width) uint8, one sample at each pixel's centre: 0 nobody, i + 1 the i-th figure."""

    def depth(self, snapshot: Snapshot) -> NDArray[np.float32]:
        """(height, width) float32 metres to the nearest surface of a figure, along the view.

        Measured from the plane through the eye that the picture is parallel to, one sample at each pixel's
        centre; 0 where `silhouette` is 0: floor and walls are a backdrop, and have no distance.
        """

    def close(self) -> None:
        """Give everything back; closing twice is fine."""


@runtime_checkable
class LooksAhead(Protocol):
    """A renderer for which it is cheaper to know several snapshots before it draws the first."""

    def look_ahead(self, snapshots: Sequence[Snapshot]) -> None:
        """These will be submitted next, in this order; those announced before are forgotten."""


@runtime_checkable
class PosesAhead(Protocol):
    """A renderer that can pose people while it waits for something."""

    def expect(self, next_one: Callable[[], Snapshot | None]) -> None:
        """`next_one` is probably submitted after the snapshot that is submitted next.

        It may be called while that one is drawn. Whatever comes then, no picture is another one for it.
        """


def draw(renderer: Renderer, snapshot: Snapshot, *, hasty: bool = False) -> Picture:
    """Draw one snapshot and wait for its picture; nothing else may be under way. hasty: see `Renderer`."""
    renderer.submit(snapshot, hasty=hasty)
    return renderer.collect()
