"""Where recordings come from and where they are kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from avatar_server.settings import Settings

LOCAL = "local"
"""The source that asks nobody."""


@dataclass(frozen=True, slots=True)
class Supply:
    """As in `Settings`; source may hold credentials."""

    data_dir: Path
    source: str
    limit_bytes: int | None = None
    filelist_url: str = ""

    @classmethod
    def of(cls, settings: Settings) -> Supply:
        """What `avatar-server serve` was told."""
        return cls(settings.data.expanduser(), settings.source, settings.cache_size, settings.filelist_url)

    @property
    def environment(self) -> dict[str, str]:
        """For processes of `avatar-server`; other users of the machine see arguments, but not this."""
        told = {
            "AVATAR_SERVER_DATA": str(self.data_dir),
            "AVATAR_SERVER_SOURCE": self.source,
            "AVATAR_SERVER_CACHE_SIZE": "unlimited" if self.limit_bytes is None else str(self.limit_bytes),
            "AVATAR_SERVER_FILELIST_URL": self.filelist_url,
        }
        return {name: text for name, text in told.items() if text}
