from __future__ import annotations

import json
from pathlib import Path

import pytest

from avatar_server.dataset.annotations import Annotation, Span, Word, read_annotations

REAL = {
    "id": "V00_S0809_I00000582_P1275",
    "metadata:transcript": [
        {
            "words": [
                {"word": "well", "start": 2.5, "end": 2.7, "score": 0.9},
                {"word": "2019", "start": None, "end": None},
            ],
            "start": 2.5,
            "end": 3.5,
            "transcript": " well 2019 ",
        },
        {"words": [{"word": "hi", "start": 0.5, "end": 0.75}], "start": 0.5, "end": 1.0, "transcript": "hi"},
    ],
    "metadata:vad": [{"start": 0.5, "end": 1.0}, {"start": 0.75, "end": 1.5}, {"start": 2.5, "end": 3.5}],
    "annotations:3P-V": [{"annotation": "leans in", "start_ts": 1, "end_ts": 2}],
}


def read(tmp_path: Path, document: object) -> tuple[Path, str]:
    path = tmp_path / "a.json"
    text = document if isinstance(document, str) else json.dumps(document)
    path.write_text(text)
    return path, text


def test_the_real_schema(tmp_path: Path) -> None:
    path, _ = read(tmp_path, REAL)
    parsed = read_annotations(path)
    assert [utterance.text for utterance in parsed.transcript] == ["hi", "well 2019"]
    assert parsed.transcript[1].words == (Word("well", 2.5, 2.7, 0.9), Word("2019", None, None, None))
    assert parsed.voice_activity[0] == Span(0.5, 1.0)
    assert parsed.annotations == (Annotation("3P-V", "leans in", 1.0, 2.0),)
    assert parsed.word_count == 3
    assert parsed.notices == ()


def test_overlapping_voice_counts_once(tmp_path: Path) -> None:
    path, _ = read(tmp_path, REAL)
    assert read_annotations(path).speech_s == 2.0


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", '{"metadata:vad": ' + "[" * 100_000, "\x00\xff"])
def test_a_broken_file_is_a_notice_and_nothing_else(tmp_path: Path, text: str) -> None:
    path, _ = read(tmp_path, text)
    parsed = read_annotations(path)
    assert (parsed.transcript, parsed.voice_activity, parsed.annotations) == ((), (), ())
    assert len(parsed.notices) == 1
    assert "a.json" in parsed.notices[0]


def test_a_missing_file_is_a_notice(tmp_path: Path) -> None:
    assert len(read_annotations(None).notices) == 1
    assert "gone.json" in read_annotations(tmp_path / "gone.json").notices[0]


def test_broken_parts_are_left_out_and_the_rest_is_kept(tmp_path: Path) -> None:
    path, _ = read(
        tmp_path,
        '{"metadata:vad": [{"start": 1, "end": 2}, {"start": NaN, "end": 2}, {"start": 3, "end": 2}, 7, '
        '{"start": true, "end": 2}, {"start": 1, "end": 1e999}], "metadata:transcript": "none", '
        '"annotations:1P-R": [{"annotation": 3, "start_ts": 1, "end_ts": 2}]}',
    )
    parsed = read_annotations(path)
    assert parsed.voice_activity == (Span(1.0, 2.0),)
    assert set(parsed.notices) == {
        "a.json: metadata:transcript is a text and not a list",
        "a.json: 5 of 6 voice activity spans are malformed and left out",
        "a.json: 1 of 1 annotations are malformed and left out",
    }


def test_words_may_be_missing_or_strange(tmp_path: Path) -> None:
    segments = [
        {"start": 0, "end": 1, "transcript": "no words"},
        {"start": 1, "end": 2, "words": [{"word": "only"}, {"start": 1}, "x"]},
    ]
    path, _ = read(tmp_path, {"metadata:transcript": segments, "metadata:vad": []})
    parsed = read_annotations(path)
    assert [utterance.text for utterance in parsed.transcript] == ["no words", "only"]
    assert parsed.word_count == 1
