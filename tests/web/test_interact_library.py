"""The library over a folder of InterAct: listed, found, measured, and played from its page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from avatar_server.testing.interact_folder import synthesize_interact
from avatar_server.web.library import shapes, timeline_shapes
from avatar_server.web.library.desk import Desk
from avatar_server.web.library.questions import Question, QuestionName, RefusalError

KEY = "20231119_051"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("interact")
    synthesize_interact(folder, seconds=2.0, numbers=(51, 52))
    return folder


@pytest.fixture(scope="module")
def desk(folder: Path) -> Desk:
    return Desk(folder)


def asked(desk: Desk, question: QuestionName, shape: Any, **arguments: Any) -> dict[str, Any]:
    outcome = desk.outcome(Question(question, arguments, False))
    assert not isinstance(outcome, RefusalError), outcome
    told: dict[str, Any] = json.loads(outcome.body)
    adapter = TypeAdapter(shape)
    assert adapter.dump_python(adapter.validate_python(told), mode="json") == told
    return told


def test_it_is_listed_with_scenario_relationship_and_emotion(desk: Desk) -> None:
    told = asked(desk, "list", shapes.Listing, wanted={"emotion": "anger"}, offset=0, limit=50)
    (found,) = told["interactions"]
    assert found["key"] == "20231119_052"
    assert found["is_here"]
    assert (found["emotion"], found["relationship"]) == ("Anger", "Parent and child")
    assert found["prompt"]["a"] == "She comes home late, and he waited."
    assert [person["participant"] for person in found["people"]] == ["P001", "P002"]


def test_the_overview_counts_emotions(desk: Desk) -> None:
    told = asked(desk, "overview", shapes.OverviewAnswer, wanted={})
    assert (told["interactions"], told["on_disk"]) == (2, 2)
    assert told["by"]["emotion"] == {"Anger": 1, "Joy": 1}


def test_one_is_told_with_its_lengths(desk: Desk) -> None:
    told = asked(desk, "interaction", shapes.InteractionAnswer, name=KEY)
    assert told["duration_s"] == pytest.approx(2.0, abs=0.05)
    assert [length["frame_count"] for length in told["lengths"]] == [60, 60]
    assert [length["rate"] for length in told["lengths"]] == ["30", "30"]
    assert told["notices"] == []


def test_the_doctor_looks_at_it_and_his_verdict_is_kept(desk: Desk, folder: Path) -> None:
    outcome = desk.outcome(Question("report", {"name": KEY}, False))
    assert not isinstance(outcome, RefusalError), outcome
    report = json.loads(outcome.body)
    assert [person["id"] for person in report["participants"]] == ["20231119_001_051", "20231119_002_051"]
    assert any(notice.startswith("units: centimetres") for notice in report["notices"])
    assert str(folder) not in outcome.body.decode()
    told = asked(desk, "list", shapes.Listing, wanted={"verdict": report["verdict"]}, offset=0, limit=50)
    assert KEY in [found["key"] for found in told["interactions"]]


def test_words_curves_and_times_have_nothing_to_tell_but_sound(desk: Desk) -> None:
    spoken = asked(desk, "transcript", shapes.TranscriptAnswer, name=KEY)
    assert [person["transcript"] for person in spoken["people"]] == [[], []]
    curves = {"of": "valence", "start_s": 0.0, "end_s": None, "points": 100}
    told = asked(desk, "curves", shapes.CurvesAnswer, name=KEY, **curves)
    assert [person["absent"] for person in told["people"]] == [["valence"], ["valence"]]
    valid = asked(desk, "validity", timeline_shapes.ValidityAnswer, name=KEY)
    assert [person["spans"] for person in valid["people"]] == [[], []]
    assert [person["notices"] for person in valid["people"]] == [[], []]


def test_the_film_of_both_is_the_video_of_the_first(folder: Path) -> None:
    (folder / "body_renders").mkdir()
    film = folder / "body_renders" / f"{KEY}.mp4"
    film.write_bytes(b"film")
    desk = Desk(folder)
    found = {}
    for participant in ("P001", "P002"):
        outcome = desk.outcome(Question("video", {"name": KEY, "participant": participant}, False))
        assert not isinstance(outcome, RefusalError), outcome
        found[participant] = json.loads(outcome.body)["path"]
    assert found == {"P001": str(film), "P002": None}
    told = asked(desk, "interaction", shapes.InteractionAnswer, name=KEY)
    assert [person["files"] for person in told["people"]] == [["mp4", "npz", "wav"], ["npz", "wav"]]


def test_what_is_not_in_it_is_refused(desk: Desk) -> None:
    outcome = desk.outcome(Question("interaction", {"name": "20231119_999"}, False))
    assert isinstance(outcome, RefusalError)
    assert outcome.status == 404
