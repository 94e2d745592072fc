"""Figures for Prometheus (https://prometheus.io/docs/practices/naming/), read when they are asked for.

Everybody counts on its own objects; this is the only place that knows what monitoring calls it. Ids are
shortened, so that nothing here opens anything. Counters of a stage process begin at 0 when it is replaced,
which Prometheus takes for what it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from avatar_server import __version__
from avatar_server.logs import short_id
from avatar_server.sinks.broadcast import Broadcast
from avatar_server.stage.stage import Stage
from avatar_server.theatre.theatre import Theatre
from avatar_server.web.access import Access

PREFIX = "avatar_server_"

STAGE = ("stage", "interaction")
VIEW = (*STAGE, "view")
STREAM = (*VIEW, "codec", "rung")


class ServerFigures(Collector):
    """Everything that is known of a server, as metric families."""

    def __init__(self, theatre: Theatre, access: Access) -> None:
        self._theatre = theatre
        self._access = access

    def collect(self) -> Iterator[Metric]:
        """Read all counters."""
        theatre, load = self._theatre, self._theatre.measured()
        yield gauge("info", "Which version runs", [((__version__,), 1)], ("version",))
        yield gauge("stages", "Stages that are open", [((), len(theatre.stages))])
        yield gauge(
            "event_loop_lag_seconds", "How late the server comes to its work, median", [((), load.lag_s)]
        )
        worst_s = theatre.load_meter.worst_lag_s
        yield gauge("event_loop_worst_lag_seconds", "The same, at worst in ten seconds", [((), worst_s)])
        yield gauge("cores_used", "Processor cores used by server and stages", [((), load.used_cores)])
        yield gauge("cores_available", "Processor cores that may be used", [((), load.cores)])
        refused = [((str(status),), count) for status, count in self._access.refused.items()]
        yield counter("refused", "Requests refused, by HTTP status", refused, ("status",))
        by_stage = {stage: theatre.broadcast(stage) for stage in theatre.stages}
        yield from stage_figures(by_stage)
        yield from view_figures(by_stage)
        yield from stream_figures(by_stage)
        yield from viewer_figures(by_stage)


def exposition(registry: CollectorRegistry) -> bytes:
    """The text that a scraper reads."""
    return generate_latest(registry)


def registry_of(theatre: Theatre, access: Access) -> CollectorRegistry:
    """All figures of a server, and those of its process (`process_*`)."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(ServerFigures(theatre, access))
    ProcessCollector(registry=registry)
    return registry


Samples = Iterable[tuple[tuple[str, ...], float | None]]
"""Labels' values and a value; None: nothing is known yet, and nothing is said."""

ByStage = dict[Stage, Broadcast]


def gauge(name: str, meaning: str, samples: Samples, labels: tuple[str, ...] = ()) -> Metric:
    """What goes up and down."""
    family = GaugeMetricFamily(PREFIX + name, meaning, labels=labels)
    for values, value in samples:
        if value is not None:
            family.add_metric(values, value)
    return family


def counter(name: str, meaning: str, samples: Samples, labels: tuple[str, ...] = ()) -> Metric:
    """What only grows; `_total` is added to its name."""
    family = CounterMetricFamily(PREFIX + name, meaning, labels=labels)
    for values, value in samples:
        if value is not None:
            family.add_metric(values, value)
    return family


def names_of(stage: Stage) -> tuple[str, str]:
    """Values of the labels `STAGE`."""
    return short_id(stage.id), stage.interaction


def stage_figures(by_stage: ByStage) -> Iterator[Metric]:
    """One sample a stage."""

    def of(value: str) -> list[tuple[tuple[str, ...], float | None]]:
        return [(names_of(stage), getattr(stage.figures, value)) for stage in by_stage]

    yield gauge("stage_live", "Whether it plays", [(names_of(s), float(s.is_live)) for s in by_stage], STAGE)
    yield counter("stage_restarts", "Processes that were replaced", of("restarts"), STAGE)
    interrupted = [(names_of(stage), stage.figures.interrupted_ms / 1000) for stage in by_stage]
    yield gauge("stage_interrupted_seconds", "Length of the last interruption", interrupted, STAGE)
    yield gauge("stage_waiting", "Whether time is held because data is missing", of("waiting"), STAGE)
    yield counter("stage_waits", "How often it was", of("waits"), STAGE)
    yield gauge("stage_cores", "Processor cores used while watched", of("cores"), STAGE)
    memory = [
        (names_of(stage), None if (pulse := stage.figures.pulse) is None else pulse.resident_bytes)
        for stage in by_stage
    ]
    yield gauge("stage_memory_bytes", "Memory of its process", memory, STAGE)
    yield counter("stage_packets", "Encoded pictures and blocks of sound that came", of("packets"), STAGE)
    yield counter("stage_bytes", "Bytes of them", of("byte_count"), STAGE)
    yield counter("stage_key_pictures", "Key pictures that came", of("key_pictures"), STAGE)
    asked = [(names_of(stage), broadcast.keys_asked) for stage, broadcast in by_stage.items()]
    yield counter("stage_key_requests", "Key pictures that viewers made it draw", asked, STAGE)
    skews = {stage: broadcast.fan_out.skew for stage, broadcast in by_stage.items()}
    mean = [(names_of(stage), _seconds(skew.skew_ms)) for stage, skew in skews.items()]
    yield gauge("skew_seconds", "How much later pictures leave than their sound, mean", mean, STAGE)
    most = [(names_of(stage), _seconds(skew.most_skew_ms)) for stage, skew in skews.items()]
    yield gauge("most_skew_seconds", "The most by which either left late", most, STAGE)
    skipped = [(names_of(stage), broadcast.fan_out.skipped) for stage, broadcast in by_stage.items()]
    yield counter("frames_skipped", "Frames not sent to a viewer for want of time", skipped, STAGE)


def view_figures(by_stage: ByStage) -> Iterator[Metric]:
    """One sample a view that is or was drawn."""
    known = [
        ((*names_of(stage), view.view), view)
        for stage in by_stage
        if stage.figures.pulse is not None
        for view in stage.figures.pulse.views
    ]
    yield counter("pictures_drawn", "Pictures drawn", [(at, view.drawn) for at, view in known], VIEW)
    dropped = [(at, view.dropped) for at, view in known]
    yield counter("pictures_dropped", "Pictures left out, for want of time", dropped, VIEW)
    draw_s = [(at, view.draw_ms / 1000) for at, view in known]
    yield gauge("draw_seconds", "Time to draw a picture, mean of late", draw_s, VIEW)
    rate_hz = [(at, view.pictures_per_second) for at, view in known]
    yield gauge("pictures_per_second", "Pictures sent within the last second", rate_hz, VIEW)
    late = [((*names_of(stage), view), count) for stage in by_stage for view, count in stage.late.items()]
    yield counter("pictures_late", "Pictures that came after the time to leave", late, VIEW)


def stream_figures(by_stage: ByStage) -> Iterator[Metric]:
    """One sample an encoding that is made now."""
    known = [
        ((*names_of(stage), made.stream.view, made.stream.codec, str(made.stream.rung)), made)
        for stage in by_stage
        if stage.figures.pulse is not None
        for made in stage.figures.pulse.streams
    ]
    yield counter("pictures_encoded", "Pictures encoded", [(at, made.encoded) for at, made in known], STREAM)
    skipped = [(at, made.skipped) for at, made in known]
    yield counter("pictures_not_encoded", "Pictures drawn, but not encoded for want of time", skipped, STREAM)
    yield counter("key_pictures", "Key pictures encoded", [(at, made.keys) for at, made in known], STREAM)
    yield counter("encoded_bytes", "Bytes of pictures", [(at, made.byte_count) for at, made in known], STREAM)
    encode_s = [(at, made.encode_ms / 1000) for at, made in known]
    yield gauge("encode_seconds", "Time to encode a picture, mean of late", encode_s, STREAM)


def viewer_figures(by_stage: ByStage) -> Iterator[Metric]:
    """Sums over viewers: how many take which encoding, and what their links say, by view."""
    connected = [
        (names_of(stage), seat)
        for stage, broadcast in by_stage.items()
        for seat in broadcast.seats
        if seat.peer.connected
    ]
    takers: dict[tuple[str, ...], float] = {}
    for names, seat in connected:
        rung = "" if seat.peer.codec is None else str(seat.peer.stats.rung)
        taken = (*names, seat.view, seat.peer.codec or "", rung)
        takers[taken] = takers.get(taken, 0) + 1
    yield gauge("viewers", "Who is connected, by what is sent; no codec: sound alone", takers.items(), STREAM)
    waiting = [
        (names_of(stage), sum(not seat.peer.connected for seat in broadcast.seats))
        for stage, broadcast in by_stage.items()
    ]
    yield gauge("viewers_connecting", "Who is not yet connected", waiting, STAGE)
    totals = {
        (*names_of(stage), view): stats
        for stage, broadcast in by_stage.items()
        for view, stats in broadcast.totals().items()
    }
    for name, field, meaning in (
        ("sent_packets", "packets", "Packets sent"),
        ("sent_bytes", "bytes", "Bytes sent, with headers and encryption"),
        ("nack", "nack", "Packets that viewers asked for again (NACK)"),
        ("retransmitted", "retransmitted", "Packets sent again"),
        ("pli", "pli", "Key pictures that viewers asked for (PLI, FIR)"),
        ("frames_dropped", "dropped", "Frames that a viewer's way did not take in time"),
    ):
        yield counter(name, meaning, [(at, getattr(stats, field)) for at, stats in totals.items()], VIEW)
    for name, field, meaning in (
        ("queue_frames", "queued", "Frames that wait for the way of some viewer, the longest queue"),
        ("loss_ratio", "fraction_lost", "Share of packets lost, at the viewer where it is most"),
        ("round_trip_seconds", "round_trip_s", "Round trip of the viewer where it is longest"),
        ("bit_rate", "sent_bps", "Bits a second to the viewer who gets most"),
    ):
        worst: dict[tuple[str, ...], float] = {}
        for names, seat in connected:
            at = (*names, seat.view)
            worst[at] = max(worst.get(at, 0.0), getattr(seat.peer.stats, field) or 0.0)
        yield gauge(f"most_{name}", meaning, worst.items(), VIEW)


def _seconds(value_ms: float | None) -> float | None:
    return None if value_ms is None else value_ms / 1000
