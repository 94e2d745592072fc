"""No loader runs anything that a file says: each is given files that would leave a trace."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar_server.body.smplh_file import read_smplh
from avatar_server.dataset.find_take import find_take
from avatar_server.dataset.motion_file import opened_arrays
from avatar_server.dataset.recording_arrays import read_arrays
from avatar_server.errors import AvatarServerError, InputError
from avatar_server.face.arkit_arrays import read_arkit_array
from avatar_server.face.beat_json import read_beat
from avatar_server.face.face_file import read_face_file
from avatar_server.face.live_link_csv import read_live_link
from avatar_server.motion.bvh.reading import read_bvh
from avatar_server.motion.foreign.reading import read_take
from avatar_server.take_inspection import inspect_take


class Runs:
    """A pickle of this calls a function when it is loaded."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self._call = (function, arguments)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self._call


def hostile(trace: Path) -> dict[str, Callable[[], object]]:
    shell = f"touch {trace}"
    return {
        "system": lambda: Runs(os.system, shell),
        "exec": lambda: Runs(exec, f"open({str(trace)!r}, 'w')"),
        "open": lambda: Runs(open, str(trace), "w"),
        "in-a-person": lambda: {"person1": {"trans": Runs(os.system, shell)}, "person2": {}},
        "in-an-object-array": lambda: {"person1": {"trans": np.array([Runs(os.system, shell)], object)}},
    }


ATTACKS = tuple(hostile(Path("x")))


def as_pickle(folder: Path, attack: object) -> Path:
    path = folder / "pair.pkl"
    path.write_bytes(pickle.dumps(attack))
    return path


def as_old_pickle(folder: Path, attack: object) -> Path:
    path = folder / "pair.pkl"
    path.write_bytes(pickle.dumps(attack, protocol=0))
    return path


def as_npy(folder: Path, attack: object) -> Path:
    path = folder / "take.npy"
    np.save(path, np.array([attack], dtype=object), allow_pickle=True)
    return path


def as_npz(*keys: str) -> Callable[[Path, object], Path]:
    def write(folder: Path, attack: object) -> Path:
        path = folder / "take.npz"
        hidden = np.empty((1, 1), dtype=object)
        hidden[0, 0] = attack
        arrays: dict[str, Any] = dict.fromkeys(keys, hidden)
        np.savez(path, **arrays)
        return path

    return write


WRITERS = {
    "interhuman-pickle": as_pickle,
    "pickle-protocol-0": as_old_pickle,
    "bare-npy": as_npy,
    "amass": as_npz("poses", "trans", "betas", "gender", "mocap_framerate"),
    "smplx": as_npz("root_orient", "pose_body", "pose_hand"),
    "inter-x": as_npz("root_orient", "pose_body", "pose_lhand", "pose_rhand", "trans"),
    "model-output": as_npz("global_orient", "body_pose"),
    "seamless": as_npz("smplh:global_orient", "smplh:body_pose"),
}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("writer", WRITERS)
def test_nothing_in_a_file_is_run(tmp_path: Path, writer: str, attack: str) -> None:
    trace = tmp_path / "trace"
    path = WRITERS[writer](tmp_path, hostile(trace)[attack]())
    with pytest.raises(AvatarServerError, match=str(path)):
        read_take(find_take(str(path)), [None, None])
    assert not trace.exists()
    with pytest.raises(AvatarServerError, match=str(path)):
        read_arrays(path)
    assert not trace.exists()


LOADERS: dict[str, Callable[[Path], object]] = {
    "any motion": lambda path: read_take(find_take(str(path)), [None, None]),
    "inspection": lambda path: [] if inspect_take(find_take(str(path))).verdict != "broken" else refused(),
    "seamless": read_arrays,
    "bvh": read_bvh,
    "body": read_smplh,
    "face": lambda path: read_face_file(path, duration_s=None),
    "arkit": read_arkit_array,
    "live link": read_live_link,
    "beat": read_beat,
}


def refused() -> None:
    raise InputError(expected="nothing", came="a report that says so", where="a report")


@pytest.mark.parametrize("suffix", [".pkl", ".npz", ".npy", ".bvh", ".csv", ".json"])
@pytest.mark.parametrize("loader", LOADERS)
def test_no_loader_runs_a_pickle_under_any_name(tmp_path: Path, loader: str, suffix: str) -> None:
    trace = tmp_path / "trace"
    for attack in ATTACKS:
        path = tmp_path / f"take{suffix}"
        path.write_bytes(pickle.dumps(hostile(trace)[attack]()))
        with pytest.raises(AvatarServerError):
            LOADERS[loader](path)
        assert not trace.exists()


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_object_beside_good_arrays_is_not_looked_at(tmp_path: Path, attack: str) -> None:
    trace = tmp_path / "trace"
    hidden = np.array([hostile(trace)[attack]()], dtype=object)
    path = tmp_path / "take.npz"
    np.savez(path, poses=np.zeros((5, 156)), trans=np.zeros((5, 3)), gender=hidden, labels=hidden)
    report = inspect_take(find_take(str(path)))
    assert report.participants[0].problem == ""
    with opened_arrays(path) as arrays:
        assert arrays.text("gender") == ""
    assert not trace.exists()


def test_these_files_would_leave_a_trace_if_anybody_loaded_them(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    path = as_pickle(tmp_path, hostile(trace)["open"]())
    pickle.loads(path.read_bytes())
    assert trace.exists()
