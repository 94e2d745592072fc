"""Waveforms and missing stretches over HTTP: of files, of the demo, of the test card, and of what arrives."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import pytest
from pydantic import TypeAdapter
from scipy.io import wavfile

from avatar_server.dataset.cache.cache_tree import CacheTree
from avatar_server.dataset.recording_id import RecordingId
from avatar_server.dataset.stores.contract import RecordingPlace
from avatar_server.testing.loose_pieces import Stored
from avatar_server.testing.synthetic_interaction import synthesize
from avatar_server.web.library.desk import Desk
from avatar_server.web.library.questions import Question, QuestionName, RefusalError
from avatar_server.web.library.timeline_shapes import ValidityAnswer, WaveformAnswer

from .conftest import Api


def asked(client: httpx.Client, path: str, shape: type = WaveformAnswer) -> dict[str, Any]:
    answer = client.get(f"/api/interactions/{path}")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    adapter: TypeAdapter[Any] = TypeAdapter(shape)
    assert adapter.dump_python(adapter.validate_python(told), mode="json") == told
    return told


def test_a_waveform_has_the_extremes_of_the_file(api: Api, operator: httpx.Client) -> None:
    told = asked(operator, f"{api.key}/waveform?points=40&start=1&end=5")
    assert told["duration_s"] == pytest.approx(8.0, abs=0.01)
    assert [person["side"] for person in told["people"]] == ["left", "right"]
    for person, made in zip(told["people"], api.made.recordings, strict=True):
        assert (person["id"], person["start_s"], person["step_s"]) == (str(made.id), 1.0, 0.1)
        assert (person["whole"], person["notices"]) == (True, [])
        rate_hz, samples = wavfile.read(made.wav)
        stretches = samples[rate_hz : 5 * rate_hz].reshape(40, -1)
        np.testing.assert_allclose(
            person["points"], np.column_stack([stretches.min(1), stretches.max(1)]), atol=1e-5
        )
    near = asked(operator, f"{api.key}/waveform?points=500&start=2.5&end=2.6")["people"][0]
    assert near["step_s"] == pytest.approx(0.1 / 480, rel=0.1)
    assert len(near["points"]) == 480
    second = asked(operator, f"{api.key}/waveform?points=800")["people"][1]
    assert len(second["points"]) == pytest.approx(630, abs=2), "it ends before the first"


@pytest.mark.parametrize("name", ["demo", "test-card"])
def test_the_demo_and_the_test_card_have_one(operator: httpx.Client, name: str) -> None:
    told = asked(operator, f"{name}/waveform?points=300")
    assert told["duration_s"] == pytest.approx({"demo": 30.0, "test-card": 60.0}[name], abs=0.01)
    for person in told["people"]:
        points = np.array(person["points"])
        assert points.shape == (300, 2)
        assert 0.1 < np.abs(points).max() <= 1
    missing = asked(operator, f"{name}/validity", ValidityAnswer)
    assert [person["side"] for person in missing["people"]] == ["left", "right"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("waveform?points=0", 422),
        ("waveform?points=20001", 422),
        ("waveform?start=5&end=5", 422),
        ("waveform?point=5", 422),
        ("validity?points=5", 422),
    ],
)
def test_what_is_not_understood_is_refused(api: Api, operator: httpx.Client, query: str, status: int) -> None:
    assert operator.get(f"/api/interactions/{api.key}/{query}").status_code == status


def test_missing_stretches_are_those_of_the_recording(api: Api, operator: httpx.Client) -> None:
    first, second = asked(operator, f"{api.key}/validity", ValidityAnswer)["people"]
    faces = [(span["start_s"], span["end_s"]) for span in first["spans"] if span["kind"] == "no-face"]
    assert faces == [(2.0, 4.0)]
    assert all(span["words"] for span in first["spans"])
    assert [span["kind"] for span in second["spans"] if span["end_s"] > 6.5] == []


def test_a_broken_recording_is_told_without_the_way_to_it(api: Api, operator: httpx.Client) -> None:
    files = api.made.recordings[1]
    whole = files.npz.read_bytes(), files.wav.read_bytes()
    try:
        files.npz.write_bytes(whole[0][:1000])
        files.wav.write_bytes(b"no sound")
        missing = asked(operator, f"{api.key}/validity", ValidityAnswer)["people"][1]
        waves = asked(operator, f"{api.key}/waveform?points=9")["people"]
        assert files.npz.name in str(missing["notices"])
        assert files.wav.name in str(waves[1]["notices"])
        assert (len(waves[0]["points"]), waves[1]["points"]) == (9, [])
        assert str(api.data_dir) not in str((missing, waves))
    finally:
        files.npz.write_bytes(whole[0])
        files.wav.write_bytes(whole[1])


def desk_answer(desk: Desk, question: QuestionName, **arguments: Any) -> Any:
    outcome = desk.outcome(Question(question, arguments))
    return outcome if isinstance(outcome, RefusalError) else json.loads(outcome.body)


def waveform(desk: Desk, name: str, points: int) -> Any:
    return desk_answer(desk, "waveform", name=name, points=points, start_s=0.0, end_s=None)


def test_long_sounds_are_read_once_and_again_when_they_change(tmp_path: Path) -> None:
    made = synthesize(tmp_path, seconds=2)
    samples = np.random.default_rng(1).uniform(-0.5, 0.5, 48_000 * 40).astype(np.float32)
    wav = made.recordings[0].wav
    wavfile.write(wav, 48_000, samples)
    told = waveform(Desk(tmp_path), str(made.key), 8)
    kept = list((tmp_path / ".avatar-server" / "waveforms").iterdir())
    assert [path.name.rpartition("-")[0] for path in kept] == [wav.stem], "the short one is read each time"
    np.save(kept[0], np.full_like(np.load(kept[0]), 0.25))
    again = waveform(Desk(tmp_path), str(made.key), 8)
    assert again["people"][0]["points"] == [[0.25, 0.25]] * 8, "what was found is used"
    wavfile.write(wav, 48_000, np.append(samples, samples))
    changed = waveform(Desk(tmp_path), str(made.key), 16)
    np.testing.assert_allclose(changed["people"][0]["points"][:8], told["people"][0]["points"], atol=1e-5)
    (only,) = (tmp_path / ".avatar-server" / "waveforms").iterdir()
    assert only != kept[0], "what was found of the old file is gone"


def test_a_compressed_sound_has_a_waveform_too(tmp_path: Path) -> None:
    made = synthesize(tmp_path, seconds=2)
    wav = made.recordings[0].wav
    plain = waveform(Desk(tmp_path), str(made.key), 50)["people"][0]["points"]
    with av.open(str(wav)) as source:
        frames = list(source.decode(audio=0))
    with av.open(str(wav), "w", format="wav") as target:
        stream = target.add_stream("pcm_s24le", rate=48_000, layout="mono")
        for frame in frames:
            frame.pts = None
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    packed = waveform(Desk(tmp_path), str(made.key), 50)["people"][0]
    np.testing.assert_allclose(packed["points"], plain, atol=2e-5)


def test_of_what_arrives_is_told_what_is_here(tmp_path: Path, api: Api) -> None:
    """The files of one person are written by a process of their own while the desk looks on."""
    shutil.copy(api.data_dir / "filelist.csv", tmp_path)
    desk = Desk(tmp_path)
    source = api.made.recordings[0]
    assert waveform(desk, api.key, 8).status == 404
    place = RecordingPlace(RecordingId.parse(str(source.id)), "improvised", "dev", 0, 3)
    data = source.wav.read_bytes()
    with CacheTree(tmp_path).incoming(place) as incoming:
        assert waveform(desk, api.key, 8)["people"][0]["points"] == []
        partial = incoming.partial(Stored("wav"))
        partial.describe(len(data), "1")
        partial.write(0, data[: len(data) // 2 + 1001])
        partial.save()
        (person,) = waveform(desk, api.key, 8)["people"]
        assert (person["id"], person["side"], person["whole"]) == (str(source.id), "left", False)
        assert [point is None for point in person["points"]] == [False] * 4 + [True] * 4
        partial.write(len(data) // 2 + 1001, data[len(data) // 2 + 1001 :])
        whole = waveform(desk, api.key, 8)
        assert whole["duration_s"] == pytest.approx(8.0, abs=0.01)
        assert whole["people"][0]["points"] == waveform(Desk(api.data_dir), api.key, 8)["people"][0]["points"]
        near = desk_answer(desk, "waveform", name=api.key, points=5, start_s=1.0, end_s=1.01)
        assert len(near["people"][0]["points"]) == 5
