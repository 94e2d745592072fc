"""JSON Lines: one document a line, as the data set's bucket serves transcripts, voice activity, annotations.

A recording's own JSON holds them all under their names; here each comes as a file of its own, some of them
called `.json` all the same. What a file holds is told by its lines.
"""

from __future__ import annotations

import json
from pathlib import PurePath

TRANSCRIPT, VOICE_ACTIVITY, ANNOTATIONS = "metadata:transcript", "metadata:vad", "annotations:"
"""Names under which a recording's JSON holds the same; the last is followed by the kind of annotation."""

_UNKNOWN_KIND = "unknown"


def parse_lines(text: str) -> list[object]:
    """The documents of `text`; blank lines are skipped. ValueError (or RecursionError) for anything else.

    Only a line feed ends a line: U+2028 and its like may stand in a JSON text as they are (RFC 8259).
    """
    return [json.loads(line) for line in text.split("\n") if line.strip()]


def under_their_names(items: list[object], path: PurePath) -> dict[str, object]:
    """`items` in the shape of a recording's JSON.

    An annotation's kind is the folder that its file lies in (`annotations/3P-V/{id}.json`). Items that are
    nothing we know stay under the name that most others have, where they are counted as malformed.
    """
    named: dict[str, list[object]] = {}
    strange: list[object] = []
    kind = path.parent.name if path.parent.parent.name == "annotations" else _UNKNOWN_KIND
    for item in items:
        name = _name_of(item, kind)
        (strange if name is None else named.setdefault(name, [])).append(item)
    if strange:
        named.setdefault(max(named, key=lambda name: len(named[name]), default=VOICE_ACTIVITY), []).extend(
            strange
        )
    return {TRANSCRIPT: [], VOICE_ACTIVITY: [], **named}


def _name_of(item: object, kind: str) -> str | None:
    if not isinstance(item, dict):
        return None
    if "annotation" in item or "start_ts" in item:
        return ANNOTATIONS + kind
    if "words" in item or "transcript" in item:
        return TRANSCRIPT
    return VOICE_ACTIVITY if "start" in item and "end" in item else None
