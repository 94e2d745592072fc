"""A bucket of one's own with the layout of the public one, through s3fs: `s3://BUCKET/PREFIX`.

s3fs finds the credentials, the endpoint and the region, and signs an address for each request; the bytes then
come over `HttpFiles` as from any other server: one GET a file, read as fast as somebody asks, tried once.

Rejected: bodies out of s3fs itself. Its client takes in at least 128 KiB a file that nobody has asked for,
every read crosses into its thread, and its own tries hide why nothing comes from those who pace ours.
"""

from __future__ import annotations

import contextlib
import logging
import re
import ssl
import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from avatar_server.dataset.modalities import Modality, pieces_of
from avatar_server.dataset.stores.contract import ByteStream, RecordingPlace, StoredFile
from avatar_server.dataset.stores.http_files import CONNECT_TIMEOUT_S, TIMEOUT_S, HttpFiles
from avatar_server.dataset.stores.https_bucket import bucket_path
from avatar_server.errors import (
    AbsentError,
    DeniedError,
    MachineError,
    StoreError,
    UnreachableError,
    UsageError,
)

if TYPE_CHECKING:
    from aiobotocore.session import AioSession
    from s3fs import S3FileSystem

log = logging.getLogger(__name__)

SIGNED_FOR_S: Final = 900
"""As long as S3 lets a clock be wrong."""

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]")
"""As generous as the oldest buckets' names."""

_CODE = re.compile(r"<Code>(\w{1,64})</Code>")
_WIDE = frozenset({"wav", "mp4"})
_AMAZON = (".amazonaws.com", ".amazonaws.com.cn")

_UNUSABLE = frozenset(
    {
        "AuthorizationHeaderMalformed",
        "AuthorizationQueryParametersError",
        "ExpiredToken",
        "InvalidToken",
        "PermanentRedirect",
        "TokenRefreshRequired",
    }
)
"""Codes of refusals with other statuses than 401 and 403 that no second try mends."""

for _chatty in ("botocore", "aiobotocore"):
    # At DEBUG they write what they sign, and the signature.
    logging.getLogger(_chatty).setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class S3File:
    """One object of the bucket; nothing is known of it before it is opened."""

    piece: str
    where: str
    access: Callable[[], _Access]

    @property
    def size_bytes(self) -> int | None:
        """See the contract."""
        return None

    def open(self, start: int = 0, stop: int | None = None, *, version: str = "") -> ByteStream:
        """See the contract."""
        with _access_errors(self.where):
            access = self.access()
            url = access.signed(self.where)
        return access.http.open(
            url,
            start,
            stop,
            version=version,
            wide=self.piece in _WIDE,
            absent=frozenset({403, 404}) if access.is_anonymous else frozenset({404}),
            where=self.where,
            explain=access.explain,
        )


class S3Store:
    """Keeps the contract `Store` for `s3://BUCKET/PREFIX`; the first opening looks for credentials."""

    def __init__(self, address: str) -> None:
        """Raises UsageError for another address, and MachineError without s3fs."""
        self.name = "s3"
        parts = urlsplit(address)
        bucket, prefix = parts.netloc, parts.path.strip("/")
        if parts.scheme != "s3" or not _BUCKET.fullmatch(bucket) or parts.query or parts.fragment:
            raise UsageError("--source: expected s3://BUCKET/PREFIX without credentials, query or fragment")
        self._root = f"s3://{bucket}/{prefix}".rstrip("/")
        self._opened: _Access | None = None
        self._failure: Exception | None = None
        self._lock = threading.Lock()
        try:
            import s3fs  # noqa: F401
        except ModuleNotFoundError as error:
            raise MachineError(
                f"s3:// needs the package {error.name}: pip install 'avatar-server[s3]'"
            ) from None

    def files(self, place: RecordingPlace, modalities: Collection[Modality]) -> tuple[StoredFile, ...]:
        """See the contract; nothing is asked."""
        return tuple(
            S3File(piece, f"{self._root}/{bucket_path(place, piece)}", self._access)
            for piece in pieces_of(modalities)
        )

    def close(self) -> None:
        """See the contract."""
        with self._lock:
            access, self._opened = self._opened, None
        if access is not None:
            access.http.close()

    def _access(self) -> _Access:
        """Found once; who waits while another thread finds none is told what that one was told."""
        failure = self._failure
        with self._lock:
            if self._opened is None:
                if self._failure is not failure and self._failure is not None:
                    raise self._failure
                try:
                    self._opened = _find_access(self._root)
                except Exception as error:
                    self._failure = error
                    raise
            return self._opened


@dataclass(frozen=True, slots=True)
class _Access:
    """How the bucket is asked."""

    files: S3FileSystem
    http: HttpFiles
    is_anonymous: bool

    def signed(self, where: str) -> str:
        """The address of an object for a GET; without credentials it is not signed."""
        return str(self.files.sign(where, expiration=SIGNED_FOR_S))

    def explain(self, status: int, said: str, where: str) -> StoreError | None:
        """What a refusal means, by the code that S3 gives for it."""
        found = _CODE.search(said)
        code = found[1] if found else ""
        if code == "NoSuchBucket":
            return AbsentError("there is no such bucket", where=where)
        if code == "SlowDown":
            return None  # Its status says it.
        if status == 403 and not self.is_anonymous:
            hint = (
                ", or not there: only whoever may list the bucket is told" if code == "AccessDenied" else ""
            )
            return DeniedError(f"not for these credentials ({code or status}){hint}", where=where)
        if status not in (401, 403) and code in _UNUSABLE:
            return DeniedError(f"not for these credentials ({code})", where=where)
        return None


def _find_access(root: str) -> _Access:
    """With the credentials of the usual places, or without any if there are none.

    Asks nobody but the keeper of credentials that botocore knows of, and Amazon where the bucket is.
    """
    from aiobotocore.session import AioSession
    from fsspec.asyn import sync

    session = AioSession()
    files = _file_system(session)
    credentials = sync(files.loop, session.get_credentials)
    is_anonymous = files.anon or (credentials is None and files.key is None)
    if is_anonymous:
        log.info("no credentials for S3 were found: asking without")
        files = _file_system(session, anon=True)
    files.connect()
    if (urlsplit(files.s3.meta.endpoint_url).hostname or "").endswith(_AMAZON):
        files = _file_system(session, anon=is_anonymous, cache_regions=True)
        files.sign(root)  # Whoever comes later finds the region known.
    bundle = session.get_config_variable("ca_bundle")
    trust = ssl.create_default_context(cafile=bundle) if bundle else None
    return _Access(files, HttpFiles(trust=trust), is_anonymous)


def _file_system(session: AioSession, **options: Any) -> S3FileSystem:
    from s3fs import S3FileSystem

    config = {
        "signature_version": "s3v4",
        "connect_timeout": CONNECT_TIMEOUT_S,
        "read_timeout": TIMEOUT_S,
        "retries": {"total_max_attempts": 1},
    }
    # Instances that s3fs keeps would remember credentials that have changed since.
    return S3FileSystem(session=session, config_kwargs=config, skip_instance_cache=True, **options)


@contextlib.contextmanager
def _access_errors(where: str) -> Iterator[None]:
    """What botocore raises while it looks for credentials, without what may be secret in its sentences."""
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        ConnectionError,
        HTTPClientError,
        ProfileNotFound,
    )

    try:
        yield
    except ProfileNotFound as error:
        raise DeniedError(str(error), where=where) from None
    except (ConnectionError, HTTPClientError):
        raise UnreachableError("nobody who knows credentials or regions answers", where=where) from None
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "no code")
        raise DeniedError(f"credentials cannot be had ({code})", where=where) from None
    except BotoCoreError as error:
        raise DeniedError(f"credentials cannot be used ({type(error).__name__})", where=where) from None
    except (OSError, ValueError):
        raise DeniedError("the endpoint, or another setting for S3, cannot be used", where=where) from None
