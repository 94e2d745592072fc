"""From what people write after `--source` to a store."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from avatar_server.dataset.stores.contract import Store
from avatar_server.errors import UsageError

SOURCES = "local, https, https://HOST/PREFIX, s3://BUCKET/PREFIX, hf, hf:OWNER/NAME@REVISION or auto"


def open_store(source: str, data_dir: Path) -> Store:
    """The store called `source`; raises UsageError for an unknown one, MachineError if a package is missing.

    Nothing is asked of anybody yet. `auto` is what is on this machine, then the public bucket.
    """
    from avatar_server.dataset.stores.chain import Chain
    from avatar_server.dataset.stores.https_bucket import PUBLIC_BUCKET, HttpsBucket
    from avatar_server.dataset.stores.local_store import LocalStore

    parts = urlsplit(source)
    if source == "local":
        return LocalStore(data_dir)
    if source == "https":
        return HttpsBucket(PUBLIC_BUCKET)
    if parts.scheme in ("http", "https") and parts.hostname:
        return HttpsBucket(source)
    if source == "auto":
        return Chain((LocalStore(data_dir), HttpsBucket(PUBLIC_BUCKET)))
    raise UsageError(f"--source: expected {SOURCES}, got {source!r}")
