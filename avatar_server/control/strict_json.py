"""JSON text to frozen dataclasses and back, with nothing guessed.

A message is an object whose `type` names its class. Every field must be there, none may be added, and
each value must have the field's very type: an integer passes for a float, nothing passes for anything
else. NaN and infinities are refused in both directions.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import types
from collections.abc import Mapping, Sequence, Set
from typing import Annotated, Any, Literal, NoReturn, TypeVar, get_args, get_origin, get_type_hints

from avatar_server.errors import AvatarServerError

Message = TypeVar("Message")

LONGEST_MESSAGE = 256 * 1024
"""Characters; a browser's offer has 5-10 thousand."""


class MessageError(AvatarServerError):
    """A message is not what it has to be; the text names the field and is fit to be sent back."""


@dataclasses.dataclass(frozen=True, slots=True)
class Within:
    """Bounds of a number, both included."""

    low: float
    high: float


def parse_message(text: str, kinds: Mapping[str, type[Message]]) -> Message:
    """The message in `text`, whose `type` is a key of `kinds`; raises `MessageError`."""
    if len(text) > LONGEST_MESSAGE:
        raise MessageError(f"message: expected at most {LONGEST_MESSAGE} characters, got {len(text)}")
    try:
        value = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise MessageError(f"message: not JSON ({error})") from error
    if not isinstance(value, dict):
        raise MessageError(f"message: expected an object, got {_shown(value)}")
    if "type" not in value:
        raise MessageError("type: missing")
    name = value.pop("type")
    if not isinstance(name, str) or name not in kinds:
        raise MessageError(f"type: expected one of {', '.join(kinds)}, got {_shown(name)}")
    return _object(kinds[name], value, "")


def message_text(message: object, kinds: Mapping[str, type[Any]], *, without: Set[str] = frozenset()) -> str:
    """JSON text of a message whose class is among `kinds`; without: fields that are left out."""
    name = next(name for name, kind in kinds.items() if kind is type(message))
    assert dataclasses.is_dataclass(message)
    assert not isinstance(message, type)
    fields = {key: value for key, value in dataclasses.asdict(message).items() if key not in without}
    return json.dumps({"type": name, **fields}, allow_nan=False, separators=(",", ":"))


def _object(kind: type[Message], value: Mapping[str, object], where: str) -> Message:
    hints = _hints(kind)  # type: ignore[arg-type]  # mypy takes no type variable for hashable.
    for name in value:
        if name not in hints:
            raise MessageError(f"{where}{name}: unknown field")
    fields = {}
    for name, hint in hints.items():
        if name not in value:
            raise MessageError(f"{where}{name}: missing")
        fields[name] = _value(hint, value[name], f"{where}{name}")
    return kind(**fields)


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _value(hint: Any, value: object, where: str) -> object:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        number = _value(arguments[0], value, where)
        bounds: Within = arguments[1]
        assert isinstance(number, int | float)
        if not bounds.low <= number <= bounds.high:
            raise MessageError(f"{where}: expected {bounds.low:g} to {bounds.high:g}, got {_shown(value)}")
        return number
    if origin is Literal:
        if not isinstance(value, str) or value not in arguments:
            raise MessageError(f"{where}: expected one of {', '.join(arguments)}, got {_shown(value)}")
        return value
    if origin is tuple:
        return _items(arguments, value, where)
    if origin is types.UnionType:
        inner = next(argument for argument in arguments if argument is not types.NoneType)
        return None if value is None else _value(inner, value, where)
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, dict):
            raise MessageError(f"{where}: expected an object, got {_shown(value)}")
        assert isinstance(hint, type)
        return _object(hint, value, f"{where}.")
    return _scalar(hint, value, where)


def _items(arguments: tuple[Any, ...], value: object, where: str) -> tuple[object, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise MessageError(f"{where}: expected a list, got {_shown(value)}")
    kinds = [arguments[0]] * len(value) if arguments[1:] == (Ellipsis,) else list(arguments)
    if len(kinds) != len(value):
        raise MessageError(f"{where}: expected {len(kinds)} items, got {len(value)}")
    return tuple(
        _value(kind, item, f"{where}[{i}]") for i, (kind, item) in enumerate(zip(kinds, value, strict=True))
    )


def _scalar(kind: type, value: object, where: str) -> object:
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise MessageError(f"{where}: expected a finite number, got {_shown(value)}")
        return number
    if type(value) is not kind:
        names = {float: "a number", int: "an integer", bool: "true or false", str: "a string"}
        raise MessageError(f"{where}: expected {names[kind]}, got {_shown(value)}")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        twice = next(name for name, _ in pairs if [other for other, _ in pairs].count(name) > 1)
        raise ValueError(f"field {twice!r} comes twice")
    return fields


def _shown(value: object) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else text[:57] + "..."
