"""How many there are of what: counts of some of the catalogue's interactions, for overviews."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset import recording_table as tables
from avatar_server.dataset.interactions_csv import Prompt
from avatar_server.dataset.known_relationships import KnownRelationships
from avatar_server.dataset.recording_id import FIRST_YEAR
from avatar_server.dataset.recording_table import LABELS, SPLITS, UNKNOWN, RecordingTable

Places = NDArray[np.intp]

NOT_KNOWN = "unknown"
"""Stands for what the catalogue does not tell."""


_MOST_VALUES = 128
"""Labels and splits are few, and vendors have two digits."""


@dataclass(frozen=True, eq=False, slots=True)
class Counted:
    """codes: of the interactions, see `interaction_code`; sizes: how many recordings each has.

    participants, sessions: different ones. by: property to its values, the most frequent first, and how many
    interactions have each; `label`, `split`, `vendor`, `relationship`, `type`, `has_movement` and
    `has_annotations` (`true`, `false`), any of which may be `NOT_KNOWN`, and `emotion` where prompts have
    any. Partners in two splits count as `dev/train`.
    """

    codes: NDArray[np.int64]
    sizes: NDArray[np.int64]
    participants: int
    sessions: int
    by: dict[str, dict[str, int]]


def count(
    table: RecordingTable,
    keys: NDArray[np.int64],
    starts: Places,
    places: Places,
    prompts: Mapping[int, Prompt] | None,
    relationships: KnownRelationships | None,
) -> Counted:
    """Counts of the interactions at `places` of `keys`, whose rows begin at `starts`, one more at the end."""
    codes = keys[places]
    first, last = starts[places], starts[places + 1] - 1
    chosen = np.zeros(len(keys), np.bool_)
    chosen[places] = True
    rows = np.repeat(chosen, np.diff(starts))
    people = tables.vendors(table.interaction[rows]) << 32 | table.participant[rows].astype(np.int64)
    # The codes are in order, and so are their sessions: no need to sort them.
    of_session = tables.session_codes(codes)
    begins = np.flatnonzero(np.diff(of_session, prepend=-1))
    sessions, session_counts = of_session[begins], np.diff(begins, append=len(codes))
    known = relationships or KnownRelationships({})
    related, related_counts = sessions, session_counts
    if known.of_prompts:
        related, related_counts = np.unique(known.codes(codes), return_counts=True)
    relations = [
        found.relationship if found is not None else "" for found in map(known.by.get, related.tolist())
    ]
    numbers, number_counts = np.unique(tables.prompts(codes), return_counts=True)
    # InterAct has a year in its place.
    vendors = np.where(tables.vendors(codes) < FIRST_YEAR, tables.vendors(codes), UNKNOWN)
    asked = [(prompts or {}).get(number) for number in numbers.tolist()]
    types = [found.interaction_type if found is not None else "" for found in asked]
    emotions = [found.emotion if found is not None else "" for found in asked]
    return Counted(
        codes=codes,
        sizes=(last - first + 1).astype(np.int64),
        participants=len(np.unique(people)),
        sessions=len(sessions),
        by={
            "label": _of_both(table.label[first], table.label[last], LABELS.__getitem__),
            "split": _of_both(table.split[first], table.split[last], SPLITS.__getitem__),
            "vendor": _of_both(vendors, vendors, "V{:02d}".format),
            "relationship": _summed(relations, related_counts.tolist()),
            "type": _summed(types, number_counts.tolist()),
            **({"emotion": _summed(emotions, number_counts.tolist())} if any(emotions) else {}),
            "has_movement": _movement(table.movement, first, last),
            "has_annotations": _annotations(table, first, last),
        },
    )


def _of_both(
    one: NDArray[np.integer], other: NDArray[np.integer], name: Callable[[int], str]
) -> dict[str, int]:
    """By the values of the two people, from `UNKNOWN` on; with a stroke between them where they differ."""
    counts = np.bincount((one.astype(np.int64) - UNKNOWN) * _MOST_VALUES + (other - UNKNOWN))
    named = []
    pairs = np.flatnonzero(counts).tolist()
    for pair in pairs:
        values = dict.fromkeys(value + UNKNOWN for value in divmod(pair, _MOST_VALUES))
        named.append("/".join(NOT_KNOWN if value == UNKNOWN else name(value) for value in values))
    return _summed(named, counts[pairs].tolist())


def _movement(movement: NDArray[np.int8], first: Places, last: Places) -> dict[str, int]:
    """Of all people, as `ListedInteraction.has_movement` tells."""
    one, other = movement[first], movement[last]
    without = int(((one == 0) | (other == 0)).sum())
    with_it = int(((one == 1) & (other == 1)).sum())
    return _summed(["true", "false", NOT_KNOWN], [with_it, without, len(first) - with_it - without])


def _annotations(table: RecordingTable, first: Places, last: Places) -> dict[str, int]:
    """First-person or third-person ones, of anybody, as a filter asks for them."""
    flags = [kind[row] for kind in (table.annotation_1p, table.annotation_3p) for row in (first, last)]
    with_them = int(np.any([flag == 1 for flag in flags], axis=0).sum())
    without = int(np.all([flag == 0 for flag in flags], axis=0).sum())
    return _summed(["true", "false", NOT_KNOWN], [with_them, without, len(first) - with_them - without])


def _summed(names: list[str], counts: list[int]) -> dict[str, int]:
    summed: dict[str, int] = {}
    for name, number in zip(names, counts, strict=True):
        summed[name or NOT_KNOWN] = summed.get(name or NOT_KNOWN, 0) + number
    ordered = sorted(summed.items(), key=lambda item: (-item[1], item[0]))
    return {name: number for name, number in ordered if number}
