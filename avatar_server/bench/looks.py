"""A sheet of studios, shapes, hair and colours (docs/look.jpg): `python -m avatar_server.bench.looks`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from avatar_server.assembly import open_interaction, open_performance, open_renderer
from avatar_server.motion.presets import GENEA, NATURAL, MotionPreset
from avatar_server.performance import Performance
from avatar_server.render.contract import Picture, PictureSize
from avatar_server.render.name_plates import NamePlates
from avatar_server.scene.look import LookWords
from avatar_server.scene.orbit_text import is_orbit_text, parse_orbit
from avatar_server.scene.snapshot import Snapshot
from avatar_server.scene.staging import usual_staging
from avatar_server.still import draw_still

SIZE = PictureSize(640, 360)

_DARK = LookWords(
    "dark", "navy/skin=brown/hair=black,plum/skin=deep/hair=black", shape="broad,woman", hair="short,long"
)
_OTHERS = LookWords(
    "", "brick/hair=grey,forest/hair=auburn/skin=porcelain", shape="heavy,slim", hair="short,bun"
)

# Preset, camera, words, whether with names.
_VIEWS: tuple[tuple[tuple[MotionPreset, str, LookWords, bool], ...], ...] = (
    (
        (NATURAL, "two-shot", LookWords(), True),
        (NATURAL, "two-shot", LookWords(studio="dark"), True),
    ),
    (
        (GENEA, "two-shot", LookWords(), False),
        (NATURAL, "two-shot", LookWords(studio="transparent"), False),
    ),
    (
        (
            NATURAL,
            "over-left",
            LookWords(
                "dark", "navy/skin=brown/hair=black,plum/skin=deep/hair=black", "broad,woman", "short,long"
            ),
            False,
        ),
        (
            NATURAL,
            "orbit:0,4,4.5,26@0,0.9,0",
            _OTHERS,
            False,
        ),
    ),
)
_TIME_S = 6.0
_CHECK_PX = 20


def main() -> None:
    """Draw the demo in many ways, and write one JPEG."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/look.jpg"))
    rows = [np.hstack([_drawn(*view) for view in row]) for row in _VIEWS]
    Image.fromarray(np.vstack(rows)).save(parser.parse_args().output, quality=88)


def _drawn(preset: MotionPreset, camera: str, words: LookWords, named: bool) -> NDArray[np.uint8]:
    performance = open_performance(
        open_interaction("demo", Path()),
        body=None,
        preset=preset,
        staging=usual_staging(preset.convention),
        look=words.read(),
    )
    plates = [person.name for person in performance.people]
    pixels = draw_still(
        performance,
        lambda size: open_renderer("opengl", size),
        SIZE,
        time_s=_TIME_S,
        camera=parse_orbit(camera).camera() if is_orbit_text(camera) else performance.camera(camera),
        names=(lambda size: partial(_named, NamePlates(plates, size), performance)) if named else None,
    )
    return pixels if pixels.shape[2] == 3 else _on_checks(pixels)


def _named(plates: NamePlates, performance: Performance, snapshot: Snapshot) -> Callable[[Picture], None]:
    return plates.over(snapshot, performance.speaking_at(snapshot.time_s))


def _on_checks(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What is transparent before a grey chequered ground."""
    row, column = np.indices(pixels.shape[:2]) // _CHECK_PX
    dark = (row + column) % 2
    ground = np.where(dark, 188, 216)[..., None]
    alpha = pixels[..., 3:] / 255.0
    return np.rint(pixels[..., :3] * alpha + ground * (1 - alpha)).astype(np.uint8)


if __name__ == "__main__":
    main()
