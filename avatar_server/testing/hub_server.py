"""A Hub on this machine: one data set repository, whose files another host gives out, as slow as wanted.

It answers what `huggingface_hub` asks: `resolve` with commit, ETag and size, and a redirect to a signed
address; what a revision is, `tree` and `paths-info`. The bytes come from a `BucketServer` behind another host
name, so that whatever a test tells it to do wrong goes wrong there.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

from avatar_server.testing.bucket_server import BucketServer, Fault

REPOSITORY = "somebody/conversations"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
SIGNATURE = "Signature=what-nobody-may-see"

_CLOSES_WITHIN_S = 0.03

_API = re.compile(rf"api/datasets/{REPOSITORY}(?:/(revision|tree|paths-info)/([^/]+)(?:/(.*))?)?")


class HubServer:
    """Serves the tars below `folder`; a context. `url` is the endpoint, for HF_ENDPOINT."""

    def __init__(
        self,
        folder: Path,
        *,
        token: str = "",
        delay_s: float = 0.0,
        bytes_per_s: float | None = None,
        etag: str = "",
    ) -> None:
        """token: needed to see the repository. etag: of every file, where hashing all would take long."""
        self.folder = folder
        self.bytes = BucketServer(folder, delay_s=delay_s, bytes_per_s=bytes_per_s)
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        """Method, path and headers (in lower case) of each question to the Hub itself."""
        self.faults: list[Fault] = []
        """The next answers of the Hub itself."""
        self.is_gated = False
        self.commit = COMMIT
        """What `main` is."""
        self._token = token
        self._etag = etag
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_CLOSES_WITHIN_S,), name="hub", daemon=True
        )
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self.bytes.__enter__()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Be gone; closing twice is fine."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self.bytes.close()

    def etag_of(self, path: str) -> str:
        """As the Hub makes it for a large file: the SHA-256 of the content, quoted."""
        if self._etag:
            return self._etag
        return f'"{hashlib.sha256((self.folder / path).read_bytes()).hexdigest()}"'

    def answer(
        self, path: str, authorization: str, wanted: tuple[str, ...] = ()
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body for an address of the Hub. wanted: paths that are asked about."""
        if self.faults:
            fault = self.faults.pop(0)
            return fault.status or 302, dict(fault.headers) | _location(fault.location), b""
        if self._token and authorization != f"Bearer {self._token}":
            return 401, {"X-Error-Code": "RepoNotFound"}, b""
        if self.is_gated:
            return 403, {"X-Error-Code": "GatedRepo"}, b""
        about = _API.fullmatch(path)
        top, _, rest = path.partition("/resolve/")
        revision, _, name = rest.partition("/")
        if about is None and top != f"datasets/{REPOSITORY}":
            return 404, {"X-Error-Code": "RepoNotFound"}, b""
        if (revision if about is None else about[2] or "main") not in ("main", "v1", self.commit, COMMIT):
            return 404, {"X-Error-Code": "RevisionNotFound"}, b""
        if about is not None:
            told = json.dumps(self._about(about[1] or "revision", about[3] or "", wanted))
            return 200, {"Content-Type": "application/json"}, told.encode()
        file = self.folder / name
        if not file.is_file():
            return 404, {"X-Error-Code": "EntryNotFound"}, b""
        etag = self.etag_of(name)
        headers = {
            "X-Repo-Commit": self.commit,
            "X-Linked-Size": str(file.stat().st_size),
            "X-Linked-ETag": etag,
            "ETag": etag,
        }
        bytes_url = f"http://localhost:{self.bytes.port}/{name}?Expires=1&{SIGNATURE}"
        return 302, headers | _location(bytes_url), b""

    def _about(self, what: str, below: str, wanted: tuple[str, ...]) -> object:
        """What the Hub tells of the repository (`revision`), a folder (`tree`) or files (`paths-info`)."""
        files = sorted(path for path in self.folder.rglob("*") if path.is_file())
        names = [path.relative_to(self.folder).as_posix() for path in files]
        if what == "revision":
            return {"id": REPOSITORY, "sha": self.commit, "siblings": [{"rfilename": name} for name in names]}
        if what == "tree":
            wanted = tuple(name for name in names if f"/{name}".startswith(f"/{below}"))
        return [self._entry(name) for name in wanted if name in names]

    def _entry(self, name: str) -> dict[str, object]:
        size = (self.folder / name).stat().st_size
        large = {"oid": self.etag_of(name).strip('"'), "size": size, "pointerSize": 134}
        return {"type": "file", "path": name, "size": size, "oid": "0" * 40, "lfs": large}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                self._answer()

            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self._answer(tuple(parse_qs(body).get("paths", ())))

            def _answer(self, wanted: tuple[str, ...] = ()) -> None:
                path = unquote(urlsplit(self.path).path).lstrip("/")
                headers = {name.lower(): value for name, value in self.headers.items()}
                hub.asked.append((self.command, path, headers))
                status, head, body = hub.answer(path, headers.get("authorization", ""), wanted)
                self.send_response(status)
                for name, value in {**head, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def log_message(self, format: str, *arguments: object) -> None:
                """Nobody reads it."""

        return Handler


def _location(url: str | None) -> dict[str, str]:
    return {"Location": url} if url else {}
