"""Colours of the two people in words that people can type: `plum/skin=deep,top=#d98e4a/hair=grey`.

The viewer's left person first, then behind a comma the right one; for each a palette of clothes, single
colours, or both, with slashes between them. What is not said stays as usual.
"""

from __future__ import annotations

import re
from dataclasses import fields, replace

from avatar_server.errors import UsageError
from avatar_server.scene.appearance import CLOTHES, EYE_COLOURS, HAIR_COLOURS, PALETTES, SKIN_TONES, linear
from avatar_server.scene.snapshot import Appearance, Rgb

COLOURS_FORM = "PALETTE[/PART=COLOUR ...] for the left person, and behind a comma for the right one"

PARTS = tuple(field.name for field in fields(Appearance))

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_NAMED: dict[str, dict[str, str]] = {"skin": SKIN_TONES, "hair": HAIR_COLOURS, "eyes": EYE_COLOURS}


def parse_colours(text: str) -> tuple[Appearance, Appearance]:
    """The colours of both; `UsageError` for what is none."""
    said = text.split(",")
    if len(said) > 2:
        raise UsageError(f"expected colours of one or two people ({COLOURS_FORM}), got {text!r}")
    left, right = (*said, "")[:2]
    return _appearance(left, PALETTES[0]), _appearance(right, PALETTES[1])


def _appearance(text: str, usual: Appearance) -> Appearance:
    found = usual
    for index, said in enumerate(text.split("/") if text.strip() else ()):
        part, equals, colour = (word.strip() for word in said.partition("="))
        if not equals and index == 0:
            if part not in CLOTHES:
                raise UsageError(f"expected a palette of {', '.join(CLOTHES)}, got {part!r}")
            found = replace(found, **{name: linear(one) for name, one in CLOTHES[part].items()})
        elif part not in PARTS:
            raise UsageError(f"expected PART=COLOUR, a part being one of {', '.join(PARTS)}, got {said!r}")
        else:
            found = replace(found, **{part: _colour(part, colour)})
    return found


def _colour(part: str, text: str) -> Rgb:
    known = _NAMED.get(part) or {name: clothes[part] for name, clothes in CLOTHES.items()}
    written = known.get(text, text)
    if not _HEX.fullmatch(written):
        raise UsageError(f"{part}: expected #rrggbb, or {', '.join(known)}, got {text!r}")
    return linear(written)
