"""Lengths of sound files by their headers agree with what is decoded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avatar_server.audio.sound_clip import SoundClip
from avatar_server.audio.sound_length import sound_length_s
from avatar_server.errors import InputError
from avatar_server.testing.seamless_writer import write_wav


@pytest.mark.parametrize("count", [0, 1, 47_999, 48_000 * 3 + 7])
def test_the_header_tells_the_length(tmp_path: Path, count: int) -> None:
    path = tmp_path / "voice.wav"
    write_wav(path, np.zeros(count, np.float32))
    assert sound_length_s(path) == pytest.approx(count / 48_000, abs=1e-6)
    assert sound_length_s(path) == pytest.approx(SoundClip.open(path).duration_s, abs=1e-6)


def test_what_is_no_sound(tmp_path: Path) -> None:
    path = tmp_path / "voice.wav"
    with pytest.raises(InputError, match="expected a sound file"):
        sound_length_s(path)
    path.write_text("a story")
    with pytest.raises(InputError, match="expected a sound file"):
        sound_length_s(path)
