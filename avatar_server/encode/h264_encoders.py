"""Which encoder makes H.264 for files on this machine: found by trying, once for a driver, and remembered.

NVIDIA's encoder needs a GPU that has one: data-centre cards (A100, H100, H200) have none, and the library
that talks to it may be there all the same. So a process of its own encodes a few pictures and looks at them;
where that fails libx264 encodes, and nobody notices. A process of its own also because CUDA does not survive
a fork. Encoders give different bits: a film is of one, and `AVATAR_SERVER_ENCODER` names it where several
machines work on the same film.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import av
from av.video.codeccontext import VideoCodecContext

from avatar_server.errors import MachineError, UsageError
from avatar_server.render.contract import PictureSize
from avatar_server.settings import cache_dir, whole_cache_file

VARIABLE = "AVATAR_SERVER_ENCODER"
"""Environment variable that names one of `ENCODERS`."""

MANY_PIXELS = 1600 * 900
"""Pictures of more than so many are encoded by x264 without B pictures.

For those x264 keeps twice as many pictures, padded and interpolated: at 3072x1024 it then takes 66 MB and not
152, for each process that encodes, and 20 ms a picture instead of 25, for files that are a fifth larger."""

_TRIAL_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class H264Encoder:
    """name: as FFmpeg has it. options: what FFmpeg tells it. on_gpu: whether it needs a session of a GPU.

    patience_s: how long to wait for one: GPUs for games encode a few streams at once, and each group of
    pictures within a second.
    """

    name: str
    options: Mapping[str, str] = field(hash=False)
    on_gpu: bool = False
    patience_s: float = 60.0

    def options_for(self, size: PictureSize) -> dict[str, str]:
        """What it is told about pictures of this size; the same on every GPU of a machine."""
        few = self.on_gpu or size.width * size.height <= MANY_PIXELS
        return dict(self.options) if few else {**self.options, "bf": "0"}

    def open(self, context: VideoCodecContext) -> None:
        """Open a context that is configured, on a GPU when a session is free; MachineError if none comes."""
        if not self.on_gpu:
            return
        from avatar_server.render.opengl.context import DEVICE_VARIABLE

        if (device := os.environ.get(DEVICE_VARIABLE, "")).isdecimal():
            context.options = {**context.options, "gpu": device}
        until = time.monotonic() + self.patience_s
        while True:
            try:
                context.open()
            except av.FFmpegError as error:
                if time.monotonic() > until:
                    raise MachineError(f"{self.name} cannot be opened: {error.strerror}") from None
                time.sleep(0.1)
            else:
                return


# An export is bound by drawing and encoding on the same few cores. Measured on two of them with drawn people
# at 1280x720: superfast 20 takes 6 ms of processor time a picture and reaches a PSNR of 52.9 dB (1.9 Mbit/s),
# veryfast 18 takes 9 ms for 50.1 dB (0.9 Mbit/s), ultrafast 20 takes 5 ms for 53.6 dB (2.8 Mbit/s).
X264 = H264Encoder("libx264", {"preset": "superfast", "crf": "20"})

NVENC = H264Encoder(
    "h264_nvenc",
    {"preset": "p4", "tune": "hq", "rc": "constqp", "qp": "20", "bf": "0", "forced-idr": "1"},
    on_gpu=True,
)

ENCODERS = {encoder.name: encoder for encoder in (NVENC, X264)}
"""The first that works is taken; the last always does."""


@cache
def encoder_here() -> H264Encoder:
    """The one that is named by `VARIABLE`, or the first that works; UsageError for a name that is none."""
    named = os.environ.get(VARIABLE, "")
    if named:
        if named not in ENCODERS:
            raise UsageError(f"{VARIABLE}: expected one of {', '.join(ENCODERS)}, got {named!r}")
        return ENCODERS[named]
    return NVENC if _has_library() and remembered(NVENC, works) else X264


def remembered(encoder: H264Encoder, tried: Callable[[H264Encoder], bool]) -> bool:
    """What `tried` told the first time that it was asked about this encoder with this driver."""
    path = cache_dir() / f"encoder-{encoder.name}-{_fingerprint(encoder)}"
    with suppress(OSError):
        return path.read_text() == "works"
    found = tried(encoder)
    with suppress(OSError), whole_cache_file(path) as file:
        file.write(b"works" if found else b"does not work")
    return found


def works(encoder: H264Encoder) -> bool:
    """Whether a process of its own can encode some pictures by it that are still the same."""
    command = [sys.executable, "-m", "avatar_server.encode.h264_trial", encoder.name]
    with suppress(subprocess.TimeoutExpired):
        run = subprocess.run(command, capture_output=True, check=False, timeout=_TRIAL_WITHIN_S)
        return run.returncode == 0
    return False


def _has_library() -> bool:
    """Whether NVIDIA's driver for encoding is here."""
    with suppress(OSError):
        ctypes.CDLL("libnvidia-encode.so.1")
        return True
    return False


def _fingerprint(encoder: H264Encoder) -> str:
    """Of the driver, the GPUs, FFmpeg, and what it is told."""
    driver = Path("/proc/driver/nvidia")
    parts = [repr(sorted(encoder.options.items())), repr(av.library_versions["libavcodec"])]
    with suppress(OSError):
        parts.append((driver / "version").read_text())
        parts += sorted(gpu.name for gpu in (driver / "gpus").iterdir())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
