"""Paths that begin with ~, and accounts that have no home folder."""

from __future__ import annotations

from pathlib import Path

from avatar_server.errors import UsageError


def expanded(path: Path | str, named: str) -> Path:
    """`path` with the home folder for a leading ~, or somebody else's for ~NAME.

    named: the option or variable that it belongs to, for the `UsageError` that is raised where there is no
    such home: an unknown NAME, or an account without an entry and without HOME, as containers run.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        home = Path(path).parts[0]
        cure = "set HOME, or name a folder" if home == "~" else "no such account"
        raise UsageError(f"{named}: {path}: there is no home folder for {home} ({cure})") from None
