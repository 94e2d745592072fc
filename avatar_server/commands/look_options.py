"""How people and studio look: options of every command that draws."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from avatar_server.commands import values

if TYPE_CHECKING:
    from avatar_server.scene.look import LookWords

_STUDIOS = "light, dark, white"


def add_look_options(parser: argparse.ArgumentParser, *, transparent: bool = False) -> None:
    """Say what may be said about the look. transparent: what is written has an alpha."""
    studios = f"{_STUDIOS}, transparent" if transparent else _STUDIOS
    parser.add_argument(
        "--studio", metavar="NAME", help=f"what is behind people: {studios} (default: as the preset wants)"
    )
    parser.add_argument(
        "--colours",
        metavar="LEFT[,RIGHT]",
        help="teal, ochre, plum, forest, navy, brick, stone or cream; with slashes single parts: "
        "plum/skin=deep/hair=black/top=#7b3f63",
    )
    parser.add_argument(
        "--shape",
        metavar="LEFT[,RIGHT]",
        help="average, woman, tall, short, slim, broad or heavy, or betas: 1/-0.5/0/2 (average,woman)",
    )
    parser.add_argument("--hair", metavar="LEFT[,RIGHT]", help="short, bob, long or bun (default: short,bob)")
    parser.set_defaults(transparent=transparent)


def look_words(call: argparse.Namespace) -> LookWords:
    """What was asked for; `UsageError` names the option."""
    from avatar_server.scene.look import LookWords
    from avatar_server.scene.studios import OPAQUE_STUDIOS, STUDIOS

    if call.studio is not None:
        values.one_of("--studio", call.studio, STUDIOS if call.transparent else OPAQUE_STUDIOS)
    words = LookWords(
        studio=call.studio or "",
        colours=call.colours or "",
        shape=call.shape or "",
        hair=call.hair or "",
    )
    words.read(mannequin=call.body is None)
    return words
