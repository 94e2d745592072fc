"""All that depends on the size of the picture: the passes that draw into it, and pictures under way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import moderngl
import numpy as np

from avatar_server.render.contract import PictureSize
from avatar_server.render.opengl.bodies import BodiesPass
from avatar_server.render.opengl.cells import CellGrid, Part
from avatar_server.render.opengl.figures import PosedFigure
from avatar_server.render.opengl.floor_light import FloorLightPass, LitFloor
from avatar_server.render.opengl.floor_sight import FloorSight
from avatar_server.render.opengl.framing import Outline, Sight, sight
from avatar_server.render.opengl.outputs import Output, Outputs
from avatar_server.render.opengl.picture import PicturePass
from avatar_server.render.opengl.sample_grid import SampleGrid
from avatar_server.render.opengl.shadow_geometry import FloorPatch
from avatar_server.render.opengl.shadow_map import ShadowMapPass
from avatar_server.scene.snapshot import Camera, Snapshot


class Canvas:
    """Draws people who are posed and skinned already, and the studio round them, in one size."""

    def __init__(
        self,
        context: moderngl.Context,
        size: PictureSize,
        samples: int,
        error_px: float,
        wait: Callable[[], None],
        read_ahead: bool,
    ) -> None:
        """samples, error_px: see `Quality`. wait: see `waiting.waiter`. read_ahead: see `PicturePlanes`."""
        self.size = size
        grid = SampleGrid(size, samples)
        self._cells = CellGrid(size)
        self._bodies = BodiesPass(context, grid, error_px)
        self._picture = PicturePass(context, grid, wait)
        self._outputs = Outputs(context, size, self._cells, read_ahead)
        self._floor_sight: tuple[FloorPatch, Camera, FloorSight] | None = None

    def sights(self, outlines: Sequence[Outline], camera: Camera) -> list[Sight]:
        """What can be seen of each figure."""
        return [sight(outline, camera, self.size, self._bodies.error_px) for outline in outlines]

    def level_of(self, figure: PosedFigure, seen: Sight) -> int:
        """The level of detail that is drawn of a figure."""
        return self._bodies.level_of(figure, seen)

    def draw_bodies(
        self,
        snapshot: Snapshot,
        figures: Sequence[PosedFigure],
        sights: Sequence[Sight],
        shadows: ShadowMapPass,
    ) -> Part:
        """Draw what can be seen of them; the part of the picture in which they are."""
        if not figures:
            return self._cells.nothing()
        covered = self._cells.touched(np.concatenate([seen.boxes for seen in sights], axis=1))
        self._bodies.run(snapshot, figures, sights, self._cells.rectangles(covered), shadows)
        return covered

    def draw_picture(
        self, snapshot: Snapshot, covered: Part, floor: LitFloor | None, floor_light: FloorLightPass
    ) -> Output:
        """Begin a picture of the bodies that were drawn last, and the studio.

        covered: where they are. floor: what they darken. Only what differs from what the picture's planes
        show is drawn: where people are, where they were, and where the light on the floor is another.
        """
        output = self._outputs.take(snapshot)
        if output.studio is None:
            empty = self._cells.everything()
        else:
            empty = output.covered | self._relit(output.floor, floor, snapshot.camera)
        output.studio = (snapshot.camera, snapshot.lighting, snapshot.backdrop)
        output.covered, output.floor = covered, floor
        self._picture.run(
            output.planes,
            self._bodies.texture,
            floor_light.texture,
            self._cells.rectangles(empty & ~covered),
            self._cells.rectangles(covered),
        )
        output.planes.begin_reading()
        return output

    def give_back(self, output: Output) -> None:
        """A picture was read."""
        self._outputs.give_back(output)

    def release(self) -> None:
        """Give everything back."""
        for part in (self._outputs, self._bodies, self._picture):
            part.release()

    def _relit(self, before: LitFloor | None, now: LitFloor | None, camera: Camera) -> Part:
        """Where the floor may look different: with other cells, everywhere that either reaches."""
        if before is not None and now is not None and before.patch == now.patch:
            if before.light is None or now.light is None:
                return self._sight_of(now.patch, camera).touched(now.everywhere())
            changed = before.light != now.light
            return (
                self._sight_of(now.patch, camera).touched(changed) if changed.any() else self._cells.nothing()
            )
        part = self._cells.nothing()
        for floor in (before, now):
            if floor is not None:
                part |= self._sight_of(floor.patch, camera).touched(floor.everywhere())
        return part

    def _sight_of(self, patch: FloorPatch, camera: Camera) -> FloorSight:
        """The same for many pictures, because the patch moves in steps."""
        if self._floor_sight is None or self._floor_sight[:2] != (patch, camera):
            seen = FloorSight(patch, camera, self.size, self._cells.shape)
            self._floor_sight = (patch, camera, seen)
        return self._floor_sight[2]


def smaller(size: PictureSize, scale: Fraction) -> PictureSize:
    """Even width and height nearest to `scale` times `size`, at least 2."""
    return PictureSize(*(max(2, 2 * round(side * scale / 2)) for side in (size.width, size.height)))
