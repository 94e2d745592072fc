"""Where things live on this machine, and everything that whoever runs a server may set."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from avatar_server.errors import UsageError
from avatar_server.setting_kinds import (
    SOME_ADDRESS,
    SOME_BYTES,
    SOME_FILE,
    SOME_FOLDER,
    SOME_ICE_SERVERS,
    SOME_NAMES,
    SOME_ORIGINS,
    SOME_TEXT,
    SOME_TOKEN,
    YES_OR_NO,
    IceServer,
    one_of,
    setting,
    some_number,
    some_whole_number,
)

PACKAGE_DIR = Path(__file__).resolve().parent

SAMPLE_RATE_HZ = 48_000
"""Every sound inside the server has this rate; positions in it are integers."""

DEFAULT_DATA_DIR = Path("~/datasets/seamless_interaction")
"""Where the official Seamless Interaction tools put their downloads."""

FILELIST_URL = (
    "https://raw.githubusercontent.com/facebookresearch/seamless_interaction/main/assets/filelist.csv"
)
"""In the data set's official repository; the three other CSV files lie beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `avatar-server serve` may be told, by flag, environment or file (see `settings_sources`)."""

    interaction: str = setting("demo", SOME_TEXT, "what is played for who asks for nothing else")
    data: Path = setting(DEFAULT_DATA_DIR, SOME_FOLDER, "the recordings")
    source: str = setting("auto", SOME_TEXT, "where recordings that are not here come from")
    cache_size: int | None = setting(None, SOME_BYTES, "of what was fetched; the least used goes first")
    filelist_url: str = setting(
        FILELIST_URL, SOME_ADDRESS, "the list of all recordings, fetched once if there is none here"
    )
    units: str = setting("", SOME_TEXT, "of motion files: metres, centimetres, millimetres or inches (found)")
    up: str = setting("", SOME_TEXT, "which axis of motion files is up: x, y, z, -x, -y or -z (found)")
    rate: str = setting("", SOME_TEXT, "frames a second of motion files (stated or found)")
    sound: str = setting("", SOME_TEXT, "LEFT[,RIGHT], sounds of motion files (those called like them)")
    rest_frame: str = setting("", SOME_TEXT, "frame of a BVH file, from 0, that stands as a T (found)")
    body: Path | None = setting(None, SOME_FILE, "a SMPL-H model instead of the built-in mannequin")
    studio: str = setting(
        "preset", one_of("preset", "light", "dark", "white"), "what is behind people; preset: as that wants"
    )
    colours: str = setting("", SOME_TEXT, "of the left and the right person, as for render")
    shape: str = setting("", SOME_TEXT, "of the left and the right person, as for render")
    hair: str = setting("", SOME_TEXT, "of the left and the right person, as for render")
    face: Literal["preset", "auto", "data", "none"] = setting(
        "preset",
        one_of("preset", "auto", "data", "none"),
        "auto: recorded, or else made from the voice; data: recorded only; preset: auto, but none in genea",
    )
    face_order: Literal["auto", "apple", "alphabetical"] = setting(
        "auto", one_of("auto", "apple", "alphabetical"), "of the columns of face arrays beside recordings"
    )

    host: str = setting("127.0.0.1", SOME_TEXT, "address to listen on")
    port: int = setting(8080, some_whole_number(0, 65535), "port to listen on")
    tls_cert: Path | None = setting(None, SOME_FILE, "certificate chain for https, PEM")
    tls_key: Path | None = setting(None, SOME_FILE, "private key of the certificate, PEM")
    trusted_proxies: tuple[str, ...] = setting(
        (),
        SOME_NAMES,
        "address of a proxy whose X-Forwarded-For is believed",
        flag="trusted-proxy",
    )
    ice_servers: tuple[IceServer, ...] = setting(
        (), SOME_ICE_SERVERS, "stun:HOST or turn:USER:PASSWORD@HOST[:PORT]", flag="ice-server", secret=True
    )

    token: str = setting("", SOME_TOKEN, "who shows it may do everything; better in a file", secret=True)
    token_file: Path | None = setting(None, SOME_FILE, "file with the token in its first line")
    insecure: bool = setting(False, YES_OR_NO, "listen beyond this machine without a token")
    allowed_hosts: tuple[str, ...] = setting(
        (), SOME_NAMES, "name that browsers know this server by", flag="allowed-host"
    )
    allowed_origins: tuple[str, ...] = setting(
        (),
        SOME_ORIGINS,
        "site such as https://my.example whose pages count as ours",
        flag="allowed-origin",
    )
    open_metrics: bool = setting(False, YES_OR_NO, "let everybody read /metrics, not only who has the token")
    rate_limit_burst: int = setting(
        60, some_whole_number(1, 1_000_000), "joins and POSTs of one address in a row"
    )
    rate_limit_hz: float = setting(5.0, some_number(0.01, 1e6), "and afterwards, a second")

    ray: str = setting(
        "", SOME_TEXT, "address of a Ray cluster that stages run on; alone: this machine's", alone="auto"
    )
    cores_each: float = setting(1.0, some_number(0.0, 1024.0), "with --ray: cores of a stage")
    gpus_each: float = setting(0.0, some_number(0.0, 64.0), "with --ray: GPUs of a stage")

    max_stages: int = setting(0, some_whole_number(0, 1000), "stages at once; 0: what the machine can hold")
    max_viewers: int = setting(0, some_whole_number(0, 100_000), "viewers at once; 0: likewise")
    empty_stage_s: float = setting(30.0, some_number(0.0, 86_400.0), "how long a stage waits without viewers")

    log_level: str = setting("warning", one_of("debug", "info", "warning", "error"), "what is worth a line")
    log_format: str = setting("text", one_of("text", "json"), "text for people, json for programs")


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


def cache_dir() -> Path:
    """Folder for what is built once and read often (mannequin, demo); made by whoever writes into it."""
    chosen = os.environ.get("AVATAR_SERVER_CACHE")
    if chosen:
        return expanded(chosen, "AVATAR_SERVER_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return expanded(base, "AVATAR_SERVER_CACHE") / "avatar-server"


@contextmanager
def whole_cache_file(path: Path) -> Iterator[IO[bytes]]:
    """A file to write into that becomes `path` when all is written, whoever else writes or reads it.

    Its folder is made; nothing is left behind when writing fails.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def resource_dir(name: str) -> Path:
    """Folder `shaders` or `web_client`: inside the package in a wheel, beside it in a checkout."""
    for candidate in (PACKAGE_DIR / name, PACKAGE_DIR.parent / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"{name}/ is neither in {PACKAGE_DIR} nor beside it: the installation is broken")
