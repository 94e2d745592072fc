"""The encoder is found by trying, and whoever has none of NVIDIA's notices nothing."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from avatar_server.encode.h264_encoders import (
    NVENC,
    VARIABLE,
    X264,
    H264Encoder,
    encoder_here,
    remembered,
    works,
)
from avatar_server.encode.h264_segment import GroupEncoder, settings_fingerprint
from avatar_server.errors import MachineError, UsageError
from avatar_server.render.contract import PictureSize

SIZE, RATE_HZ = PictureSize(160, 90), Fraction(30)


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Nothing is named, and nothing remembered."""
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("AVATAR_SERVER_CACHE", str(tmp_path))
    encoder_here.cache_clear()
    yield
    encoder_here.cache_clear()


def has_nvenc() -> bool:
    with suppress(OSError):
        ctypes.CDLL("libnvidia-encode.so.1")
        return works(NVENC)
    return False


def test_x264_encodes_where_there_is_nothing_else() -> None:
    assert encoder_here() == (NVENC if has_nvenc() else X264)


def test_the_trial_lets_pass_what_works_and_nothing_else() -> None:
    assert works(X264)
    if not has_nvenc():
        command = [sys.executable, "-m", "avatar_server.encode.h264_trial", NVENC.name]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        assert run.returncode == 1
        assert run.stderr.startswith("h264_nvenc cannot be opened")
        assert len(run.stderr.splitlines()) == 1


def test_what_gives_poor_pictures_does_not_pass() -> None:
    poor = replace(X264, options={"preset": "ultrafast", "crf": "51"})
    program = (
        "import sys; from avatar_server.encode import h264_trial as t; "
        f"t.ENCODERS = {{'poor': t.H264Encoder('libx264', {dict(poor.options)!r})}}; "
        "sys.argv = ['', 'poor']; sys.exit(t.main())"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "pictures come back with" in run.stderr


def test_a_driver_is_tried_once() -> None:
    asked = []

    def tried(encoder: H264Encoder) -> bool:
        asked.append(encoder.name)
        return encoder is X264

    assert remembered(X264, tried)
    assert not remembered(NVENC, tried)
    assert remembered(X264, tried)
    assert not remembered(NVENC, tried)
    assert asked == ["libx264", "h264_nvenc"]


def test_it_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    by_x264 = settings_fingerprint(SIZE, RATE_HZ)
    monkeypatch.setenv(VARIABLE, "h264_nvenc")
    encoder_here.cache_clear()
    assert encoder_here() is NVENC
    assert settings_fingerprint(SIZE, RATE_HZ) != by_x264
    monkeypatch.setenv(VARIABLE, "h265")
    encoder_here.cache_clear()
    with pytest.raises(UsageError, match=r"AVATAR_SERVER_ENCODER: expected one of h264_nvenc, libx264, got"):
        encoder_here()


def test_whoever_names_one_that_is_not_there_is_told() -> None:
    if has_nvenc():
        pytest.skip("it is there")
    with pytest.raises(MachineError, match="h264_nvenc cannot be opened"):
        GroupEncoder(SIZE, RATE_HZ, replace(NVENC, patience_s=0.2))
