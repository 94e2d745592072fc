"""`segments.jsonl`: a line for every segment that was finished, by which machine, and how long it took."""

from __future__ import annotations

import json
import os
import socket

from avatar_server.batch.entry import Entry
from avatar_server.segments.segment_file import SegmentRecord

LOG = "segments.jsonl"


def log_line(entry: Entry, record: SegmentRecord, wall_s: float) -> bytes:
    """What is added when a segment has its name."""
    told = {
        "name": entry.name,
        "first": record.first,
        "count": record.count,
        "subject": record.subject,
        "sha256": record.sha256,
        "renderer": record.renderer,
        "machine": socket.gethostname(),
        "process": os.getpid(),
        "wall_s": round(wall_s, 3),
    }
    return json.dumps(told).encode() + b"\n"
