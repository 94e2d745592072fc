"""What takes long to synthesise is made once and kept in the cache folder."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from avatar_server.settings import cache_dir


def kept_folder(name: str, make: Callable[[Path], object]) -> Path:
    """The folder called `name` in the cache, made now by `make` if it is not there.

    make: fills the empty folder that it is given. The folder's whole name changes with the sources that make
    it. Several processes may call this at once: each writes into a folder of its own and the first to finish
    gives it the final name. Raises what `make` raises, and leaves nothing then.
    """
    final = cache_dir() / f"{name}-{_sources_digest()}"
    if final.is_dir():
        return final
    final.parent.mkdir(parents=True, exist_ok=True)
    own = Path(tempfile.mkdtemp(prefix=f"{name}-making-", dir=final.parent))
    try:
        make(own)
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
    """Of all Python files beside this one: whatever makes the material is among them."""
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(os.fsencode(source.name) + source.read_bytes())
    return digest.hexdigest()[:16]
