"""What was found out is kept beside the recordings, or in the cache where they may not be touched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from avatar_server.dataset.findings import findings_folder


def test_beside_the_recordings_or_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data_dir = tmp_path / "data"
    beside = data_dir / ".avatar-server" / "waveforms"
    assert findings_folder(data_dir, "waveforms") == beside, "whoever makes the folder may write to it"
    data_dir.mkdir()
    assert findings_folder(data_dir, "waveforms") == beside
    monkeypatch.setenv("AVATAR_SERVER_CACHE", str(tmp_path / "cache"))
    # The administrator may write everywhere, and tests are run by one.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    away = findings_folder(data_dir, "waveforms")
    assert away.parent.parent == tmp_path / "cache"
    assert away == findings_folder(data_dir, "waveforms")
    assert away.parent != findings_folder(tmp_path, "waveforms").parent
