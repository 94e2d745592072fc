"""Looking for interactions is measured as it says; how fast it is, is not tested."""

from __future__ import annotations

import json

from avatar_server.bench.library import measure_library


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
