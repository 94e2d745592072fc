"""An interaction of any length for the benchmark: the demo, again and again."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from avatar_server.assembly import DEMO, open_interaction
from avatar_server.audio.sound_clip import SoundClip
from avatar_server.dataset.interaction import Interaction
from avatar_server.testing.seamless_writer import write_wav


def write_long_interaction(folder: Path, seconds: float) -> str:
    """Repeat the demo's motion and sound in `folder` until it lasts `seconds`; the key of what was written.

    It is cut to the length, and holds the arrays that playing reads.
    """
    demo = open_interaction(DEMO, folder)
    assert isinstance(demo, Interaction)
    for files in demo.recordings:
        sound = SoundClip.open(files.wav)
        samples = sound.block_at(0, sound.sample_count)
        times = math.ceil(seconds / sound.duration_s)
        write_wav(folder / f"{files.id}.wav", np.tile(samples, times)[: round(seconds * 48_000)])
        with np.load(files.npz, allow_pickle=False) as arrays:
            played = {key: arrays[key] for key in arrays.files if key.startswith("smplh:")}
        frame_count = round(len(next(iter(played.values()))) * seconds / sound.duration_s)
        repeated = {
            key: np.tile(array, (times, *(1 for _ in array.shape[1:])))[:frame_count]
            for key, array in played.items()
        }
        np.savez(folder / f"{files.id}.npz", **repeated)  # type: ignore[arg-type]
    return str(demo.key)
