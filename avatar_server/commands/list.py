"""The command `list`: which interactions there are, as a table for people or JSON for programs."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from avatar_server.commands import values
from avatar_server.commands.data_options import add_data_options, data_options
from avatar_server.commands.known_catalogue import listed_catalogue
from avatar_server.commands.selecting import add_selection, selection
from avatar_server.errors import UsageError

if TYPE_CHECKING:
    from avatar_server.dataset.listed_interaction import ListedInteraction, Page

_LIMIT = 50
_MOST = 1_000_000
_NARROWEST_PROMPT = 20
_WIDEST_FACET = 28
_NOTHING = "-"
_COLUMNS = ("KEY", "LABEL", "SPLIT", "PEOPLE", "MOVEMENT", "RELATIONSHIP", "EMOTION", "PROMPT")
_SELDOM = ("RELATIONSHIP", "EMOTION")
"""Many collections say nothing of these, and have no such columns then."""


def add_list(parser: argparse.ArgumentParser, *, say: Callable[[str], None]) -> None:
    """Say what may follow `list`. say: tells people a sentence."""
    add_selection(parser)
    parser.add_argument("--limit", metavar="N", help=f"show at most N (default: {_LIMIT})")
    parser.add_argument("--offset", metavar="N", help="leave out the first N (default: 0)")
    parser.add_argument("--json", action="store_true", help="for programs")
    add_data_options(parser)
    parser.set_defaults(command=partial(_list, say=say))


def _list(call: argparse.Namespace, *, say: Callable[[str], None]) -> None:
    count, seed, limit, offset = _window(call)
    options = data_options(call)
    wanted = selection(call)
    catalogue = listed_catalogue(options, say)
    if count is None:
        page = catalogue.query(wanted, offset=offset, limit=limit)
    else:
        page = catalogue.sample(count, seed, wanted)
    if call.json:
        print(
            json.dumps(
                {**page.as_json(), "limit": limit} if count is None else {**page.as_json(), "seed": seed}
            )
        )
    else:
        print(_table(page, shutil.get_terminal_size().columns if sys.stdout.isatty() else None))
        print(_summary(page, sampled=count is not None))


def _window(call: argparse.Namespace) -> tuple[int | None, int, int, int]:
    """Sample size (None: no sample), seed, limit and offset."""
    if call.sample is None:
        if call.seed is not None:
            raise UsageError("--seed: expected --sample with it")
        limit = _LIMIT if call.limit is None else values.whole_number("--limit", call.limit, 1, _MOST)
        offset = 0 if call.offset is None else values.whole_number("--offset", call.offset, 0, _MOST)
        return None, 0, limit, offset
    if call.limit is not None or call.offset is not None:
        raise UsageError("--sample: expected this or --limit and --offset, got both")
    count = values.whole_number("--sample", call.sample, 1, _MOST)
    seed = 0 if call.seed is None else values.whole_number("--seed", call.seed, 0, 2**63 - 1)
    return count, seed, count, 0


def _table(page: Page, width: int | None) -> str:
    """width: columns of the terminal, to which prompts are cut; None to show 60 characters of them."""
    rows = [_row(interaction) for interaction in page.interactions]
    shown = [
        place
        for place, name in enumerate(_COLUMNS)
        if name not in _SELDOM or any(row[place] != _NOTHING for row in rows)
    ]
    table = [[row[place] for place in shown] for row in (_COLUMNS, *rows)]
    widths = [max(len(text) for text in column) for column in list(zip(*table, strict=True))[:-1]]
    room = 60 if width is None else max(_NARROWEST_PROMPT, width - sum(widths) - 2 * len(widths))
    return "\n".join(
        "  ".join(
            (*(text.ljust(size) for text, size in zip(row, widths, strict=False)), _cut(row[-1], room))
        ).rstrip()
        for row in table
    )


def _row(interaction: ListedInteraction) -> tuple[str, ...]:
    """In the order of `_COLUMNS`."""
    people = " ".join(str(person.participant).rpartition("_")[2] for person in interaction.recordings)
    movement = {True: "yes", False: "no", None: "?"}[interaction.has_movement]
    prompt, relationship = interaction.prompt, interaction.relationship
    return (
        str(interaction.key),
        interaction.label or _NOTHING,
        interaction.split or _NOTHING,
        f"{people} (lone)" if interaction.is_lone else people,
        movement,
        _cut(_printable(relationship.relationship if relationship else ""), _WIDEST_FACET),
        _cut(_printable(prompt.emotion if prompt else ""), _WIDEST_FACET),
        _printable(prompt.text_a if prompt else ""),
    )


def _printable(text: str) -> str:
    """What a file holds must not move the cursor of a terminal."""
    return "".join(character for character in text if character.isprintable()) or _NOTHING


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 3].rstrip() + "..."


def _summary(page: Page, *, sampled: bool) -> str:
    shown, total = len(page.interactions), f"{page.total:,} interaction{'' if page.total == 1 else 's'}"
    if sampled:
        return f"{shown:,} drawn out of {total}"
    if not shown:
        return f"none shown of {total}"
    end = page.offset + shown
    more = f" (--offset {end} for more)" if end < page.total else ""
    return f"{page.offset + 1:,} to {end:,} of {total}{more}"
