"""A whole synthetic interaction on disk, in the layout of the Seamless Interaction data set."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatar_server.dataset.recording_id import InteractionKey, RecordingId
from avatar_server.errors import UsageError
from avatar_server.motion.stretched_pictures import STRETCHED_VENDOR
from avatar_server.settings import SAMPLE_RATE_HZ
from avatar_server.testing.body_motion import move
from avatar_server.testing.camera_space import STRETCHED_PICTURE_SIZE, fitted, seated
from avatar_server.testing.dialogue import Dialogue, plan_dialogue
from avatar_server.testing.flash_and_click import click_voice, flash_motion, flash_times
from avatar_server.testing.keypoints import rolled
from avatar_server.testing.quirks import UNEQUAL_BY_S, apply_quirks, check_quirks
from avatar_server.testing.seamless_arrays import recording_arrays
from avatar_server.testing.seamless_writer import write_json, write_npz, write_wav
from avatar_server.testing.voice import speak

LABEL, SPLIT = "improvised", "dev"
ARCHIVES = ("0000/0003", "0000/0011")
"""Batch and archive of the two recordings: partners seldom share an archive."""

IDS = (RecordingId(0, 809, 582, 947), RecordingId(0, 809, 582, 1275, "A"))

MIN_SECONDS = 2.0
QUIET_DB = 20.0


@dataclass(frozen=True, slots=True)
class SyntheticRecording:
    """Where one participant's files are; `rate_hz` and `duration_s` are what was meant, quirks or not."""

    id: RecordingId
    npz: Path
    wav: Path
    json: Path
    rate_hz: Fraction
    duration_s: float


@dataclass(frozen=True, slots=True)
class SyntheticInteraction:
    """What `synthesize` wrote.

    data_dir: to be given as --data. recordings: one or two. flash_times_s: when arms go up and clicks
    sound (both people), empty without the quirk `flash-and-click`. dialogue: the plan that all of it follows.
    """

    data_dir: Path
    key: InteractionKey
    label: str
    split: str
    recordings: tuple[SyntheticRecording, ...]
    flash_times_s: tuple[float, ...]
    dialogue: Dialogue


def synthesize(
    directory: Path, *, seconds: float = 30.0, quirks: Collection[str] = (), seed: int = 0
) -> SyntheticInteraction:
    """Write an interaction of `seconds` under `directory` and say where everything is.

    `directory` becomes a data folder: `{label}/{split}/{batch}/{archive}/{id}.{wav,npz,json}` is made in it.
    Files of the same names are replaced: all of them in the end or, if anything fails, none. The same
    arguments give the same files. Raises UsageError for unknown quirks (see `quirks.QUIRKS`) and for less
    than two seconds.
    """
    chosen = check_quirks(quirks)
    if not (np.isfinite(seconds) and seconds >= MIN_SECONDS):
        raise UsageError(f"an interaction takes at least {MIN_SECONDS:g} s, got {seconds:g}")
    dialogue = plan_dialogue(seconds, seed)
    flashes_s = flash_times(seconds) if "flash-and-click" in chosen else ()
    people = (0,) if "missing-partner" in chosen else (0, 1)
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".synthesizing-", dir=directory) as name:
        unfinished = Path(name)
        written = [_write(unfinished, dialogue, person, chosen, flashes_s, seed) for person in people]
        recordings = tuple(_moved(recording, unfinished, directory) for recording in written)
    return SyntheticInteraction(
        directory, recordings[0].id.interaction_key, LABEL, SPLIT, recordings, flashes_s, dialogue
    )


def _moved(recording: SyntheticRecording, source: Path, target: Path) -> SyntheticRecording:
    """Its files at the same places under `target` as they had under `source`."""

    def move(path: Path) -> Path:
        place = target / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        return path.replace(place)

    return replace(recording, npz=move(recording.npz), wav=move(recording.wav), json=move(recording.json))


def _write(
    directory: Path,
    dialogue: Dialogue,
    person: int,
    quirks: frozenset[str],
    flashes_s: tuple[float, ...],
    seed: int,
) -> SyntheticRecording:
    rate_hz = Fraction(30000, 1001) if "rate-29.97" in quirks else Fraction(30)
    duration_s = dialogue.duration_s
    if person == 1:
        rate_hz = Fraction(25) if "partner-rate-25" in quirks else rate_hz
        duration_s -= UNEQUAL_BY_S if "unequal-lengths" in quirks else 0.0
    times_s = np.arange(round(duration_s * rate_hz)) / float(rate_hz)
    voice = _voice(dialogue, person, quirks, flashes_s, seed)[: round(duration_s * SAMPLE_RATE_HZ)]
    if "flash-and-click" in quirks:
        motion = flash_motion(times_s, flashes_s, float(rate_hz))
    else:
        motion = move(dialogue, person, times_s, seed)
    body = fitted(motion, person, times_s, seed)
    if person == 1 and "seated" in quirks:
        body = seated(body)
    if "stretched" in quirks:
        body = replace(body, picture_size=STRETCHED_PICTURE_SIZE)
    if person == 1 and "sideways" in quirks:
        body = rolled(body)
    arrays = recording_arrays(dialogue, person, motion, body, voice, times_s, seed)
    arrays = apply_quirks(arrays, quirks, person, float(rate_hz), seed)
    folder = directory / LABEL / SPLIT / ARCHIVES[person]
    folder.mkdir(parents=True, exist_ok=True)
    recording_id = replace(IDS[person], vendor=STRETCHED_VENDOR) if "stretched" in quirks else IDS[person]
    npz, wav, json = (folder / f"{recording_id}.{kind}" for kind in ("npz", "wav", "json"))
    write_npz(npz, arrays)
    if person == 1 and "truncated-npz" in quirks:
        whole = npz.read_bytes()
        npz.write_bytes(whole[: 2 * len(whole) // 3])
    write_wav(wav, voice[:0] if person == 1 and "empty-wav" in quirks else voice)
    write_json(json, str(recording_id), dialogue, person, "null-word-times" in quirks)
    return SyntheticRecording(recording_id, npz, wav, json, rate_hz, duration_s)


def _voice(
    dialogue: Dialogue, person: int, quirks: frozenset[str], flashes_s: tuple[float, ...], seed: int
) -> NDArray[np.float32]:
    if "flash-and-click" in quirks:
        voice = click_voice(dialogue.duration_s, flashes_s, np.random.default_rng([seed, 2, person]))
    else:
        voice = speak(dialogue, person, seed)
    return voice * np.float32(10 ** (-QUIET_DB / 20)) if "quiet-voice" in quirks else voice
