"""`scenarios.db` and `actors.db` of InterAct: SQLite files that somebody sent, read as such.

A database may hold views, triggers and functions, so only plain reads of the tables that are wanted are
allowed, in a connection that cannot write; and no more is read than such a file can hold.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from avatar_server.dataset.csv_rows import shown
from avatar_server.dataset.interactions_csv import one_line
from avatar_server.dataset.scenario import Scenario
from avatar_server.errors import InputError

MAX_BYTES = 256 << 20
MAX_ROWS = 100_000
MAX_TEXT_BYTES = 1 << 20
"""A scenario is a paragraph; the data set has 241."""

_STEPS = 50_000_000
"""Of SQLite's machine: far more than reading `MAX_ROWS` rows takes."""

_HEADER = b"SQLite format 3\0"

Value = int | float | str | bytes | None


@dataclass(frozen=True, slots=True)
class Session:
    """Which two actors played on a day."""

    male: int
    female: int


def read_scenarios(path: Path) -> dict[int, Scenario]:
    """All scenarios by number; raises InputError for a file that is no such database."""
    with closing(_opened(path, ("scenarios", "relationships", "emotions"))) as database:
        relationships = dict(_names(database, path, "relationships"))
        emotions = dict(_names(database, path, "emotions"))
        scenarios: dict[int, Scenario] = {}
        columns = ("id", "relationship_id", "primary_emotion_id", "character_setup", "scenario")
        for number, relationship, emotion, setup, text in _rows(database, path, "scenarios", columns):
            key = _number(number, path, "scenarios.id")
            scenarios[key] = Scenario(
                number=key,
                relationship=relationships.get(_maybe_number(relationship), ""),
                emotion=emotions.get(_maybe_number(emotion), ""),
                setup=_text(setup),
                text=_text(text),
            )
    return scenarios


def read_sessions(path: Path) -> tuple[dict[int, Session], dict[int, str]]:
    """Sessions by date (20231119), and gender by actor; raises InputError for no such database."""
    with closing(_opened(path, ("actors", "sessions"))) as database:
        genders = {
            _number(actor, path, "actors.actor_id"): _text(gender)
            for actor, gender in _rows(database, path, "actors", ("actor_id", "gender"))
        }
        sessions = {
            _number(date, path, "sessions.date"): Session(
                _number(male, path, "sessions.male_id"), _number(female, path, "sessions.female_id")
            )
            for date, male, female in _rows(database, path, "sessions", ("date", "male_id", "female_id"))
        }
    return sessions, genders


def _opened(path: Path, tables: Sequence[str]) -> sqlite3.Connection:
    try:
        with path.open("rb") as file:
            begins = file.read(len(_HEADER))
        size = path.stat().st_size
    except OSError as error:
        raise InputError(expected="a readable database", came=f"{error.strerror}", where=path) from None
    if begins != _HEADER:
        raise InputError(expected="a SQLite database", came="another kind of file", where=path)
    if size > MAX_BYTES:
        raise InputError(expected=f"at most {MAX_BYTES >> 20} MiB", came="a larger file", where=path)
    try:
        # Immutable: no lock, no journal and no file beside it is looked for, let alone made.
        database = sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1", uri=True)
        database.text_factory = lambda text: text.decode("utf-8", "replace")
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_TEXT_BYTES)
        database.execute("PRAGMA trusted_schema = OFF")
        database.execute("PRAGMA query_only = ON")
    except sqlite3.Error as error:
        raise _broken(path, error) from None

    def authorise(
        action: int, table: str | None, _column: str | None, _name: str | None, view: str | None
    ) -> int:
        is_plain_read = action == sqlite3.SQLITE_READ and table in tables and view is None
        is_fine = is_plain_read or action == sqlite3.SQLITE_SELECT
        return sqlite3.SQLITE_OK if is_fine else sqlite3.SQLITE_DENY

    database.set_authorizer(authorise)
    steps = iter(range(_STEPS // 1000))
    database.set_progress_handler(lambda: int(next(steps, None) is None), 1000)
    return database


def _rows(
    database: sqlite3.Connection, path: Path, table: str, columns: Sequence[str]
) -> Iterator[tuple[Value, ...]]:
    """table, columns: names of ours, never of the file."""
    try:
        cursor = database.execute(f"SELECT {', '.join(columns)} FROM {table} LIMIT {MAX_ROWS + 1}")
        for count, row in enumerate(cursor):
            if count == MAX_ROWS:
                raise InputError(expected=f"at most {MAX_ROWS} {table}", came="more", where=path)
            yield row
    except (sqlite3.Error, OverflowError) as error:
        raise _broken(path, error, f"the table {table} with {', '.join(columns)}") from None


def _names(database: sqlite3.Connection, path: Path, table: str) -> Iterator[tuple[int, str]]:
    for number, name in _rows(database, path, table, ("id", "name")):
        yield _number(number, path, f"{table}.id"), _text(name)


def _broken(path: Path, error: Exception, expected: str = "a SQLite database") -> InputError:
    return InputError(expected=expected, came=f"none ({one_line(str(error))[:120]})", where=path)


def _maybe_number(value: Value) -> int:
    """-1 for what is none."""
    digits = str(value).replace("-", "") if isinstance(value, str) else value
    if isinstance(digits, str) and digits.strip().isascii() and digits.strip().isdigit():
        return int(digits.strip()[:12])
    return digits if isinstance(digits, int) and digits >= 0 else -1


def _number(value: Value, path: Path, where: str) -> int:
    """Numbers are stored as such, or as text with leading zeros; dates also with strokes."""
    number = _maybe_number(value)
    if number < 0:
        raise InputError(expected=f"a number as {where}", came=shown(str(value)), where=path)
    return number


def _text(value: Value) -> str:
    return "" if value is None or isinstance(value, bytes) else one_line(str(value))
