"""One file of the web by its address, for what is no recording."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from avatar_server.dataset.stores.contract import ByteStream
from avatar_server.dataset.stores.http_files import HttpFiles, shown


@dataclass(frozen=True, slots=True)
class WebFile:
    """Keeps the contract `StoredFile`."""

    url: str = field(repr=False)
    http: HttpFiles

    @property
    def piece(self) -> str:
        """Its name."""
        return urlsplit(self.url).path.rpartition("/")[2]

    @property
    def where(self) -> str:
        """See the contract."""
        return shown(self.url)

    @property
    def size_bytes(self) -> int | None:
        """See the contract."""
        return None

    def open(self, start: int = 0, stop: int | None = None, *, version: str = "") -> ByteStream:
        """See the contract."""
        return self.http.open(self.url, start, stop, version=version, wide=True)
