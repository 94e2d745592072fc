"""A real browser to look at the page with: where it is, and what it must be told where nobody watches."""

from __future__ import annotations

import os
from pathlib import Path

import ifaddr

from avatar_server.errors import MachineError

CANDIDATES = ("/usr/bin/chromium", "/usr/bin/google-chrome", "/usr/bin/google-chrome-stable")

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)

LOOPBACK = "--allow-loopback-in-peer-connection"


def chromium_path() -> str:
    """A Chromium or Chrome that decodes H.264; the environment's CHROMIUM comes first."""
    chosen = os.environ.get("CHROMIUM")
    for candidate in (chosen,) if chosen else CANDIDATES:
        if Path(candidate).is_file():
            return candidate
    raise MachineError("no Chromium here: install the Debian package chromium, or name one in CHROMIUM")


def is_alone() -> bool:
    """Whether the machine has no address but loopback.

    Chromium then uses loopback only if it is allowed to and the page may use a microphone. Elsewhere it
    connects to 127.0.0.1 as it is.
    """
    addresses = [ip.ip for adapter in ifaddr.get_adapters() for ip in adapter.ips]
    return not [ip for ip in addresses if isinstance(ip, str) and ip != "127.0.0.1"]


def chromium_flags() -> list[str]:
    """Command-line flags for a browser without a screen that sees nothing but this machine."""
    return [*QUIET, LOOPBACK] if is_alone() else list(QUIET)


def page_permissions() -> list[str]:
    """What a page must be granted so that it connects on this machine."""
    return ["microphone", "camera"] if is_alone() else []
