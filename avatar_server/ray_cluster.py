"""A Ray cluster: joined, asked for room, and its errors in one line each."""

from __future__ import annotations

import logging
import os
import socket

from avatar_server.errors import MachineError

ANY = "auto"
"""The cluster that this machine belongs to, or else one of this machine alone, started for the purpose."""

_ANSWERS_WITHIN_S = 10.0


def import_ray() -> None:
    """MachineError, which names the package, if Ray is not installed."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Nothing is told to anybody on the internet.
    try:
        import ray  # noqa: F401
    except ImportError:
        raise MachineError("--ray needs the package ray: pip install 'avatar-server[ray]'") from None


def join_cluster(address: str) -> None:
    """Until `ray.shutdown`; MachineError if there is none at `address`, a HOST:PORT or `ANY`."""
    import ray

    _refuse_unless_listening(address)
    try:
        ray.init(
            None if address == ANY else address,
            log_to_driver=False,
            logging_level=logging.ERROR,
            include_dashboard=None if address != ANY else False,
        )
    except (ConnectionError, ValueError, RuntimeError, OSError) as error:
        raise MachineError(f"no Ray cluster can be used at {address}: {last_line(error)}") from None


def room_in_cluster(address: str, *, cores_each: float, gpus_each: float) -> int:
    """How many of such size find room in the cluster that was joined; MachineError if none ever does."""
    import ray

    machines = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    if gpus_each and not any(one.get("GPU", 0) for one in machines):
        cores = sum(one.get("CPU", 0) for one in machines)
        raise MachineError(
            f"--gpus-each {gpus_each:g}: the Ray cluster at {_shown(address)} has no GPU (machines: "
            f"{len(machines)}, cores: {cores:g}); without --gpus-each it draws on its cores"
        )
    room = 0
    for one in machines:
        fits = [one.get("CPU", 0) // cores_each] if cores_each else []
        fits += [one.get("GPU", 0) // gpus_each] if gpus_each else []
        room += int(min(fits, default=one.get("CPU", 0)))
    if not room:
        most = max((one.get("GPU" if gpus_each else "CPU", 0) for one in machines), default=0)
        raise MachineError(
            f"no machine of the Ray cluster at {_shown(address)} has {cores_each:g} cores and {gpus_each:g} "
            f"GPUs for a worker; the largest has {most:g} {'GPUs' if gpus_each else 'cores'}"
        )
    return room


def draw_on_dealt_gpu() -> None:
    """In an actor: OpenGL uses the GPU that Ray has dealt out, if any.

    EGL lists the GPUs of a machine in the order of their numbers. A device that was chosen there stays.
    """
    import ray

    from avatar_server.render.opengl.context import DEVICE_VARIABLE

    numbers = [str(number) for number in ray.get_gpu_ids()]
    if numbers and numbers[0].isdecimal():
        os.environ.setdefault(DEVICE_VARIABLE, numbers[0])


def last_line(error: BaseException) -> str:
    """What people need of Ray's errors, which are many lines long."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__


def _refuse_unless_listening(address: str) -> None:
    """Ray itself tries for minutes."""
    if address == ANY:
        return
    host, _, port = address.rpartition("://")[2].rpartition(":")
    try:
        socket.create_connection((host, int(port)), _ANSWERS_WITHIN_S).close()
    except (OSError, ValueError, OverflowError) as error:
        raise MachineError(f"no Ray cluster can be used at {address}: {last_line(error)}") from None


def _shown(address: str) -> str:
    return "this machine" if address == ANY else address
