"""What is known of a stage's work and of its process, for admission, metrics and people."""

from __future__ import annotations

from avatar_server.control.events import Status
from avatar_server.encode.live_packet import LivePacket
from avatar_server.stage.wire import PictureCost, Pulse

_FORGETTING = 0.2
"""Share of a new value in the mean of `cores`: half is forgotten in three pulses."""


class Figures:
    """Counters of one stage over all its processes, and the last pulse of the present one."""

    def __init__(self, now_s: float, cost: PictureCost | None) -> None:
        """now_s: time of the event loop. cost: of a picture, as it was tried while the stage opened."""
        self.cost = cost
        self.pulse: Pulse | None = None
        self.pulse_s = now_s
        """When the process was last heard; time of the event loop."""
        self.restarts = 0
        self.interrupted_ms = 0.0
        """How long the last interruption took, from when it was noticed until the stage played again."""
        self.waiting = False
        self.waits = 0
        """How often time was held because data was missing."""
        self.packets = 0
        self.byte_count = 0
        self.key_pictures = 0
        self.cores = 0.0
        """Processor cores that the process has used of late while somebody was there."""

    def heard(self, pulse: Pulse, now_s: float) -> None:
        """The process told of itself."""
        last, last_s = self.pulse, self.pulse_s
        self.pulse, self.pulse_s = pulse, now_s
        if last is not None and last.watched and pulse.watched and now_s > last_s:
            cores = (pulse.processor_s - last.processor_s) / (now_s - last_s)
            self.cores += (cores - self.cores) * (_FORGETTING if self.cores else 1.0)

    def told(self, status: Status) -> None:
        """The process told viewers how it stands."""
        self.waits += status.waiting and not self.waiting
        self.waiting = status.waiting

    def replaced(self, now_s: float, took_ms: float) -> None:
        """Another process goes on."""
        self.pulse, self.pulse_s = None, now_s
        self.restarts += 1
        self.interrupted_ms = took_ms

    def sent(self, packet: LivePacket) -> None:
        """A packet left."""
        self.packets += 1
        self.byte_count += len(packet.data)
        self.key_pictures += packet.key and packet.stream is not None
