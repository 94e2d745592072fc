"""What may be exported, read out of a request. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from avatar_server.errors import UsageError
from avatar_server.motion.presets import PRESETS
from avatar_server.scene.cameras import CAMERAS, FURTHEST_M, NEAREST_M, Orbit
from avatar_server.scene.director import AUTO
from avatar_server.scene.orbit_text import (
    FURTHEST_TARGET_M,
    NARROWEST_FOV_DEG,
    WIDEST_FOV_DEG,
    orbit_text,
)
from avatar_server.scene.staging import AS_RECORDED, STAGINGS
from avatar_server.scene.studios import OPAQUE_STUDIOS, STUDIOS

SMALLEST, LARGEST = 16, 4096
MOST_PIXELS = 3840 * 2160
LONGEST_S = 6 * 3600.0

Side = Annotated[int, Field(ge=SMALLEST, le=LARGEST, description="Even")]
Metres = Annotated[float, Field(ge=-FURTHEST_TARGET_M, le=FURTHEST_TARGET_M)]
Moment = Annotated[float, Field(ge=0.0, le=LONGEST_S)]
_STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class OrbitWanted(BaseModel):
    """A free camera, as in a stage's status."""

    model_config = _STRICT

    azimuth_rad: Annotated[float, Field(ge=-7.0, le=7.0)]
    elevation_rad: Annotated[float, Field(ge=-2.0, le=2.0)]
    distance_m: Annotated[float, Field(ge=NEAREST_M, le=FURTHEST_M)]
    target_m: Annotated[list[Metres], Field(min_length=3, max_length=3)]
    vertical_fov_rad: Annotated[
        float, Field(ge=math.radians(NARROWEST_FOV_DEG), le=math.radians(WIDEST_FOV_DEG))
    ] = math.radians(30)

    @property
    def text(self) -> str:
        """As the command line takes it."""
        x, y, z = self.target_m
        angles = (self.azimuth_rad, self.elevation_rad, self.distance_m, self.vertical_fov_rad)
        return orbit_text(Orbit((x, y, z), *angles))


class Shot(BaseModel):
    """What is seen, and how."""

    model_config = _STRICT

    interaction: Annotated[
        str | None, Field(max_length=200, description="A key, or `demo`; what the server plays if not said")
    ] = None
    width: Side = 1280
    height: Side = 720
    camera: Annotated[
        str | OrbitWanted,
        Field(description=f"{', '.join(CAMERAS)}, `{AUTO}` (the director), or a free camera"),
    ] = CAMERAS[0]
    staging: Annotated[
        str | None, Field(description=f"{' or '.join(STAGINGS)}; as the preset wants if not said")
    ] = None
    preset: Annotated[str, Field(description=" or ".join(PRESETS))] = "natural"
    studio: Annotated[
        str | None,
        Field(description=f"{', '.join(OPAQUE_STUDIOS)}; as the server or the preset wants if not said"),
    ] = None
    names: Annotated[bool, Field(description="Their names under the people, and who speaks")] = False

    @field_validator("camera")
    @classmethod
    def _known_camera(cls, value: str | OrbitWanted) -> str | OrbitWanted:
        return value if isinstance(value, OrbitWanted) else _one_of(value, (*CAMERAS, AUTO))

    @field_validator("staging")
    @classmethod
    def _known_staging(cls, value: str | None) -> str | None:
        return value and _one_of(value, (AS_RECORDED, *STAGINGS))

    @field_validator("preset")
    @classmethod
    def _known_preset(cls, value: str) -> str:
        return _one_of(value, tuple(PRESETS))

    @model_validator(mode="after")
    def _possible_size(self) -> Self:
        if self.width % 2 or self.height % 2:
            raise ValueError(f"width, height: expected even ones, got {self.width}x{self.height}")
        if self.width * self.height > MOST_PIXELS:
            raise ValueError(f"width, height: expected at most {MOST_PIXELS} pixels")
        return self

    @property
    def options(self) -> tuple[str, ...]:
        """For the command line."""
        camera = self.camera if isinstance(self.camera, str) else self.camera.text
        staging = () if self.staging is None else ("--staging", self.staging)
        size = f"{self.width}x{self.height}"
        names = ("--names",) if self.names else ()
        studio = () if self.studio is None else ("--studio", self.studio)
        return ("--size", size, "--camera", camera, *staging, "--preset", self.preset, *studio, *names)


class NewExport(Shot):
    """A film that is to be made."""

    start_s: Moment = 0.0
    end_s: Annotated[Moment | None, Field(description="The end of the interaction if not said")] = None
    rate_hz: Annotated[float, Field(ge=1.0, le=120.0, description="Pictures a second")] = 30.0
    captions: Annotated[
        Literal["none", "track", "burnt"],
        Field(description="The words: none, as a text track, or burnt into the pictures"),
    ] = "none"

    @field_validator("studio")
    @classmethod
    def _known_studio(cls, value: str | None) -> str | None:
        return value and _one_of(value, OPAQUE_STUDIOS)

    @model_validator(mode="after")
    def _some_span(self) -> Self:
        if self.end_s is not None and self.end_s <= self.start_s:
            raise ValueError(f"end_s: expected more than start_s ({self.start_s:g}), got {self.end_s:g}")
        return self

    @property
    def options(self) -> tuple[str, ...]:
        """For the command line."""
        end = () if self.end_s is None else ("--end", repr(self.end_s))
        span = ("--start", repr(self.start_s), *end)
        # One process: the stages that people watch need the other cores.
        how = ("--fps", repr(self.rate_hz), "--captions", self.captions, "--jobs", "1")
        return (*super().options, *span, *how)


class NewStill(Shot):
    """A picture that is to be made."""

    time_s: Moment
    captions: Annotated[
        Literal["none", "burnt"], Field(description="The words that are said just then: none, or burnt in")
    ] = "none"

    @field_validator("studio")
    @classmethod
    def _known_studio(cls, value: str | None) -> str | None:
        return value and _one_of(value, STUDIOS)

    @property
    def options(self) -> tuple[str, ...]:
        """For the command line."""
        return (*super().options, "--time", repr(self.time_s), "--captions", self.captions)


def parse_new_export(text: str) -> NewExport:
    """Raises UsageError that names the field."""
    try:
        return NewExport.model_validate_json(text)
    except ValidationError as error:
        raise UsageError(_said(error)) from None


def parse_new_still(text: str) -> NewStill:
    """Raises UsageError that names the field."""
    try:
        return NewStill.model_validate_json(text)
    except ValidationError as error:
        raise UsageError(_said(error)) from None


def _said(error: ValidationError) -> str:
    told = []
    for one in error.errors():
        where = ".".join(str(part) for part in one["loc"])
        words = one["msg"].removeprefix("Value error, ")
        told.append(f"{where}: {words}" if where else words)
    return "; ".join(told)


def _one_of(value: str, known: Sequence[str]) -> str:
    if value not in known:
        raise ValueError(f"expected one of {', '.join(known)}, got {value[:40]!r}")
    return value
