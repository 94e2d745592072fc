"""Verdicts that were made once are known to every process, and only as long as the file says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from avatar_server.dataset import kept_verdicts
from avatar_server.dataset.kept_verdicts import KeptVerdict, KeptVerdicts
from avatar_server.dataset.recording_id import InteractionKey
from avatar_server.dataset.recording_table import interaction_code

KEY, OTHER = InteractionKey(0, 809, 582), InteractionKey(3, 1, 582)
GOOD, BROKEN = KeptVerdict("good", "a", 12.5), KeptVerdict("broken", "b", 3.0)


def test_what_one_notes_others_know(tmp_path: Path) -> None:
    one, other = KeptVerdicts(tmp_path), KeptVerdicts(tmp_path)
    assert other.of(KEY) is None
    one.note(KEY, GOOD)
    assert other.of(KEY) == GOOD
    version = other.version
    assert (other.of(OTHER), other.version) == (None, version), "nothing came since"
    one.note(OTHER, BROKEN)
    one.note(KEY, BROKEN)
    assert (other.of(KEY), other.of(OTHER)) == (BROKEN, BROKEN)
    assert other.version > version
    codes, verdicts, lengths_s = other.columns()
    assert codes.tolist() == [interaction_code(KEY), interaction_code(OTHER)]
    assert (verdicts.tolist(), lengths_s.tolist()) == ([2, 2], [3.0, 3.0])


def test_lines_that_are_none_are_passed_over(tmp_path: Path) -> None:
    verdicts = KeptVerdicts(tmp_path)
    verdicts.note(KEY, GOOD)
    (file,) = (tmp_path / ".avatar-server").iterdir()
    line = file.read_bytes()
    file.write_bytes(
        b'nonsense\n{"key": "V00"}\n[]\n'
        + line.replace(b'"good"', b'"fine"')
        + line.replace(b"12.5", b"NaN")
        + line
        + line.replace(b'"good"', b'"usable"')[:-1]
    )
    assert KeptVerdicts(tmp_path).of(KEY) == GOOD, "the last line is not whole"
    with file.open("ab") as end:
        end.write(b"\n")
    again = verdicts.of(KEY)
    assert again is not None
    assert again.verdict == "usable"
    file.unlink()
    assert KeptVerdicts(tmp_path).of(KEY) is None


def test_the_file_stays_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_verdicts, "_SPARE_LINES", 3)
    one, other = KeptVerdicts(tmp_path), KeptVerdicts(tmp_path)
    one.note(OTHER, BROKEN)
    for number in range(20):
        one.note(KEY, KeptVerdict("good", f"{number}", 1.0))
        assert other.of(KEY) == KeptVerdict("good", f"{number}", 1.0)
    (file,) = (tmp_path / ".avatar-server").iterdir()
    assert len(file.read_bytes().splitlines()) <= 8
    assert other.of(OTHER) == BROKEN
