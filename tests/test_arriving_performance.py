"""A conversation that is played while it arrives is in the end the one that is played from whole files."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from avatar_server.arriving_performance import ArrivingPerformance
from avatar_server.assembly import open_playable
from avatar_server.dataset.stores.https_bucket import bucket_path
from avatar_server.errors import AbsentError
from avatar_server.motion.presets import NATURAL
from avatar_server.performance import Performance
from avatar_server.testing.bucket_layout import places, write_bucket
from avatar_server.testing.bucket_server import BucketServer, Fault
from avatar_server.testing.synthetic_interaction import IDS, SyntheticInteraction, synthesize

KEY = str(IDS[0].interaction_key)
LENGTH_S = 12.0
LIMIT_S = 60.0
SOUND_BYTES_A_S = 48_000 * 2
"""Of one person, of 16 bits."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SyntheticInteraction:
    return synthesize(tmp_path_factory.mktemp("whole"), seconds=LENGTH_S, seed=4)


@pytest.fixture(scope="module")
def bucket_folder(made: SyntheticInteraction, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bucket")
    write_bucket(made, folder)
    return folder


@pytest.fixture
def bucket(bucket_folder: Path) -> Iterator[BucketServer]:
    with BucketServer(bucket_folder) as server:
        yield server


def opened(bucket: BucketServer, data_dir: Path) -> Performance | ArrivingPerformance:
    data_dir.mkdir(exist_ok=True)
    shutil.copy(bucket.folder / "filelist.csv", data_dir)
    return open_playable(
        KEY,
        data_dir,
        source=bucket.url,
        cache_bytes=None,
        filelist_url=f"{bucket.url}/filelist.csv",
        body=None,
        preset=NATURAL,
        staging="face-to-face",
    )


def arriving(bucket: BucketServer, data_dir: Path) -> ArrivingPerformance:
    found = opened(bucket, data_dir)
    assert isinstance(found, ArrivingPerformance)
    return found


class Grown:
    """Waits for what a performance says of itself."""

    def __init__(self, performance: ArrivingPerformance) -> None:
        self.performance = performance
        self._news = threading.Condition()
        performance.on_buffered(self._tell)

    def _tell(self) -> None:
        with self._news:
            self._news.notify_all()

    def until_all_is_here(self) -> None:
        self.until(lambda: self.performance.buffered().whole)

    def until(self, true: Callable[[], bool]) -> None:
        with self._news:
            assert self._news.wait_for(true, LIMIT_S), self.performance.buffered()


def threads_of_fetching() -> list[str]:
    """Those that do not end; who reads from a store ends with its answer, which nobody waits for."""
    threads = [one for one in threading.enumerate() if one.name.startswith(("arriv", "grow"))]
    for thread in threads:
        thread.join(LIMIT_S)
    return [thread.name for thread in threads if thread.is_alive()]


def test_it_begins_with_little_and_ends_as_the_whole(bucket: BucketServer, tmp_path: Path) -> None:
    performance = arriving(bucket, tmp_path)
    try:
        grown = Grown(performance)
        assert performance.duration_s == pytest.approx(LENGTH_S, abs=0.05)
        ((start_s, end_s),) = performance.buffered().spans
        assert start_s == 0.0
        assert 0.5 < end_s < LENGTH_S / 2, "opened before half of it was here"
        orbit = performance.orbit("two-shot", 16 / 9)
        assert len(performance.snapshot_at(0.3, orbit.camera()).figures) == 2
        assert performance.with_staging("side-by-side").buffered().spans == performance.buffered().spans
        shots = [performance.shot_at(float(time_s)) for time_s in np.arange(0.0, LENGTH_S, 0.1)]
        assert len(set(shots)) > 1, "who speaks is known from the start, and so are the director's cuts"
        assert performance.faces == ("synthesised", "synthesised"), "nobody waits for a recorded one"
        performance.look_ahead(0.2)
        grown.until_all_is_here()
        assert performance.buffered().spans == ((0.0, performance.duration_s),)
        assert performance.growth.arrival.wait_until_whole(LIMIT_S)
        grown.until(lambda: performance.faces == ("data", "data"))
        late = [one.path for one in bucket.asked if "movement" in one.path]
        assert len(late) == 6, "three arrays of each face"
        assert [one.path for one in bucket.asked][-6:] == late, "after all that is needed to play"
        asked = len(bucket.asked)
        whole = opened(bucket, tmp_path)
        assert isinstance(whole, Performance), "now it is on this machine"
        assert len(bucket.asked) == asked
        assert performance.duration_s == whole.duration_s
        for each in (performance, whole):
            assert shots == [each.shot_at(float(time_s)) for time_s in np.arange(0.0, LENGTH_S, 0.1)]
        camera = whole.camera("two-shot")
        performance.snapshot_at(LENGTH_S + 5, camera)  # So that no pose passes over from an older clip.
        for time_s in (0.1, 3.3, 7.77, 11.9):
            found, wanted = performance.snapshot_at(time_s, camera), whole.snapshot_at(time_s, camera)
            for mine, theirs in zip(found.figures, wanted.figures, strict=True):
                np.testing.assert_allclose(mine.rotations, theirs.rotations, atol=1e-6)
                np.testing.assert_allclose(mine.translation, theirs.translation, atol=1e-6)
                assert mine.face is not None
                np.testing.assert_array_equal(mine.face, theirs.face)
        for second in (9, 2, 6):  # Somebody who seeks hears the level that was measured at once.
            heard, meant = (each.sound_block(second * 48_000, 48_000) for each in (performance, whole))
            assert np.abs(meant).max() > 0.05
            np.testing.assert_allclose(heard, meant, atol=0.002)
    finally:
        performance.close()


def test_a_preset_chosen_meanwhile_grows_into_that_of_the_whole(
    bucket_folder: Path, made: SyntheticInteraction, tmp_path: Path
) -> None:
    with BucketServer(bucket_folder, bytes_per_s=10 * SOUND_BYTES_A_S) as bucket:
        bucket.fail(bucket_path(places(made)[1], "movement:FAUValue"), Fault(times=-1, status=403))
        first = arriving(bucket, tmp_path)
        try:
            first.look_ahead(0.2)
            performance = first.with_preset("genea")
            assert not performance.buffered().whole, "only a part of it was here"
            assert (performance.preset_name, performance.staging) == ("genea", "side-by-side")
            camera = performance.orbit("two-shot", 16 / 9).camera()
            natural, genea = (one.snapshot_at(0.3, camera).figures[0] for one in (first, performance))
            assert np.abs(natural.rotations - genea.rotations).max() > 0.1
            assert performance.faces == ("none", "none")
            grown = Grown(performance)
            grown.until_all_is_here()
            assert performance.growth.arrival.wait_until_whole(LIMIT_S)
            whole = opened(bucket, tmp_path)
            assert isinstance(whole, Performance)
            wanted = whole.with_preset("genea")
            performance.snapshot_at(LENGTH_S + 5, camera)
            for time_s in (0.1, 7.77):
                mine, theirs = (one.snapshot_at(time_s, camera).figures[1] for one in (performance, wanted))
                np.testing.assert_allclose(mine.rotations, theirs.rotations, atol=1e-6)
            heard, meant = (one.sound_block(9 * 48_000, 48_000) for one in (performance, wanted))
            np.testing.assert_allclose(heard, meant, atol=0.005)
            again = performance.with_preset("natural")
            assert again.buffered().whole
            grown.until(lambda: again.faces == ("data", "synthesised"))
            again.snapshot_at(LENGTH_S + 5, camera)
            for time_s in np.arange(0.0, LENGTH_S, 0.2).tolist():
                # The lips know the words, which came last, as those of whole files do.
                lips, whole_lips = (one.snapshot_at(time_s, camera).figures[1].face for one in (again, whole))
                assert lips is not None
                assert whole_lips is not None
                np.testing.assert_allclose(lips, whole_lips, atol=1e-5)
            assert np.array_equal(again.pans(), first.pans())
        finally:
            first.close()


def test_what_is_not_here_yet_is_silent_and_comes_first_when_somebody_goes_there(
    bucket_folder: Path, tmp_path: Path
) -> None:
    with BucketServer(bucket_folder, bytes_per_s=3 * SOUND_BYTES_A_S) as bucket:
        performance = arriving(bucket, tmp_path)
        try:
            grown = Grown(performance)
            assert not performance.sound_block(8 * 48_000, 48_000).any()
            performance.look_ahead(8.0)
            grown.until(lambda: performance.buffered().end_of_run_s(8.0) > 8.5)
            assert not performance.buffered().whole
            assert np.abs(performance.sound_block(8 * 48_000, 24_000)).max() > 0.01
        finally:
            performance.close()
    # What came stays, and is not asked for again.
    with BucketServer(bucket_folder) as bucket:
        performance = arriving(bucket, tmp_path)
        try:
            performance.look_ahead(0.2)
            assert performance.growth.arrival.wait_until_whole(LIMIT_S)
            all_bytes = sum(path.stat().st_size for path in bucket_folder.rglob("*") if path.suffix != ".csv")
            assert bucket.sent_bytes < 0.9 * all_bytes
        finally:
            performance.close()


def test_a_store_that_lacks_what_is_needed_is_told_and_nothing_is_opened(
    bucket: BucketServer, made: SyntheticInteraction, tmp_path: Path
) -> None:
    path = bucket_path(places(made)[1], "smplh:body_pose")
    bucket.fail(path, Fault(times=-1, status=403))
    with pytest.raises(AbsentError, match="body_pose"):
        opened(bucket, tmp_path)
    assert threads_of_fetching() == []


def test_a_file_that_changes_while_it_is_played_ends_that_and_says_so(
    bucket_folder: Path, made: SyntheticInteraction, tmp_path: Path
) -> None:
    path = bucket_path(places(made)[0], "wav")
    with BucketServer(bucket_folder, bytes_per_s=4 * SOUND_BYTES_A_S) as bucket:
        performance = arriving(bucket, tmp_path)
        try:
            grown = Grown(performance)
            bucket.fail(path, Fault(times=-1, etag='"another"'))
            performance.look_ahead(6.0)  # Which asks again, from there.
            grown.until(lambda: "changed" in performance.buffered().trouble)
            assert path in performance.buffered().trouble
        finally:
            performance.close()
    assert threads_of_fetching() == []
