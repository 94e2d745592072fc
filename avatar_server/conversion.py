"""Whatever can be played becomes files that other programs read: in the Seamless layout, or as AMASS."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from avatar_server.conversion_files import Converted, Frames, paths_for, write_beside
from avatar_server.dataset.interaction import Interaction, RecordingFiles
from avatar_server.dataset.npz_archive import NpzArchive
from avatar_server.dataset.npz_writing import write_npz
from avatar_server.dataset.recording_arrays import RecordingArrays, read_arrays
from avatar_server.dataset.take import Take, TakePerson
from avatar_server.errors import InputError
from avatar_server.motion.clip import MotionClip
from avatar_server.motion.foreign.camera_view import camera_view
from avatar_server.motion.foreign.exchange import SEAMLESS_RATE_HZ, amass_arrays, at_rate, seamless_arrays
from avatar_server.motion.foreign.reading import CameraMotion
from avatar_server.motion.frame_rate import FrameRate
from avatar_server.motion.rotations import quaternion_from_matrix
from avatar_server.motion.world_motion import WorldMotion
from avatar_server.parts import Part
from avatar_server.performance import Performance

Layout = Literal["seamless", "amass"]

LAYOUTS: tuple[Layout, ...] = ("seamless", "amass")

_ENDS_APART_S = 0.1


def convert(
    performance: Performance,
    targets: Sequence[Path],
    layout: Layout,
    span_s: tuple[float, float] | None = None,
) -> tuple[Converted, ...]:
    """Write one NPZ for each person, with the sound and the words beside it.

    targets: see `paths_for`. span_s: None for all of it. Raises UsageError rather than replace what is read,
    and InputError for recordings that are broken.
    """
    recordings: Sequence[RecordingFiles | TakePerson] = performance.interaction.recordings
    paths = paths_for(performance.interaction, targets)
    written = []
    for index, (files, path) in enumerate(zip(recordings, paths, strict=True)):
        make = _as_seamless if layout == "seamless" else _as_amass
        arrays, frame_count, rate_hz, notices = make(performance, index)
        frames = None
        if span_s is not None:
            frames = Frames.within(span_s, rate_hz, frame_count)
            arrays = _cut(arrays, frames, frame_count)
            frame_count = frames.count
        write_npz(path, arrays)
        said = write_beside(files, performance.parts[index], path, frames)
        written.append(Converted(path, frame_count, rate_hz, (*notices, *said)))
    return tuple(written)


def _cut(arrays: dict[str, NDArray[Any]], frames: Frames, of: int) -> dict[str, NDArray[Any]]:
    """Whatever has a row a frame; the shape of a body has as many numbers as it likes."""
    part = slice(frames.first, frames.first + frames.count)
    return {
        key: array[part] if array.ndim and len(array) == of and key != "betas" else array
        for key, array in arrays.items()
    }


_Made = tuple[dict[str, NDArray[Any]], int, Fraction, tuple[str, ...]]


def _as_seamless(performance: Performance, index: int) -> _Made:
    part = performance.parts[index]
    source = None if part.source is None else part.source.motion
    notices: tuple[str, ...] = ()
    others: dict[str, NDArray[Any]] = {}
    if isinstance(source, WorldMotion):
        arrays, rate_hz = camera_view(source), source.rate_hz
        notices = ("where in the world the person is, and faces, have no place in this layout",)
    else:
        arrays, rate_hz = _recorded(performance.interaction, index, part)
        others = _other_groups(arrays.where)
    frame_count, new_rate_hz, said = _grid(arrays.frame_count, rate_hz, part.sound.duration_s)
    if (frame_count, new_rate_hz) != (arrays.frame_count, rate_hz):
        if others:
            notices = (*notices, "what is stored beside the body is left out, as it has another rate")
            others = {}
        arrays = at_rate(arrays, rate_hz, new_rate_hz, frame_count)
    return {**others, **seamless_arrays(arrays)}, frame_count, new_rate_hz, (*notices, *said)


def _recorded(interaction: Interaction | Take, index: int, part: Part) -> tuple[RecordingArrays, Fraction]:
    if part.source is not None and isinstance(part.source.motion, CameraMotion):
        return part.source.motion.arrays, part.source.motion.frame_rate.rate_hz
    assert isinstance(interaction, Interaction)
    assert isinstance(part.motion, MotionClip)
    return read_arrays(interaction.recordings[index].npz), part.motion.rate_hz


def _other_groups(path: Path) -> dict[str, NDArray[Any]]:
    """What a recording in the Seamless layout holds besides the body, as it is stored."""
    try:
        with NpzArchive(path) as archive:
            keys = [key for key in archive.keys if ":" in key and not key.startswith("smplh:")]
            return {key: archive.read_plain(key) for key in keys}
    except InputError:
        return {}  # Not an NPZ; or broken beside the body, which is what is converted.


def _grid(frame_count: int, rate_hz: Fraction, sound_s: float) -> tuple[int, Fraction, tuple[str, ...]]:
    """Frames that players find the rate of: as long as the sound, or 30 a second where there is none."""
    lasts_s = float(frame_count / rate_hz)
    if not sound_s:
        if rate_hz == SEAMLESS_RATE_HZ:
            return frame_count, rate_hz, ()
        return max(1, math.floor(lasts_s * SEAMLESS_RATE_HZ + 0.5)), SEAMLESS_RATE_HZ, ()
    is_usual = rate_hz <= 2 * SEAMLESS_RATE_HZ
    if is_usual and abs(lasts_s - sound_s) <= _ENDS_APART_S:
        return frame_count, rate_hz, ()
    said: tuple[str, ...] = ()
    if abs(lasts_s - sound_s) > _ENDS_APART_S:
        how = "cut to" if lasts_s > sound_s else "held for"
        said = (
            f"{lasts_s:.2f} s of motion are {how} the {sound_s:.2f} s of the sound, which tells the rate",
        )
    return max(1, round(sound_s * SEAMLESS_RATE_HZ)), SEAMLESS_RATE_HZ, said


def _as_amass(performance: Performance, index: int) -> _Made:
    part = performance.parts[index]
    source = None if part.source is None else part.source.motion
    notices: tuple[str, ...] = ()
    if not isinstance(source, WorldMotion):
        source = _stage_as_world(performance, index)
        notices = (f"the world is the stage, where people stand {performance.staging}, as they are played",)
    return amass_arrays(source), source.frame_count, source.rate_hz, notices


def _stage_as_world(performance: Performance, index: int) -> WorldMotion:
    """What is played of somebody without a world, feet on the floor, in every frame."""
    part = performance.parts[index]
    motion = part.motion
    assert isinstance(motion, MotionClip)
    rotations, pelvis = [], []
    for frame in range(motion.frame_count):
        placed = performance.placed_at(float(frame / motion.rate_hz))[index]
        rotations.append(quaternion_from_matrix(placed.rotations))
        pelvis.append(placed.translation + part.body.rest_joints[0])
    return WorldMotion(
        frame_rate=FrameRate(motion.rate_hz, "stated", None),
        rotations=np.array(rotations, dtype=np.float32),
        pelvis=np.array(pelvis),
        format="stage",
    )
