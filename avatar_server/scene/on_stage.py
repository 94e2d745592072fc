"""Motion from a measured world, turned and moved onto the stage.

Nothing is made anew: feet, legs and the way of the pelvis are those that were recorded. A world that two
people share moves as one rigid body, so that whoever shook hands still does; people without a shared world
are each turned to face ahead and put where the staging has them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from avatar_server.body.model import ShapedBody
from avatar_server.dataset.repairs import MotionRepairs
from avatar_server.motion.pose import Pose
from avatar_server.motion.world_motion import WorldMotion
from avatar_server.scene.cameras import Standing, height_m
from avatar_server.scene.soles import Soles
from avatar_server.scene.staging import Place

Floats = NDArray[np.float64]

INSTANTS = 200
"""A floor and a mean place are found from so many instants, evenly spread."""

CONTACT_PERCENT = 5.0
"""Feet are on the floor for more than this share of the time; the lowest sole of all may be a slip."""

ROAM_LIMIT_M = 0.35
"""Who is put face to face with somebody from another world keeps within about this of his place."""

TOGETHER = 0.2
"""Mean length of the unit vectors from one to the other: below this they walk round each other."""


@dataclass(frozen=True, eq=False, slots=True)
class Survey:
    """What is known of one person's way through his world, from `INSTANTS` of it.

    places: (M, 2) x and z of the pelvis. facing: (2,) x and z, the mean direction of the hips, of length up
    to 1. floor_m: height of the floor under the soles; 0 for whoever has no place.
    """

    places: Floats
    facing: Floats
    floor_m: float

    @property
    def middle(self) -> Floats:
        """(2,) x and z of the middle of the way."""
        return np.asarray(np.median(self.places, axis=0))

    @property
    def yaw_rad(self) -> float:
        """About y, 0 towards +z."""
        return math.atan2(self.facing[0], self.facing[1])


@dataclass(frozen=True, eq=False, slots=True)
class OnStage:
    """One person's motion as `Performance` plays it; `Pose.pelvis` says where the pelvis is.

    turn_rad: about y; shift: (3,) metres, added after the turn. limit_m: how far from (0, 0) the pelvis may
    go, None for as far as it went. soles: to stand on where the file does not say how high the pelvis is.
    """

    world: WorldMotion
    body: ShapedBody
    survey: Survey
    turn_rad: float
    shift: Floats
    limit_m: float | None
    soles: Soles | None

    @property
    def duration_s(self) -> float:
        """Seconds after which the last pose is held."""
        return self.world.duration_s

    @property
    def notices(self) -> tuple[str, ...]:
        """What people should know."""
        limited = ("the way through the room is kept within reach of the place on stage",)
        return (*self.world.notices, *(limited if self.limit_m is not None else ()))

    @property
    def repairs(self) -> MotionRepairs:
        """Nothing but the rate was decided."""
        return MotionRepairs(str(self.world.rate_hz), self.world.frame_rate.how)

    @property
    def yaw_rad(self) -> float:
        """Where the person faces on average, on the stage."""
        return self.survey.yaw_rad + self.turn_rad

    def way_at(self, times_s: Floats) -> Floats:
        """(M, 2): x and z of the pelvis on the stage, at (M,) moments."""
        places = self.world.places_at(times_s)[:, [0, 2]]
        way = places @ _turn(self.turn_rad)[::2, ::2].T + self.shift[[0, 2]]
        return way if self.limit_m is None else np.array([_within(one, self.limit_m) for one in way])

    def way(self) -> Floats:
        """The same at `INSTANTS` moments, evenly spread."""
        return self.way_at(np.linspace(0.0, self.duration_s, INSTANTS))

    def pose_at(self, time_s: float) -> Pose:
        """The pose at any time, on the stage."""
        turn = _turn(self.turn_rad)
        rotations, pelvis = self.world.posed_at(time_s)
        rotations[0] = turn @ rotations[0]
        pelvis = turn @ pelvis + self.shift
        if self.limit_m is not None:
            pelvis[[0, 2]] = _within(pelvis[[0, 2]], self.limit_m)
        if self.soles is not None:
            pelvis[1] = -self.soles.lowest_m(self.body, rotations)
        return Pose(rotations, np.zeros(3), True, pelvis)


def survey(world: WorldMotion, body: ShapedBody) -> Survey:
    """Look at the whole way of one person in `body`."""
    times_s = np.linspace(0.0, world.duration_s, INSTANTS)
    floor_m = 0.0
    if world.is_placed:
        soles = Soles.of(body)
        heights = []
        for time_s in times_s.tolist():
            rotations, pelvis = world.posed_at(time_s)
            heights.append(pelvis[1] + soles.lowest_m(body, rotations))
        floor_m = float(np.percentile(heights, CONTACT_PERCENT))
    return Survey(world.places_at(times_s)[:, [0, 2]], world.facing_at(times_s).mean(axis=0), floor_m)


def stage_together(people: Sequence[OnStage]) -> tuple[OnStage, ...]:
    """One turn and one shift for all: the first person at the viewer's left, the lowest floor at y = 0."""
    surveys = [person.survey for person in people]
    turn_rad = _turn_of_pair(surveys)
    turn = _turn(turn_rad)
    x, z = np.mean([one.middle for one in surveys], axis=0)
    shift = -turn @ np.array([x, min(one.floor_m for one in surveys), z])
    return tuple(
        replace(person, turn_rad=turn_rad, shift=shift, limit_m=None, soles=None) for person in people
    )


def stage_alone(person: OnStage, *, limited: bool = False) -> OnStage:
    """Facing +z on average, in the middle of his own way. limited: somebody else stands near."""
    seen = person.survey
    turn_rad = -seen.yaw_rad
    x, z = seen.middle
    shift = -_turn(turn_rad) @ np.array([x, seen.floor_m, z])
    roams_m = float(np.percentile(np.linalg.norm(seen.places - seen.middle, axis=1), 95))
    limit_m = ROAM_LIMIT_M if limited and roams_m > ROAM_LIMIT_M else None
    soles = None if person.world.is_placed else Soles.of(person.body)
    return replace(person, turn_rad=turn_rad, shift=shift, limit_m=limit_m, soles=soles)


def surveyed(world: WorldMotion, body: ShapedBody) -> OnStage:
    """Somebody who was looked at, and stands alone."""
    return stage_alone(OnStage(world, body, survey(world, body), 0.0, np.zeros(3), None, None))


def standing(motion: OnStage, place: Place, body: ShapedBody) -> Standing:
    """What a camera has to know of somebody who goes about in a world, put at `place`."""
    way = at_place(motion.way(), place)
    low, high = np.percentile(way, [1, 99], axis=0)
    x, z = (low + high) / 2
    aside, deep = (high - low) / 2
    there = Place(float(x), float(z), math.remainder(place.yaw_rad + motion.yaw_rad, math.tau))
    return Standing(there, height_m(body), (float(aside), float(deep)))


def at_place(way: Floats, place: Place) -> Floats:
    """(M, 2) x and z in a person's own frame, for a person who was put at `place`."""
    return np.asarray(way @ place.rotation()[::2, ::2].T + np.array([place.x_m, place.z_m]))


def back_to_viewer(worlds: Sequence[WorldMotion]) -> bool:
    """Whether both would show the viewer their backs with the first one at the left."""
    times_s = np.linspace(0.0, min(world.duration_s for world in worlds), INSTANTS)
    first, second = (world.places_at(times_s)[:, [0, 2]] for world in worlds)
    across = np.median(second - first, axis=0)
    length = float(np.linalg.norm(across))
    if length < 1e-6:
        return False
    # With `across` along +x, the viewer's direction +z is across turned by -90 degrees about y.
    towards = np.array([-across[1], across[0]]) / length
    return all(float(world.facing_at(times_s).mean(axis=0) @ towards) < -0.5 for world in worlds)


def _turn_of_pair(surveys: Sequence[Survey]) -> float:
    """The turn that brings the way from the first to the second person along +x."""
    across = surveys[1].places - surveys[0].places
    lengths = np.linalg.norm(across, axis=1, keepdims=True)
    mean = (across / np.maximum(lengths, 1e-9)).mean(axis=0)
    if np.linalg.norm(mean) < TOGETHER:
        mean = across[0]
    return math.atan2(mean[1], mean[0])


def _turn(turn_rad: float) -> Floats:
    cosine, sine = math.cos(turn_rad), math.sin(turn_rad)
    return np.array([[cosine, 0.0, sine], [0.0, 1.0, 0.0], [-sine, 0.0, cosine]])


def _within(place: Floats, limit_m: float) -> Floats:
    """(2,), bent smoothly so that it never gets further than `limit_m`."""
    length = float(np.linalg.norm(place))
    return place * (limit_m * math.tanh(length / limit_m) / length) if length > 1e-9 else place
