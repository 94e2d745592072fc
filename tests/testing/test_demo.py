"""The cached demo: made once, whole, and by whoever comes first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from avatar_server.testing import demo, synthetic_interaction


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AVATAR_SERVER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(demo, "DEMO_SECONDS", 3.0)
    return tmp_path / "cache"


def test_several_at_once_get_the_same_whole_demo(cache: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        folders = set(pool.map(lambda _: demo.demo_data_dir(), range(4)))
    assert len(folders) == 1
    assert list(cache.iterdir()) == list(folders), "nothing half-made is left"
    interaction = demo.demo_interaction()
    assert str(interaction.key) == "V00_S0809_I00000582"
    assert all(files.wav and files.json for files in interaction.recordings)
    assert len(interaction.recordings) == 2


def test_it_is_made_only_once(cache: Path) -> None:
    first = demo.demo_interaction().recordings[0].npz
    written_ns = first.stat().st_mtime_ns
    assert demo.demo_interaction().recordings[0].npz.stat().st_mtime_ns == written_ns


def test_a_failure_leaves_nothing(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(directory: Path, *, seconds: float) -> None:
        (directory / "half").write_text("a file")
        raise OSError("no space left on device")

    monkeypatch.setattr(synthetic_interaction, "synthesize", broken)
    with pytest.raises(OSError, match="no space"):
        demo.demo_data_dir()
    assert list(cache.iterdir()) == []
