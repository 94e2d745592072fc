"""Who is posed and skinned now, so that the same people seen again need not be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.render.contract import PictureSize
from avatar_server.render.opengl.figures import PosedFigure
from avatar_server.render.opengl.floor_light import LitFloor
from avatar_server.render.opengl.framing import Sight
from avatar_server.render.opengl.shadow_geometry import FloorPatch, LightFrame
from avatar_server.scene.snapshot import Camera, Snapshot


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
    seen: tuple[tuple[PictureSize, Camera], list[Sight]] | None = None

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
