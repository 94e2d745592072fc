"""A film that the director cut changes its picture at his cuts, in no picture before and in none after."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.cli import main
from avatar_server.export import export
from avatar_server.render.contract import PictureSize
from avatar_server.scene.director import DirectedCamera
from avatar_server.scene.snapshot import Camera, Snapshot
from avatar_server.segments.film import Film
from avatar_server.stage.test_card import (
    AZIMUTHS_RAD,
    CUTS,
    TestCard,
    TestCardRenderer,
    azimuth_rad,
    time_code_s,
)

CARD = TestCard()
CAMERAS = {name: CARD.orbit(name, 16 / 9).camera() for name in AZIMUTHS_RAD}


@dataclass(frozen=True)
class CardProgramme:
    """The test card as something to export."""

    tags: Mapping[str, str]

    def snapshot_at(self, time_s: float, camera: Camera) -> Snapshot:
        return CARD.snapshot_at(time_s, camera)

    def sound_block(self, start_sample: int, count: int) -> NDArray[np.float32]:
        return CARD.sound_block(start_sample, count)


def pictures(path: Path) -> list[NDArray[np.uint8]]:
    with av.open(str(path)) as container:
        frames = [(frame, frame.to_ndarray().astype(np.uint8)) for frame in container.decode(video=0)]
    return [planes[: frame.height, : frame.width] for frame, planes in frames]


def description(path: Path) -> dict[str, object]:
    with av.open(str(path)) as container:
        told: dict[str, object] = json.loads(container.metadata["description"])
    return told


@pytest.mark.parametrize(("rate", "start_s"), [("30", 0.0), ("30000/1001", 1.4), ("25", 2.99)])
def test_a_cut_falls_on_the_first_picture_that_is_due_at_it_or_after(
    tmp_path: Path, rate: str, start_s: float
) -> None:
    target, rate_hz = tmp_path / "film.mp4", Fraction(rate)
    card = CardProgramme({"title": "card", "description": '{"interaction": "card"}'})
    film = Film(card, (start_s, 7.0), rate_hz, DirectedCamera(CUTS, CAMERAS))
    export(film, TestCardRenderer(PictureSize(320, 192)), target)
    seen: list[str] = []
    for index, luma in enumerate(pictures(target)):
        time_s = start_s + float(index / rate_hz)
        assert time_code_s(luma) == pytest.approx(time_s, abs=0.001)
        seen.append(min(AZIMUTHS_RAD, key=lambda name: abs(AZIMUTHS_RAD[name] - azimuth_rad(luma))))
        expected = "two-shot" if time_s < 3 - 1e-9 else "left" if time_s < 6 - 1e-9 else "right"
        assert seen[-1] == expected, time_s
    assert sum(before != after for before, after in itertools.pairwise(seen)) == 2
    assert description(target) == {
        "interaction": "card",
        "camera": "auto",
        "shots": [
            {"start_s": start_s, "camera": "two-shot"},
            {"start_s": 3.0, "camera": "left"},
            {"start_s": 6.0, "camera": "right"},
        ],
    }


@pytest.mark.opengl
def test_the_demo_is_cut_as_the_command_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target, rate_hz, start_s = tmp_path / "demo.mp4", 10, 2.0
    small = ("--size", "96x54", "--fps", str(rate_hz), "--start", str(start_s), "--end", "9")
    assert main(["render", "demo", "--camera", "auto", "-o", str(target), *small]) == 0
    said = capsys.readouterr().out.splitlines()[-1]
    shots = [(float(at), camera) for at, camera in re.findall(r"([\d.]+) s ([a-z-]+)", said)]
    assert said.startswith("cut by the director: 2 s two-shot, ")
    assert len({camera for _, camera in shots}) == len(shots) >= 4, "each of them another view"
    assert description(target)["shots"] == [{"start_s": at_s, "camera": camera} for at_s, camera in shots]
    shown = [picture.astype(np.int16) for picture in pictures(target)]
    changes = [float(np.abs(after - before).mean()) for before, after in itertools.pairwise(shown)]
    # A picture i that is the first at or after a cut differs from the one before it as no gesture makes it.
    cuts = {-(-round((at_s - start_s) * 1000) * rate_hz // 1000) for at_s, _ in shots[1:]}
    assert {index + 1 for index, change in enumerate(changes) if change > 8} == cuts
