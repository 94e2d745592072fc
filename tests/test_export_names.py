"""Names in films that people get: under both, and whose voice is active has the brighter mark."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.cli import main
from avatar_server.dataset.annotations import read_annotations
from avatar_server.testing.synthetic_interaction import SyntheticInteraction, synthesize

pytestmark = pytest.mark.opengl

WIDTH, HEIGHT, RATE_HZ = 384, 216, 2


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SyntheticInteraction:
    return synthesize(tmp_path_factory.mktemp("named"), seconds=8.0)


def film(made: SyntheticInteraction, target: Path, *options: str) -> NDArray[np.float64]:
    shared = ["--data", str(made.data_dir), "--size", f"{WIDTH}x{HEIGHT}", "--fps", str(RATE_HZ)]
    assert main(["render", str(made.key), "-o", str(target), *shared, *options]) == 0
    with av.open(str(target)) as container:
        return np.array([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)], float)


def test_a_film_names_both_and_shows_who_speaks(made: SyntheticInteraction, tmp_path: Path) -> None:
    """In pictures in which only one of them speaks, his dot is the brighter one."""
    for preset in ("natural", "genea"):
        plain = film(made, tmp_path / "plain.mp4", "--preset", preset)
        named = film(made, tmp_path / "named.mp4", "--preset", preset, "--names")
        rows = slice(round(0.86 * HEIGHT), HEIGHT)
        assert (plain[:, rows].min(axis=3) < 60).mean() < 0.06
        dark = plain[:, rows].mean(axis=3) - named[:, rows].mean(axis=3) > 30
        for half in (slice(0, WIDTH // 2), slice(WIDTH // 2, WIDTH)):
            assert (dark[:, :, half].sum(axis=(1, 2)) > 150).all(), "a plate on each side, in every picture"
    activity = [read_annotations(one.json).voice_activity for one in made.recordings]
    levels: dict[bool, list[float]] = {True: [], False: []}
    for index, picture in enumerate(named):
        time_s = index / RATE_HZ
        speaking = [any(one.start_s + 0.1 < time_s < one.end_s - 0.1 for one in spans) for spans in activity]
        quiet = [not any(one.start_s - 0.4 < time_s < one.end_s + 0.4 for one in spans) for spans in activity]
        halves = picture[rows, : WIDTH // 2], picture[rows, WIDTH // 2 :]
        for side, half in enumerate(halves):
            if speaking[side] or quiet[side]:
                # The colours of the dots: blue more than red at the left, red more than blue at the right.
                tint = (half[..., 2] - half[..., 0]) * (1 if side == 0 else -1)
                levels[speaking[side]].append(float(np.sort(tint.ravel())[-4:].mean()))
    assert len(levels[True]) >= 4
    assert len(levels[False]) >= 4
    assert np.median(levels[True]) > np.median(levels[False]) + 8
