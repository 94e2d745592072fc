"""Solids that know their signed distance: rounded cones, ellipsoids, lofts, rings and their mirror images.

Distances are in metres, negative inside; close to the surface they are good to a few per cent, which is all
that extraction and projection need.

Source of the rounded cone and the ellipsoid: I. Quilez, "distance functions".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

Points = NDArray[np.float64]
Distances = NDArray[np.float64]
Box = tuple[NDArray[np.float64], NDArray[np.float64]]

_NOWHERE = 1e-9


class Primitive(Protocol):
    """A solid in the frame of the rest pose."""

    def distance(self, points: Points) -> Distances:
        """(N, 3) metres to (N,) metres, negative inside."""

    def box(self) -> Box:
        """Lower and upper corner of a box round the solid."""


@dataclass(frozen=True, eq=False, slots=True)
class Cone:
    """Two spheres and the hull round them."""

    start: tuple[float, float, float]
    end: tuple[float, float, float]
    start_radius: float
    end_radius: float

    def distance(self, points: Points) -> Distances:
        """See `Primitive.distance`."""
        axis = np.subtract(self.end, self.start)
        length = float(np.linalg.norm(axis))
        axis = axis / length
        from_start = points - np.array(self.start)
        along = from_start @ axis
        across = np.sqrt(np.maximum(np.einsum("na,na->n", from_start, from_start) - along**2, 0.0))
        slope = (self.start_radius - self.end_radius) / length
        steep = np.sqrt(1.0 - slope**2)
        # The hull touches both spheres where the normal leans by `slope`; find the sphere whose turn it is.
        share = np.clip((along - across * slope / steep) / length, 0.0, 1.0)
        radius = self.start_radius + (self.end_radius - self.start_radius) * share
        distance: Distances = np.sqrt(across**2 + (along - share * length) ** 2) - radius
        return distance

    def box(self) -> Box:
        """See `Primitive.box`."""
        ends = np.array([self.start, self.end])
        radii = np.array([[self.start_radius], [self.end_radius]])
        return (ends - radii).min(axis=0), (ends + radii).max(axis=0)


@dataclass(frozen=True, eq=False, slots=True)
class Ellipsoid:
    """An ellipsoid; `axes` holds its three axes as rows (default: those of the world)."""

    centre: tuple[float, float, float]
    radii: tuple[float, float, float]
    axes: NDArray[np.float64] = field(default_factory=lambda: np.eye(3))

    def distance(self, points: Points) -> Distances:
        """See `Primitive.distance`."""
        radii = np.array(self.radii)
        scaled = (points - np.array(self.centre)) @ (self.axes.T / radii)
        steep = scaled / radii
        unit = np.sqrt(np.einsum("na,na->n", scaled, scaled))
        steepness = np.sqrt(np.einsum("na,na->n", steep, steep))
        distance: Distances = unit * (unit - 1.0) / np.maximum(steepness, _NOWHERE)
        return np.where(unit < 1e-6, -radii.min(), distance)

    def box(self) -> Box:
        """See `Primitive.box`."""
        reach = np.sqrt(((self.axes * np.array(self.radii)[:, None]) ** 2).sum(axis=0))
        return np.array(self.centre) - reach, np.array(self.centre) + reach


@lru_cache(maxsize=256)
def _sections(rows: tuple[tuple[float, ...], ...]) -> PchipInterpolator:
    """Centre and radii along a loft, without overshoot between its rows."""
    table = np.array(rows)
    return PchipInterpolator(table[:, 0], table[:, 1:])


@dataclass(frozen=True, eq=False, slots=True)
class Loft:
    """Ellipses threaded along a coordinate axis, closed by rounded ends.

    axis: 0, 1 or 2. The other two coordinates, in ascending order, are u and v.
    rows: (t, centre u, centre v, radius +u, radius -u, radius +v, radius -v) at ascending t.
    caps: lengths by which the rounded ends reach beyond the first and the last row.
    power: 2 for ellipses, more for squarer sections.
    """

    axis: int
    rows: tuple[tuple[float, float, float, float, float, float, float], ...]
    caps: tuple[float, float]
    power: float = 2.0

    def distance(self, points: Points) -> Distances:
        """See `Primitive.distance`."""
        along = points[:, self.axis]
        inside = np.clip(along, self.rows[0][0], self.rows[-1][0])
        section = _sections(self.rows)(inside)
        first, second = (a for a in range(3) if a != self.axis)
        u = points[:, first] - section[:, 0]
        v = points[:, second] - section[:, 1]
        u_radius = np.where(u > 0, section[:, 2], section[:, 3])
        v_radius = np.where(v > 0, section[:, 4], section[:, 5])
        beyond = along - inside
        cap = np.where(beyond < 0, self.caps[0], self.caps[1])
        flat = np.abs(u / u_radius) ** self.power + np.abs(v / v_radius) ** self.power
        unit = np.sqrt(flat ** (2.0 / self.power) + (beyond / cap) ** 2)
        reach = np.sqrt(u**2 + v**2 + beyond**2)
        to_surface = np.where(unit > 1e-6, reach / np.maximum(unit, 1e-6), np.minimum(u_radius, v_radius))
        distance: Distances = reach - to_surface
        return distance

    def box(self) -> Box:
        """See `Primitive.box`."""
        table = np.array(self.rows)
        low, high = np.empty(3), np.empty(3)
        low[self.axis] = table[0, 0] - self.caps[0]
        high[self.axis] = table[-1, 0] + self.caps[1]
        first, second = (a for a in range(3) if a != self.axis)
        for across, centre, plus in ((first, 1, 3), (second, 2, 5)):
            low[across] = (table[:, centre] - table[:, plus + 1]).min()
            high[across] = (table[:, centre] + table[:, plus]).max()
        return low, high


@dataclass(frozen=True, eq=False, slots=True)
class Ring:
    """A band of elliptic section laid round an ellipse: a collar.

    axes: rows are the ring's two long directions and its axis. radii: along the two long directions.
    thickness: half width across the band, half height along the axis.
    """

    centre: tuple[float, float, float]
    axes: NDArray[np.float64]
    radii: tuple[float, float]
    thickness: tuple[float, float]

    def distance(self, points: Points) -> Distances:
        """See `Primitive.distance`."""
        local = (points - np.array(self.centre)) @ self.axes.T
        scaled = local[:, :2] / np.array(self.radii)
        unit = np.maximum(np.sqrt((scaled**2).sum(1)), 1e-6)
        across = np.sqrt((local[:, :2] ** 2).sum(1)) * (1.0 - 1.0 / unit)
        half_width, half_height = self.thickness
        section = np.maximum(np.sqrt((across / half_width) ** 2 + (local[:, 2] / half_height) ** 2), 1e-6)
        reach = np.sqrt(across**2 + local[:, 2] ** 2)
        distance: Distances = reach * (1.0 - 1.0 / section)
        return np.where(section <= 1e-6, -min(self.thickness), distance)

    def box(self) -> Box:
        """See `Primitive.box`."""
        reach = max(self.radii) + max(self.thickness)
        return np.array(self.centre) - reach, np.array(self.centre) + reach


@dataclass(frozen=True, eq=False, slots=True)
class Mirrored:
    """Another primitive seen in the plane x = 0."""

    original: Primitive

    def distance(self, points: Points) -> Distances:
        """See `Primitive.distance`."""
        return self.original.distance(points * np.array([-1.0, 1.0, 1.0]))

    def box(self) -> Box:
        """See `Primitive.box`."""
        (low, high), flip = self.original.box(), np.array([-1.0, 1.0, 1.0])
        return np.minimum(low * flip, high * flip), np.maximum(low * flip, high * flip)
