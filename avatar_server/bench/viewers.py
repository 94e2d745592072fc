"""How many can watch: real receivers in other processes, a real server, and what each of them gets.

Every receiver has its own ICE, DTLS and SRTP keys, reports every second, and asks again for what is lost (see
`testing.light_receiver`). One of them, the witness, decrypts and decodes everything.
"""

from __future__ import annotations

import json
import math
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, Literal

from avatar_server.assembly import DEMO
from avatar_server.bench.loop_lag import lags_between
from avatar_server.bench.measured_server import ServerOrder
from avatar_server.bench.processor_time import descendants, processor_s
from avatar_server.bench.receivers import Order, ViewerFigures
from avatar_server.bench.viewers_report import Spread, ViewersReport, WayFigures
from avatar_server.errors import MachineError

MOST_IN_A_PROCESS = 50
SETTLE_S = 2.0
NEWCOMERS = 10

Way = Literal["live", "recorded", "encoding", "relay"]


def measure_viewers(
    count: int,
    seconds: float,
    *,
    recorded: bool = False,
    against_relay: bool = False,
    interaction: str = DEMO,
    newcomers: int = NEWCOMERS,
    settle_s: float = SETTLE_S,
    note: Callable[[str], None] = lambda sentence: None,
) -> ViewersReport:
    """Measure `count` viewers for `seconds`.

    recorded: no rendering, the stage plays recorded packets. against_relay: the pictures of the recording
    encoded once, and beside that in the same run the same pictures through aiortc's relay and encoders.
    newcomers: how many join, one after the other, to find the time that it takes. settle_s: from when all
    have joined until it is measured.
    Raises `MachineError` if the server does not start or does not take all viewers.
    """
    ways: tuple[Way, ...] = ("encoding", "relay") if against_relay else ("recorded" if recorded else "live",)
    measured = []
    for way in ways:
        note(f"{way}: {count} viewers for {seconds:g} s")
        measured.append(_measure(way, count, seconds, interaction, newcomers, settle_s))
    return ViewersReport(tuple(measured))


def _measure(
    way: Way, count: int, seconds: float, interaction: str, newcomers: int, settle_s: float
) -> WayFigures:
    with ExitStack() as stack:
        lag_file = (
            Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="avatar-server-bench-"))) / "lag"
        )
        url, server = stack.enter_context(_serving(way, interaction, lag_file))
        processes = [
            stack.enter_context(receiving(Order(url, share, whep=way == "relay", witness=index == 0)))
            for index, share in enumerate(_shares(count))
        ]
        for process in processes:
            process.answer()
        time.sleep(settle_s)
        parties = ([server.pid], descendants(server.pid), [process.pid for process in processes])
        used_s = [processor_s(party) for party in parties]
        from_ns, began_s = time.time_ns(), time.monotonic()
        time.sleep(seconds)
        until_ns, lasted_s = time.time_ns(), time.monotonic() - began_s
        cores = [
            (processor_s(party) - before) / lasted_s for party, before in zip(parties, used_s, strict=True)
        ]
        viewers = []
        for process in processes:
            process.ask({"report": [from_ns, until_ns]})
            viewers += [ViewerFigures(**figures) for figures in process.answer()["viewers"]]
        processes[-1].ask({"newcomers": newcomers})
        join_ms = processes[-1].answer()["join_ms"]
        lags_ms = lags_between(lag_file, from_ns, until_ns)
    return _way_figures(way, viewers, lasted_s, cores, join_ms, lags_ms)


def _way_figures(
    way: Way,
    viewers: list[ViewerFigures],
    lasted_s: float,
    cores: list[float],
    join_ms: list[float],
    lags_ms: list[float],
) -> WayFigures:
    skews_ms = [viewer.skew_ms for viewer in viewers if viewer.skew_ms is not None]
    decoded = next(viewer.decoded for viewer in viewers if viewer.decoded is not None)
    return WayFigures(
        way=way,
        viewers=len(viewers),
        seconds=lasted_s,
        server_cores=cores[0],
        stage_cores=cores[1],
        receiver_cores=cores[2],
        pictures_per_second=Spread.of([viewer.pictures / lasted_s for viewer in viewers]),
        blocks_per_second=Spread.of([viewer.blocks / lasted_s for viewer in viewers]),
        decoded_per_second=(decoded[0] / lasted_s, decoded[1] / lasted_s),
        sound_gaps=sum(viewer.sound_gaps for viewer in viewers),
        sound_late_ms=max(viewer.sound_late_ms for viewer in viewers),
        lost_packets=sum(viewer.lost for viewer in viewers),
        repaired_packets=sum(viewer.repaired for viewer in viewers),
        key_requests=sum(viewer.key_requests for viewer in viewers),
        lag_ms=Spread.of(lags_ms),
        skew_ms=Spread.of(skews_ms) if skews_ms else None,
        join_ms=Spread.of(join_ms),
    )


def _shares(count: int) -> list[int]:
    """Viewers of each receiving process."""
    processes = max(1, math.ceil(count / MOST_IN_A_PROCESS))
    return [(count + index) // processes for index in range(processes)]


@contextmanager
def _serving(way: Way, interaction: str, lag_file: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """(where receivers send their offers, process) of a server that is stopped in the end."""
    if way == "relay":
        module = "avatar_server.bench.relay_server"
        with started([sys.executable, "-m", module, interaction, str(lag_file)]) as running:
            yield running
    else:
        with measured_server(ServerOrder(interaction, way, str(lag_file))) as running:
            yield running


@contextmanager
def measured_server(order: ServerOrder) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """(URL, process) of our server as ordered."""
    command = [sys.executable, "-m", "avatar_server.bench.measured_server", order.as_text()]
    with started(command) as running:
        yield running


@contextmanager
def started(command: list[str]) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """(URL that it printed, process) of a server; it is told to stop in the end.

    Raises `MachineError` if it prints none, with what it complained of.
    """
    # Not a pipe: one that nobody reads stops the server when it is full.
    with tempfile.TemporaryFile("w+") as complaints, started_with(command, complaints) as running:
        yield running


@contextmanager
def started_with(command: list[str], complaints: IO[str]) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The same with a file for what the server writes to standard error."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=complaints, text=True, start_new_session=True
    )
    try:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        if not found:
            process.wait()
            complaints.seek(0)
            last = (complaints.read().strip().splitlines() or [f"status {process.returncode}"])[-1]
            raise MachineError(f"the server did not start: {last}")
        yield found[0], process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


class ReceivingProcess:
    """A process of `receivers`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def ask(self, request: dict[str, Any]) -> None:
        """Ask for something; `answer` gives it."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """What it says next; `MachineError` if that is an error or its end."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        answer: dict[str, Any] = json.loads(line) if line else {"error": "the receivers ended"}
        if "error" in answer:
            raise MachineError(f"watching failed: {answer['error']}")
        return answer


@contextmanager
def receiving(order: Order) -> Iterator[ReceivingProcess]:
    """Receivers that join now and leave in the end; their first answer says that all have joined."""
    process = subprocess.Popen(
        [sys.executable, "-m", "avatar_server.bench.receivers"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        receivers = ReceivingProcess(process)
        receivers.ask({name: getattr(order, name) for name in Order.__slots__})
        yield receivers
    finally:
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
