"""Where things live on this machine, and the few numbers that people change."""

from __future__ import annotations

import os
from pathlib import Path

PACKAGE_DIR = Path(__file__).resolve().parent

SAMPLE_RATE_HZ = 48_000
"""Every sound inside the server has this rate; positions in it are integers."""

DEFAULT_DATA_DIR = Path("~/datasets/seamless_interaction")
"""Where the official Seamless Interaction tools put their downloads."""


def cache_dir() -> Path:
    """Folder for what is built once and read often (mannequin, demo); made by whoever writes into it."""
    chosen = os.environ.get("AVATAR_SERVER_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "avatar-server"


def resource_dir(name: str) -> Path:
    """Folder `shaders` or `web_client`: inside the package in a wheel, beside it in a checkout."""
    for candidate in (PACKAGE_DIR / name, PACKAGE_DIR.parent / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"{name}/ is neither in {PACKAGE_DIR} nor beside it: the installation is broken")
