"""Which files make up one conversation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from avatar_server.dataset.recording_id import InteractionKey, RecordingId


@dataclass(frozen=True, slots=True)
class RecordingFiles:
    """The files of one participant; only the NPZ is always there. Of InterAct it is a BVH."""

    id: RecordingId
    npz: Path
    wav: Path | None = None
    json: Path | None = None
    mp4: Path | None = None

    @property
    def name(self) -> str:
        """Short, for people: `P1275A`."""
        return f"P{self.id.participant:04d}{self.id.suffix}"

    @property
    def holds_arrays(self) -> bool:
        """Whether `npz` is one."""
        return self.npz.suffix != ".bvh"


@dataclass(frozen=True, slots=True)
class Interaction:
    """One or two recordings that share their time zero.

    recordings: [0] stands at the viewer's left, [1] at the right. Found by key they are sorted by
    participant; named one by one they keep the order in which they were named. label, split:
    `improvised`/`naturalistic` and `train`/`dev`/`test`, empty for files outside the data set's folders.
    notices: sentences for people, such as a missing partner.
    """

    key: InteractionKey
    label: str
    split: str
    recordings: tuple[RecordingFiles, ...]
    notices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.recordings) not in (1, 2):
            raise ValueError(f"an interaction has one or two recordings, not {len(self.recordings)}")
