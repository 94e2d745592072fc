"""The reference renderer: smplx poses the bodies, pyrender draws them. Slow, independent, an extra.

It proves the pictures of the OpenGL renderer and is the baseline of the benchmark, so it does what a careful
user of those two packages does: meshes are uploaded anew for each picture (pyrender has no skinning), the
scene and everything that stands still are kept.
"""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.kinematics import joint_transforms
from avatar_server.body.model import ShapedBody
from avatar_server.body.vertex_normals import vertex_normals
from avatar_server.errors import MachineError
from avatar_server.render.contract import Picture, PictureSize
from avatar_server.render.reference_body import SmplxBody
from avatar_server.render.reference_studio import matte, studio_scene
from avatar_server.render.vertex_colours import vertex_colours
from avatar_server.scene.snapshot import Appearance, Backdrop, Camera, Figure, Lighting, Snapshot


class ReferenceRenderer:
    """`Renderer` on pyrender and smplx; `MachineError` if the extra or OpenGL is missing."""

    def __init__(self, size: PictureSize) -> None:
        self._size = size
        self._pyrender, self._offscreen = _open(size)
        self._bodies: dict[ShapedBody, SmplxBody] = {}
        self._colours: dict[tuple[int, Appearance], NDArray[np.float32]] = {}
        self._set: tuple[Lighting, Backdrop] | None = None
        self._scene: Any = None
        self._done: deque[Picture] = deque()
        self._name = f"pyrender {self._pyrender.__version__} and smplx, {_device_name()}"

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
        """Pictures are drawn at once: one under way."""
        return 1

    def prepare(self, snapshot: Snapshot) -> None:
        """Nothing: every picture is drawn from the beginning."""

    def submit(self, snapshot: Snapshot, *, hasty: bool = False) -> None:
        """Draw `snapshot`, all of it."""
        flags = self._pyrender.RenderFlags
        with self._dressed(snapshot):
            rgb, _ = self._offscreen.render(self._scene, flags.SHADOWS_DIRECTIONAL)
        self._done.append(Picture(self._size, _i420(rgb)))

    def collect(self) -> Picture:
        """The oldest picture under way."""
        return self._done.popleft()

    def silhouette(self, snapshot: Snapshot) -> NDArray[np.uint8]:
        """(height, width) uint8, one sample at each pixel's centre: 0 nobody, i + 1 the i-th figure."""
        with self._dressed(snapshot) as nodes:
            shades = {node: index + 1 for index, node in enumerate(nodes)}
            rgb, _ = self._offscreen.render(self._scene, self._pyrender.RenderFlags.SEG, shades)
        return np.ascontiguousarray(rgb[:, :, 0])

    def depth(self, snapshot: Snapshot) -> NDArray[np.float32]:
        """(height, width) metres from the eye's plane, one sample at each pixel's centre; 0 nobody."""
        who = self.silhouette(snapshot)
        with self._dressed(snapshot):
            distances = self._offscreen.render(self._scene, self._pyrender.RenderFlags.DEPTH_ONLY)
        return np.where(who > 0, distances, np.float32(0.0)).astype(np.float32)

    def close(self) -> None:
        """Give the context back; closing twice is fine.

        pyrender would also terminate the EGL display, which is one for the whole process: every other
        OpenGL context in it would be gone.
        """
        if self._offscreen is None:
            return
        from OpenGL.EGL import EGL_NO_CONTEXT, EGL_NO_SURFACE, eglDestroyContext, eglMakeCurrent

        platform = self._offscreen._platform
        platform.make_current()
        self._offscreen._renderer.delete()
        display, context = platform._egl_display, platform._egl_context
        eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT)
        eglDestroyContext(display, context)
        platform._egl_display = None
        self._offscreen = None
        self._bodies.clear()

    @contextlib.contextmanager
    def _dressed(self, snapshot: Snapshot) -> Iterator[list[Any]]:
        """The scene with the figures and the camera of `snapshot` in it; gives the figures' nodes."""
        if self._set != (snapshot.lighting, snapshot.backdrop):
            self._scene = studio_scene(self._pyrender, snapshot.lighting, snapshot.backdrop)
            self._set = (snapshot.lighting, snapshot.backdrop)
        nodes = [
            self._scene.add(self._mesh(figure, vertices))
            for figure, vertices in zip(snapshot.figures, self._posed(snapshot.figures), strict=True)
        ]
        aspect = self._size.width / self._size.height
        eye = self._scene.add(
            _pyrender_camera(self._pyrender, snapshot.camera, aspect),
            pose=np.linalg.inv(snapshot.camera.view_matrix()),
        )
        self._scene.main_camera_node = eye
        try:
            yield nodes
        finally:
            for node in (*nodes, eye):
                self._scene.remove_node(node)

    def _posed(self, figures: Sequence[Figure]) -> list[NDArray[np.float32]]:
        """(V, 3) vertices of each figure; whoever wears the same body is posed in one go."""
        posed: dict[int, NDArray[np.float32]] = {}
        for shaped in {figure.body: None for figure in figures}:
            wearers = [index for index, figure in enumerate(figures) if figure.body is shaped]
            body = self._bodies.get(shaped)
            if body is None:
                body = self._bodies[shaped] = SmplxBody(shaped)
            rotations = np.stack([figures[index].rotations for index in wearers])
            translations = np.stack([figures[index].translation for index in wearers])
            standing = body.vertices(rotations, translations)
            for index, vertices in zip(wearers, standing, strict=True):
                _move_face(vertices, figures[index])
                posed[index] = vertices
        return [posed[index] for index in range(len(figures))]

    def _mesh(self, figure: Figure, vertices: NDArray[np.float32]) -> Any:
        faces = figure.body.model.faces
        key = (id(figure.body), figure.appearance)
        colours = self._colours.get(key)
        if colours is None:
            colours = self._colours[key] = vertex_colours(figure.body.model, figure.appearance)
        primitive = self._pyrender.Primitive(
            positions=vertices,
            normals=vertex_normals(vertices, faces),
            color_0=colours,
            indices=faces,
            material=matte(self._pyrender),
        )
        return self._pyrender.Mesh([primitive])


def _move_face(vertices: NDArray[np.float32], figure: Figure) -> None:
    """Add what the face does to (V, 3) posed vertices; smplx knows no such thing."""
    rig = figure.body.model.face
    if rig is None or figure.face is None:
        return
    turns = joint_transforms(figure.body, figure.rotations, figure.translation)[:, :3, :3]
    carried = figure.body.model.weights[rig.vertices] @ turns.reshape(len(turns), 9)
    moved = np.einsum("vab,vb->va", carried.reshape(-1, 3, 3), rig.offsets_at(figure.face))
    vertices[rig.vertices] += moved.astype(np.float32)


@contextlib.contextmanager
def _egl_chosen() -> Iterator[None]:
    """PyOpenGL and pyrender choose their platform by a variable of the environment, read now and then."""
    before = os.environ.get("PYOPENGL_PLATFORM")
    os.environ["PYOPENGL_PLATFORM"] = "egl"
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYOPENGL_PLATFORM"]
        else:
            os.environ["PYOPENGL_PLATFORM"] = before


def _open(size: PictureSize) -> tuple[Any, Any]:
    """The module pyrender, and its renderer on an EGL context of its own."""
    with _egl_chosen():
        try:
            import pyrender
            import smplx  # noqa: F401  (missing pieces are told at the door)
        except ImportError as error:
            raise MachineError(
                f"the reference renderer needs {error.name}: pip install 'avatar-server[reference]'"
            ) from None
        try:
            return pyrender, pyrender.OffscreenRenderer(size.width, size.height)
        except Exception as error:
            raise MachineError(
                f"no OpenGL on EGL for the reference renderer ({error}): "
                "apt-get install libegl1 libgl1 libgl1-mesa-dri"
            ) from None


def _device_name() -> str:
    from OpenGL.GL import GL_RENDERER, glGetString

    return str(glGetString(GL_RENDERER).decode())


def _pyrender_camera(pyrender: Any, camera: Camera, aspect: float) -> Any:
    return pyrender.PerspectiveCamera(
        camera.vertical_fov_rad, aspectRatio=aspect, znear=camera.near_m, zfar=camera.far_m
    )


def _i420(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W, 3) to BT.709 4:2:0 by FFmpeg's scaler, in 5 ms where `render.yuv` takes 130 at 1280x720."""
    from av import VideoFrame
    from av.video.reformatter import ColorRange, Colorspace

    frame = VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24").reformat(
        format="yuv420p",
        src_colorspace=Colorspace.ITU709,
        dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.JPEG,
        dst_color_range=ColorRange.MPEG,
    )
    return frame.to_ndarray().astype(np.uint8, copy=False)
