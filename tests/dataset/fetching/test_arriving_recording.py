"""How far one person's sound and motion reach, by bytes that come by hand."""

from __future__ import annotations

import io
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.dataset.cache.partial_file import PartialFile
from avatar_server.dataset.fetching.arriving_piece import ArrivingPiece
from avatar_server.dataset.fetching.arriving_recording import ArrivingRecording
from avatar_server.dataset.modalities import SMPLH
from avatar_server.testing.loose_pieces import npy, npz
from avatar_server.testing.seamless_writer import write_wav
from tests.dataset.fetching.guide_by_hand import ByHand
from tests.dataset.fetching.ordered_file import OrderedFile

BODY, ROOT = SMPLH[1], SMPLH[0]
LENGTH_S, FRAMES = 2.0, 50
RATE_HZ = FRAMES / LENGTH_S
ALL = float("inf")
MOTION: dict[str, NDArray[Any]] = {
    ROOT: np.zeros((FRAMES, 3), np.float32),
    BODY: np.zeros((FRAMES, 21, 3), np.float32),
}


class Coming:
    """A recording of which nothing is here before it is said to come."""

    def __init__(self, folder: Path, files: dict[str, bytes]) -> None:
        self.files = files
        self.pieces = {
            name: ArrivingPiece(
                OrderedFile([]),
                PartialFile(folder / name.replace(":", "-"), source=f"https://bucket.example/{name}"),
                ByHand(),
            )
            for name in files
        }
        self.recording = ArrivingRecording(folder / "V00.npz", self.pieces)

    def come(self, name: str, start: int = 0, end: int | None = None, *, version: str = "v1") -> None:
        partial = self.pieces[name].partial
        partial.describe(len(self.files[name]), version)
        partial.write(start, self.files[name][start:end])


def plain_wav(folder: Path, length_s: float = LENGTH_S) -> bytes:
    write_wav(folder / "plain.wav", np.zeros(round(length_s * 48_000), np.float32))
    return (folder / "plain.wav").read_bytes()


def other_wav(rate_hz: int, sample_bytes: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(sample_bytes)
        writer.setframerate(rate_hz)
        writer.writeframes(bytes(round(LENGTH_S * rate_hz) * sample_bytes))
    return file.getvalue()


@pytest.fixture
def coming(tmp_path: Path) -> Coming:
    return Coming(
        tmp_path, {"wav": plain_wav(tmp_path), **{key: npy(array) for key, array in MOTION.items()}}
    )


def test_before_anything_is_here_nothing_is_known(coming: Coming) -> None:
    recording = coming.recording
    assert recording.sound is coming.pieces["wav"].partial
    assert (recording.sound_header, recording.sound_length_s) == (None, None)
    assert not recording.sound_can_be_opened
    assert recording.motion_rate_hz == 30.0
    for name in coming.files:
        assert recording.byte_at(name, 1.0) == 0
        assert recording.ahead_s(name, 0.0) == 0.0


def test_every_byte_has_its_moment(coming: Coming) -> None:
    recording = coming.recording
    coming.come("wav", 0, 58)
    coming.come(BODY, 0, 128)
    coming.come(ROOT, 0, 128)
    assert recording.sound_can_be_opened
    assert recording.sound_length_s == LENGTH_S
    assert recording.motion_rate_hz == RATE_HZ
    assert recording.byte_at("wav", 1.25) == 58 + 60_000 * 4
    assert recording.byte_at(BODY, 1.25) == 128 + 31 * 252
    assert recording.byte_at(ROOT, 1.25) == 128 + 31 * 12
    for name, data in coming.files.items():
        assert recording.byte_at(name, -5.0) == recording.byte_at(name, 0.0) < 130
        assert recording.byte_at(name, 1e9) == len(data)


def test_ahead_is_what_is_here_without_a_gap(coming: Coming) -> None:
    recording = coming.recording
    coming.come("wav", 0, 58 + 4 * 24_000)
    coming.come(BODY, 0, 128 + 20 * 252)
    assert recording.ahead_s("wav", 0.0) == pytest.approx(0.5)
    assert recording.ahead_s("wav", 0.2) == pytest.approx(0.3)
    assert recording.ahead_s("wav", 1.0) == 0.0
    assert recording.ahead_s(BODY, 0.0) == pytest.approx(20 / RATE_HZ)
    coming.come("wav", 58 + 4 * 48_000)
    assert recording.ahead_s("wav", 1.0) == ALL, "to the end"
    assert recording.ahead_s("wav", 0.0) == pytest.approx(0.5)
    assert recording.ahead_s("wav", 3.0) == ALL, "behind the end nothing is needed"
    coming.come("wav")
    assert recording.ahead_s("wav", 0.0) == ALL
    coming.pieces[ROOT].is_absent = True
    assert recording.ahead_s(ROOT, 0.0) == ALL


@pytest.mark.parametrize(("rate_hz", "sample_bytes"), [(44_100, 2), (48_000, 3)])
def test_sound_of_another_kind_counts_when_all_of_it_is_here(
    rate_hz: int, sample_bytes: int, tmp_path: Path
) -> None:
    coming = Coming(tmp_path, {"wav": other_wav(rate_hz, sample_bytes)})
    recording = coming.recording
    coming.come("wav", 0, 50_000)
    assert recording.sound_header is None
    assert not recording.sound_can_be_opened
    assert recording.ahead_s("wav", 0.0) == 0.0
    assert recording.byte_at("wav", 1.0) == 0
    coming.come("wav")
    assert recording.sound_header is None
    assert recording.sound_can_be_opened
    assert recording.ahead_s("wav", 0.0) == ALL
    assert recording.sound_length_s == (LENGTH_S if sample_bytes == 2 else None)


def test_without_sound_it_is_silent_and_there_is_nothing_to_wait_for(coming: Coming) -> None:
    coming.pieces["wav"].is_absent = True
    assert coming.recording.sound is None
    assert coming.recording.sound_length_s == 0.0
    assert coming.recording.sound_can_be_opened


def test_motion_in_one_file_counts_when_all_of_it_is_here(tmp_path: Path) -> None:
    coming = Coming(tmp_path, {"npz": npz(MOTION)})
    assert coming.recording.arrays is None
    coming.come("npz", 0, 100)
    assert coming.recording.ahead_s("npz", 0.0) == 0.0
    assert coming.recording.byte_at("npz", 1.0) == 0
    coming.come("npz")
    assert coming.recording.ahead_s("npz", 0.0) == ALL


def test_a_sound_that_becomes_another_one_is_looked_at_anew(coming: Coming, tmp_path: Path) -> None:
    recording = coming.recording
    coming.come("wav")
    assert recording.sound_length_s == LENGTH_S
    coming.pieces["wav"].partial.forget()
    assert recording.sound_length_s is None
    coming.files["wav"] = plain_wav(tmp_path, 1.0)
    coming.come("wav", 0, 1000, version="v2")
    assert recording.sound_length_s == 1.0


@pytest.mark.parametrize(
    ("name", "broken"), [("wav", b"<html>"), (BODY, b"<html>"), ("metadata:vad", b"{"), ("npz", b"PK")]
)
def test_what_is_broken_is_forgotten_and_the_rest_kept(name: str, broken: bytes, tmp_path: Path) -> None:
    coming = Coming(
        tmp_path, {"wav": plain_wav(tmp_path), ROOT: npy(MOTION[ROOT]), "metadata:vad": b"", name: broken}
    )
    for piece in coming.files:
        coming.come(piece)
    coming.recording.forget_broken()
    assert {piece for piece in coming.files if not coming.pieces[piece].partial.is_whole} == {name}


def test_what_is_not_whole_is_judged_by_its_header(tmp_path: Path) -> None:
    coming = Coming(tmp_path, {ROOT: npy(MOTION[ROOT]), BODY: npy(MOTION[BODY][:, :5])})
    coming.come(ROOT, 0, 200)
    coming.come(BODY, 0, 200)
    coming.recording.forget_broken()
    assert coming.pieces[ROOT].partial.here.byte_count == 200
    assert coming.pieces[BODY].partial.here.byte_count == 0


def test_sound_and_motion_come_first_and_the_transcript_when_there_is_time(coming: Coming) -> None:
    def may(name: str, slowest: float, *, playing: bool) -> bool:
        return coming.recording.may_read(name, 0.0, slowest, playing=playing)

    assert may("wav", 0.0, playing=False)
    coming.come("wav", 0, 58 + 4 * 48_000)
    assert not may("wav", 0.0, playing=False)
    assert may("wav", 0.0, playing=True)
    assert may("metadata:vad", 0.0, playing=False)
    assert not may("metadata:transcript", ALL, playing=False)
    assert not may("metadata:transcript", 1.0, playing=True)
    assert may("metadata:transcript", 3.0, playing=True)
