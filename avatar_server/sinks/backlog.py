"""What one viewer could not be sent yet: at most a second of it, then a jump to the next key picture."""

from __future__ import annotations

from collections import deque

from avatar_server.encode.live_packet import CLOCK_HZ
from avatar_server.sinks.rtp_packetiser import RtpFrame

LONGEST_S = 1.0
"""Of stream time. Whoever is further behind sees a jump, and never an ever older picture."""


class Backlog:
    """Frames in order; pictures only from a key picture on."""

    def __init__(self) -> None:
        self._frames: deque[RtpFrame] = deque()
        self.waits_for_key = True
        """No picture is taken before the next key picture."""
        self.dropped = 0
        """Frames that were never sent, since the viewer joined."""

    def __len__(self) -> int:
        return len(self._frames)

    def admits(self, frame: RtpFrame) -> bool:
        """Whether the viewer can use the frame; notes that a key picture came."""
        if frame.kind == "video" and self.waits_for_key:
            self.waits_for_key = not frame.key
            return frame.key
        return True

    def push(self, frame: RtpFrame) -> bool:
        """Keep an admitted frame for later; False asks for a key picture, because pictures were dropped."""
        same = [kept for kept in self._frames if kept.kind == frame.kind]
        self._frames.append(frame)
        if not same or frame.pts - same[0].pts < LONGEST_S * CLOCK_HZ[frame.kind]:
            return True
        if frame.kind == "audio":
            self._frames.remove(same[0])
            self.dropped += 1
            return True
        self.skip_to_key()
        return not self.waits_for_key

    def pop(self) -> RtpFrame | None:
        """The oldest frame."""
        return self._frames.popleft() if self._frames else None

    def skip_to_key(self) -> None:
        """Drop pictures up to the newest key picture that is kept, or else up to the next one that comes."""
        pictures = [frame for frame in self._frames if frame.kind == "video"]
        keys = [index for index, frame in enumerate(pictures) if frame.key and index > 0]
        dropped = pictures[: keys[-1]] if keys else pictures
        gone = {id(frame) for frame in dropped}
        self._frames = deque(frame for frame in self._frames if id(frame) not in gone)
        self.dropped += len(gone)
        self.waits_for_key = not keys
