"""A film says which interaction it shows and what was repaired in it, and nothing about who made it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from avatar_server.cli import main
from avatar_server.dataset.local_tree import find_interaction
from avatar_server.inspection import inspect_interaction
from avatar_server.testing.synthetic_interaction import SyntheticInteraction, synthesize

QUIRKS = ("partner-rate-25", "missing-body", "invalid-hands-long", "sideways", "quiet-voice")


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> SyntheticInteraction:
    made = synthesize(tmp_path_factory.mktemp("secret-folder"), seconds=6.0, quirks=QUIRKS)
    # An array that is ignored with a notice, which names the file by its whole path.
    npz = made.recordings[0].npz
    with np.load(npz) as stored:
        arrays = dict(stored)
    arrays["boxes_and_keypoints:box"] = arrays["boxes_and_keypoints:box"][:-1]
    np.savez_compressed(npz, allow_pickle=False, **arrays)
    return made


def tags_of(made: SyntheticInteraction, target: Path, *options: str) -> dict[str, str]:
    small = ["--size", "64x36", "--fps", "2", "--end", "1"]
    assert (
        main(["render", str(made.key), "--data", str(made.data_dir), "-o", str(target), *small, *options])
        == 0
    )
    with av.open(str(target)) as container:
        return dict(container.metadata)


@pytest.mark.opengl
def test_repairs_travel_with_the_film_and_are_those_of_the_doctor(
    odd: SyntheticInteraction, tmp_path: Path
) -> None:
    tags = tags_of(odd, tmp_path / "film.mp4")
    assert tags["title"] == "V00_S0809_I00000582"
    told = json.loads(tags["description"])
    assert (told["interaction"], told["preset"]) == ("V00_S0809_I00000582", "natural")
    inspected = inspect_interaction(find_interaction(odd.data_dir, str(odd.key)))
    report = json.loads(json.dumps(inspected.as_json()))
    for film, participant in zip(told["repairs"], report["participants"], strict=True):
        assert_same(film, participant["repairs"])
    first, second = (one["motion"] for one in told["repairs"])
    # A second without a body is bridged; 2 s without hands, the same second among them, are relaxed.
    assert (first["rate"], second["rate"]) == ("30", "25")
    assert (first["sentinel_frames"], first["body_bridged_frames"]) == (30, 30)
    assert first["hands_relaxed_frames"] == pytest.approx(60, abs=2)
    assert (first["turned_deg"], second["turned_deg"]) == (0, 270)
    assert first["lean_deg"] == pytest.approx(-13, abs=3)
    assert told["repairs"][0]["gain_db"] == pytest.approx(23, abs=4)
    for said in ("rate 25 Hz found", "body bridged", "hands relaxed", "turned upright", "voice raised"):
        assert said in tags["comment"]
    assert not any("secret-folder" in value or str(Path.home()) in value for value in tags.values())


@pytest.mark.opengl
def test_a_convention_that_repairs_nothing_says_so(odd: SyntheticInteraction, tmp_path: Path) -> None:
    told = json.loads(tags_of(odd, tmp_path / "film.mp4", "--preset", "genea")["description"])
    motion = told["repairs"][1]["motion"]
    assert motion["rate"] == "25"
    assert not any(motion[name] for name in motion if name.endswith(("_frames", "_deg")))


def assert_same(film: dict[str, Any], doctor: dict[str, Any]) -> None:
    assert film.keys() == doctor.keys()
    for name, value in doctor.items():
        if isinstance(value, dict):
            assert_same(film[name], value)
        elif isinstance(value, float):
            assert film[name] == pytest.approx(value, abs=1e-3), name
        else:
            assert film[name] == value, name
