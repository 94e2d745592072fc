"""What an exported film says about itself: which interaction it shows, and what was repaired in it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from avatar_server import __version__
from avatar_server.dataset.recording_id import InteractionKey, may_be_listed
from avatar_server.dataset.repairs import RecordingRepairs
from avatar_server.scene.director import AUTO, CutList


def export_tags(
    key: InteractionKey | str, preset: str, repairs: Sequence[RecordingRepairs]
) -> dict[str, str]:
    """Tags that every MP4 player knows: `title`, `comment` for people, `description` as JSON for programs.

    Names and numbers only: no folder of the machine that made the film gets into it. The JSON holds
    `avatar_server` (the version), `interaction`, `preset` and `repairs`, one of `RecordingRepairs` each.
    """
    said = [f"{_short(one.id)}: {', '.join(one.sentences()) or 'nothing'}" for one in repairs]
    description = {
        "avatar_server": __version__,
        "interaction": str(key),
        "preset": preset,
        "repairs": [_rounded(asdict(one)) for one in repairs],
    }
    return {
        "title": str(key),
        "comment": f"avatar-server {__version__}, preset {preset}; repaired: {'; '.join(said)}",
        "description": json.dumps(description),
    }


def _short(recording: str) -> str:
    """`P1275A` of a recording of the data set; other files have no shorter name."""
    return recording.rpartition("_")[2] if may_be_listed(recording) else recording


def with_shots(tags: Mapping[str, str], cuts: CutList) -> dict[str, str]:
    """The tags of a film that the automatic director cut.

    The description's JSON gets `camera`, which is `auto`, and `shots`, one for each: `start_s` in seconds of
    the interaction, and the name of the `camera`.
    """
    description = json.loads(tags.get("description", "{}"))
    shots = [_rounded(asdict(shot)) for shot in cuts.shots]
    return {**tags, "description": json.dumps({**description, "camera": AUTO, "shots": shots})}


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    """The same with three decimals: thousandths of a degree and of a decibel are nothing."""
    rounded = {}
    for name, value in values.items():
        kept = _rounded(value) if isinstance(value, dict) else value
        rounded[name] = round(kept, 3) if isinstance(kept, float) else kept
    return rounded
