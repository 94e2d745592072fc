"""Whatever body, renderer and rate people choose, the film shows the same conversation for as long."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.body.cache import load_mannequin
from avatar_server.cli import main
from avatar_server.testing.smplh_body import smplh_arrays, with_hands
from avatar_server.testing.synthetic_interaction import SyntheticInteraction, synthesize

pytestmark = pytest.mark.opengl

SIZE = (192, 108)
ALIKE = ("--shape", "average,average", "--hair", "short,short")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SyntheticInteraction:
    return synthesize(tmp_path_factory.mktemp("data"), seconds=4.0, quirks=("rate-29.97", "partner-rate-25"))


def render(made: SyntheticInteraction, target: Path, *options: str) -> None:
    size = f"{SIZE[0]}x{SIZE[1]}"
    shared = ["-o", str(target), "--data", str(made.data_dir), "--size", size]
    assert main(["render", str(made.key), *shared, *options]) == 0


def first_picture(path: Path) -> NDArray[np.int16]:
    with av.open(str(path)) as container:
        return next(container.decode(video=0)).to_ndarray(format="rgb24").astype(np.int16)


def differing(a: NDArray[np.int16], b: NDArray[np.int16]) -> float:
    return float((np.abs(a - b).max(axis=2) > 40).mean())


@pytest.fixture(scope="module")
def usual(made: SyntheticInteraction, tmp_path_factory: pytest.TempPathFactory) -> NDArray[np.int16]:
    target = tmp_path_factory.mktemp("usual") / "usual.mp4"
    render(made, target, "--end", "0.1", "--fps", "10", *ALIKE)
    picture = first_picture(target)
    assert np.ptp(picture) > 150, "people in it, on a light background"
    return picture


def test_a_body_file_of_either_layout_is_worn(
    made: SyntheticInteraction, usual: NDArray[np.int16], tmp_path: Path
) -> None:
    """The mannequin, saved as such a file and read back, looks as ever; a smaller one does not."""
    shown = []
    for name, scale in (("model.npz", 1.0), ("SMPLH_NEUTRAL.npz", 1.0), ("SMPLH_NEUTRAL.npz", 0.8)):
        arrays = smplh_arrays(load_mannequin())
        for key in ("v_template", "shapedirs", "posedirs"):
            arrays[key] = scale * arrays[key]
        path = tmp_path / name
        np.savez(path, **(arrays if name == "model.npz" else with_hands(arrays)))  # type: ignore[arg-type]
        target = tmp_path / "worn.mp4"
        render(made, target, "--end", "0.1", "--fps", "10", "--body", str(path))
        shown.append(differing(first_picture(target), usual))
    # Where cloth ends is guessed from the shape of a bare body, and eyes and lips are not painted on it.
    assert max(shown[:2]) < 0.015
    assert shown[2] > 3 * max(shown[:2])


def test_the_reference_renderer_shows_the_same(
    made: SyntheticInteraction,
    usual: NDArray[np.int16],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    target = tmp_path / "reference.mp4"
    render(made, target, "--end", "0.1", "--fps", "10", "--renderer", "reference", *ALIKE)
    assert "pyrender" in capsys.readouterr().out
    assert differing(first_picture(target), usual) < 0.04


@pytest.mark.parametrize("rate", ["29.97", "30", "12.5"])
def test_the_film_lasts_as_long_as_was_asked(made: SyntheticInteraction, rate: str, tmp_path: Path) -> None:
    target = tmp_path / "film.mp4"
    render(made, target, "--start", "0.4", "--end", "3.61", "--fps", rate)
    rate_hz = Fraction(30000, 1001) if rate == "29.97" else Fraction(rate)
    with av.open(str(target)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert video.average_rate == rate_hz
        for stream in (video, audio):
            assert stream.duration is not None
            assert stream.time_base is not None
            assert abs(float(stream.duration * stream.time_base) - 3.21) < 1 / rate_hz
        times_s = [frame.time for frame in container.decode(video=0)]
    np.testing.assert_allclose(times_s, np.arange(len(times_s)) / float(rate_hz), atol=1e-3)
    assert abs(len(times_s) / rate_hz - Fraction("3.21")) < 1 / rate_hz
