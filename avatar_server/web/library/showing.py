"""What the shelf holds, in the shapes of the answers."""

from __future__ import annotations

from pathlib import Path

from avatar_server.dataset.doctor_report import Verdict
from avatar_server.dataset.interaction import RecordingFiles
from avatar_server.dataset.interactions_csv import Prompt
from avatar_server.web.library.header_lengths import read_lengths
from avatar_server.web.library.shapes import Kind, Lengths, Listed, Person, PromptShown
from avatar_server.web.library.shelf import Shelved


def listed(found: Shelved, verdict: Verdict | None) -> Listed:
    """An interaction of the catalogue. verdict: None if it is not known."""
    told, prompt, relationship = found.listed, found.listed.prompt, found.listed.relationship
    return Listed(
        key=str(told.key),
        here=found.is_here,
        is_here=found.is_here,
        verdict=verdict,
        label=told.label,
        split=told.split,
        lone=told.is_lone,
        people=tuple(
            Person(**person.as_json(), files=_kinds(found.files.get(person.id)))  # type: ignore[arg-type]
            for person in told.recordings
        ),
        prompt=None if prompt is None else _prompt(prompt),
        interaction_type=None if prompt is None else prompt.interaction_type,
        emotion=None if prompt is None else prompt.emotion or None,
        relationship=None if relationship is None else relationship.relationship,
        relationship_detail=None if relationship is None else relationship.detail,
    )


def _prompt(prompt: Prompt) -> PromptShown:
    return PromptShown(prompt.unique_id, prompt.text_a, prompt.text_b, prompt.ipc_a, prompt.ipc_b)


def _kinds(files: RecordingFiles | None) -> tuple[Kind, ...]:
    if files is None:
        return ()
    kinds: dict[Kind, Path | None] = {
        "json": files.json,
        "mp4": files.mp4,
        "npz": files.npz,
        "wav": files.wav,
    }
    return tuple(kind for kind, path in kinds.items() if path is not None)


def lengths_of(files: RecordingFiles) -> tuple[Lengths, tuple[str, ...]]:
    """By the headers, and what could not be read."""
    read = read_lengths(files)
    rate = read.rate
    motion_s = None if rate is None else float(read.frame_count / rate.rate_hz)
    lengths = Lengths(
        id=str(files.id),
        duration_s=max(read.sound_s or 0.0, motion_s or 0.0),
        sound_s=read.sound_s,
        motion_s=motion_s,
        frame_count=read.frame_count if rate else None,
        rate=None if rate is None else str(rate.rate_hz),
        rate_hz=None if rate is None else float(rate.rate_hz),
        rate_found=None if rate is None else rate.how,
    )
    return lengths, read.notices
