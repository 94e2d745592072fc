"""How many bytes a piece usually takes, for whoever has not asked the store yet."""

from __future__ import annotations

from typing import Final

from avatar_server.dataset.modalities import LOOSE_PIECES

USUAL_LENGTH_S: Final = 220.0
"""4,000 hours (arXiv 2506.22554) in the 64,751 interactions of `filelist.csv`."""

SOUND_BYTES_PER_S: Final = 192_000.0
"""48 kHz, 32 bits."""

_FRAMES_PER_S = 30.0

_BYTES_PER_FRAME = {
    "smplh:global_orient": 12.0,
    "smplh:body_pose": 252.0,
    "smplh:left_hand_pose": 180.0,
    "smplh:right_hand_pose": 180.0,
    "smplh:translation": 12.0,
    "smplh:is_valid": 1.0,
    "boxes_and_keypoints:box": 16.0,
    "boxes_and_keypoints:is_valid_box": 1.0,
    "boxes_and_keypoints:keypoints": 1596.0,
}
"""By the shapes of the arrays, 32 bits a number; of the movement features see below."""

_MOVEMENT_BYTES_PER_FRAME = {
    "FAUValue": 96.0,
    "alignment_head_rotation": 12.0,
    "alignment_translation": 24.0,
    "emotion_scores": 32.0,
    "expression": 512.0,
    "frame_latent": 256.0,
    "gaze_encodings": 8.0,
    "head_encodings": 12.0,
    "hypernet_features": 5120 * 4 / 15,
}
_NUMBER_BYTES = 4.0  # All other features are one number a frame, or not known.

_BYTES_PER_S = {
    "wav": SOUND_BYTES_PER_S,
    # A guess at pictures of 1920x1080: 5 Mbit/s.
    "mp4": 625_000.0,
    # Words with times take about 60 characters each.
    "metadata:transcript": 100.0,
    "metadata:vad": 10.0,
}
_ANNOTATIONS_BYTES_PER_S = 5.0


def usual_bytes(piece: str, length_s: float = USUAL_LENGTH_S) -> int:
    """What a piece, see `modalities`, of a recording of this length may take. A guess."""
    return round(_bytes_per_s(piece) * length_s)


def _bytes_per_s(piece: str) -> float:
    if piece == "npz":
        groups = (LOOSE_PIECES["motion"], LOOSE_PIECES["boxes"], LOOSE_PIECES["movement"])
        return sum(_bytes_per_s(name) for group in groups for name in group)
    if piece == "json":
        return sum(_bytes_per_s(name) for name in (*LOOSE_PIECES["words"], *LOOSE_PIECES["annotations"]))
    if piece in _BYTES_PER_S:
        return _BYTES_PER_S[piece]
    if piece.startswith("annotations:"):
        return _ANNOTATIONS_BYTES_PER_S
    feature = piece.rpartition(":")[2]
    of_frame = _BYTES_PER_FRAME.get(piece) or _MOVEMENT_BYTES_PER_FRAME.get(feature, _NUMBER_BYTES)
    return of_frame * _FRAMES_PER_S
