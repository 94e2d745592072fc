"""Settings: what wins, what is refused, and what is shown."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from avatar_server.cli import main
from avatar_server.errors import InputError, UsageError
from avatar_server.setting_kinds import IceServer, shown
from avatar_server.settings import Settings
from avatar_server.settings_sources import (
    FIELDS,
    SYSTEM_FILE,
    SettingsRead,
    flag_of,
    read_settings,
    variable_of,
)

TOKEN = "0123456789abcdef0123456789abcdef"
OTHER_TOKEN = "ffffffffffffffffffffffffffffffff"
TURN = "turn:user:pa%40ss@turn.example:3478?transport=tcp"


def read(
    file: Path | None = None, environment: Mapping[str, str] | None = None, **flags: Any
) -> SettingsRead:
    return read_settings(flags, environment or {}, file=str(file or os.devnull))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def test_what_comes_later_wins(file: Path) -> None:
    file.write_text(
        'port = 1\nhost = "a"\nlog_level = "info"\nallowed_hosts = ["one", "two"]\ninsecure = true'
    )
    environment = {"AVATAR_SERVER_PORT": "2", "AVATAR_SERVER_HOST": "b", "AVATAR_SERVER_INSECURE": "no"}
    found = read(file, environment, port="3", allowed_hosts=["three", "four"])
    settings = found.settings
    assert (settings.port, settings.host, settings.log_level, settings.insecure) == (3, "b", "info", False)
    assert settings.allowed_hosts == ("three", "four")
    assert settings.rate_limit_hz == Settings().rate_limit_hz
    shown = {name: found.places[name] for name in ("port", "host", "log_level", "allowed_hosts", "tls_cert")}
    assert shown == {
        "port": "--port",
        "host": "AVATAR_SERVER_HOST",
        "log_level": str(file),
        "allowed_hosts": "--allowed-host",
        "tls_cert": "default",
    }
    assert read().settings == Settings()


def test_every_setting_can_be_set_in_all_three_ways(file: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_text(TOKEN)
    texts = dict.fromkeys(FIELDS, str(there)) | {
        "interaction": "test-card",
        "source": "s3://mirror/seamless",
        "cache_size": "200GB",
        "filelist_url": "http://127.0.0.1:1/filelist.csv",
        "studio": "dark",
        "face": "data",
        "face_order": "apple",
        "host": "192.0.2.1",
        "port": "9000",
        "trusted_proxies": "10.0.0.0/8,192.0.2.7",
        "ice_servers": f"stun:stun.example,{TURN}",
        "token": TOKEN,
        "insecure": "true",
        "allowed_hosts": "a.example,b.example",
        "allowed_origins": "https://a.example,http://b.example:8080",
        "rate_limit_burst": "7",
        "rate_limit_hz": "0.5",
        "open_metrics": "true",
        "ray": "192.0.2.7:6379",
        "cores_each": "2.5",
        "gpus_each": "0.5",
        "max_stages": "3",
        "max_viewers": "4",
        "empty_stage_s": "5.5",
        "log_level": "debug",
        "log_format": "json",
    }
    for name, text in texts.items():
        parts = text.split(",")
        is_list = isinstance(FIELDS[name].default, tuple)
        flag = True if text == "true" else parts if is_list else text
        by_flag = getattr(read_settings({name: flag}, {}, file=os.devnull).settings, name)
        by_variable = getattr(read(environment={variable_of(name): text}).settings, name)
        quoted = str(parts).replace("'", '"') if is_list else f'"{text}"'
        bare = isinstance(FIELDS[name].default, int | float)
        file.write_text(f"{name} = {text if bare else quoted}")
        by_file = getattr(read(file).settings, name)
        assert by_flag == by_variable == by_file != FIELDS[name].default, name
    assert read(ice_servers=[TURN]).settings.ice_servers == (
        IceServer("turn:turn.example:3478?transport=tcp", "user", "pa@ss"),
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("prot = 1", "expected a setting (port?), but found 'prot'"),
        ("nonsense = 1", "expected a setting (one of interaction, data, "),
        ("port = 70000", "port: expected 0 to 65535, got 70000"),
        ('port = "80"', "port: expected 0 to 65535, got '80'"),
        ("port = true", "port: expected 0 to 65535, got True"),
        ("insecure = 1", "insecure: expected true or false, got 1"),
        ('log_level = "loud"', "log_level: expected one of debug, info, warning, error, got 'loud'"),
        ('allowed_hosts = "one"', "allowed_hosts: expected names, got 'one'"),
        ('allowed_origins = ["player.example"]', "allowed_origins: expected sites such as https://"),
        ('tls_cert = "none.pem"', "tls_cert: expected a file that is there, got '{folder}/none.pem'"),
        ('cache_size = "200 parsecs"', "cache_size: expected bytes such as 200GB or 1.5 TiB, or unlimited"),
        ("cache_size = 0", "cache_size: expected bytes"),
        ('filelist_url = "file:///etc/passwd"', "filelist_url: expected an address such as https://"),
        ("rate_limit_hz = nan", "rate_limit_hz: expected a number from 0.01"),
        ("rate_limit_hz = 0", "rate_limit_hz: expected a number from 0.01"),
        ("host = ''", "host: expected something, got ''"),
        ("port = 1\nhost ==\n", "expected TOML, but found a mistake in line 2"),
        ("[limits]\nport = 1", "but found 'limits'"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(content: str, said: str, file: Path) -> None:
    file.write_text(content)
    with pytest.raises((UsageError, InputError)) as refused:
        read(file)
    assert said.format(folder=file.parent) in str(refused.value)
    assert str(refused.value).startswith(f"{file}: ")
    assert refused.value.exit_status == 2


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"AVATAR_SERVER_PORT": "tcp://10.0.0.1:80"}, "AVATAR_SERVER_PORT: expected 0 to 65535, got 'tcp"),
        ({"AVATAR_SERVER_PRT": "80"}, "AVATAR_SERVER_PRT: no such setting; expected AVATAR_SERVER_PORT?"),
        ({"AVATAR_SERVER_INSECURE": "maybe"}, "AVATAR_SERVER_INSECURE: expected true or false, got 'maybe'"),
        ({"AVATAR_SERVER_RATE_LIMIT_HZ": "fast"}, "AVATAR_SERVER_RATE_LIMIT_HZ: expected a number"),
        ({"AVATAR_SERVER_TOKEN": "short"}, "AVATAR_SERVER_TOKEN: expected at least 16 letters"),
        ({"AVATAR_SERVER_TOKEN": ""}, "AVATAR_SERVER_TOKEN: expected at least 16 letters"),
        ({"AVATAR_SERVER_ICE_SERVERS": "turn:me:secret@"}, "AVATAR_SERVER_ICE_SERVERS: expected stun:HOST"),
        ({"AVATAR_SERVER_ICE_SERVERS": "turn:host.example"}, "AVATAR_SERVER_ICE_SERVERS: expected stun:HOST"),
        ({"AVATAR_SERVER_SETTINGS": "/none.toml"}, "no file /none.toml"),
    ],
)
def test_a_wrong_variable_is_refused(environment: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_settings({}, environment, file=None)
    assert said in str(refused.value)
    for secret in ("short", "secret"):
        assert secret not in str(refused.value)


def test_variables_that_orchestrators_make_up_are_let_be() -> None:
    read(environment={"AVATAR_SERVER_SERVICE_HOST": "10.0.0.1", "AVATAR_SERVER_CACHE": "/tmp", "HOME": "/"})


def test_usual_files_are_read_where_they_are(tmp_path: Path) -> None:
    mine = tmp_path / "avatar-server" / "settings.toml"
    mine.parent.mkdir()
    mine.write_text("port = 7\ntls_cert = 'cert.pem'")
    (mine.parent / "cert.pem").touch()
    found = read_settings({}, {"XDG_CONFIG_HOME": str(tmp_path)})
    assert found.settings.port == 7
    assert found.settings.tls_cert == mine.parent / "cert.pem", "relative to the file"
    assert Path("/etc/avatar-server/settings.toml") == SYSTEM_FILE
    assert read_settings({}, {"XDG_CONFIG_HOME": str(tmp_path / "none")}).settings.port in (8080, 7)
    other = tmp_path / "other.toml"
    other.write_text("host = 'h'")
    chosen = {"XDG_CONFIG_HOME": str(tmp_path), "AVATAR_SERVER_SETTINGS": str(other)}
    assert (read_settings({}, chosen).settings.port, read_settings({}, chosen).settings.host) == (8080, "h")


def test_a_token_comes_from_where_it_was_said_last(file: Path, tmp_path: Path) -> None:
    token_file = tmp_path / "token"
    token_file.write_text(f"{TOKEN}\nsecond line\n")
    file.write_text(f'token = "{OTHER_TOKEN}"')
    assert read(file).settings.token == OTHER_TOKEN
    assert read(file, token_file=str(token_file)).settings.token == TOKEN
    file.write_text('token_file = "token"')
    assert read(file).settings.token == TOKEN
    assert read(file, {"AVATAR_SERVER_TOKEN": OTHER_TOKEN}).settings.token == OTHER_TOKEN
    with pytest.raises(UsageError, match="expected token or token_file, got both"):
        read(token=TOKEN, token_file=str(token_file))
    token_file.write_text("\n")
    with pytest.raises(UsageError, match="token: first line: expected at least 16"):
        read(file)


def test_what_is_set_is_shown_without_secrets(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(f'token = "{TOKEN}"\nice_servers = ["{TURN}"]\nport = 9')
    assert main(["serve", "--settings", str(file), "--log-level", "info", "--show-settings"]) == 0
    printed = capsys.readouterr().out
    assert TOKEN not in printed
    assert "pa%40ss" not in printed
    assert "pa@ss" not in printed
    lines = dict(line.split(" = ", 1) for line in printed.splitlines())
    assert lines.keys() == FIELDS.keys()
    assert lines["token"].split() == ['"***"', "#", str(file)]
    assert lines["ice_servers"].split()[0] == '["turn:user:***@turn.example:3478?transport=tcp"]'
    assert lines["log_level"].split() == ['"info"', "#", "--log-level"]
    assert lines["host"].split() == ['"127.0.0.1"', "#", "default"]
    table = tomllib.loads(printed)
    assert (table["port"], table["insecure"], table["rate_limit_hz"]) == (9, False, 5)


def test_what_is_written_about_settings_holds() -> None:
    text = (Path(__file__).resolve().parent.parent / "docs" / "operating.md").read_text()
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| `")]
    written: dict[str, str] = {}
    for names, defaults, meaning in rows:
        found = re.findall("`([^`]*)`", names)
        written |= dict(zip(found, [*re.findall("`([^`]*)`", defaults), "", ""], strict=False))
        flags = set(re.findall("flag `([^`]*)`", meaning))
        assert flags == {flag_of(name) for name in found if FIELDS[name].metadata["flag"]}
    nothing = (None, "")
    assert written == {
        name: "" if field.default in nothing else shown(field.default) for name, field in FIELDS.items()
    }


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("200GB", 200_000_000_000),
        ("200 GiB", 200 << 30),
        ("1.5tb", 1_500_000_000_000),
        ("1048576", 1 << 20),
        ("12B", 12),
        ("unlimited", None),
        ("", None),
    ],
)
def test_sizes_have_units(text: str, count: int | None) -> None:
    assert read(cache_size=text).settings.cache_size == count


@pytest.mark.parametrize("text", ["0", "-1GB", "1e9", "GB", "0.0001kB", "1 000 GB", "1EB", "1\u0662GB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"--cache-size: expected bytes such as 200GB"):
        read(cache_size=text)


def test_who_wants_a_few_settings_is_not_troubled_by_the_others(file: Path) -> None:
    file.write_text('source = "hf"\ntls_cert = "none.pem"\ntoken_file = "not-for-you"')
    wanted = ("source", "cache_size")
    environment = {"AVATAR_SERVER_CACHE_SIZE": "1GB", "AVATAR_SERVER_PORT": "http"}
    settings = read_settings({}, environment, file=str(file), only=wanted).settings
    assert (settings.source, settings.cache_size, settings.token_file) == ("hf", 10**9, None)
    with pytest.raises(UsageError, match=r"AVATAR_SERVER_CACHE_SIZE\?"):
        read_settings({}, {"AVATAR_SERVER_CACHE_SIZ": "1GB"}, only=wanted)


def test_flags_are_named_after_settings(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["serve", "--help"])
    helped = capsys.readouterr().out
    for name in FIELDS:
        assert name == "interaction" or flag_of(name) in helped
