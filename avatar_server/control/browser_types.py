"""The messages as TypeScript declarations, for the type checks of the page.

`python -m avatar_server.control.browser_types` writes `web_client/messages.d.ts`; a test checks that the
file is what this module would write.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from avatar_server.control.commands import COMMANDS
from avatar_server.control.events import EVENTS
from avatar_server.settings import resource_dir

HEADER = "// Generated from avatar_server/control by `python -m avatar_server.control.browser_types`.\n"


def browser_types() -> str:
    """Text of the declaration file: an interface a message, and the unions `Command` and `Event`."""
    parts = [HEADER]
    for union, kinds in (("Command", COMMANDS), ("Event", EVENTS)):
        for inner in _inner_classes(kinds):
            parts.append(_interface(inner, None))
        parts += [_interface(kind, name) for name, kind in kinds.items()]
        # `Event` alone would hide the browser's own.
        alias = {"Command": "ClientMessage", "Event": "ServerMessage"}[union]
        parts.append(f"export type {alias} = {' | '.join(kind.__name__ for kind in kinds.values())};\n")
    return "\n".join(parts)


def messages_file() -> Path:
    """Where the declarations live."""
    return resource_dir("web_client") / "messages.d.ts"


def _inner_classes(kinds: Mapping[str, type[Any]]) -> Iterator[type[Any]]:
    """Dataclasses used by fields, innermost first, each once."""
    seen: set[type[Any]] = set()

    def visit(kind: type[Any]) -> Iterator[type[Any]]:
        for hint in get_type_hints(kind).values():
            for part in (hint, *get_args(hint)):
                if dataclasses.is_dataclass(part) and isinstance(part, type) and part not in seen:
                    seen.add(part)
                    yield from visit(part)
                    yield part

    for kind in kinds.values():
        yield from visit(kind)


def _interface(kind: type[Any], name: str | None) -> str:
    comment = " ".join((kind.__doc__ or "").split())
    lines = [f"/** {comment} */", f"export interface {kind.__name__} {{"]
    if name is not None:
        lines.append(f'  type: "{name}";')
    hints = get_type_hints(kind, include_extras=True)
    lines += [f"  {field.name}: {_type(hints[field.name])};" for field in dataclasses.fields(kind)]
    return "\n".join([*lines, "}", ""])


def _type(hint: Any) -> str:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _type(arguments[0])
    if origin is Literal:
        return " | ".join(f'"{value}"' for value in arguments)
    if origin is tuple and arguments[1:] == (Ellipsis,):
        item = _type(arguments[0])
        return f"({item})[]" if " | " in item else f"{item}[]"
    if origin is tuple:
        return f"[{', '.join(_type(argument) for argument in arguments)}]"
    if origin is types.UnionType:
        return " | ".join("null" if argument is types.NoneType else _type(argument) for argument in arguments)
    if dataclasses.is_dataclass(hint):
        assert isinstance(hint, type)
        return hint.__name__
    return {float: "number", int: "number", bool: "boolean", str: "string"}[hint]


if __name__ == "__main__":
    messages_file().write_text(browser_types(), encoding="utf-8")
