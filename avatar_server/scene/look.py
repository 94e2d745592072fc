"""How a conversation is dressed: what people choose, and what does not change with time."""

from __future__ import annotations

from dataclasses import dataclass

from avatar_server.body.builds import USUAL_BUILDS, Build, parse_builds
from avatar_server.errors import UsageError
from avatar_server.motion.presets import MotionPreset
from avatar_server.scene.appearance import PALETTES
from avatar_server.scene.colour_text import parse_colours
from avatar_server.scene.snapshot import Appearance
from avatar_server.scene.studios import STUDIOS, Studio, studio, usual_studio


@dataclass(frozen=True, slots=True)
class Look:
    """studio: its name; empty is as the preset wants. appearances, builds: of the left and the right one."""

    studio: str = ""
    appearances: tuple[Appearance, Appearance] = PALETTES
    builds: tuple[Build, Build] = USUAL_BUILDS

    def studio_name(self, preset: MotionPreset) -> str:
        """The studio that is seen."""
        return self.studio or usual_studio(preset.convention)

    def studio_for(self, preset: MotionPreset) -> Studio:
        """Its light and background; `UsageError` for an unknown one."""
        return studio(self.studio_name(preset))


USUAL_LOOK = Look()


@dataclass(frozen=True, slots=True)
class LookWords:
    """A look as people type it, and as it travels to another process; what is empty is as usual."""

    studio: str = ""
    colours: str = ""
    shape: str = ""
    hair: str = ""

    def read(self, *, mannequin: bool = True) -> Look:
        """What is meant; `UsageError` names the option. mannequin: whether people wear it, or a file."""
        if self.studio and self.studio not in STUDIOS:
            raise UsageError(f"--studio: expected one of {', '.join(STUDIOS)}, got {self.studio!r}")
        try:
            colours = parse_colours(self.colours)
        except UsageError as error:
            raise UsageError(f"--colours: {error}") from None
        return Look(self.studio, colours, parse_builds(self.shape, self.hair, mannequin=mannequin))

    @property
    def options(self) -> tuple[str, ...]:
        """For the command line."""
        said = (
            ("--studio", self.studio),
            ("--colours", self.colours),
            ("--shape", self.shape),
            ("--hair", self.hair),
        )
        return tuple(f"{option}={words}" for option, words in said if words)


AS_USUAL = LookWords()
