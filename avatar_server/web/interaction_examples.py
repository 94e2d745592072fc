"""Examples of answers for the API's page: short, and of the shapes in `library.shapes` (a test compares)."""

from __future__ import annotations

from typing import Any

_KEY = "V00_S0809_I00000582"
_IDS = {"id": f"{_KEY}_P1275A", "participant": "V00_P1275A"}

_LISTED = {
    "key": _KEY,
    "here": True,
    "is_here": True,
    "verdict": "usable",
    "label": "improvised",
    "split": "dev",
    "lone": False,
    "people": [
        {
            **_IDS,
            "label": "improvised",
            "split": "dev",
            "batch": 0,
            "archive": 11,
            "has_movement": True,
            "has_annotation_1p": False,
            "has_annotation_3p": True,
            "personality": {"extraversion": 3.5},
            "files": ["json", "npz", "wav"],
        }
    ],
    "prompt": {"id": "P2", "a": "You lost your map.", "b": "You know the way.", "ipc_a": "", "ipc_b": ""},
    "interaction_type": "improv",
    "emotion": None,
    "relationship": "stranger",
    "relationship_detail": "",
}

_RATE = {"rate": "30000/1001", "rate_hz": 29.97002997, "rate_found": "known"}

EXAMPLES: dict[str, dict[str, Any]] = {
    "listing": {"total": 1, "offset": 0, "limit": 50, "seed": None, "interactions": [_LISTED]},
    "overview": {
        "interactions": 64_751,
        "participants": 4_211,
        "sessions": 4_787,
        "on_disk": 12,
        "by": {
            "label": {"naturalistic": 40_120, "improvised": 24_631},
            "split": {"train": 51_800, "dev": 6_500, "test": 6_451},
            "vendor": {"V00": 27_300, "V03": 20_100, "V01": 12_000, "V02": 5_351},
            "relationship": {"stranger": 38_000, "unknown": 26_751},
            "type": {"ipc_conversation": 40_120, "improv": 24_631},
            "has_movement": {"false": 37_451, "true": 27_300},
            "has_annotations": {"false": 60_250, "true": 4_501},
            "verdict": {"unknown": 64_740, "usable": 8, "good": 3},
        },
        "length_s": {"edges": [0.0, 60.0, 120.0, 180.0], "counts": [1, 4, 6]},
    },
    "interaction": {
        **_LISTED,
        "duration_s": 184.2,
        "lengths": [
            {
                "id": _IDS["id"],
                "duration_s": 184.2,
                "sound_s": 184.2,
                "motion_s": 184.184,
                "frame_count": 5520,
                **_RATE,
            }
        ],
        "notices": [],
        "report": None,
    },
    "transcript": {
        "key": _KEY,
        "people": [
            {
                **_IDS,
                "transcript": [
                    {
                        "text": "Hello there.",
                        "start_s": 0.52,
                        "end_s": 1.3,
                        "words": [
                            {"text": "Hello", "start_s": 0.52, "end_s": 0.9, "score": 0.95},
                            {"text": "there.", "start_s": None, "end_s": None, "score": None},
                        ],
                    }
                ],
                "notices": [],
            }
        ],
    },
    "vad": {
        "key": _KEY,
        "people": [
            {
                **_IDS,
                "speech_s": 0.78,
                "voice_activity": [{"start_s": 0.52, "end_s": 1.3}],
                "notices": [],
            }
        ],
    },
    "annotations": {
        "key": _KEY,
        "people": [
            {
                **_IDS,
                "annotations": [
                    {"kind": "3P-V", "text": "Leans forward and smiles.", "start_s": 12.0, "end_s": 14.5}
                ],
                "notices": [],
            }
        ],
    },
    "curves": {
        "key": _KEY,
        "start_s": 0.0,
        "end_s": None,
        "points": 4,
        "downsampling": "minimum and maximum of each stretch",
        "people": [
            {
                **_IDS,
                **_RATE,
                "frame_count": 5520,
                "group": "movement",
                "curves": [
                    {
                        "name": "fau:JawDrop",
                        "dead": False,
                        "times_s": [1.2345, 61.4281, 120.9876],
                        "values": [0.01, 1.62, None],
                    }
                ],
                "absent": ["gaze"],
                "notices": [],
            }
        ],
    },
    "waveform": {
        "key": _KEY,
        "duration_s": 184.2,
        "start_s": 0.0,
        "end_s": None,
        "people": [
            {
                **_IDS,
                "side": "right",
                "start_s": 0.0,
                "step_s": 61.4,
                "whole": False,
                "points": [[-0.28, 0.31], [-0.25, 0.27], None],
                "notices": [],
            }
        ],
    },
    "validity": {
        "key": _KEY,
        "duration_s": 184.2,
        "people": [
            {
                **_IDS,
                "side": "right",
                "spans": [
                    {
                        "start_s": 12.3,
                        "end_s": 14.1,
                        "kind": "left-hand-lost",
                        "words": "left hand not tracked: at rest meanwhile",
                    }
                ],
                "notices": [],
            }
        ],
    },
}
