"""What the catalogue says of one interaction, and a page of several."""

from __future__ import annotations

from dataclasses import dataclass

from avatar_server.dataset.interactions_csv import Prompt
from avatar_server.dataset.participants_csv import ParticipantKey, Personality
from avatar_server.dataset.recording_id import InteractionKey, RecordingId
from avatar_server.dataset.relationships_csv import Relationship


@dataclass(frozen=True, slots=True)
class ListedRecording:
    """One participant's recording. None: not known.

    label, split: one of `LABELS` and `SPLITS`, empty for files outside the data set's folders. batch,
    archive: where it lies in the official layout, 0..9999. has_movement: movement features. personality:
    see `participants_csv`.
    """

    id: RecordingId
    label: str
    split: str
    batch: int | None
    archive: int | None
    has_movement: bool | None
    has_annotation_1p: bool | None
    has_annotation_3p: bool | None
    personality: Personality | None

    @property
    def participant(self) -> ParticipantKey:
        """Who was recorded."""
        return ParticipantKey.of(self.id)

    def as_json(self) -> dict[str, object]:
        """For programs."""
        return {
            "id": str(self.id),
            "participant": str(self.participant),
            "label": self.label,
            "split": self.split,
            "batch": self.batch,
            "archive": self.archive,
            "has_movement": self.has_movement,
            "has_annotation_1p": self.has_annotation_1p,
            "has_annotation_3p": self.has_annotation_3p,
            "personality": None if self.personality is None else dict(self.personality),
        }


@dataclass(frozen=True, slots=True)
class ListedInteraction:
    """All recordings of one key, in the order of participants: two or, of 132 interactions, one."""

    key: InteractionKey
    recordings: tuple[ListedRecording, ...]
    prompt: Prompt | None
    relationship: Relationship | None

    @property
    def is_lone(self) -> bool:
        """Only one person was recorded, or only one recording is here."""
        return len(self.recordings) == 1

    @property
    def label(self) -> str:
        """That of its recordings; with a stroke between them should they differ."""
        return "/".join(dict.fromkeys(recording.label for recording in self.recordings))

    @property
    def split(self) -> str:
        """That of its recordings; partners may be in different ones, such as dev/train."""
        return "/".join(dict.fromkeys(recording.split for recording in self.recordings))

    @property
    def has_movement(self) -> bool | None:
        """Movement features of all people."""
        known = [recording.has_movement for recording in self.recordings]
        return False if False in known else None if None in known else True

    def as_json(self) -> dict[str, object]:
        """For programs."""
        prompt, relationship = self.prompt, self.relationship
        return {
            "key": str(self.key),
            "label": self.label,
            "split": self.split,
            "lone": self.is_lone,
            "people": [recording.as_json() for recording in self.recordings],
            "prompt": prompt
            and {
                "id": prompt.unique_id,
                "a": prompt.text_a,
                "b": prompt.text_b,
                "ipc_a": prompt.ipc_a,
                "ipc_b": prompt.ipc_b,
            },
            "interaction_type": prompt and prompt.interaction_type,
            "emotion": (prompt and prompt.emotion) or None,
            "relationship": relationship and relationship.relationship,
            "relationship_detail": relationship and relationship.detail,
        }


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the selected interactions: from `offset` on, of `total`."""

    interactions: tuple[ListedInteraction, ...]
    offset: int
    total: int

    def as_json(self) -> dict[str, object]:
        """For programs."""
        return {
            "total": self.total,
            "offset": self.offset,
            "interactions": [interaction.as_json() for interaction in self.interactions],
        }
