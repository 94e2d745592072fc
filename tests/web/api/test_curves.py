"""Curves of the faces: true times, honest gaps, and peaks that survive."""

from __future__ import annotations

from typing import Any

import httpx
import numpy as np
import pytest

from avatar_server.dataset.face_features import EMOTION_NAMES, FAU_NAMES
from avatar_server.errors import UsageError
from avatar_server.web.library.curve_names import parse_curves
from avatar_server.web.library.downsampling import kept_frames

from .conftest import Api
from .test_interaction import as_documented


def curves(operator: httpx.Client, api: Api, query: str) -> list[dict[str, Any]]:
    answer = operator.get(f"/api/interactions/{api.key}/curves?{query}")
    assert answer.status_code == 200, answer.text
    as_documented("curves", answer.json())
    people: list[dict[str, Any]] = answer.json()["people"]
    return people


def by_name(person: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {curve["name"]: curve for curve in person["curves"]}


def test_every_frame_at_its_time(api: Api, operator: httpx.Client) -> None:
    people = curves(operator, api, "of=fau,emotion,valence,gaze")
    for person, made, rate_hz in zip(people, api.made.recordings, (30, 25), strict=True):
        with np.load(made.npz) as arrays:
            valid = arrays["movement:is_valid"][:, 0] > 0.5
            units = arrays["movement:FAUValue"]
            scores = arrays["movement:emotion_scores"]
            valence = arrays["movement:emotion_valence"]
        assert (person["rate"], person["frame_count"], person["group"]) == (
            str(rate_hz),
            len(units),
            "movement",
        )
        found = by_name(person)
        columns = {
            **{f"fau:{name}": units[:, column] for column, name in enumerate(FAU_NAMES)},
            **{f"emotion:{name}": scores[:, column] for column, name in enumerate(EMOTION_NAMES)},
            "valence": valence[:, 0],
        }
        for name, truth in columns.items():
            curve = found[name]
            assert curve["times_s"] == pytest.approx(np.arange(len(truth)) / rate_hz, abs=1e-4)
            assert [value is not None for value in curve["values"]] == valid.tolist()
            shown = np.array([np.nan if value is None else value for value in curve["values"]])
            np.testing.assert_allclose(shown[valid], truth[valid], atol=1e-5)
    assert not all(value is not None for value in by_name(people[0])["valence"]["values"]), "there are gaps"
    dead = [name for name, curve in by_name(people[0]).items() if curve["dead"]]
    assert dead == ["fau:LipFunneler", "fau:LipTightener", "fau:LipPressor"]
    assert [person["absent"] for person in people] == [[], ["gaze"]]
    assert {"gaze:0", "gaze:1"} <= by_name(people[0]).keys()


def test_a_stretch_with_few_points(api: Api, operator: httpx.Client) -> None:
    (every, _), (few, other) = (
        curves(operator, api, "of=fau:jawdrop&start=1&end=5&points=500"),
        curves(operator, api, "of=fau:jawdrop&start=1&end=5&points=20"),
    )
    whole, thinned = every["curves"][0], few["curves"][0]
    assert (whole["times_s"][0], whole["times_s"][-1]) == (1.0, pytest.approx(5 - 1 / 30, abs=1e-4))
    assert len(whole["values"]) == 120
    assert len(thinned["values"]) <= 20
    assert len(other["curves"][0]["values"]) <= 20
    there = [value for value in whole["values"] if value is not None]
    kept = [value for value in thinned["values"] if value is not None]
    assert (min(kept), max(kept)) == (min(there), max(there))
    assert None in thinned["values"]
    at = dict(zip(whole["times_s"], whole["values"], strict=True))
    assert [at[time_s] for time_s in thinned["times_s"]] == thinned["values"]


def test_no_curve_is_made_of_nothing(api: Api, operator: httpx.Client) -> None:
    people = curves(operator, api, "of=valence&start=7&end=9&points=8")
    assert people[1]["curves"][0]["values"] == [], "this one ends before the other"
    assert people[0]["curves"][0]["values"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "Field required"),
        ("of=nose", "of: expected emotion, valence, arousal, fau, gaze, head, got 'nose'"),
        ("of=valence:x", "of: expected valence, got 'valence:x'"),
        ("of=valence:", "of: expected valence, got 'valence:'"),
        ("of=gaze,", "got ''"),
        ("of=gaze&points=3", "greater than or equal to 4"),
        ("of=gaze&points=20001", "less than or equal to 20000"),
        ("of=gaze&start=-1", "greater than or equal to 0"),
        ("of=gaze&start=nan", "less than or equal to 604800"),
        ("of=gaze&end=inf", "less than or equal to 604800"),
        ("of=gaze&start=5&end=5", "end: expected more than start, 5, got 5"),
        ("of=" + "gaze," * 199, "at most 64 names"),
    ],
)
def test_what_is_no_curve_is_refused(api: Api, operator: httpx.Client, query: str, said: str) -> None:
    refused = operator.get(f"/api/interactions/{api.key}/curves?{query}")
    assert refused.status_code == 422
    assert said in refused.text


def test_names_of_curves() -> None:
    assert [str(name) for name in parse_curves("Gaze, FAU:jawdrop,gaze:1,valence")] == [
        "gaze:0",
        "gaze:1",
        "fau:JawDrop",
        "valence",
    ]
    assert len(parse_curves("fau,emotion")) == 32
    with pytest.raises(UsageError, match="fau:InnerBrowRaiser"):
        parse_curves("fau:Nose")


@pytest.mark.parametrize("count", [3, 10, 11, 97, 1000, 12345])
@pytest.mark.parametrize("points", [4, 5, 10, 500])
def test_peaks_and_gaps_of_every_stretch_survive(count: int, points: int) -> None:
    random = np.random.default_rng([count, points])
    values = random.normal(size=count)
    values[random.integers(count)] = 50.0
    values[random.integers(count)] = -60.0
    kept = kept_frames(values, points)
    assert len(kept) <= max(points, 0) or count <= points
    assert (np.diff(kept) > 0).all()
    assert {int(values.argmin()), int(values.argmax())} <= set(kept.tolist())
    gap = int(random.integers(count))
    values[gap : gap + 2] = np.nan
    kept = kept_frames(values, points)
    assert len(kept) <= points or count <= points
    assert np.isnan(values[kept]).any()
    if np.isfinite(values).any():
        assert np.nanmin(values[kept]) == np.nanmin(values)
        assert np.nanmax(values[kept]) == np.nanmax(values)
    assert np.isnan(kept_values(np.full(count, np.nan), points)).all()


def kept_values(values: np.ndarray[Any, Any], points: int) -> np.ndarray[Any, Any]:
    return np.asarray(values[kept_frames(values, points)])


def test_two_opposite_peaks_of_one_frame_are_both_kept() -> None:
    """The case that the other known way (a triangle a stretch) loses."""
    values = np.zeros(1000)
    values[501], values[503] = 1.0, -1.0
    assert {501, 503} <= set(kept_frames(values, 40).tolist())
