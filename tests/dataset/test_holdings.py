"""Which interactions are on the disk, as soon as they come and go."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from avatar_server.dataset.holdings import Holdings
from avatar_server.dataset.recording_id import InteractionKey
from avatar_server.dataset.recording_table import interaction_code

FIRST, SECOND = "V00_S0809_I00000582", "V03_S0001_I00000001"
CODES = np.array([interaction_code(InteractionKey.parse(name)) for name in (FIRST, SECOND)])


def here(holdings: Holdings) -> list[bool]:
    """Whether both people of either interaction are."""
    return [bool(one) for one in holdings.current().all_of(CODES, np.array([2, 2]))]


def test_recordings_that_come_and_go(tmp_path: Path) -> None:
    holdings = Holdings(tmp_path / "data")
    assert here(holdings) == [False, False], "there is no folder yet"
    archive = tmp_path / "data" / "improvised" / "dev" / "0000" / "0003"
    archive.mkdir(parents=True)
    (archive / f"{FIRST}_P0001.npz").touch()
    (archive / f"{FIRST}_P0002.wav").touch()
    assert here(holdings) == [False, False]
    (archive / f"{FIRST}_P0002.npz").touch()
    (archive / "no recording.npz").touch()
    assert here(holdings) == [True, False]
    version = holdings.current().version
    assert holdings.current().version == version
    put_aside = tmp_path / "data" / "put aside"
    put_aside.mkdir()
    hidden = tmp_path / "data" / ".avatar-server"
    hidden.mkdir()
    for number in (7, 8):
        (put_aside / f"{SECOND}_P000{number}.npz").touch()
        (hidden / f"{FIRST}_P000{number}.npz").touch()
    (put_aside / f"{FIRST}_P0001.npz").touch()  # A second copy.
    assert here(holdings) == [True, True]
    (archive / f"{FIRST}_P0002.npz").unlink()
    assert here(holdings) == [False, True]
    put_aside.rename(hidden / "away")
    assert here(holdings) == [False, False]


def test_where_looking_takes_long_nobody_looks_all_the_time(tmp_path: Path) -> None:
    times = iter([0.0, 0.0, 1.0, 1.0, 20.9, 21.1, 21.1, 21.1])
    holdings = Holdings(tmp_path, clock=lambda: next(times))
    assert here(holdings) == [False, False]
    for number in (1, 2):
        (tmp_path / f"{FIRST}_P000{number}.npz").touch()
    assert here(holdings) == [False, False]
    assert here(holdings) == [True, False]
