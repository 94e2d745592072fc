"""A performance is the same whenever and in whatever order it is asked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.assembly import open_interaction, open_performance
from avatar_server.body.skinning import skin
from avatar_server.errors import UsageError
from avatar_server.motion.presets import GENEA, NATURAL, MotionPreset
from avatar_server.performance import Performance
from avatar_server.scene.cameras import CAMERAS
from avatar_server.scene.snapshot import Snapshot
from avatar_server.scene.staging import STAGINGS
from avatar_server.settings import SAMPLE_RATE_HZ
from avatar_server.testing.synthetic_interaction import IDS, synthesize

SECONDS = 5.0


def perform(data_dir: Path, preset: MotionPreset = NATURAL, staging: str = STAGINGS[0]) -> Performance:
    interaction = open_interaction(str(IDS[0].interaction_key), data_dir)
    return open_performance(interaction, body=None, preset=preset, staging=staging)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pair")
    synthesize(folder, seconds=SECONDS, quirks=("unequal-lengths",), seed=3)
    return folder


@pytest.fixture(scope="module")
def pair(data_dir: Path) -> Performance:
    return perform(data_dir)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Performance:
    folder = tmp_path_factory.mktemp("alone")
    synthesize(folder, seconds=3.0, quirks=("missing-partner",))
    return perform(folder)


def flat(snapshot: Snapshot) -> NDArray[np.float64]:
    return np.concatenate([np.append(figure.rotations, figure.translation) for figure in snapshot.figures])


def lowest_m(snapshot: Snapshot) -> list[float]:
    return [float(skin(f.body, f.rotations, f.translation)[:, 1].min()) for f in snapshot.figures]


def test_it_lasts_as_long_as_the_longest_part(pair: Performance) -> None:
    lengths_s = [length for part in pair.parts for length in (part.motion.duration_s, part.sound.duration_s)]
    assert len({round(length, 1) for length in lengths_s}) > 1, "the partners differ in length"
    assert pair.duration_s == max(lengths_s)


def test_after_its_end_a_motion_is_held_and_a_voice_is_silent(pair: Performance) -> None:
    shorter = int(np.argmin([part.motion.duration_s for part in pair.parts]))
    end_s = pair.parts[shorter].motion.duration_s
    camera = pair.camera(CAMERAS[0])
    held = [pair.snapshot_at(time_s, camera).figures[shorter] for time_s in (end_s, pair.duration_s)]
    assert np.array_equal(held[0].rotations, held[1].rotations)
    assert np.array_equal(held[0].translation, held[1].translation)
    assert not pair.sound_block(round(pair.duration_s * SAMPLE_RATE_HZ) + 1, 4800).any()


def test_any_instant_can_be_sought_in_any_order(pair: Performance) -> None:
    camera = pair.camera(CAMERAS[0])
    times_s = np.random.default_rng(1).uniform(0, pair.duration_s, 20)
    forward = {time_s: flat(pair.snapshot_at(time_s, camera)) for time_s in sorted(times_s)}
    for time_s in times_s:
        assert np.array_equal(flat(pair.snapshot_at(time_s, camera)), forward[time_s])
    block = pair.sound_block(1000, 9600)
    assert block.shape == (9600, 2)
    assert block.dtype == np.float32
    assert np.array_equal(np.concatenate([pair.sound_block(1000, 100), pair.sound_block(1100, 9500)]), block)


def test_people_move_between_any_two_pictures(pair: Performance) -> None:
    camera = pair.camera(CAMERAS[0])
    for time_s in (0.5, 1.5, 2.5):
        now, then = pair.snapshot_at(time_s, camera), pair.snapshot_at(time_s + 1 / 30, camera)
        for before, after in zip(now.figures, then.figures, strict=True):
            assert 1e-5 < np.abs(before.rotations - after.rotations).max() < 0.5


@pytest.mark.parametrize("staging", STAGINGS)
def test_feet_are_on_the_floor(pair: Performance, staging: str) -> None:
    staged = pair.with_staging(staging)
    for time_s in (0.0, 1.7, pair.duration_s):
        for height in lowest_m(staged.snapshot_at(time_s, staged.camera(CAMERAS[0]))):
            assert abs(height) < 5e-3


def test_genea_stands_straight_and_sounds_as_loud_as_there(data_dir: Path) -> None:
    genea = perform(data_dir, GENEA, "side-by-side")
    camera = genea.camera(CAMERAS[0])
    first, later = genea.snapshot_at(0, camera), genea.snapshot_at(2.0, camera)
    for before, after in zip(first.figures, later.figures, strict=True):
        assert np.array_equal(before.translation, after.translation)
        assert np.abs(after.rotations[[0, 1, 2, 4, 5, 7, 8]] - np.eye(3)).max() < 1e-6
    assert all(abs(height) < 5e-3 for height in lowest_m(later))
    for voice, channel in zip(genea.mix.voices, (0, 1), strict=True):
        gains = voice.channel_gains()
        assert gains[1 - channel] == pytest.approx(0, abs=1e-6)
        samples = voice.source.block_at(0, round(genea.parts[channel].sound.duration_s * SAMPLE_RATE_HZ))
        assert np.sqrt(np.mean((samples * gains[channel]) ** 2)) == pytest.approx(0.3, rel=0.02)


def test_another_preset_is_what_opening_it_gives(pair: Performance, data_dir: Path) -> None:
    genea, opened = pair.with_preset("genea"), perform(data_dir, GENEA, "side-by-side")
    assert (genea.preset_name, genea.staging) == ("genea", "side-by-side")
    camera = opened.camera(CAMERAS[0])
    assert np.array_equal(flat(genea.snapshot_at(1.7, camera)), flat(opened.snapshot_at(1.7, camera)))
    assert np.array_equal(genea.sound_block(40_000, 9600), opened.sound_block(40_000, 9600))
    back = genea.with_preset("natural")
    assert back.staging == "face-to-face"
    assert np.array_equal(flat(back.snapshot_at(1.7, camera)), flat(pair.snapshot_at(1.7, camera)))


def test_voices_come_from_where_people_stand(pair: Performance) -> None:
    assert [person.side for person in pair.people] == ["left", "right"]
    assert [person.id for person in pair.people] == [str(recording) for recording in IDS]
    left, right = pair.mix.voices
    assert left.channel_gains()[0] > 1.5 * left.channel_gains()[1]
    assert right.channel_gains()[1] > 1.5 * right.channel_gains()[0]


def test_one_person_plays_alone_in_the_middle(alone: Performance) -> None:
    (person,) = alone.people
    assert person.name == f"P{IDS[0].participant:04d}"
    assert alone.notices, "people are told that the partner is missing"
    (voice,) = alone.mix.voices
    assert voice.pan == 0
    for staging in STAGINGS:
        staged = alone.with_staging(staging)
        for camera in CAMERAS:
            (figure,) = staged.snapshot_at(1.0, staged.camera(camera, 1.0)).figures
            assert np.isfinite(figure.rotations).all()
        pelvis = figure.translation + figure.body.rest_joints[0]
        assert np.abs(pelvis[[0, 2]]).max() < 0.2


def test_unknown_names_are_refused(pair: Performance) -> None:
    with pytest.raises(UsageError, match="face-to-face"):
        pair.with_staging("upside-down")
    with pytest.raises(UsageError, match="two-shot"):
        pair.camera("upside-down")
    with pytest.raises(UsageError, match="2 parts"):
        Performance.of(pair.interaction, pair.parts[:1], preset=NATURAL)
