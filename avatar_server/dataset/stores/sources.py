"""From what people write after `--source` to a store."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from avatar_server.dataset.stores.contract import Store
from avatar_server.errors import UsageError

SOURCES = "local, https, https://HOST/PREFIX, s3://BUCKET/PREFIX, hf, hf:OWNER/NAME@REVISION or auto"


def open_store(source: str, data_dir: Path) -> Store:
    """The store called `source`; raises UsageError for an unknown one, MachineError if a package is missing.

    Nothing is asked of anybody yet. `auto` is what is on this machine, then the public bucket, then Hugging
    Face.
    """
    from avatar_server.dataset.stores.chain import Chain
    from avatar_server.dataset.stores.https_bucket import PUBLIC_BUCKET, HttpsBucket
    from avatar_server.dataset.stores.hub_store import HubStore
    from avatar_server.dataset.stores.local_store import LocalStore

    scheme = _scheme(source)
    if source == "local":
        return LocalStore(data_dir)
    if source == "https":
        return HttpsBucket(PUBLIC_BUCKET)
    if scheme in ("http", "https"):
        return HttpsBucket(source)
    if scheme == "s3":
        from avatar_server.dataset.stores.s3_store import S3Store

        return S3Store(source)
    if source == "hf" or source.startswith("hf:"):
        return HubStore(source)
    if source == "auto":
        return Chain((LocalStore(data_dir), HttpsBucket(PUBLIC_BUCKET), HubStore()))
    raise UsageError(f"--source: expected {SOURCES}, got {source!r}")


def _scheme(source: str) -> str:
    """Of an address; empty for a word. UsageError for an address that is none, without what may be secret."""
    try:
        parts = urlsplit(source)
        is_odd = bool(parts.query or parts.fragment) or parts.port == 0
    except ValueError:
        is_odd = True
    if "://" not in source and not is_odd:
        return ""
    if is_odd or not parts.hostname:
        raise UsageError(f"--source: expected {SOURCES}, got an address that is odd or has a query")
    if parts.scheme not in ("http", "https", "s3"):
        raise UsageError(f"--source: expected {SOURCES}, got an address with {parts.scheme}://")
    return parts.scheme


def shown_source(source: str) -> str:
    """A source for people: an address without a password."""
    scheme, mark, rest = source.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"
