"""`relationships.csv`: how the two people of a session know each other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from avatar_server.dataset.csv_rows import at_line, csv_records, shown
from avatar_server.dataset.interactions_csv import one_line
from avatar_server.dataset.participants_csv import VENDOR
from avatar_server.errors import InputError

SESSION = re.compile(r"S?(\d{1,4})", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Relationship:
    """In the words of the file; either may be empty."""

    relationship: str
    detail: str


def read_relationships(path: Path) -> Mapping[tuple[int, int], Relationship]:
    """The relationships by vendor and session.

    Raises InputError, naming the line, for what is no vendor or session, and for rows that contradict each
    other.
    """
    relationships: dict[tuple[int, int], Relationship] = {}
    required = ("vendor_id", "session_id", "relationship")
    for line, fields in csv_records(path, required=required, optional=("relationship_detail",)):
        where = at_line(path, line)
        vendor = VENDOR.fullmatch(fields["vendor_id"].strip())
        session = SESSION.fullmatch(fields["session_id"].strip())
        if vendor is None:
            raise InputError(expected="a vendor_id like V03", came=shown(fields["vendor_id"]), where=where)
        if session is None:
            raise InputError(expected="a session_id like 0809", came=shown(fields["session_id"]), where=where)
        key = int(vendor[1]), int(session[1])
        relationship = Relationship(
            one_line(fields["relationship"]), one_line(fields.get("relationship_detail", ""))
        )
        if relationships.setdefault(key, relationship) != relationship:
            expected = f"one row of V{key[0]:02d}_S{key[1]:04d}"
            raise InputError(expected=expected, came="a second, different one", where=where)
    return relationships
