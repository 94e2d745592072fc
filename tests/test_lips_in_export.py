"""In an exported film lips open and close with the sound that stands beside them: within 50 ms."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from avatar_server.assembly import open_interaction, open_performance, open_renderer
from avatar_server.export import export
from avatar_server.motion.presets import PRESETS
from avatar_server.render.contract import PictureSize
from avatar_server.scene.orbit_text import parse_orbit
from avatar_server.segments.film import Film
from avatar_server.testing.phonemes import BILABIAL
from avatar_server.testing.seamless_writer import write_json, write_npz, write_wav
from avatar_server.testing.syllables import GROUPS, Syllables, say_syllables
from avatar_server.testing.synthetic_interaction import synthesize

SIZE = PictureSize(128, 96)
RATE_HZ = Fraction(30)
WITHIN_S = 0.05

BEFORE_THE_FACE = "orbit:-25,0,0.5,16@0.04,1.55,0.09"
"""Of somebody alone, who stands in three-quarter view: from his nose to his neck."""

MOUTH = (slice(38, 72), slice(40, 88))
CAVITY_LUMA = 40
"""What is darker is the inside of the mouth: skin and lips are between 70 and 190."""


@dataclass(frozen=True)
class Watched:
    """What a player would show and let hear. open: share of dark pixels in each picture's mouth region."""

    said: Syllables
    pictures_s: np.ndarray
    open: np.ndarray
    sound: np.ndarray


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    folder = tmp_path_factory.mktemp("lips")
    said = say_syllables(0, GROUPS[:2])
    made = synthesize(folder / "data", seconds=said.dialogue.duration_s, quirks=["missing-partner"])
    files = made.recordings[0]
    write_wav(files.wav, said.sound)
    write_json(files.json, str(files.id), said.dialogue, 0, drop_word_times=False)
    keep_still_and_faceless(files.npz)
    performance = open_performance(
        open_interaction(str(made.key), made.data_dir),
        body=None,
        preset=PRESETS["natural"],
        staging="face-to-face",
    )
    assert performance.faces == ("synthesised",)
    renderer = open_renderer("opengl", SIZE)
    try:
        span_s = (0.0, said.dialogue.duration_s)
        shown = Film(performance, span_s, RATE_HZ, parse_orbit(BEFORE_THE_FACE).camera())
        export(shown, renderer, folder / "film.mp4")
    finally:
        renderer.close()
    return watched(folder / "film.mp4", said)


def keep_still_and_faceless(npz: Path) -> None:
    """Neither head movement nor a recorded face: what changes in the picture is the made-up face."""
    with np.load(npz) as arrays:
        kept = {name: array for name, array in arrays.items() if not name.startswith("movement")}
    for name, array in kept.items():
        if name.startswith("smplh"):
            kept[name] = np.repeat(array[:1], len(array), axis=0)
    write_npz(npz, kept)


def watched(path: Path, said: Syllables) -> Watched:
    with av.open(str(path)) as container:
        pictures = [(frame.time, frame.to_ndarray(format="gray")) for frame in container.decode(video=0)]
    with av.open(str(path)) as container:
        blocks = [(frame.time, frame.to_ndarray()) for frame in container.decode(audio=0)]
    sound = np.concatenate([block.mean(axis=0) for _, block in blocks])
    begins = round(float(blocks[0][0] or 0.0) * 48_000)
    sound = np.concatenate([np.zeros(max(begins, 0)), sound[max(-begins, 0) :]])
    dark = [float((picture[MOUTH] < CAVITY_LUMA).mean()) for _, picture in pictures]
    return Watched(said, np.array([time_s for time_s, _ in pictures]), np.array(dark), sound)


def test_the_opening_of_the_mouth_goes_with_the_loudness_of_the_film(film: Watched) -> None:
    grid_s = np.arange(0.3, film.said.dialogue.duration_s - 0.3, 0.005)
    loud = np.array([np.sqrt(np.mean(film.sound[round(at * 48_000) - 480 :][:960] ** 2)) for at in grid_s])
    gap = np.interp(grid_s, film.pictures_s, film.open)
    shifts = range(-40, 41)
    likeness = [np.corrcoef(np.roll(gap, -shift)[40:-40], loud[40:-40])[0, 1] for shift in shifts]
    assert max(likeness) > 0.75
    assert abs(shifts[int(np.argmax(likeness))] * 0.005) <= WITHIN_S


def test_lips_part_and_meet_in_the_pictures_as_plosives_and_vowels_are_said(film: Watched) -> None:
    grid_s = np.arange(0.0, film.pictures_s[-1], 0.005)
    gap = np.interp(grid_s, film.pictures_s, film.open)

    def between(start_s: float, end_s: float) -> np.ndarray:
        return np.asarray((grid_s >= start_s) & (grid_s <= end_s))

    opened = closed = 0
    for one, other in pairwise(film.said.phones):
        middle_s = (one.start_s + one.end_s) / 2
        if one.symbol in BILABIAL:
            during = between(middle_s, other.end_s - 0.05)
            at_s = grid_s[during][np.argmax(gap[during] > gap[during].max() / 2)]
            assert abs(at_s - other.start_s) <= WITHIN_S
            opened += 1
        elif one.end_s == other.start_s and other.symbol in BILABIAL:
            during = between(middle_s, (other.start_s + other.end_s) / 2)
            still_open = gap[during] > gap[during].max() / 4
            at_s = grid_s[during][len(still_open) - 1 - np.argmax(still_open[::-1])]
            assert abs(at_s - other.start_s) <= WITHIN_S
            closed += 1
    assert (opened, closed) == (6, 4)


def test_lips_are_shut_in_the_pictures_of_plosives_and_pauses(film: Watched) -> None:
    shut = [(phone.start_s + phone.end_s) / 2 for phone in film.said.phones if phone.symbol in BILABIAL] + [
        film.said.spoken[0][1] + 0.3,
        film.said.spoken[1][0] - 0.15,
        0.2,
    ]
    wide = max(film.open)
    assert wide > 0.1
    for time_s in shut:
        assert film.open[np.argmin(np.abs(film.pictures_s - time_s))] < 0.1 * wide
