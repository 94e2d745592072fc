"""The interaction that `demo` names: made at first use, kept in the cache folder."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from avatar_server.dataset.interaction import Interaction
from avatar_server.dataset.local_tree import find_interaction
from avatar_server.dataset.recording_id import InteractionKey
from avatar_server.settings import cache_dir

DEMO_SECONDS = 30.0
DEMO_KEY = InteractionKey.parse("V00_S0809_I00000582")
"""How the demo is called inside its data folder."""


def demo_interaction() -> Interaction:
    """The demo, made now if it is not in the cache."""
    return find_interaction(demo_data_dir(), str(DEMO_KEY))


def demo_data_dir() -> Path:
    """The data folder that holds the demo (key `DEMO_KEY`), made now if it is not in the cache.

    The folder's name changes with the sources that make it. Several processes may call this at once: each
    writes into a folder of its own and the first to finish gives it the final name.
    """
    final = cache_dir() / f"demo-{_sources_digest()}"
    if final.is_dir():
        return final
    final.parent.mkdir(parents=True, exist_ok=True)
    own = Path(tempfile.mkdtemp(prefix="demo-making-", dir=final.parent))
    # The synthesiser brings SciPy along: who finds the demo in the cache need not wait for that.
    from avatar_server.testing.synthetic_interaction import synthesize

    try:
        synthesize(own, seconds=DEMO_SECONDS)
        own.chmod(0o755)
        try:
            own.rename(final)
        except OSError:
            if not final.is_dir():
                raise
    finally:
        if own.is_dir():
            shutil.rmtree(own)
    return final


def _sources_digest() -> str:
    """Of all Python files beside this one: whatever makes the demo is among them."""
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(os.fsencode(source.name) + source.read_bytes())
    return digest.hexdigest()[:16]
