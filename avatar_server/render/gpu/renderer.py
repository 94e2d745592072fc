"""The renderer that draws by compute shaders: which pass follows which, and what several cameras share."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import moderngl
import numpy as np
from numpy.typing import NDArray

from avatar_server.render.contract import Picture, PictureSize
from avatar_server.render.gpu.gl_calls import gl_calls
from avatar_server.render.gpu.people import MOST_FIGURES, GpuFigure, GpuPeople
from avatar_server.render.gpu.picture import PicturePass
from avatar_server.render.gpu.poses import PosedPeople, pose_all
from avatar_server.render.gpu.readback import PictureBuffer
from avatar_server.render.gpu.samples import SamplesPass
from avatar_server.render.opengl.context import context_name, open_context
from avatar_server.render.opengl.floor_light import CELLS, FloorLightPass
from avatar_server.render.opengl.frame_block import BYTE_COUNT, pack_frame
from avatar_server.render.opengl.people_on_stage import are_the_same_people
from avatar_server.render.opengl.programs import FRAME_BINDING
from avatar_server.render.opengl.quality import FINE
from avatar_server.render.opengl.renderer import OpenGLRenderer
from avatar_server.render.opengl.shadow_geometry import (
    EMPTY_PATCH,
    FloorPatch,
    LightFrame,
    floor_patch,
    light_frame,
)
from avatar_server.render.opengl.shadow_map import ShadowMapPass
from avatar_server.scene.snapshot import Snapshot

_CAPACITY = 3
"""One picture is drawn, one is on its way back, and one is being taken."""


def can_compute(context: moderngl.Context) -> bool:
    """Whether a context has all that this renderer needs beyond OpenGL 4.3."""
    return (
        "GL_ARB_buffer_storage" in context.extensions
        and context.info.get("GL_MAX_SHADER_STORAGE_BUFFER_BINDINGS", 8) >= 8
    )


@dataclass(frozen=True, eq=False, slots=True)
class _Stage:
    """Who stands there, lit as in `snapshot`, whatever the camera is."""

    snapshot: Snapshot
    figures: tuple[GpuFigure, ...]
    light: LightFrame
    patch: FloorPatch


class GpuRenderer:
    """Draws snapshots with compute shaders. See the package's docstring."""

    def __init__(
        self, size: PictureSize, device: int | None = None, context: moderngl.Context | None = None
    ) -> None:
        """Raises `MachineError` where there is no EGL with OpenGL 4.3.

        device: as in `open_context`. context: one that was opened already, and is the renderer's from now on.
        """
        self._size = size
        self._device = device
        self._context = open_context(device) if context is None else context
        self._context.__enter__()  # type: ignore[no-untyped-call]
        self._handle = gl_calls().current_context()
        self._name = context_name(self._context)
        grid = (2 * size.width, 2 * size.height)
        self._people = GpuPeople(self._context, grid)
        self._shadows = ShadowMapPass(self._context, FINE.shadow_texels)
        self._floor_light = FloorLightPass(self._context, FINE.floor_cell_m)
        self._samples = SamplesPass(self._context, size, grid)
        self._free = deque(PictureBuffer(size) for _ in range(_CAPACITY))
        self._picture = PicturePass(self._context, size, self._free[0].stride)
        self._frames = deque(self._context.buffer(reserve=BYTE_COUNT) for _ in range(_CAPACITY + 1))
        self._under_way: deque[PictureBuffer] = deque()
        self._foreseen: dict[int, tuple[Snapshot, PosedPeople]] = {}
        self._stage: _Stage | None = None
        self._layers: OpenGLRenderer | None = None
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
        return _CAPACITY

    def prepare(self, snapshot: Snapshot) -> None:
        """Pose and skin the people, and draw their shadows: all that is the same for every camera."""
        self._make_current()
        self._set_stage(snapshot)
        gl_calls().flush()

    def look_ahead(self, snapshots: Sequence[Snapshot]) -> None:
        """These come next: their poses are reckoned at once."""
        self._make_current()
        posed = pose_all(snapshots, self._people.body_of)
        self._foreseen = {
            id(snapshot): (snapshot, people) for snapshot, people in zip(snapshots, posed, strict=True)
        }

    def submit(self, snapshot: Snapshot, *, hasty: bool = False) -> None:
        """Begin to draw `snapshot`."""
        if not self._free:
            raise RuntimeError("submit: collect a picture first")
        self._make_current()
        stage = self._set_stage(snapshot)
        if stage.figures:
            self._people.light(self._shadows)
        self._people.bind_all()
        self._samples.bind()
        self._samples.run(stage.figures)
        self._passed("bodies")
        target = self._free.popleft()
        transparent = snapshot.backdrop.transparent
        self._picture.run(target, stage.figures, self._floor_light.texture, transparent)
        target.begin_reading(transparent)
        self._under_way.append(target)
        self._passed("picture")

    def collect(self) -> Picture:
        """The oldest picture under way; waits for it."""
        if not self._under_way:
            raise RuntimeError("collect: nothing was submitted")
        target = self._under_way.popleft()
        self._make_current()
        picture = target.read()
        self._free.append(target)
        return picture

    def watch_passes(self, passed: Callable[[str], None]) -> None:
        """Call `passed` with the name of each pass of `submit` when it is drawn; nothing overlaps then."""
        self._on_pass = passed

    def silhouette(self, snapshot: Snapshot) -> NDArray[np.uint8]:
        """(height, width) uint8, one sample at each pixel's centre: 0 nobody, i + 1 the i-th figure."""
        return self._rasteriser().silhouette(snapshot)

    def depth(self, snapshot: Snapshot) -> NDArray[np.float32]:
        """(height, width) metres from the eye's plane, one sample at each pixel's centre; 0 nobody."""
        return self._rasteriser().depth(snapshot)

    def skinned_vertices(self, snapshot: Snapshot) -> list[NDArray[np.float32]]:
        """(V, 3) world positions of each figure, read back from where the passes find them."""
        self._make_current()
        found = []
        for figure in self._set_stage(snapshot).figures:
            places = np.frombuffer(figure.vertices.read(), dtype=np.float32).reshape(-1, 8)[:, :3]
            vertices = np.empty_like(places)
            vertices[figure.body.order] = places
            found.append(vertices)
        return found

    def close(self) -> None:
        """Give everything back; closing twice is fine."""
        if self._closed:
            return
        self._closed = True
        if self._layers is not None:
            self._layers.close()
        self._make_current()
        self._context.finish()
        for target in (*self._free, *self._under_way):
            target.release()
        for frame in self._frames:
            frame.release()
        for part in (self._people, self._shadows, self._floor_light, self._samples, self._picture):
            part.release()
        gl_calls().leave_context()
        self._context.release()

    def _make_current(self) -> None:
        """Our context is the thread's then, and stays so: changing it costs more than many draws."""
        if gl_calls().current_context() != self._handle:
            self._context.__enter__()  # type: ignore[no-untyped-call]

    def _passed(self, name: str) -> None:
        if self._on_pass is not None:
            self._context.finish()
            self._on_pass(name)

    def _rasteriser(self) -> OpenGLRenderer:
        if self._layers is None:
            self._layers = OpenGLRenderer(self._size, self._device)
        return self._layers

    def _set_stage(self, snapshot: Snapshot) -> _Stage:
        """Skin the people and draw their shadows, unless they stand as last time; `Frame` is bound then."""
        stage = self._stage
        is_there = (
            stage is not None
            and stage.figures == self._people.drawn
            and are_the_same_people(stage.snapshot, snapshot)
        )
        if stage is None or not is_there:
            posed = self._posed(snapshot)
            direction = np.array(snapshot.lighting.key_direction)
            light = light_frame(posed.points, direction, self._shadows.texels)
            patch = EMPTY_PATCH
            if snapshot.figures:
                patch = floor_patch(posed.points, direction, CELLS, FINE.floor_cell_m)
            stage = self._stage = _Stage(snapshot, self._people.choose(snapshot.figures), light, patch)
            self._passed("poses, outlines")
            self._people.skin(posed.packed)
            self._passed("skinning")
        frame = self._frames[0]
        self._frames.rotate()
        frame.write(pack_frame(snapshot, self._size, stage.light, stage.patch, CELLS))
        frame.bind_to_uniform_block(FRAME_BINDING)
        if not is_there and stage.figures:
            self._shadows.run(stage.figures)
            self._passed("shadow map")
            self._floor_light.begin(posed.legs, stage.patch)
            self._floor_light.finish(stage.patch, stage.light, self._shadows)
            self._passed("floor light")
        return stage

    def _posed(self, snapshot: Snapshot) -> PosedPeople:
        if len(snapshot.figures) > MOST_FIGURES:
            raise ValueError(f"expected at most {MOST_FIGURES} people, got {len(snapshot.figures)}")
        known = self._foreseen.pop(id(snapshot), None)
        return pose_all([snapshot], self._people.body_of)[0] if known is None else known[1]
