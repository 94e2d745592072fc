"""The renderer that draws with OpenGL: which pass follows which, and what has to be drawn anew."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

import moderngl
import numpy as np
from numpy.typing import NDArray

from avatar_server.render.contract import Picture, PictureSize
from avatar_server.render.opengl.canvas import Canvas, smaller
from avatar_server.render.opengl.context import context_name, is_software, open_context
from avatar_server.render.opengl.depth import DepthPass
from avatar_server.render.opengl.figures import FigureStore
from avatar_server.render.opengl.floor_light import CELLS, FloorLightPass, LitFloor
from avatar_server.render.opengl.frame_block import BYTE_COUNT, pack_frame
from avatar_server.render.opengl.framing import Sight
from avatar_server.render.opengl.outputs import Output
from avatar_server.render.opengl.people_on_stage import (
    PeopleOnStage,
    ReckonedPeople,
    are_the_same_people,
    reckon_people,
)
from avatar_server.render.opengl.programs import FRAME_BINDING
from avatar_server.render.opengl.quality import FINE, Quality
from avatar_server.render.opengl.shadow_map import ShadowMapPass
from avatar_server.render.opengl.silhouette import SilhouettePass
from avatar_server.render.opengl.skinning import SkinningPass
from avatar_server.render.opengl.waiting import starter, waiter
from avatar_server.scene.snapshot import Snapshot

_CAPACITY, _CAPACITY_AHEAD = 2, 3
"""Of a CPU, and of a GPU: one picture is drawn, one on its way back, and one is being taken."""


class OpenGLRenderer:
    """Draws snapshots with OpenGL 4.3 or later, on a GPU or on a CPU. See the package's docstring."""

    def __init__(
        self,
        size: PictureSize,
        device: int | None = None,
        on_cpu: Quality = FINE,
        read_ahead: bool | None = None,
        context: moderngl.Context | None = None,
        on_gpu: Quality = FINE,
    ) -> None:
        """Raises `MachineError` where there is no EGL with OpenGL 4.3.

        device: as in `open_context`. on_cpu: how well people are drawn where OpenGL runs on the CPU, on_gpu:
        where it does not. read_ahead: see `PicturePlanes`; None where a GPU draws. context: one that was
        opened already, and is the renderer's from now on.
        """
        self._size = size
        self._context = open_context(device) if context is None else context
        self._on_cpu = is_software(self._context)
        quality = on_cpu if self._on_cpu else on_gpu
        self._read_ahead = not self._on_cpu if read_ahead is None else read_ahead
        self._floor_cell_m = quality.floor_cell_m
        self._name = context_name(self._context)
        self._frame = self._context.buffer(reserve=BYTE_COUNT)
        self._figures = FigureStore(self._context)
        self._skinning = SkinningPass(self._context)
        self._shadows = ShadowMapPass(self._context, quality.shadow_texels)
        self._floor_light = FloorLightPass(self._context, quality.floor_cell_m)
        self._wait, self._start = waiter(self._context), starter()
        self._canvas = self._open_canvas(size, quality)
        self._hasty_canvas = self._canvas
        if quality.hasty != 1:
            self._hasty_canvas = self._open_canvas(smaller(size, quality.hasty), quality)
        self._silhouette: SilhouettePass | None = None
        self._depth: DepthPass | None = None
        self._under_way: deque[tuple[Canvas, Output]] = deque()
        self._people: PeopleOnStage | None = None
        self._next_one: Callable[[], Snapshot | None] | None = None
        self._next_ones: ReckonedPeople | None = None
        self._on_pass: Callable[[str], None] | None = None
        self._closed = False

    @property
    def name(self) -> str:
        """What draws, for people."""
        return self._name

    @property
    def size(self) -> PictureSize:
        """Size of every picture."""
        return self._size

    @property
    def capacity(self) -> int:
        """How many snapshots may be under way."""
        return _CAPACITY_AHEAD if self._read_ahead else _CAPACITY

    def prepare(self, snapshot: Snapshot) -> None:
        """Pose and skin the people, and draw their shadows: all that is the same for every camera."""
        with self._context:
            people = self._prepare(snapshot, self._canvas)
            if not people.figures:
                return
            self._skin(people, self._levels(people, self._canvas, snapshot)[0])
            if people.floor is None:
                self._shadows.run(people.figures)
                self._light_floor(people)
                self._wait()
                people.floor = self._lit_floor(people)

    def look_ahead(self, snapshots: Sequence[Snapshot]) -> None:
        """These come next: what they have in common is reckoned at once."""
        with self._context:
            self._figures.look_ahead([figure for snapshot in snapshots for figure in snapshot.figures])

    def expect(self, next_one: Callable[[], Snapshot | None]) -> None:
        """What comes after the snapshot that is submitted next; asked for while that one is drawn."""
        self._next_one = next_one

    def submit(self, snapshot: Snapshot, *, hasty: bool = False) -> None:
        """Begin to draw `snapshot`."""
        if len(self._under_way) == self.capacity:
            raise RuntimeError("submit: collect a picture first")
        canvas = self._hasty_canvas if hasty else self._canvas
        with self._context:
            people = self._prepare(snapshot, canvas)
            figures = people.figures
            levels, sights = self._levels(people, canvas, snapshot)
            self._passed("poses, outlines")
            if figures:
                self._skin(people, levels)
                self._passed("skinning")
                if people.floor is None:
                    self._shadows.run(figures)
                    self._passed("shadow map")
                    self._light_floor(people)
                    self._passed("floor light")
            covered = canvas.draw_bodies(snapshot, figures, sights, self._shadows)
            self._meanwhile(canvas)
            self._passed("bodies")
            if figures:
                self._wait()
                if people.floor is None:
                    people.floor = self._lit_floor(people)
            output = canvas.draw_picture(snapshot, covered, people.floor, self._floor_light)
            self._passed("picture")
            self._under_way.append((canvas, output))

    def collect(self) -> Picture:
        """The oldest picture under way; waits for it."""
        if not self._under_way:
            raise RuntimeError("collect: nothing was submitted")
        canvas, output = self._under_way.popleft()
        with self._context:
            if not self._under_way:
                self._wait()
            picture = Picture(canvas.size, output.planes.read(), output.planes.read_alpha())
        canvas.give_back(output)
        return picture

    def watch_passes(self, passed: Callable[[str], None]) -> None:
        """Call `passed` with the name of each pass of `submit` when it is drawn; nothing overlaps then."""
        self._on_pass = passed

    def _passed(self, name: str) -> None:
        if self._on_pass is not None:
            self._context.finish()
            self._on_pass(name)

    def silhouette(self, snapshot: Snapshot) -> NDArray[np.uint8]:
        """(height, width) uint8, one sample at each pixel's centre: 0 nobody, i + 1 the i-th figure."""
        with self._context:
            people = self._prepare(snapshot, self._canvas)
            self._skin(people, [0] * len(people.figures))
            if self._silhouette is None:
                self._silhouette = SilhouettePass(self._context, self._size)
            return self._silhouette.run(people.figures)

    def depth(self, snapshot: Snapshot) -> NDArray[np.float32]:
        """(height, width) metres from the eye's plane, one sample at each pixel's centre; 0 nobody."""
        with self._context:
            people = self._prepare(snapshot, self._canvas)
            self._skin(people, [0] * len(people.figures))
            if self._depth is None:
                self._depth = DepthPass(self._context, self._size)
            return self._depth.run(people.figures)

    def skinned_vertices(self, snapshot: Snapshot) -> list[NDArray[np.float32]]:
        """(V, 3) world positions of each figure, read back from where the passes find them."""
        with self._context:
            people = self._prepare(snapshot, self._canvas)
            self._skin(people, [0] * len(people.figures))
            return [figure.posed_vertices() for figure in people.figures]

    def close(self) -> None:
        """Give everything back; closing twice is fine."""
        if self._closed:
            return
        self._closed = True
        self._under_way.clear()
        with self._context:
            for part in (
                self._canvas,
                None if self._hasty_canvas is self._canvas else self._hasty_canvas,
                self._figures,
                self._skinning,
                self._shadows,
                self._floor_light,
                self._silhouette,
                self._depth,
                self._frame,
            ):
                if part is not None:
                    part.release()
        self._context.release()

    def _open_canvas(self, size: PictureSize, quality: Quality) -> Canvas:
        return Canvas(self._context, size, quality.samples, quality.error_px, self._wait, self._read_ahead)

    def _prepare(self, snapshot: Snapshot, canvas: Canvas) -> PeopleOnStage:
        """Pose all figures unless they stand as last time; tell the shaders about light and camera."""
        people = self._people
        if people is None or not people.are_in(snapshot):
            next_ones, self._next_ones = self._next_ones, None
            if next_ones is None or not are_the_same_people(next_ones.snapshot, snapshot):
                next_ones = self._reckon(snapshot)
            people = self._people = next_ones.take_the_stage()
        self._frame.write(pack_frame(snapshot, canvas.size, people.light, people.patch, CELLS))
        self._frame.bind_to_uniform_block(FRAME_BINDING)
        return people

    def _reckon(self, snapshot: Snapshot) -> ReckonedPeople:
        return reckon_people(self._figures, snapshot, self._shadows.texels, self._floor_cell_m)

    def _meanwhile(self, canvas: Canvas) -> None:
        """Reckon who comes next, if anybody knows, while threads of the rasteriser draw the bodies."""
        next_one, self._next_one = self._next_one, None
        if next_one is None or not self._on_cpu:
            return
        self._start()
        snapshot = next_one()
        if snapshot is not None:
            people = self._reckon(snapshot)
            key = (canvas.size, snapshot.camera)
            self._next_ones = replace(people, seen=(key, canvas.sights(people.outlines(), snapshot.camera)))

    def _light_floor(self, people: PeopleOnStage) -> None:
        self._floor_light.begin([figure.legs for figure in people.figures], people.patch)
        self._floor_light.finish(people.patch, people.light, self._shadows)

    def _lit_floor(self, people: PeopleOnStage) -> LitFloor:
        """A GPU draws it all again before it would have told what has changed."""
        light = self._floor_light.read(people.patch) if self._on_cpu else None
        return LitFloor(people.patch, light)

    def _skin(self, people: PeopleOnStage, levels: list[int]) -> None:
        """Skin all figures at least as finely as `levels` say."""
        if any(level < skinned for level, skinned in zip(levels, people.levels, strict=True)):
            people.levels = [min(pair) for pair in zip(levels, people.levels, strict=True)]
            self._skinning.run(people.figures, people.levels)

    def _levels(
        self, people: PeopleOnStage, canvas: Canvas, snapshot: Snapshot
    ) -> tuple[list[int], list[Sight]]:
        """The finest level of detail that is drawn of each figure, in the picture or in the shadow map.

        And what can be seen of each.
        """
        key = (canvas.size, snapshot.camera)
        if people.seen is None or people.seen[0] != key:
            outlines = [figure.outline for figure in people.figures]
            people.seen = (key, canvas.sights(outlines, snapshot.camera))
        sights = people.seen[1]
        levels = [
            self._shadows.level_of(figure)
            if seen.is_empty
            else min(self._shadows.level_of(figure), canvas.level_of(figure, seen))
            for figure, seen in zip(people.figures, sights, strict=True)
        ]
        return levels, sights
