"""A performance as other programs take it: one skinned GLB of everybody, or a BVH of each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from avatar_server.conversion_files import (
    Converted,
    Frames,
    paths_for,
    refuse_source,
    replacing,
    write_beside,
)
from avatar_server.dataset.interaction import RecordingFiles
from avatar_server.dataset.take import TakePerson
from avatar_server.motion.bvh.writing import bvh_text
from avatar_server.performance import Performance
from avatar_server.skinned_people import glb_of
from avatar_server.stage_motion import stage_motions


def write_glb(performance: Performance, span_s: tuple[float, float], target: Path) -> tuple[Converted, ...]:
    """Everybody on stage within `span_s`, skinned and animated."""
    refuse_source(performance.interaction, target)
    people = stage_motions(performance, span_s)
    data = glb_of(people, str(performance.interaction.key))
    with replacing(target) as unfinished:
        unfinished.write_bytes(data)
    return (Converted(target, people[0].frame_count, people[0].rate_hz, ()),)


def write_bvh(
    performance: Performance, span_s: tuple[float, float] | None, targets: Sequence[Path]
) -> tuple[Converted, ...]:
    """A BVH of each person on stage, at the rate of the recording, with sound and words beside it.

    span_s: None for all of it. targets: see `paths_for`.
    """
    recordings: Sequence[RecordingFiles | TakePerson] = performance.interaction.recordings
    paths = paths_for(performance.interaction, targets)
    written = []
    motions = stage_motions(performance, span_s or (0.0, performance.duration_s))
    for path, one, part, files in zip(paths, motions, performance.parts, recordings, strict=True):
        text = bvh_text(one.body.rest_joints, one.rotations, one.pelvis, one.rate_hz)
        with replacing(path) as unfinished:
            unfinished.write_text(text, encoding="utf-8")
        frames = span_s and Frames(round(span_s[0] * one.rate_hz), one.frame_count, one.rate_hz)
        notices = write_beside(files, part, path, frames or None)
        written.append(Converted(path, one.frame_count, one.rate_hz, notices))
    return tuple(written)
