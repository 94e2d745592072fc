"""How a stage is seen: through which camera, in which staging and preset. Pure: media time is an argument."""

from __future__ import annotations

from dataclasses import dataclass, replace

from avatar_server.control.commands import (
    ChooseCamera,
    ChooseStaging,
    ChooseStudio,
    LayHand,
    LookFrom,
    Pan,
    TurnOrbit,
    ViewCommand,
    Zoom,
)
from avatar_server.scene.cameras import Orbit
from avatar_server.scene.director import AUTO
from avatar_server.stage.own_views import OwnViewState
from avatar_server.stage.programme import Programme

FREE = "orbit"
"""Name of the camera that somebody has dragged."""

Scene = tuple[str, str, str]
"""Names of preset, staging and studio."""


@dataclass(frozen=True, slots=True)
class View:
    """Through which camera the stage is seen, by all or by one viewer, in which staging.

    orbit: where the camera is, unless the director cuts (camera `auto`): then it is where he began.
    """

    programme: Programme
    staging: str
    camera: str
    orbit: Orbit
    aspect: float

    @property
    def scene(self) -> Scene:
        """Names of what is seen, whatever it is seen from: preset, staging and studio."""
        return self.programme.preset_name, self.staging, self.programme.studio_name

    @property
    def steered(self) -> tuple[Scene, str, Orbit | None]:
        """What hands change of it, and time does not: no cut of the director does."""
        return self.scene, self.camera, None if self.camera == AUTO else self.orbit

    def shot(self, media_s: float) -> str:
        """The camera that is seen: while the director cuts, the one that he has chosen."""
        return self.programme.shot_at(media_s) if self.camera == AUTO else self.camera

    def orbit_at(self, media_s: float) -> Orbit:
        """Where it is seen from."""
        return self.programme.orbit(self.shot(media_s), self.aspect) if self.camera == AUTO else self.orbit

    def state(self, name: str, media_s: float) -> OwnViewState:
        """How it stands, as an own view called `name`."""
        return OwnViewState(name, self.camera, self.orbit, self.shot(media_s))

    def staged(self, programme: Programme, staging: str) -> View:
        """The same view of people who stand elsewhere: a named camera goes along with them."""
        stays = self.camera in (FREE, AUTO)
        orbit = self.orbit if stays else programme.orbit(self.camera, self.aspect)
        return replace(self, programme=programme, staging=staging, orbit=orbit)

    def changed(self, command: ChooseStaging | ChooseStudio | ViewCommand, media_s: float) -> View:
        """The view after a command given at that media time; raises `UsageError` for an unknown name."""
        orbit = self.orbit_at(media_s)  # A hand goes on from what it sees.
        match command:
            case ChooseCamera(name):
                chosen = replace(self, camera=name)
                return replace(chosen, orbit=self.programme.orbit(chosen.shot(media_s), self.aspect))
            case ChooseStaging(name):
                return self.staged(self.programme.with_staging(name), name)
            case ChooseStudio(name):
                return self.staged(self.programme.with_studio(name), self.staging)
            case TurnOrbit(azimuth_rad, elevation_rad):
                return replace(self, camera=FREE, orbit=orbit.turned(azimuth_rad, elevation_rad))
            case Zoom(factor):
                return replace(self, camera=FREE, orbit=orbit.zoomed(factor))
            case Pan(x_m, y_m):
                return replace(self, camera=FREE, orbit=orbit.panned(x_m, y_m))
            case LookFrom(azimuth_rad, elevation_rad, distance_m, vertical_fov_rad, target):
                placed = Orbit(target, azimuth_rad, elevation_rad, distance_m, vertical_fov_rad)
                return replace(self, camera=FREE, orbit=placed)
            case LayHand():
                return self
