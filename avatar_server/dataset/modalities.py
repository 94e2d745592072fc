"""What is recorded of a person, and under which names the data set keeps it.

A *piece* is one file of a store: `wav`, `mp4`, `npz` and `json` whole, or one array or list by the name that
it has in the official NPZ and JSON, such as `smplh:body_pose` or `metadata:vad`. Names and order are those
of the official tools; `movement_v4` is described in the data set's news of December 2025.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, Literal, get_args

from avatar_server.errors import UsageError

Modality = Literal["sound", "motion", "words", "annotations", "boxes", "movement", "video"]

MODALITIES: Final[tuple[Modality, ...]] = get_args(Modality)

PLAYABLE: Final[frozenset[Modality]] = frozenset({"sound", "motion", "words"})
"""What a player needs; the rest only if somebody asks for it."""

SMPLH: Final = (
    "smplh:global_orient",
    "smplh:body_pose",
    "smplh:left_hand_pose",
    "smplh:right_hand_pose",
    "smplh:translation",
    "smplh:is_valid",
)

_MOVEMENT = (
    "EmotionArousalToken",
    "EmotionValenceToken",
    "FAUToken",
    "FAUValue",
    "alignment_head_rotation",
    "alignment_translation",
    "emotion_arousal",
    "emotion_scores",
    "emotion_valence",
    "expression",
    "frame_latent",
    "gaze_encodings",
    "head_encodings",
    "hypernet_features",
    "is_valid",
)

LOOSE_PIECES: Final[dict[Modality, tuple[str, ...]]] = {
    "sound": ("wav",),
    "motion": SMPLH,
    "words": ("metadata:transcript", "metadata:vad"),
    "annotations": tuple(f"annotations:{kind}" for kind in ("1P-IS", "1P-R", "3P-IS", "3P-R", "3P-V")),
    "boxes": ("boxes_and_keypoints:box", "boxes_and_keypoints:is_valid_box", "boxes_and_keypoints:keypoints"),
    "movement": (
        *(f"movement:{feature}" for feature in _MOVEMENT),
        *(f"movement_v4:{feature}" for feature in (*_MOVEMENT, "is_occluded", "pred_vertices")),
    ),
    "video": ("mp4",),
}
"""The files of a bucket: fifty in all, nine of them needed to play."""

BUNDLED_PIECE: Final[dict[Modality, Literal["wav", "npz", "json", "mp4"]]] = {
    "sound": "wav",
    "motion": "npz",
    "boxes": "npz",
    "movement": "npz",
    "words": "json",
    "annotations": "json",
    "video": "mp4",
}
"""The file of the official tree, and of the tars, that holds a modality."""

NEEDED: Final[frozenset[str]] = frozenset({"npz", *SMPLH[:2]})
"""Without these a recording is not there; any other piece may be missing: one without sound plays, too."""


def parse_modalities(names: Collection[str]) -> frozenset[Modality]:
    """Names as people type them; UsageError naming the known ones."""
    unknown = sorted(set(names) - set(MODALITIES))
    if unknown:
        raise UsageError(f"unknown modality {', '.join(unknown)}: expected {', '.join(MODALITIES)}")
    return frozenset(modality for modality in MODALITIES if modality in names)


def pieces_of(modalities: Collection[Modality]) -> tuple[str, ...]:
    """All loose pieces of these modalities, in the order of `LOOSE_PIECES`."""
    return tuple(
        piece for modality, pieces in LOOSE_PIECES.items() if modality in modalities for piece in pieces
    )
