"""Looking for interactions is measured as it says; how fast it is, is not tested."""

from __future__ import annotations

import json

import pytest

from avatar_server.bench.library import measure_library
from avatar_server.bench.library_search import SearchReport, measure_search


def test_somebody_looks_for_an_interaction() -> None:
    notes: list[str] = []
    report = measure_library(rows=501, sound_s=2.0, typed=("ma r",), note=notes.append)
    assert notes == ["501 recordings, and two sounds of 2 s"]
    assert json.loads(json.dumps(report.as_json()))["rows"] == 501
    assert len(report.filtered_ms) == 3 * len(report.typed_ms) == 12
    assert len(report.overview_ms) == len(report.overview_again_ms)
    assert all(took_ms > 0 for took_ms in (report.first_ms, *report.typed_ms, report.waveform_ms))
    lines = report.as_text().splitlines()
    assert lines[0].startswith("501 recordings; the first list came after ")
    assert [line[:20].strip() for line in lines[1:]] == [
        "each letter typed",
        "",
        "with filters",
        "an overview",
        "the same again",
        "waveform",
    ]


def test_what_is_said_of_keys_by_hand() -> None:
    report = SearchReport(501, (*[20.0] * 18, 40.0, 140.0))
    assert report.p95_ms == pytest.approx(45.0)
    assert report.as_text().splitlines() == [
        "typing in the library over 501 recordings, 20 keys",
        "  from a key to its rows  20 ms at the median, 95 % within 45 ms, at most 140 ms",
        "  later than 100 ms       1",
    ]
    assert json.loads(json.dumps(report.as_json()))["worst_ms"] == 140.0


@pytest.mark.browser
def test_somebody_types_on_the_page() -> None:
    report = measure_search(501, typed=("ma",))
    assert len(report.times_ms) == 4, "each key, and each that takes one back"
    assert min(report.times_ms) > 0
