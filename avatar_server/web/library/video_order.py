"""Which video is to be brought, from where, and where to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from avatar_server.dataset.recording_id import RecordingId
from avatar_server.dataset.stores.contract import RecordingPlace


@dataclass(frozen=True, slots=True)
class VideoOrder:
    """source: see `stores.sources`; it may hold credentials, so an order goes through a pipe alone.

    limit_bytes: of what is kept of fetched things; None for no limit.
    """

    place: RecordingPlace
    source: str
    data_dir: str
    limit_bytes: int | None

    def line(self) -> bytes:
        """For the pipe."""
        told = {
            "place": place_as_json(self.place),
            "source": self.source,
            "data_dir": self.data_dir,
            "limit_bytes": self.limit_bytes,
        }
        return json.dumps(told).encode() + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> VideoOrder:
        """What `line` made."""
        told = json.loads(line)
        return cls(place_of_json(told.pop("place")), **told)


def place_as_json(place: RecordingPlace) -> dict[str, Any]:
    """Plain values."""
    return {
        "id": str(place.id),
        "label": place.label,
        "split": place.split,
        "batch": place.batch,
        "archive": place.archive,
    }


def place_of_json(told: dict[str, Any]) -> RecordingPlace:
    """What `place_as_json` made."""
    return RecordingPlace(
        RecordingId.parse(told["id"]), told["label"], told["split"], told["batch"], told["archive"]
    )
