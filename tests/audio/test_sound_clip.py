"""Sound files of every kind come out at 48 kHz, in their exact places."""

from __future__ import annotations

import gc
import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.audio.sound_clip import SoundClip
from avatar_server.errors import InputError

SECOND = 48_000


def write_sound(
    path: Path,
    samples: NDArray[np.float64],
    rate_hz: int,
    codec: str = "pcm_f32le",
    sample_format: str = "flt",
) -> Path:
    """Write (channels, n) as WAV with any PCM codec."""
    channels = samples.shape[0]
    layout = {1: "mono", 2: "stereo"}[channels]
    packed = np.ascontiguousarray(samples.T.reshape(1, -1)).astype(np.float32)
    with av.open(str(path), "w", format="wav") as container:
        stream = container.add_stream(codec, rate=rate_hz, layout=layout)
        assert isinstance(stream, av.AudioStream)
        resampler = av.AudioResampler(format=sample_format, layout=layout, rate=rate_hz)
        frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
        frame.sample_rate = rate_hz
        frame.time_base = Fraction(1, rate_hz)
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return path


def empty_wav() -> bytes:
    """The 58 bytes that FFmpeg writes for a float sound without samples."""
    form = struct.pack("<HHIIHHH", 3, 1, SECOND, 4 * SECOND, 4, 32, 0)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form
    body += b"fact" + struct.pack("<II", 4, 0) + b"data" + struct.pack("<I", 0)
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 44_100, 48_000, 96_000])
def test_an_impulse_keeps_its_place_at_every_rate(tmp_path: Path, rate_hz: int) -> None:
    samples = np.zeros((1, 3 * rate_hz))
    samples[0, rate_hz] = 0.9
    samples[0, 2 * rate_hz + rate_hz // 2] = -0.9
    clip = SoundClip.open(write_sound(tmp_path / "a.wav", samples, rate_hz))
    block = clip.block_at(0, clip.sample_count)
    assert clip.sample_count == 3 * SECOND
    assert int(np.argmax(block)) == SECOND
    assert int(np.argmin(block)) == 2 * SECOND + SECOND // 2


@pytest.mark.parametrize(
    ("codec", "sample_format", "error"),
    [
        ("pcm_u8", "u8", 1 / 100),
        ("pcm_s16le", "s16", 1 / 30_000),
        ("pcm_s24le", "s32", 1e-6),
        ("pcm_f32le", "flt", 0.0),
        ("pcm_f64le", "dbl", 0.0),
    ],
)
def test_every_sample_format_gives_the_same_sound(
    tmp_path: Path, codec: str, sample_format: str, error: float
) -> None:
    wave = 0.5 * np.sin(np.arange(SECOND) * 0.03)[np.newaxis].astype(np.float32)
    clip = SoundClip.open(write_sound(tmp_path / "a.wav", wave, SECOND, codec, sample_format))
    assert np.abs(clip.block_at(0, SECOND) - wave[0]).max() <= error


def test_channels_are_averaged(tmp_path: Path) -> None:
    stereo = np.stack([np.full(SECOND, 0.5), np.full(SECOND, -0.1)])
    clip = SoundClip.open(write_sound(tmp_path / "a.wav", stereo, SECOND))
    np.testing.assert_allclose(clip.block_at(100, 50), 0.2, atol=1e-6)


def test_blocks_have_exact_positions_and_zeros_outside(tmp_path: Path) -> None:
    ramp = np.arange(1, 1001) / 1000
    clip = SoundClip.open(write_sound(tmp_path / "a.wav", ramp[np.newaxis], SECOND))
    np.testing.assert_array_equal(clip.block_at(-3, 5), np.array([0, 0, 0, 0.001, 0.002], np.float32))
    np.testing.assert_array_equal(clip.block_at(998, 4), np.array([0.999, 1.0, 0, 0], np.float32))
    assert not clip.block_at(5000, 10).any()
    assert not clip.block_at(-50, 10).any()


def test_samples_that_are_no_numbers_become_silence(tmp_path: Path) -> None:
    wave = np.full((1, 4800), 0.25)
    wave[0, 10], wave[0, 20] = np.nan, np.inf
    block = SoundClip.open(write_sound(tmp_path / "a.wav", wave, SECOND)).block_at(0, 30)
    assert block[10] == 0
    assert block[20] == 0
    assert block[11] == 0.25


def test_an_empty_or_missing_file_is_silence_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "empty.wav"
    path.write_bytes(empty_wav())
    assert path.stat().st_size == 58
    for clip in (SoundClip.open(path), SoundClip.open(None)):
        assert clip.sample_count == 0
        assert not clip.block_at(0, 100).any()
        assert clip.level_dbfs is None
        assert len(clip.notices) == 1
        assert "silence" in clip.notices[0]
    assert "empty.wav" in SoundClip.open(path).notices[0]


@pytest.mark.parametrize("content", [b"", b"RIFF", b"this is no sound " * 50, empty_wav()[:30]])
def test_a_broken_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.wav"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"broken\.wav: expected .* but found"):
        SoundClip.open(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.wav"):
        SoundClip.open(tmp_path / "absent.wav")
    with pytest.raises(InputError, match="expected a sound file"):
        SoundClip.open(tmp_path)


def test_closing_gives_the_file_back(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", np.full((1, 4800), 0.1), SECOND)
    gc.collect()
    descriptors = Path("/proc/self/fd")
    before = len(list(descriptors.iterdir()))
    clip = SoundClip.open(path)
    clip.close()
    clip.close()
    dropped = SoundClip.open(path)
    del dropped
    gc.collect()
    assert len(list(descriptors.iterdir())) == before
    with pytest.raises(ValueError, match="closed"):
        clip.block_at(0, 10)
