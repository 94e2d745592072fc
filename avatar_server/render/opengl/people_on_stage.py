"""Who is posed and skinned now, so that the same people seen again need not be; and who comes next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.render.contract import PictureSize
from avatar_server.render.opengl.figures import FigureStore, PosedFigure, ReckonedPose
from avatar_server.render.opengl.floor_light import CELLS, LitFloor
from avatar_server.render.opengl.framing import Outline, Sight
from avatar_server.render.opengl.shadow_geometry import (
    EMPTY_PATCH,
    FloorPatch,
    LightFrame,
    floor_patch,
    light_frame,
)
from avatar_server.scene.snapshot import Camera, Snapshot

_NO_POINTS: NDArray[np.float32] = np.zeros((3, 1), dtype=np.float32)

Seen = tuple[tuple[PictureSize, Camera], list[Sight]]
"""In pictures of what size, and from where; and what can be seen of each."""


@dataclass(frozen=True, eq=False, slots=True)
class ReckonedPeople:
    """The people of `snapshot` as far as the CPU reckons them: OpenGL knows nothing of it yet."""

    snapshot: Snapshot
    poses: list[tuple[PosedFigure, ReckonedPose]]
    light: LightFrame
    patch: FloorPatch
    seen: Seen | None = None

    def outlines(self) -> list[Outline]:
        """Of each."""
        return [pose.outline for _, pose in self.poses]

    def take_the_stage(self) -> PeopleOnStage:
        """Upload what was reckoned; whoever stood there before is gone."""
        for figure, pose in self.poses:
            figure.take(pose)
        figures = [figure for figure, _ in self.poses]
        not_yet = [figure.body.level_count for figure in figures]
        return PeopleOnStage(self.snapshot, figures, self.light, self.patch, not_yet, seen=self.seen)


def reckon_people(
    store: FigureStore, snapshot: Snapshot, shadow_texels: int, floor_cell_m: float
) -> ReckonedPeople:
    """Pose all people of a snapshot, and find what the light has to look at."""
    poses = store.reckon(snapshot.figures)
    outlines = [pose.outline.points for _, pose in poses]
    points = np.concatenate(outlines, axis=1) if outlines else _NO_POINTS
    direction = np.array(snapshot.lighting.key_direction)
    light = light_frame(points, direction, shadow_texels)
    patch = floor_patch(points, direction, CELLS, floor_cell_m) if outlines else EMPTY_PATCH
    return ReckonedPeople(snapshot, poses, light, patch)


@dataclass(eq=False, slots=True)
class PeopleOnStage:
    """Who was posed last, and what is drawn of them whatever the camera is.

    levels: finest level of detail of each that is skinned. floor: what they darken of it, once shadow map and
    floor light are drawn. seen: what could be seen of each last, and from where.
    """

    snapshot: Snapshot
    figures: list[PosedFigure]
    light: LightFrame
    patch: FloorPatch
    levels: list[int]
    floor: LitFloor | None = None
    seen: Seen | None = None

    def are_in(self, snapshot: Snapshot) -> bool:
        """Whether they stand there just like this, in the same light."""
        return are_the_same_people(self.snapshot, snapshot)


def are_the_same_people(before: Snapshot, now: Snapshot) -> bool:
    """Whether the same people stand there in the same light, whatever the camera is."""
    return (
        before.lighting == now.lighting
        and len(before.figures) == len(now.figures)
        and all(
            then.body is after.body
            and np.array_equal(then.rotations, after.rotations)
            and np.array_equal(then.translation, after.translation)
            and _same_face(then.face, after.face)
            for then, after in zip(before.figures, now.figures, strict=True)
        )
    )


def _same_face(before: NDArray[np.float32] | None, after: NDArray[np.float32] | None) -> bool:
    if before is None or after is None:
        return before is after
    return np.array_equal(before, after)
