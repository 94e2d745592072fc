"""Where is kept what we found out about a data folder: in it, or in the cache if it cannot be written."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from avatar_server.settings import cache_dir


def findings_folder(data_dir: Path, name: str) -> Path:
    """The folder `name` for what is kept of `data_dir`; it need not be there yet."""
    own = data_dir / ".avatar-server"
    if not data_dir.exists() or os.access(own if own.is_dir() else data_dir, os.W_OK):
        return own / name
    digest = hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:16]
    return cache_dir() / f"about-{digest}" / name
