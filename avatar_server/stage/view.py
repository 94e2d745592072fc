"""How a stage is seen: through which camera, in which staging and preset."""

from __future__ import annotations

from dataclasses import dataclass, replace

from avatar_server.control.commands import ChooseCamera, ChooseStaging, Pan, TurnOrbit, ViewCommand, Zoom
from avatar_server.scene.cameras import Orbit
from avatar_server.stage.programme import Programme

FREE = "orbit"
"""Name of the camera that somebody has dragged."""


@dataclass(frozen=True, slots=True)
class View:
    """Through which camera the stage is seen, by all or by one viewer, in which staging."""

    programme: Programme
    staging: str
    camera: str
    orbit: Orbit
    aspect: float

    @property
    def scene(self) -> tuple[str, str]:
        """Names of what is seen, whatever it is seen from: preset and staging."""
        return self.programme.preset_name, self.staging

    def staged(self, programme: Programme, staging: str) -> View:
        """The same view of people who stand elsewhere: a named camera goes along with them."""
        orbit = self.orbit if self.camera == FREE else programme.orbit(self.camera, self.aspect)
        return replace(self, programme=programme, staging=staging, orbit=orbit)

    def changed(self, command: ChooseStaging | ViewCommand) -> View:
        """The view after a command; raises `UsageError` for an unknown name."""
        match command:
            case ChooseCamera(name):
                return replace(self, camera=name, orbit=self.programme.orbit(name, self.aspect))
            case ChooseStaging(name):
                return self.staged(self.programme.with_staging(name), name)
            case TurnOrbit(azimuth_rad, elevation_rad):
                return replace(self, camera=FREE, orbit=self.orbit.turned(azimuth_rad, elevation_rad))
            case Zoom(factor):
                return replace(self, camera=FREE, orbit=self.orbit.zoomed(factor))
            case Pan(x_m, y_m):
                return replace(self, camera=FREE, orbit=self.orbit.panned(x_m, y_m))
