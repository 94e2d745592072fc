"""The reference renderer: smplx poses the bodies, pyrender draws them. Slow, independent, an extra.

It proves the pictures of the OpenGL renderer and is the baseline of the benchmark, so it does what a careful
user of those two packages does: meshes are uploaded anew for each picture (pyrender has no skinning), the
scene and everything that stands still are kept.
"""

from __future__ import annotations

import contextlib
import io
import math
import os
from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.model import GARMENTS, PARENTS, ShapedBody
from avatar_server.errors import MachineError
from avatar_server.render.contract import Picture, PictureSize
from avatar_server.scene.snapshot import Appearance, Backdrop, Camera, Figure, Lighting, Rgb, Snapshot

FLOOR_RADII_M = (0.0, 2.5, 5.0)
"""The floor is a disc; from the second radius to the last its colour runs into the horizon's."""

FAR_LIGHT_M = 200.0
"""The fill light is a point light this far away: pyrender gives every directional light a shadow."""


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

    def submit(self, snapshot: Snapshot) -> None:
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
            self._scene = _build_set(self._pyrender, snapshot.lighting, snapshot.backdrop)
            self._set = (snapshot.lighting, snapshot.backdrop)
        nodes = [self._scene.add(self._mesh(figure)) for figure in snapshot.figures]
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

    def _mesh(self, figure: Figure) -> Any:
        body = self._bodies.get(figure.body)
        if body is None:
            body = self._bodies[figure.body] = SmplxBody(figure.body)
        vertices = body.vertices(figure.rotations, figure.translation)
        faces = figure.body.model.faces
        key = (id(figure.body), figure.appearance)
        colours = self._colours.get(key)
        if colours is None:
            colours = self._colours[key] = _vertex_colours(figure)
        primitive = self._pyrender.Primitive(
            positions=vertices,
            normals=_vertex_normals(vertices, faces),
            color_0=colours,
            indices=faces,
            material=_matte(self._pyrender),
        )
        return self._pyrender.Mesh([primitive])


class SmplxBody:
    """`smplx.SMPLH` made of the arrays of a `ShapedBody`, float32 as by default there."""

    def __init__(self, body: ShapedBody) -> None:
        import smplx
        import torch
        from smplx.utils import Struct
        from smplx.vertex_ids import vertex_ids

        model = body.model
        data = Struct(
            v_template=body.rest_vertices,
            f=model.faces,
            # The betas are in the template already; smplx cannot do without at least one direction.
            shapedirs=np.zeros((model.vertex_count, 3, 1)),
            posedirs=model.posedirs,
            J_regressor=model.joint_regressor,
            weights=model.weights,
            kintree_table=np.stack([PARENTS, np.arange(len(PARENTS))]),
            hands_componentsl=np.eye(45),
            hands_componentsr=np.eye(45),
            hands_meanl=np.zeros(45),
            hands_meanr=np.zeros(45),
        )
        # smplx names landmarks by their indices in the licensed mesh; another mesh has others, unused here.
        landmarks = dict.fromkeys(vertex_ids["smplh"], 0)
        with contextlib.redirect_stdout(io.StringIO()):  # it prints a warning about few betas
            self._model = smplx.SMPLH(
                "", data_struct=data, vertex_ids=landmarks, use_pca=False, flat_hand_mean=True, num_betas=1
            )
        self._torch = torch

    def vertices(
        self, rotations: NDArray[np.float64], translation: NDArray[np.float64]
    ) -> NDArray[np.float32]:
        """(V, 3) float32 in the world; `rotations` (52, 3, 3) and `translation` (3,) as in `Figure`."""
        from scipy.spatial.transform import Rotation

        axis_angle = Rotation.from_matrix(rotations).as_rotvec().reshape(1, -1)
        pose = self._torch.as_tensor(axis_angle, dtype=self._torch.float32)
        with self._torch.no_grad():
            posed = self._model(
                global_orient=pose[:, :3],
                body_pose=pose[:, 3:66],
                left_hand_pose=pose[:, 66:111],
                right_hand_pose=pose[:, 111:156],
                transl=self._torch.as_tensor(translation[None], dtype=self._torch.float32),
            )
        vertices: NDArray[np.float32] = posed.vertices[0].numpy()
        return vertices


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


def _build_set(pyrender: Any, lighting: Lighting, backdrop: Backdrop) -> Any:
    """Lights, floor and background: all that stays from picture to picture."""
    ambient = (np.array(lighting.sky_colour) + lighting.ground_colour) / 2
    scene = pyrender.Scene(bg_color=(*_srgb(backdrop.horizon), 1.0), ambient_light=ambient)
    # A white matte surface square to a light of intensity pi has that light's colour: Lambert's 1 / pi.
    key = pyrender.DirectionalLight(color=lighting.key_colour, intensity=math.pi)
    scene.add(key, pose=_looking_from(np.array(lighting.key_direction)))
    fill = pyrender.PointLight(color=lighting.fill_colour, intensity=math.pi * FAR_LIGHT_M**2)
    pose = np.eye(4)
    pose[:3, 3] = FAR_LIGHT_M * np.array(lighting.fill_direction)
    scene.add(fill, pose=pose)
    scene.add(_floor(pyrender, lighting, backdrop))
    return scene


def _floor(pyrender: Any, lighting: Lighting, backdrop: Backdrop) -> Any:
    """A disc whose rim, once lit, has the colour of the horizon behind it."""
    light = (np.array(lighting.sky_colour) + lighting.ground_colour) / 2
    light = light + np.array(lighting.key_colour) * lighting.key_direction[1]
    light = light + np.array(lighting.fill_colour) * lighting.fill_direction[1]
    angles = np.linspace(0, math.tau, 65)
    ring = np.stack([np.sin(angles), np.zeros_like(angles), np.cos(angles)], axis=1)
    positions = np.concatenate([radius * ring for radius in FLOOR_RADII_M])
    colours = np.ones((len(positions), 4))
    colours[: 2 * len(ring), :3] = backdrop.floor
    colours[2 * len(ring) :, :3] = np.array(backdrop.horizon) / light
    inner = np.arange(len(ring) - 1)
    outer = inner + len(ring)
    strip = np.concatenate(
        [np.stack([inner, outer, outer + 1], axis=1), np.stack([inner, outer + 1, inner + 1], axis=1)]
    )
    return pyrender.Mesh(
        [
            pyrender.Primitive(
                positions=positions,
                normals=np.tile([0.0, 1.0, 0.0], (len(positions), 1)),
                color_0=colours,
                indices=np.concatenate([strip, strip + len(ring)]),
                material=_matte(pyrender),
            )
        ]
    )


def _matte(pyrender: Any) -> Any:
    return pyrender.MetallicRoughnessMaterial(metallicFactor=0.0, roughnessFactor=1.0)


def _looking_from(direction: NDArray[np.float64]) -> NDArray[np.float64]:
    """(4, 4) pose of a light that shines from `direction` to the origin: along its own -z."""
    right = np.cross([0.0, 1.0, 0.0], direction)
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(direction, right), direction], axis=1)
    return pose


def _vertex_colours(figure: Figure) -> NDArray[np.float32]:
    """(V, 4) linear light: what each vertex wears, else skin."""
    wearing = figure.body.model.garments > 0
    colours = np.ones((figure.body.model.vertex_count, 4), dtype=np.float32)
    colours[:, :3] = figure.appearance.skin
    # A top hangs over trousers, shoes and hair over everything.
    for garment in ("bottom", "top", "shoes", "hair"):
        colours[wearing[:, GARMENTS.index(garment)], :3] = getattr(figure.appearance, garment)
    return colours


def _vertex_normals(vertices: NDArray[np.float32], faces: NDArray[np.int32]) -> NDArray[np.float32]:
    """(V, 3) unit normals: of the faces round each vertex, weighted by area."""
    corners = vertices[faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.empty_like(vertices)
    flat = faces.reshape(-1)
    for axis in range(3):
        normals[:, axis] = np.bincount(flat, np.repeat(across[:, axis], 3), len(vertices))
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    normals /= np.maximum(length, np.float32(1e-12))
    return normals


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


def _srgb(colour: Rgb) -> tuple[float, ...]:
    """Pyrender writes its background as it is; everything else goes through a power of 1/2.2."""
    return tuple(float(value ** (1 / 2.2)) for value in colour)
