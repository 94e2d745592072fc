"""What is said in docs/deploy about running a server is true: files, commands, flags, variables and paths."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from avatar_server import cli
from avatar_server.settings import Settings
from avatar_server.settings_sources import OTHER_VARIABLES, PREFIX, SettingsRead, read_settings
from tests.running_server import Server

REPOSITORY = Path(__file__).resolve().parent.parent
DEPLOY = REPOSITORY / "docs" / "deploy"


def instructions() -> list[tuple[str, str]]:
    """(instruction, arguments) of the Dockerfile, lines joined."""
    text = re.sub(r"\\\n", " ", (DEPLOY / "Dockerfile").read_text())
    lines = (line.strip() for line in text.splitlines())
    found = [line.partition(" ") for line in lines if line and not line.startswith("#")]
    return [(name, re.sub(r"\s+", " ", rest.strip())) for name, _, rest in found]


def of(name: str) -> list[str]:
    return [rest for instruction, rest in instructions() if instruction == name]


def image_variables() -> dict[str, str]:
    return {
        name: value
        for line in of("ENV")
        for name, _, value in (assignment.partition("=") for assignment in shlex.split(line))
    }


def settings_of(arguments: list[str], environment: dict[str, str], tmp_path: Path) -> Settings:
    """The settings that a command line and its variables give, with a token file that is there."""
    token = tmp_path / "token"
    token.write_text("0123456789abcdef\n")
    arguments = [re.sub(r"^%d/token$", str(token), argument) for argument in arguments]
    environment = {
        name: str(token) if name == f"{PREFIX}TOKEN_FILE" else value for name, value in environment.items()
    }
    call = cli._parser().parse_args(arguments)
    flags = {name: getattr(call, name) for name in Settings.__dataclass_fields__}
    read: SettingsRead = read_settings(flags, environment)
    return read.settings


def test_images_copy_what_is_there_and_are_given_it() -> None:
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    let_in = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    copied = [source for line in of("COPY") if "--from" not in line for source in line.split()[:-1]]
    assert set(copied) == let_in
    for name in copied:
        assert (REPOSITORY / name).exists(), name
    # All that a wheel is made of: what pyproject.toml packs, and what it reads.
    packed = re.search(r"wheel\]\nonly-include = (\[.*\])", (REPOSITORY / "pyproject.toml").read_text())
    assert packed
    assert {*json.loads(packed[1]), "pyproject.toml", "README.md", "LICENSE"} <= let_in


def test_images_have_the_libraries_that_the_makefile_asks_for() -> None:
    said = (REPOSITORY / ".ci" / "system-packages").read_text()
    opengl = said[said.index("opengl)") : said.index("chromium)\n")]
    wanted = set(re.findall(r"\blib[a-z]+[0-9a-z-]*(?=[\s)]*$)", opengl, re.MULTILINE))
    wanted |= {"libegl1", "libgl1"}
    installed = {
        word
        for line in of("RUN")
        for command in line.split("&&")
        if "apt-get install" in command
        for word in command.split()
        if word.startswith("lib")
    }
    assert wanted == installed
    for line in of("RUN"):
        assert ("apt-get install" in line) == ("--no-install-recommends" in line)


def test_images_start_the_server_as_nobody_with_its_token_in_a_file(tmp_path: Path) -> None:
    (entry,), (command,) = of("ENTRYPOINT"), of("CMD")
    assert json.loads(entry) == ["avatar-server"]
    settings = settings_of(json.loads(command), image_variables(), tmp_path)
    assert settings.host == "0.0.0.0"
    assert settings.token == "0123456789abcdef"
    assert not settings.insecure
    # Whoever is root to install something is nobody again afterwards, in every image.
    users = [(name, rest) for name, rest in instructions() if name in ("FROM", "USER")]
    for stage in ("software", "gpu"):
        start = next(i for i, (name, rest) in enumerate(users) if rest.endswith(f" AS {stage}"))
        assert [rest for _, rest in users[start + 1 : start + 3]] == ["root", "avatar"]
    assert any("useradd" in line and " avatar " in f"{line} " for line in of("RUN"))
    minor = re.match(r"python:3\.(\d+)-slim", of("FROM")[0])
    assert minor
    assert int(minor[1]) >= 11


def test_the_health_check_tells_a_server_from_none(card_server: Server) -> None:
    (check,) = of("HEALTHCHECK")
    program = json.loads(check[check.index("[") :])
    assert program.pop(0) == "python"
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        nobody_port = nobody.getsockname()[1]
    for port, healthy in ((card_server.address.split(":")[1], True), (str(nobody_port), False)):
        environment = os.environ | {"AVATAR_SERVER_PORT": port}
        ran = subprocess.run([sys.executable, *program], env=environment, capture_output=True, check=False)
        assert (ran.returncode == 0) == healthy, ran.stderr


@pytest.mark.parametrize("name", ["software", "gpu"])
def test_compose_runs_an_image_that_is_built_and_cannot_change_itself(name: str, tmp_path: Path) -> None:
    compose: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    service = compose["services"][name]
    build = service["build"]
    assert (DEPLOY / build["context"]).resolve() == REPOSITORY
    assert (REPOSITORY / build["dockerfile"]).resolve() == DEPLOY / "Dockerfile"
    assert build["target"] in {line.split(" AS ")[1] for line in of("FROM")}
    environment = image_variables() | service["environment"]
    settings = settings_of(service["command"], environment, tmp_path)
    assert (settings.interaction, settings.host, settings.port) == ("demo", "0.0.0.0", 8080)
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    cache = environment[f"{PREFIX}CACHE"]
    assert f"cache:{cache}" in service["volumes"]
    for variable, path in environment.items():
        if variable.endswith(("CACHE", "CACHE_DIR", "CACHE_PATH", "TMPDIR")):
            assert path.startswith(cache), variable
    (secret,) = service["secrets"]
    assert f"/run/secrets/{secret}" == environment[f"{PREFIX}TOKEN_FILE"]
    assert secret in compose["secrets"]
    assert "cache" in compose["volumes"]


def test_variables_that_compose_offers_are_known() -> None:
    text = (DEPLOY / "compose.yaml").read_text() + (DEPLOY / "README.md").read_text()
    for variable in re.findall(rf"\b{PREFIX}[A-Z_]+", text + (DEPLOY / "Dockerfile").read_text()):
        known = variable.removeprefix(PREFIX).lower() in Settings.__dataclass_fields__
        assert known or variable in OTHER_VARIABLES, variable


def unit() -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(DEPLOY / "avatar-server.service")
    return parser


def test_the_service_starts_the_server_with_its_token(tmp_path: Path) -> None:
    program, *arguments = shlex.split(unit()["Service"]["ExecStart"])
    settings = settings_of(arguments, {}, tmp_path)
    assert (settings.host, settings.token) == ("0.0.0.0", "0123456789abcdef")
    credential, _, file = unit()["Service"]["LoadCredential"].partition(":")
    assert credential == "token"
    said = (DEPLOY / "README.md").read_text()
    assert file in said
    assert f"{Path(program).parent}/pip install" in said
    cache = unit()["Service"]["CacheDirectory"]
    for variable in unit()["Service"]["Environment"].split():
        assert fnmatch(variable.partition("=")[2], f"%C/{cache}*"), variable


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd on this machine")
def test_systemd_understands_the_service(tmp_path: Path) -> None:
    text = (DEPLOY / "avatar-server.service").read_text()
    here = tmp_path / "avatar-server.service"
    here.write_text(re.sub("ExecStart=[^ ]+", "ExecStart=/bin/true", text))
    folder = tmp_path / "avatar-server.service.d"
    folder.mkdir()
    shutil.copy(DEPLOY / "avatar-server-gpu.conf", folder / "gpu.conf")
    ran = subprocess.run(
        ["systemd-analyze", "verify", str(here)], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_files_that_are_named_are_there() -> None:
    said = (DEPLOY / "README.md").read_text()
    for name in re.findall(r"docs/deploy/([\w.-]+)", said + (DEPLOY / "Dockerfile").read_text()):
        assert (DEPLOY / name).exists(), name
    for profile in re.findall(r"--profile (\w+)", said):
        assert profile in yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
