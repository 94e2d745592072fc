"""Lights, floor and background of a snapshot, in the terms of pyrender."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatar_server.scene.snapshot import Backdrop, Lighting, Rgb

FLOOR_RADII_M = (0.0, 2.5, 5.0)
"""The floor is a disc; from the second radius to the last its colour runs into the horizon's."""

FAR_LIGHT_M = 200.0
"""The fill light is a point light this far away: pyrender gives every directional light a shadow."""


def studio_scene(pyrender: Any, lighting: Lighting, backdrop: Backdrop) -> Any:
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
                material=matte(pyrender),
            )
        ]
    )


def matte(pyrender: Any) -> Any:
    """The material of everything: neither metal nor gloss."""
    return pyrender.MetallicRoughnessMaterial(metallicFactor=0.0, roughnessFactor=1.0)


def _looking_from(direction: NDArray[np.float64]) -> NDArray[np.float64]:
    """(4, 4) pose of a light that shines from `direction` to the origin: along its own -z."""
    right = np.cross([0.0, 1.0, 0.0], direction)
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(direction, right), direction], axis=1)
    return pose


def _srgb(colour: Rgb) -> tuple[float, ...]:
    """Pyrender writes its background as it is; everything else goes through a power of 1/2.2."""
    return tuple(float(value ** (1 / 2.2)) for value in colour)
