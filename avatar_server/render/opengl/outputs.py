"""Pictures under way, and those drawn before: the next one of the same view is hardly different."""

from __future__ import annotations

from dataclasses import dataclass

import moderngl

from avatar_server.render.contract import PictureSize
from avatar_server.render.opengl.cells import CellGrid, Part
from avatar_server.render.opengl.floor_light import LitFloor
from avatar_server.render.opengl.picture import PicturePlanes
from avatar_server.scene.snapshot import Backdrop, Camera, Lighting, Snapshot

_MOST = 8
"""Views whose studio is remembered, more or less; 3.5 bytes a pixel each."""

Studio = tuple[Camera, Lighting, Backdrop]


@dataclass(eq=False, slots=True)
class Output:
    """Planes of one picture, and what is in them.

    covered: where people are. floor: what they darken of it. studio: round them; None while unknown.
    """

    planes: PicturePlanes
    covered: Part
    floor: LitFloor | None = None
    studio: Studio | None = None


class Outputs:
    """Lends planes, if it can those that show the same studio already."""

    def __init__(
        self, context: moderngl.Context, size: PictureSize, cells: CellGrid, read_ahead: bool
    ) -> None:
        """read_ahead: see `PicturePlanes`."""
        self._context = context
        self._read_ahead = read_ahead
        self._size = size
        self._cells = cells
        self._all: list[Output] = []
        self._free: list[Output] = []

    def take(self, snapshot: Snapshot) -> Output:
        """What to draw `snapshot` into; its `studio` is the snapshot's, or None."""
        studio = (snapshot.camera, snapshot.lighting, snapshot.backdrop)
        for output in reversed(self._free):
            if output.studio == studio:
                self._free.remove(output)
                return output
        transparent = snapshot.backdrop.transparent
        spare = next((one for one in self._free if (one.planes.alpha is not None) == transparent), None)
        if spare is not None and len(self._all) >= _MOST:
            self._free.remove(spare)
            spare.studio = None
            return spare
        planes = PicturePlanes(self._context, self._size, transparent, self._read_ahead)
        output = Output(planes, self._cells.nothing())
        self._all.append(output)
        return output

    def give_back(self, output: Output) -> None:
        """It was read; what it shows is remembered."""
        self._free.append(output)

    def release(self) -> None:
        """Give everything back."""
        for output in self._all:
            output.planes.release()
