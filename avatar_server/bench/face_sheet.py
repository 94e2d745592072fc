"""The sheet of 52: what each of ARKit's weights does to a face, one close-up each.

Run as `python -m avatar_server.bench.face_sheet docs/faces.jpg`; `--body FILE` draws a licensed body's face.
"""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from avatar_server.body.builds import USUAL_BUILDS, Build
from avatar_server.body.model import ShapedBody
from avatar_server.face.arkit import ARKIT_NAMES
from avatar_server.render.contract import PictureSize, draw
from avatar_server.render.opengl.renderer import OpenGLRenderer
from avatar_server.render.overlays import font
from avatar_server.render.yuv import picture_to_rgb
from avatar_server.scene.appearance import PALETTES
from avatar_server.testing.face_views import close_up, face_weights
from avatar_server.wardrobe import shaped_bodies

_COLUMNS = 9
_CELL = (196, 214)
_SMOOTHING = 2
_LETTERS_PX = 13
_INK, _PAPER = (40, 40, 42), (247, 247, 245)

_ASIDE_DEG = {"jawForward": 60, "tongueOut": 40, "mouthPucker": 40, "mouthFunnel": 40, "cheekPuff": 25}
"""What moves towards the viewer is seen from the side."""

_WITH = {"mouthClose": {"jawOpen": 0.6}}
"""What only means something beside another weight; the label says so."""


def draw_sheet(bodies: tuple[ShapedBody, ShapedBody]) -> Image.Image:
    """All 52, in ARKit's order; the two people take turns, a row each."""
    width, height = _CELL
    rows = -(-len(ARKIT_NAMES) // _COLUMNS)
    sheet = Image.new("RGB", (_COLUMNS * width, rows * height), _PAPER)
    pen, letters = ImageDraw.Draw(sheet), font(_LETTERS_PX)
    room = height - 2 * _LETTERS_PX + 6
    large = PictureSize(_SMOOTHING * width, _SMOOTHING * room)
    with contextlib.closing(OpenGLRenderer(large)) as renderer:
        for number, name in enumerate(ARKIT_NAMES):
            others = _WITH.get(name, {})
            weights = face_weights(**{name: 1.0}, **others)
            person = number // _COLUMNS % 2
            seen = close_up(
                bodies[person],
                weights,
                azimuth_deg=_ASIDE_DEG.get(name, 0),
                appearance=PALETTES[person],
            )
            picture = Image.fromarray(picture_to_rgb(draw(renderer, seen)))
            left, top = number % _COLUMNS * width, number // _COLUMNS * height
            sheet.paste(picture.resize((width, room), Image.Resampling.BOX), (left, top))
            label = " + ".join([name, *(f"{other} {value:g}" for other, value in others.items())])
            pen.text((left + width / 2, top + room + 10), label, fill=_INK, font=letters, anchor="mm")
    return sheet


def main() -> None:
    """Draw the sheet and write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="picture to write")
    parser.add_argument("--body", type=Path, help="a SMPL-H model (default: the built-in mannequin)")
    options = parser.parse_args()
    builds = USUAL_BUILDS if options.body is None else (Build(), Build())
    sheet = draw_sheet(shaped_bodies(options.body, builds))
    sheet.save(options.out, quality=82, optimize=True)
    print(f"wrote {options.out}: {np.prod(sheet.size) / 1e6:.1f} megapixels")


if __name__ == "__main__":
    main()
