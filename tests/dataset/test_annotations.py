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


@pytest.mark.parametrize("end", ["\n", "\n\n", ""])
@pytest.mark.parametrize("count", [1, 2])
def test_json_lines_are_taken_for_what_they_hold(tmp_path: Path, count: int, end: str) -> None:
    """As the bucket serves them: a file for each kind, called .json or .jsonl."""

    def lines(name: str, items: object) -> Path:
        assert isinstance(items, list)
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(json.dumps(item) for item in items[:count]) + end)
        return path

    spoken = read_annotations(lines("transcript/a.jsonl", REAL["metadata:transcript"]))
    assert [len(utterance.words) for utterance in spoken.transcript] == [[2], [1, 2]][count - 1]
    assert (spoken.notices, spoken.voice_activity, spoken.untimed_word_count) == ((), (), 1)
    heard = read_annotations(lines("vad/a.jsonl", REAL["metadata:vad"]))
    assert heard.voice_activity == (Span(0.5, 1.0), Span(0.75, 1.5))[:count]
    written = {"annotation": "nods", "start_ts": 3.0, "end_ts": 4.5}
    marked = read_annotations(lines("annotations/1P-IS/a.json", [written, written]))
    assert marked.annotations == (Annotation("1P-IS", "nods", 3.0, 4.5),) * count
    assert marked.notices == ()


def test_lines_that_are_nothing_known_are_counted(tmp_path: Path) -> None:
    path, _ = read(tmp_path, '{"start": 1, "end": 2}\n7\n{"start": 3, "end": 2}')
    parsed = read_annotations(path)
    assert parsed.voice_activity == (Span(1.0, 2.0),)
    assert parsed.notices == ("a.json: 2 of 3 voice activity spans are malformed and left out",)
    cut_short, _ = read(tmp_path, '{"start": 1, "end": 2}\n{"start": 3, "e')
    assert "not readable as JSON" in read_annotations(cut_short).notices[0]


def test_how_much_of_the_speech_the_transcript_covers(tmp_path: Path) -> None:
    path, _ = read(tmp_path, REAL)
    parsed = read_annotations(path)
    # Voice 0.5..1.5 and 2.5..3.5; transcript 0.5..1.0 and 2.5..3.5.
    assert (parsed.speech_s, parsed.transcript_s, parsed.transcribed_speech_s) == (2.0, 1.5, 1.5)
