"""Builds of people by name or by numbers: betas of the body and, for the mannequin, a style of hair."""

from __future__ import annotations

import math
from dataclasses import dataclass

from avatar_server.errors import UsageError

HAIR = ("short", "bob", "long", "bun")
"""Names of the styles of `mannequin_hair_styles.HAIR_STYLES`, which is heavy to import."""

BETAS_AT_MOST = 16
WIDEST_BETA = 5.0


@dataclass(frozen=True, slots=True)
class Build:
    """betas: those that are not given are 0. hair: of the mannequin; a body from a file has its own.

    chosen: somebody asked for this shape; otherwise it gives way where bodies were measured.
    """

    betas: tuple[float, ...] = ()
    hair: str = HAIR[0]
    chosen: bool = False


SHAPES: dict[str, tuple[float, ...]] = {
    "average": (),
    "woman": (-1.3, -0.6, 0.0, 0.0, 0.0, 0.3, 3.0, 3.0),
    "tall": (1.2, -0.3, 1.5, 0.8),
    "short": (-2.0, 0.3, -0.8, -0.3, 0.0, 1.0),
    "slim": (0.0, -2.0, 0.3, 0.0, -0.8, 0.0, 0.0, 0.6, -0.8),
    "broad": (0.3, 1.4, 0.0, 0.3, 2.2, 0.3),
    "heavy": (0.0, 2.2, -0.3, 0.0, 0.6, 0.5, 0.6, 0.0, 4.0),
}
"""Betas of the mannequin (`mannequin_shapes.shape_directions`) by name."""

USUAL_BUILDS = (Build(), Build(SHAPES["woman"], "bob"))
"""Of the person at the viewer's left and of the one at the right: not twins."""

SHAPE_FORM = f"{', '.join(SHAPES)}, or betas with slashes such as 1/-0.5/0/2"


def parse_builds(shapes: str, hair: str, *, mannequin: bool = True) -> tuple[Build, Build]:
    """What people type: LEFT[,RIGHT] of either; empty is as usual. `UsageError` names the option.

    mannequin: whether they wear it; a body from a file takes betas, but has no hair, and other betas mean
    other things.
    """
    left, right = _sides("--shape", shapes)
    left_hair, right_hair = _sides("--hair", hair)
    if mannequin:
        return _build(left, left_hair, USUAL_BUILDS[0]), _build(right, right_hair, USUAL_BUILDS[1])
    if hair:
        raise UsageError("--hair: only the mannequin has hair that can be chosen, not a body of a file")
    for shape in (left, right):
        if SHAPES.get(shape):
            raise UsageError(f"--shape: {shape} is a shape of the mannequin; expected the file's own betas")
    return _build(left, "", Build()), _build(right, "", Build())


def _sides(option: str, text: str) -> tuple[str, str]:
    said = [word.strip() for word in text.split(",")]
    if len(said) > 2:
        raise UsageError(f"{option}: expected one for the left person, and behind a comma one for the right")
    left, right = (*said, "")[:2]
    return left, right


def _build(shape: str, hair: str, usual: Build) -> Build:
    if hair and hair not in HAIR:
        raise UsageError(f"--hair: expected one of {', '.join(HAIR)}, got {hair!r}")
    betas = _betas(shape) if shape else usual.betas
    return Build(betas, hair or usual.hair, chosen=bool(shape))


def _betas(text: str) -> tuple[float, ...]:
    if text in SHAPES:
        return SHAPES[text]
    try:
        betas = tuple(float(word) for word in text.split("/"))
    except ValueError:
        raise UsageError(f"--shape: expected {SHAPE_FORM}, got {text!r}") from None
    if len(betas) > BETAS_AT_MOST:
        raise UsageError(f"--shape: expected at most {BETAS_AT_MOST} betas, got {len(betas)}")
    if not all(math.isfinite(beta) and abs(beta) <= WIDEST_BETA for beta in betas):
        raise UsageError(f"--shape: expected betas from {-WIDEST_BETA:g} to {WIDEST_BETA:g}, got {text!r}")
    return betas
