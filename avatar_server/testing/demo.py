"""The interaction that `demo` names: made at first use, kept in the cache folder."""

from __future__ import annotations

from pathlib import Path

from avatar_server.dataset.interaction import Interaction
from avatar_server.dataset.local_tree import find_interaction
from avatar_server.dataset.recording_id import InteractionKey
from avatar_server.testing.kept_folder import kept_folder

DEMO_SECONDS = 30.0
DEMO_KEY = InteractionKey.parse("V00_S0809_I00000582")
"""How the demo is called inside its data folder."""


def demo_interaction() -> Interaction:
    """The demo, made now if it is not in the cache."""
    return find_interaction(demo_data_dir(), str(DEMO_KEY))


def demo_data_dir() -> Path:
    """The data folder that holds the demo (key `DEMO_KEY`), made now if it is not in the cache."""
    return kept_folder("demo", _make)


def _make(folder: Path) -> None:
    # The synthesiser brings SciPy along: who finds the demo in the cache need not wait for that.
    from avatar_server.testing.synthetic_interaction import synthesize

    synthesize(folder, seconds=DEMO_SECONDS)
