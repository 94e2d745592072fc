"""The lowest and highest sample of every stretch are the file's own, at every zoom, whole or arriving."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.io import wavfile

from avatar_server.audio.plain_sound import PlainSound
from avatar_server.audio.waveform import BLOCKS_A_SECOND, Waveform, blocks_of, waveform_of
from avatar_server.dataset.cache.byte_spans import ByteSpans
from avatar_server.errors import InputError

RATE_HZ = 8000
SECONDS = 7.123


@pytest.fixture(scope="module")
def samples() -> NDArray[np.float32]:
    return np.random.default_rng(5).uniform(-1, 1, round(SECONDS * RATE_HZ)).astype(np.float32)


@pytest.fixture(scope="module")
def wav(samples: NDArray[np.float32], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "a.wav"
    wavfile.write(path, RATE_HZ, samples)
    return path


def shown(sound: PlainSound, points: int, start_s: float, end_s: float) -> Waveform:
    return waveform_of(sound, lambda: blocks_of(sound), points, start_s=start_s, end_s=end_s)


@pytest.mark.parametrize(
    ("points", "start_s", "end_s"),
    [
        (1, 0.0, SECONDS),
        (7, 0.0, SECONDS),
        (160, 0.0, SECONDS),
        (20_000, 0.0, SECONDS),
        (1000, 1.2345, 1.3),
        (50, 1.2345, 6.7),
        (50, 6.0, 20.0),
        (3, 7.12, 7.5),
        (20_000, 2.0, 2.001),
    ],
)
def test_stretches_are_those_of_the_samples(
    wav: Path, samples: NDArray[np.float32], points: int, start_s: float, end_s: float
) -> None:
    sound = PlainSound.open(wav)
    assert sound is not None
    with sound:
        found = shown(sound, points, start_s, end_s)
    first, step = round(found.start_s * RATE_HZ), round(found.step_s * RATE_HZ)
    assert 0 <= start_s - found.start_s < 1 / BLOCKS_A_SECOND + 1 / RATE_HZ
    assert 0 < len(found.extremes) <= points
    assert (first + len(found.extremes) * step) / RATE_HZ >= min(end_s, SECONDS) - 1e-6, "all of it is told"
    for place, (low, high) in enumerate(found.extremes):
        stretch = samples[first + place * step : first + (place + 1) * step]
        if place < len(found.extremes) - 1 or end_s > SECONDS:
            assert (low, high) == (stretch.min(), stretch.max())
        else:
            assert stretch.min() <= low <= high <= stretch.max(), "the last one may end earlier"


def test_behind_the_end_there_is_nothing(wav: Path) -> None:
    sound = PlainSound.open(wav)
    assert sound is not None
    with sound:
        for points in (1, 100_000):
            assert shown(sound, points, 8.0, 30.0).extremes.shape == (0, 2)


@pytest.mark.parametrize("points", [5, 3000])
def test_what_is_not_here_is_no_number(
    tmp_path: Path, wav: Path, samples: NDArray[np.float32], points: int
) -> None:
    data = wav.read_bytes()
    header_bytes = len(data) - 4 * len(samples)
    # The first quarter and something in the middle, cut within a sample.
    here = ByteSpans.of([(0, header_bytes + len(samples)), (len(data) // 2 + 1, len(data) * 3 // 4 + 2)])
    arriving = tmp_path / "wav"
    arriving.write_bytes(b"".join(
        data[at : at + 1] if here.covers(at, at + 1) else b"\xff" for at in range(len(data))
    ))  # fmt: skip
    sound = PlainSound.open(arriving, (len(data), here))
    assert sound is not None
    with sound:
        found = shown(sound, points, 0.0, SECONDS)
    step = round(found.step_s * RATE_HZ)
    told = 0
    for place, (low, high) in enumerate(found.extremes):
        first, last = place * step, min(len(samples), (place + 1) * step)
        if here.covers(header_bytes + 4 * first, header_bytes + 4 * last):
            assert (low, high) == (samples[first:last].min(), samples[first:last].max())
            told += 1
        else:
            assert np.isnan(low)
            assert np.isnan(high)
    assert 0 < told < len(found.extremes)


def test_before_the_header_is_here_nothing_is_known(tmp_path: Path, wav: Path) -> None:
    arriving = tmp_path / "wav"
    arriving.write_bytes(wav.read_bytes()[:20])
    size_bytes = wav.stat().st_size
    assert PlainSound.open(arriving, (size_bytes, ByteSpans.of([(0, 20)]))) is None
    assert PlainSound.open(arriving, (size_bytes, ByteSpans())) is None


@pytest.mark.parametrize("content", [b"", b"RIFF", b"no sound at all" * 10])
def test_what_is_no_wav_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "b.wav"
    path.write_bytes(content)
    with pytest.raises(InputError, match="expected a WAV file"):
        PlainSound.open(path)
    with pytest.raises(InputError, match="but found no such file"):
        PlainSound.open(tmp_path / "none.wav")
