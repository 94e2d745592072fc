"""One interaction over HTTP: who, how long, what was said, and what the doctor says, without paths."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter

from avatar_server.dataset.annotations import read_annotations
from avatar_server.dataset.local_tree import find_interaction
from avatar_server.inspection import inspect_interaction
from avatar_server.web.interaction_examples import EXAMPLES
from avatar_server.web.library import shapes, timeline_shapes
from avatar_server.web.library.answer import document_of

from .conftest import Api

SHAPES: dict[str, Any] = {
    "listing": shapes.Listing,
    "interaction": shapes.InteractionAnswer,
    "transcript": shapes.TranscriptAnswer,
    "vad": shapes.VoiceActivityAnswer,
    "annotations": shapes.AnnotationsAnswer,
    "curves": shapes.CurvesAnswer,
    "overview": shapes.OverviewAnswer,
    "waveform": timeline_shapes.WaveformAnswer,
    "validity": timeline_shapes.ValidityAnswer,
}


def asked(operator: httpx.Client, path: str, shape: str) -> dict[str, Any]:
    answer = operator.get(f"/api/interactions/{path}")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    as_documented(shape, told)
    return told


def rounded(value: Any) -> Any:
    """Sums in one thread and in several differ in their last digits."""
    if isinstance(value, float):
        return round(value, 9)
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, list) else value


def as_documented(shape: str, told: dict[str, Any]) -> None:
    adapter = TypeAdapter(SHAPES[shape])
    assert adapter.dump_python(adapter.validate_python(told), mode="json") == told


@pytest.mark.parametrize("shape", SHAPES)
def test_examples_are_of_the_shapes_they_are_for(shape: str) -> None:
    as_documented(shape, EXAMPLES[shape])


def test_an_interaction_is_told_with_the_doctors_report(api: Api, operator: httpx.Client) -> None:
    told = asked(operator, api.key, "interaction")
    assert told["key"] == api.key
    assert [person["participant"] for person in told["people"]] == ["V00_P0947", "V00_P1275A"]
    assert told["prompt"]["b"] == "You know the way."
    first, second = told["lengths"]
    assert (first["rate"], first["frame_count"], second["rate"]) == ("30", 240, "25")
    assert second["duration_s"] == pytest.approx(6.3, abs=0.05)
    assert told["duration_s"] == pytest.approx(8.0, abs=0.01)
    report = inspect_interaction(find_interaction(api.data_dir, api.key)).as_json()
    assert rounded(told["report"]) == rounded(json.loads(document_of(report)))
    assert len(told["report"]["participants"]) == 2
    without = asked(operator, f"{api.key}?report=false", "interaction")
    assert without == {**told, "report": None}


def test_a_broken_recording_is_told_without_the_way_to_it(api: Api, operator: httpx.Client) -> None:
    npz = api.made.recordings[1].npz
    whole = npz.read_bytes()
    try:
        npz.write_bytes(whole[: len(whole) // 2])
        # The report is made again because the file is another one.
        told = asked(operator, api.key, "interaction")
        report = told["report"]["participants"][1]
        assert report["verdict"] == "broken"
        assert report["problem"].startswith(f"{npz.name}: expected")
        assert told["lengths"][1]["rate"] is None
        assert any(npz.name in notice for notice in told["notices"])
        curves = operator.get(f"/api/interactions/{api.key}/curves?of=valence")
        assert npz.name in curves.text
        for text in (str(told), curves.text):
            assert str(api.data_dir) not in text
            assert f"dev{os.sep}0000" not in text
    finally:
        npz.write_bytes(whole)
    assert asked(operator, api.key, "interaction")["report"]["participants"][1]["verdict"] != "broken"


def test_words_and_voices_of_both_people(api: Api, operator: httpx.Client) -> None:
    spoken = asked(operator, f"{api.key}/transcript", "transcript")["people"]
    voiced = asked(operator, f"{api.key}/vad", "vad")["people"]
    untimed = 0
    for person, voice, made in zip(spoken, voiced, api.made.recordings, strict=True):
        truth = read_annotations(made.json)
        assert person["id"] == voice["id"] == str(made.id)
        assert [part["text"] for part in person["transcript"]] == [one.text for one in truth.transcript]
        for part, one in zip(person["transcript"], truth.transcript, strict=True):
            times = [(word["start_s"], word["end_s"]) for word in part["words"]]
            assert times == [(word.start_s, word.end_s) for word in one.words]
            untimed += times.count((None, None))
        spans = [(span["start_s"], span["end_s"]) for span in voice["voice_activity"]]
        assert spans == [(span.start_s, span.end_s) for span in truth.voice_activity]
        assert voice["speech_s"] == pytest.approx(truth.speech_s)
    assert untimed > 0, "the times of some words are not known, and are said not to be"


def test_annotations(api: Api, operator: httpx.Client) -> None:
    first, second = asked(operator, f"{api.key}/annotations", "annotations")["people"]
    assert first["annotations"] == []
    assert second["annotations"] == [
        {"kind": "1P-IS", "text": "I felt at ease.", "start_s": 1.5, "end_s": 2.25}
    ]


def test_what_is_not_here_is_told_and_how_to_get_it(operator: httpx.Client) -> None:
    away = "V03_S0001_I00000582"
    told = asked(operator, away, "interaction")
    assert (told["here"], told["report"], told["duration_s"], told["lengths"]) == (False, None, None, [])
    for what in ("transcript", "vad", "annotations", "curves?of=valence", "waveform", "validity"):
        refused = operator.get(f"/api/interactions/{away}/{what}")
        assert refused.status_code == 404
        assert refused.json()["detail"] == f"{away} is not on this machine; POST /api/fetches fetches it"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("V00_S0809_I00000999", 404),
        ("V00_S0809_I0000058", 422),
        ("V00_S0809_I00000582_P0947", 422),
        ("..", 404),
        ("%2e%2e%2f%2e%2e%2fetc%2fpasswd", 404),
        ("..%5c..%5cetc", 422),
        ("x" * 41, 422),
        ("V00_S0809_I00000582%00", 422),
        ("V00_S0809_I00000582/../../etc", 404),
        ("V00_S0809_I00000582/secrets", 404),
        ("V00_S0809_I00000582/vad?verbose=1", 422),
    ],
)
def test_other_names_lead_nowhere(api: Api, operator: httpx.Client, path: str, status: int) -> None:
    refused = operator.get(f"/api/interactions/{path}")
    assert refused.status_code == status
    assert str(api.data_dir) not in refused.text


def test_recordings_in_an_odd_place_are_found(api: Api, operator: httpx.Client, tmp_path: Path) -> None:
    """A copy that no file list knows, in a folder of its own, as people put things aside."""
    folder = api.data_dir / "put aside"
    folder.mkdir()
    source = api.made.recordings[1]
    for file in (source.npz, source.wav, source.json):
        (folder / file.name.replace("V00_S0809", "V02_S0001")).write_bytes(file.read_bytes())
    told = asked(operator, "V02_S0001_I00000582?report=false", "interaction")
    assert (told["lone"], told["here"], told["label"]) == (True, True, "")
    spoken = asked(operator, "V02_S0001_I00000582/transcript", "transcript")["people"]
    assert spoken[0]["transcript"]


def test_the_demo_is_an_interaction_like_others(operator: httpx.Client) -> None:
    told = asked(operator, "demo?report=false", "interaction")
    assert (told["key"], told["here"], told["duration_s"]) == ("demo", True, pytest.approx(30.0, abs=0.01))
