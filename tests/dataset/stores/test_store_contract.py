"""The stores keep their contract: a folder, a bucket behind HTTP, S3 with and without faults, a Hub."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest
import s3fs
from moto.server import ThreadedMotoServer

from avatar_server.dataset.stores.contract import Store
from avatar_server.dataset.stores.https_bucket import HttpsBucket, bucket_path
from avatar_server.dataset.stores.hub_store import HubStore
from avatar_server.dataset.stores.local_store import LocalStore
from avatar_server.dataset.stores.s3_store import S3Store
from avatar_server.testing.bucket_server import BucketServer, Fault
from avatar_server.testing.hub_server import REPOSITORY, SIGNATURE, HubServer
from avatar_server.testing.loose_pieces import NAME, PLACE
from avatar_server.testing.remote_store_suite import RemoteStoreSuite
from avatar_server.testing.store_suite import BUNDLED_CONTENTS, Contents, StoreSuite
from avatar_server.testing.tar_layout import tar_path, write_tar

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKIAWHOEVERITIS",
    "AWS_SECRET_ACCESS_KEY": "what+nobody/may=know",
    "AWS_SESSION_TOKEN": "for+a/while=",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}
S3_SECRETS = ("AKIAWHOEVERITIS", "what+nobody", "what%2B", "for+a/while", "for%2Ba", "X-Amz-Signature")


@contextmanager
def credentials_for(endpoint: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": endpoint}.items():
            patch.setenv(name, value)
        patch.delenv("AWS_PROFILE", raising=False)
        yield


@dataclass
class Folder:
    store: Store
    folder: Path
    secrets: tuple[str, ...] = ()

    def put(self, contents: Contents) -> None:
        for suffix, data in contents.items():
            path = self.folder / f"{NAME}.{suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


@dataclass
class Bucket:
    """Loose files below a path of a server that fails as it is told to."""

    store: Store
    server: BucketServer
    prefix: str
    secrets: tuple[str, ...]

    def put(self, contents: Contents) -> None:
        for piece, data in contents.items():
            path = self.server.folder / self.path(piece)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def path(self, piece: str) -> str:
        return f"{self.prefix}{bucket_path(PLACE, piece)}"

    def fail(self, piece: str, fault: Fault) -> None:
        self.server.fail(self.path(piece), fault)

    def sent_bytes(self, piece: str) -> int:
        return self.server.sent.get(self.path(piece), 0)

    def stop(self) -> None:
        self.server.close()


@dataclass
class Moto:
    store: Store
    root: str
    files: Any
    secrets: tuple[str, ...] = field(default=S3_SECRETS)

    def put(self, contents: Contents) -> None:
        for piece, data in contents.items():
            self.files.pipe(f"{self.root}/{bucket_path(PLACE, piece)}", data)


class TestLocalStore(StoreSuite):
    contents = BUNDLED_CONTENTS
    needed_piece = "npz"

    @contextmanager
    def at_work(self, folder: Path) -> Iterator[Folder]:
        yield Folder(LocalStore(folder), folder)


class TestHttpsBucket(RemoteStoreSuite):
    @contextmanager
    def at_work(self, folder: Path) -> Iterator[Bucket]:
        with BucketServer(folder) as server:
            store = HttpsBucket(f"http://somebody:pass-word@127.0.0.1:{server.port}/mirror/")
            yield Bucket(store, server, "mirror/", ("pass-word", "somebody"))


class TestS3(StoreSuite):
    """What S3 itself answers, as moto has it; with signatures."""

    files: ClassVar[Any]

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def moto(cls) -> Iterator[None]:
        logging.getLogger("werkzeug").setLevel(logging.WARNING)  # It logs what was asked of it.
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        with credentials_for(f"http://{host}:{port}"):
            cls.files = s3fs.S3FileSystem(skip_instance_cache=True)
            yield
        server.stop()

    @contextmanager
    def at_work(self, folder: Path) -> Iterator[Moto]:
        bucket = f"mirror-{abs(hash(folder))}"
        self.files.mkdir(bucket)
        root = f"s3://{bucket}/of the/data set"
        yield Moto(S3Store(root), root, self.files)


class TestS3ThatFails(RemoteStoreSuite):
    """The same store, asked in S3's way of a server that does what no S3 should."""

    @contextmanager
    def at_work(self, folder: Path) -> Iterator[Bucket]:
        with BucketServer(folder, absent=404) as server, credentials_for(server.url):
            yield Bucket(S3Store("s3://mirror/data"), server, "mirror/data/", S3_SECRETS)


@dataclass
class Hub:
    """A tar of one recording on a Hub, whose bytes come from a server that fails as it is told to."""

    store: Store
    server: HubServer
    secrets: tuple[str, ...] = ("hf_nobody", SIGNATURE)

    def put(self, contents: Contents) -> None:
        members = {f"{PLACE.id}.{suffix}": data for suffix, data in contents.items()}
        write_tar(self.server.folder / tar_path(PLACE), members)

    def fail(self, piece: str, fault: Fault) -> None:
        self.server.bytes.fail(tar_path(PLACE), fault)

    def sent_bytes(self, piece: str) -> int:
        return self.server.bytes.sent.get(tar_path(PLACE), 0)

    def stop(self) -> None:
        self.server.close()


class TestHuggingFace(RemoteStoreSuite):
    contents = BUNDLED_CONTENTS
    needed_piece = "npz"

    @contextmanager
    def at_work(self, folder: Path) -> Iterator[Hub]:
        with HubServer(folder / "hub", token="hf_nobody") as server, pytest.MonkeyPatch.context() as patch:
            patch.setenv("HF_ENDPOINT", server.url)
            patch.setenv("HF_TOKEN", "hf_nobody")
            yield Hub(HubStore(f"hf:{REPOSITORY}", index_dir=folder / "indices"), server)
