"""Flags that select interactions of the catalogue, for every command that takes some of them."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from avatar_server.dataset.selection import Selection

_NAMES = (
    "label",
    "split",
    "vendor",
    "session",
    "participant",
    "prompt",
    "relationship",
    "interaction_type",
    "emotion",
    "has_movement",
    "has_annotations",
    "text",
)


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Say which interactions may be selected."""
    parser.add_argument("--label", metavar="NAME", help="improvised or naturalistic")
    parser.add_argument("--split", metavar="NAME", help="train, dev or test")
    parser.add_argument("--vendor", metavar="V00", help="recorded by this vendor")
    parser.add_argument("--session", metavar="S0809", help="of this session")
    parser.add_argument("--participant", metavar="P1275A", help="with this person, its letter included")
    parser.add_argument("--prompt", metavar="TEXT", help="with a prompt that has this text in it")
    parser.add_argument("--relationship", metavar="NAME", help="of people who know each other in this way")
    parser.add_argument("--type", metavar="NAME", dest="interaction_type", help="of this interaction type")
    parser.add_argument("--emotion", metavar="NAME", help="to be played with this emotion (InterAct)")
    parser.add_argument(
        "--has-movement", action="store_true", default=None, help="with movement features of all people"
    )
    parser.add_argument(
        "--has-annotations", action="store_true", default=None, help="with annotations of anybody"
    )
    parser.add_argument(
        "--text",
        metavar="WORDS",
        help="each is a word, or begins one, in its prompts or relationship, or is in its key or people",
    )
    parser.add_argument("--sample", metavar="N", help="draw N of them by lot")
    parser.add_argument("--seed", metavar="S", help="another seed draws others (default: 0)")


def selects(call: argparse.Namespace) -> bool:
    """Whether any of these flags was given, besides those for a sample."""
    return any(getattr(call, name) is not None for name in _NAMES)


def selection(call: argparse.Namespace) -> Selection:
    """What was selected; UsageError for what nothing can be."""
    from avatar_server.dataset.selection import Selection

    return Selection.of_texts(**{name: getattr(call, name) for name in _NAMES})
