"""All that is visible at one instant, frozen: what every renderer draws.

World frame: y up, the floor is y = 0, metres. The default cameras look towards -z; "left" in camera and
staging names is the viewer's left, at -x.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.model import ShapedBody

Rgb = tuple[float, float, float]
"""Linear light, BT.709 primaries, 0..1."""


@dataclass(frozen=True, slots=True)
class Appearance:
    """Colours of one person."""

    skin: Rgb
    top: Rgb
    bottom: Rgb
    shoes: Rgb
    hair: Rgb
    eyes: Rgb = (0.147, 0.06, 0.019)


@dataclass(frozen=True, eq=False, slots=True)
class Figure:
    """One posed person in the world.

    rotations: (52, 3, 3) float64 relative to the parent joint; the root's already contains the staging.
    translation: (3,) float64, added after posing, as in the SMPL formula:
    vertices = skin(body, rotations) + translation. face: (52,) float32, weights in the order of
    `face.arkit.ARKIT_NAMES`; None is a face at rest.
    """

    body: ShapedBody
    rotations: NDArray[np.float64]
    translation: NDArray[np.float64]
    appearance: Appearance
    face: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole camera; `vertical_fov_rad` is the full angle from the lower to the upper edge.

    follows: with whom it travels where people walk, see `scene.following`; empty stands still.
    """

    eye: tuple[float, float, float]
    target: tuple[float, float, float]
    vertical_fov_rad: float
    near_m: float = 0.1
    far_m: float = 30.0
    follows: str = ""

    def view_matrix(self) -> NDArray[np.float64]:
        """(4, 4) world to camera; the camera looks along -z, y up, x right."""
        eye, target = np.array(self.eye), np.array(self.target)
        back = eye - target
        back /= np.linalg.norm(back)
        right = np.cross([0.0, 1.0, 0.0], back)
        right /= np.linalg.norm(right)
        rows = np.stack([right, np.cross(back, right), back])
        view = np.eye(4)
        view[:3, :3] = rows
        view[:3, 3] = -rows @ eye
        return view

    def projection_matrix(self, aspect: float) -> NDArray[np.float64]:
        """(4, 4) OpenGL clip space, depth -1..1; `aspect` is width / height."""
        scale = 1.0 / np.tan(self.vertical_fov_rad / 2)
        near, far = self.near_m, self.far_m
        return np.array(
            [
                [scale / aspect, 0, 0, 0],
                [0, scale, 0, 0],
                [0, 0, (far + near) / (near - far), 2 * far * near / (near - far)],
                [0, 0, -1, 0],
            ]
        )


@dataclass(frozen=True, slots=True)
class Lighting:
    """A soft key light with shadows, a weaker fill from the other side, and light from everywhere.

    Directions point from the scene to the light and are of unit length. Colours are linear radiances: a
    white matte surface square to the key alone has the colour `key_colour`. rim_colour: light from behind,
    as seen from any camera, which shows as an edge. shadow: how much of the shadows on the floor is seen.
    """

    key_direction: tuple[float, float, float]
    key_colour: Rgb
    fill_direction: tuple[float, float, float]
    fill_colour: Rgb
    sky_colour: Rgb
    ground_colour: Rgb
    rim_colour: Rgb = (0.0, 0.0, 0.0)
    shadow: float = 1.0


@dataclass(frozen=True, slots=True)
class Backdrop:
    """A studio without edges: the floor runs into the wall.

    Colours are linear display light, up to 1: they are shown as they are, lit or not. transparent: nothing is
    there but people and black shadows, pictures have an alpha, and on white they look as if it were not set.
    """

    floor: Rgb
    horizon: Rgb
    zenith: Rgb
    transparent: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Snapshot:
    """One instant: who stands where, seen from where, in which light."""

    time_s: float
    figures: tuple[Figure, ...]
    camera: Camera
    lighting: Lighting
    backdrop: Backdrop
