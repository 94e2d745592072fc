"""Settings from files, environment and flags, in this order: what comes later wins.

Files: /etc/avatar-server/settings.toml and ~/.config/avatar-server/settings.toml, or the one named by
``--settings`` or AVATAR_SERVER_SETTINGS instead of both. Variables: AVATAR_SERVER_ and the setting's name in
capitals, lists with commas. Whatever is misspelt or wrong is refused, with its place.
"""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from avatar_server.errors import InputError, MachineError, UsageError
from avatar_server.setting_kinds import MASK, SOME_FILE, SOME_FOLDER, kind_of, shown
from avatar_server.settings import Settings, expanded

PREFIX = "AVATAR_SERVER_"

SYSTEM_FILE = Path("/etc/avatar-server/settings.toml")

MISSPELT = 0.8
"""Variables that resemble a known one this much (difflib's ratio) are refused; others are not ours to judge:
orchestrators make up some under the same prefix."""

OTHER_VARIABLES = {f"{PREFIX}{name}" for name in ("SETTINGS", "CACHE", "EGL", "GOLDEN")}
"""What else is named so."""

FIELDS = {field.name: field for field in dataclasses.fields(Settings)}


@dataclass(frozen=True, slots=True)
class SettingsRead:
    """The settings, and the place each came from: a file, a variable, a flag, or the default."""

    settings: Settings
    places: Mapping[str, str]

    def as_text(self) -> str:
        """As a settings file that would set the same, with the places as comments; secrets are masked."""
        lines = []
        for name in FIELDS:
            value = getattr(self.settings, name)
            text = shown(MASK if name == "token" and value else value)
            lines.append((f"{name} = {text}", self.places[name]))
        width = min(48, max(len(line) for line, _ in lines))
        return "\n".join(f"{line:<{width}}  # {place}" for line, place in lines)


def flag_of(name: str) -> str:
    """The flag of a setting; a list's names one element and may be given many times."""
    return f"--{FIELDS[name].metadata['flag'] or name.replace('_', '-')}"


def variable_of(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def read_settings(
    flags: Mapping[str, Any],
    environment: Mapping[str, str],
    *,
    file: str | None = None,
    only: Collection[str] | None = None,
) -> SettingsRead:
    """Everything together. flags: by setting, None where not given; a list of texts for lists.

    file: what ``--settings`` names. only: settings that matter to whoever asks; the values of others are not
    looked at, and a usual file that may not be read (a server's, with its token) is none. Raises `UsageError`
    for a wrong flag or variable, `InputError` for a wrong file, `MachineError` for one that may not be read.
    """
    wanted = frozenset(FIELDS if only is None else only)
    layers = [
        _file_layer(path, wanted, must_exist=named, must_be_mine=named or only is None)
        for path, named in _files(file, environment)
    ]
    layers.append(_environment_layer(environment, wanted))
    layers.append(
        {name: (_from_flag(name, given), flag_of(name)) for name, given in flags.items() if given is not None}
    )
    values: dict[str, Any] = {}
    places = dict.fromkeys(FIELDS, "default")
    for layer in layers:
        if "token" in layer and "token_file" in layer:
            where = " and ".join(sorted({layer["token"][1], layer["token_file"][1]}))
            raise UsageError(f"{where}: expected token or token_file, got both")
        for one, other in (("token", "token_file"), ("token_file", "token")):
            if one in layer and other in values:  # Who speaks later means both.
                del values[other]
                places[other] = "default"
        for name, (value, place) in layer.items():
            values[name], places[name] = value, place
    if "token_file" in values:
        values["token"] = _read_token(values["token_file"])
        places["token"] = str(values["token_file"])
    return SettingsRead(Settings(**values), places)


Layer = dict[str, tuple[Any, str]]
"""Values by setting, each with its place."""


def _files(named: str | None, environment: Mapping[str, str]) -> list[tuple[Path, bool]]:
    """Files to read, and whether each has to be there."""
    chosen = environment.get(f"{PREFIX}SETTINGS") if named is None else named
    if chosen is not None:
        return [(expanded(chosen, "--settings"), True)]
    base = environment.get("XDG_CONFIG_HOME") or "~/.config"
    files = [(SYSTEM_FILE, False)]
    with contextlib.suppress(UsageError):  # Who has no home has no settings there.
        files.append((expanded(base, "XDG_CONFIG_HOME") / "avatar-server" / "settings.toml", False))
    return files


def _file_layer(path: Path, wanted: frozenset[str], *, must_exist: bool, must_be_mine: bool) -> Layer:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        if not must_exist:
            return {}
        raise UsageError(f"--settings: no file {path}") from None
    except OSError as error:
        if isinstance(error, PermissionError) and not must_be_mine:
            return {}
        raise MachineError(f"{path}: cannot be read ({error.strerror})") from None
    except (
        ValueError
    ) as error:  # Also what is not UTF-8. The message may quote a secret, so it only counts lines.
        where = re.search(r"line \d+", str(error))
        raise InputError(
            expected="TOML", came=f"a mistake in {where[0] if where else 'it'}", where=path
        ) from None
    layer: Layer = {}
    for name, value in table.items():
        if name not in FIELDS:
            near = difflib.get_close_matches(name, FIELDS, n=1)
            known = f"{near[0]}?" if near else f"one of {', '.join(FIELDS)}"
            raise InputError(expected=f"a setting ({known})", came=repr(name), where=path)
        if name not in wanted:
            continue
        if isinstance(value, str) and _is_path(name) and value:
            value = str(path.parent / expanded(value, f"{path}: {name}"))
        layer[name] = _accepted(name, value, f"{path}: {name}"), str(path)
    return layer


def _environment_layer(environment: Mapping[str, str], wanted: frozenset[str]) -> Layer:
    variables = {variable_of(name): name for name in FIELDS}
    for variable in environment:
        if variable.startswith(PREFIX) and variable not in variables and variable not in OTHER_VARIABLES:
            name = variable.removeprefix(PREFIX).lower()
            near = difflib.get_close_matches(name, FIELDS, n=1, cutoff=MISSPELT)
            if near:
                raise UsageError(f"{variable}: no such setting; expected {variable_of(near[0])}?")
    return {
        name: (_from_text(name, environment[variable], variable), variable)
        for variable, name in variables.items()
        if variable in environment and name in wanted
    }


def _from_flag(name: str, given: Any) -> Any:
    if isinstance(given, list):
        return _accepted(name, given, flag_of(name))
    return _accepted(name, given, flag_of(name)) if given is True else _from_text(name, given, flag_of(name))


def _from_text(name: str, text: str, place: str) -> Any:
    try:
        value = kind_of(FIELDS[name].metadata).from_text(text)
    except (ValueError, KeyError):
        raise _refusal(name, text, place) from None
    return _accepted(name, value, place)


def _accepted(name: str, value: Any, place: str) -> Any:
    try:
        return kind_of(FIELDS[name].metadata).accept(value)
    except (ValueError, OSError):
        raise _refusal(name, value, place) from None


def _refusal(name: str, value: Any, place: str) -> UsageError:
    came = "" if FIELDS[name].metadata["secret"] else f", got {value!r}"
    return UsageError(f"{place}: expected {kind_of(FIELDS[name].metadata).expected}{came}")


def _is_path(name: str) -> bool:
    return kind_of(FIELDS[name].metadata) in (SOME_FILE, SOME_FOLDER)


def _read_token(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        raise MachineError(f"{path}: the token cannot be read") from None
    lines = text.split("\n", 1)
    return str(_accepted("token", lines[0].strip(), f"{path}: first line"))
