"""What a stage process tells of itself: status for viewers, and a pulse for the server's watchdog."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from avatar_server.control.events import OrbitShown, Status
from avatar_server.encode.live_packet import PRESENTER
from avatar_server.scene.cameras import Orbit
from avatar_server.stage.counts import Counts, ViewCounts
from avatar_server.stage.desk import Desk
from avatar_server.stage.loops import StreamClock
from avatar_server.stage.moment import Moment
from avatar_server.stage.picture_loop import PictureLoop
from avatar_server.stage.sound_loop import SoundLoop
from avatar_server.stage.wire import IDLE_PULSE_S, PULSE_S, Pulse, StreamFigures, ViewFigures
from avatar_server.timing.synchroniser import VIDEO_CLOCK_HZ

MOST_SPANS = 20
"""Of what is here, told in a status; more are no use in a seek bar."""


class Reports:
    """Sends a status on every change, and status and pulse as often as `wire` promises."""

    def __init__(
        self,
        desk: Desk,
        counts: Counts,
        pictures: PictureLoop,
        sound: SoundLoop,
        send: Callable[[Status | Pulse], None],
    ) -> None:
        self._desk = desk
        self._counts = counts
        self._pictures = pictures
        self._sound = sound
        self._send = send
        self._next_pulse_s = 0.0
        self._revision = -1
        self._own_cameras: dict[str, str] = {}

    def step(self, clock: StreamClock) -> float:
        """Tell how things stand; gives the stream time of the next time."""
        now_s = clock.now_s()
        self._desk.review(now_s)
        moment = self._desk.moment(now_s)
        own_cameras = {name: view.camera for name, view in moment.own.items()}
        # Before the status: a change of time that somebody was told of must survive the loss of the process,
        # and whoever has a view of his own is told its camera with the status.
        changed = moment.revision != self._revision or own_cameras != self._own_cameras
        if now_s >= self._next_pulse_s or changed:
            self._revision, self._own_cameras = moment.revision, own_cameras
            self._send(self._pulse(moment, now_s))
            self._next_pulse_s = now_s + (PULSE_S if moment.watched else IDLE_PULSE_S)
        status = status_at(moment, self._counts, now_s)
        self._send(replace(status, sound_drift_ms=round(self._sound.drift_ms, 2)))
        return self._next_pulse_s

    def _pulse(self, moment: Moment, stream_s: float) -> Pulse:
        views, streams = self._counts.views, self._counts.streams
        return Pulse(
            picture_steps=self._pictures.steps,
            sound_steps=self._sound.steps,
            watched=moment.watched,
            state=self._desk.state(stream_s),
            views=tuple(
                ViewFigures(name, view.drawn, view.dropped, round(view.draw_ms, 2), view.per_second(stream_s))
                for name, view in tuple(views.items())
            ),
            streams=tuple(
                StreamFigures(
                    wanted.stream,
                    counts.encoded,
                    counts.skipped,
                    counts.keys,
                    counts.byte_count,
                    round(counts.encode_ms, 2),
                )
                for wanted in moment.wanted
                if (counts := streams.get(wanted.number)) is not None
            ),
            resident_bytes=resident_bytes(),
            processor_s=time.process_time(),
        )


def status_at(moment: Moment, counts: Counts, stream_s: float) -> Status:
    """How the stage stands at `stream_s`; the time stamp is that of the stream, not yet a viewer's.

    Figures are those of the presenter's view in its best encoding.
    """
    view = counts.views.get(PRESENTER) or ViewCounts()
    encode_ms = [
        counts.streams[wanted.number].encode_ms
        for wanted in moment.wanted
        if wanted.stream.view == PRESENTER and wanted.stream.rung == 0 and wanted.number in counts.streams
    ]
    return Status(
        playing=moment.playing,
        time_s=moment.media_s,
        speed=moment.timeline.speed,
        loop=moment.timeline.loop,
        camera=moment.view.camera,
        shot=moment.view.shot(moment.media_s),
        staging=moment.view.staging,
        rtp_timestamp=int(stream_s * VIDEO_CLOCK_HZ),
        pictures_per_second=view.per_second(stream_s),
        dropped=view.dropped,
        draw_ms=round(view.draw_ms, 2),
        encode_ms=round(max(encode_ms, default=0.0), 2),
        viewers=moment.listeners,
        waiting=moment.waiting,
        buffered=() if moment.buffered.whole else _shown(moment.buffered.spans),
        trouble=moment.buffered.trouble,
        region=None if (region := moment.timeline.region) is None else (region.start_s, region.end_s),
        voices=moment.voices.heard,
        preset=moment.view.programme.preset_name,
        faces=moment.view.programme.faces,
        studio=moment.view.programme.studio_name,
        speaking=moment.view.programme.speaking_at(moment.media_s) if moment.moving else (),
        orbit=orbit_shown(moment.view.orbit),
    )


def orbit_shown(orbit: Orbit) -> OrbitShown:
    """A camera as viewers are told of it, to a tenth of a millimetre."""
    x, y, z = (round(value, 4) for value in orbit.target)
    return OrbitShown(
        azimuth_rad=round(orbit.azimuth_rad, 5),
        elevation_rad=round(orbit.elevation_rad, 5),
        distance_m=round(orbit.distance_m, 4),
        vertical_fov_rad=round(orbit.vertical_fov_rad, 5),
        target_m=(x, y, z),
    )


def _shown(spans: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    """Rounded, and the longest ones only if there are many."""
    longest = sorted(spans, key=lambda span: span[0] - span[1])[:MOST_SPANS]
    return tuple((round(start_s, 2), round(end_s, 2)) for start_s, end_s in sorted(longest))


def resident_bytes() -> int:
    """Memory that this process holds (resident set; proc(5), statm)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
