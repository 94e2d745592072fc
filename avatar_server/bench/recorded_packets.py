"""Some seconds of an interaction, drawn and encoded once, for measuring what sending costs by itself.

`python -m avatar_server.bench.recorded_packets INTERACTION OUT` records in a process of its own, so that
whoever plays the recording carries no renderer.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from avatar_server.encode.live_packet import RUNGS, LivePacket, VideoCodec, VideoStream
from avatar_server.errors import MachineError
from avatar_server.settings import cache_dir

RECORDED_S = 10
CODECS: tuple[VideoCodec, ...] = ("h264",)
"""What receivers of a measurement take."""

_FORMAT = "recorded-packets-2"
"""Part of the file's name: a recording of another format is made anew."""


@dataclass(frozen=True, slots=True)
class RecordedPackets:
    """Packets of all rungs of the presenter's view and of the sound, each list in order from stream time 0.

    Both last exactly `RECORDED_S`; the first picture of each list is a key picture. rate_hz: pictures a
    second.
    """

    video: dict[VideoStream, tuple[LivePacket, ...]]
    audio: tuple[LivePacket, ...]
    size: tuple[int, int]
    rate_hz: int

    def write(self, path: Path) -> None:
        """A line of JSON that says what follows, then all packets' data."""
        packets = [packet for stream in self.video.values() for packet in stream] + list(self.audio)
        table = [
            (*_named(packet.stream), packet.pts, int(packet.key), len(packet.data)) for packet in packets
        ]
        head = json.dumps({"size": self.size, "rate_hz": self.rate_hz, "packets": table})
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_bytes(head.encode() + b"\n" + b"".join(packet.data for packet in packets))
        unfinished.replace(path)

    @classmethod
    def read(cls, path: Path) -> RecordedPackets:
        """What `write` wrote."""
        line, _, data = path.read_bytes().partition(b"\n")
        head = json.loads(line)
        video: dict[VideoStream, list[LivePacket]] = {}
        audio: list[LivePacket] = []
        start = 0
        for codec, rung, pts, key, length in head["packets"]:
            piece = data[start : start + length]
            start += length
            if codec:
                stream = VideoStream(codec=codec, rung=rung)
                video.setdefault(stream, []).append(LivePacket("video", pts, bool(key), piece, stream))
            else:
                audio.append(LivePacket("audio", pts, True, piece))
        size = head["size"][0], head["size"][1]
        return cls({key: tuple(of) for key, of in video.items()}, tuple(audio), size, head["rate_hz"])


def recorded(interaction: str, size: tuple[int, int] = (1280, 720), rate_hz: int = 30) -> RecordedPackets:
    """The recording of `interaction`, made and kept in the cache when there is none.

    Raises `MachineError` if the machine cannot draw or encode.
    """
    width, height = size
    path = cache_dir() / f"{_FORMAT}-{interaction}-{width}x{height}-{rate_hz}.packets"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        arguments = [interaction, str(path), str(width), str(height), str(rate_hz)]
        run = subprocess.run(
            [sys.executable, "-m", "avatar_server.bench.recorded_packets", *arguments],
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode:
            last = (run.stderr.strip().splitlines() or [f"status {run.returncode}"])[-1]
            raise MachineError(f"recording packets of {interaction} failed: {last}")
    return RecordedPackets.read(path)


def record(interaction: str, size: tuple[int, int], rate_hz: int, seconds: int) -> RecordedPackets:
    """Draw and encode `seconds` of an interaction at every rung."""
    from avatar_server.encode.live_opus import BLOCK_SAMPLES, LiveOpus
    from avatar_server.encode.live_video import Scaler, open_live_encoder
    from avatar_server.render.contract import draw
    from avatar_server.settings import SAMPLE_RATE_HZ
    from avatar_server.stage.programme import StageOrder, open_programme, open_renderer_for
    from avatar_server.timing.synchroniser import PictureGrid

    order = StageOrder(interaction, ".", "", *size, rate_hz)
    opened, grid = open_programme(order), PictureGrid(rate_hz)
    programme, renderer = opened.programme, open_renderer_for(order)
    camera = programme.orbit(opened.cameras[0], size[0] / size[1]).camera()
    streams = [VideoStream(codec=codec, rung=rung) for codec in CODECS for rung in range(len(RUNGS))]
    encoders = {stream: open_live_encoder(stream, renderer.size, rate_hz) for stream in streams}
    scaler = Scaler(renderer.size)
    video: dict[VideoStream, list[LivePacket]] = {stream: [] for stream in streams}
    for index in range(seconds * rate_hz):
        frames = scaler.frames(draw(renderer, programme.snapshot_at(grid.time_s(index), camera)))
        for stream, encoder in encoders.items():
            frame = frames.at(RUNGS[stream.rung].scale)
            data, key = encoder.encode_frame(frame, index, key=index == 0)
            video[stream].append(LivePacket("video", grid.pts(index), key, data, stream))
    opus = LiveOpus()
    audio = [
        opus.encode(programme.sound_block(start, BLOCK_SAMPLES), start)
        for start in range(0, seconds * SAMPLE_RATE_HZ, BLOCK_SAMPLES)
    ]
    return RecordedPackets({key: tuple(of) for key, of in video.items()}, tuple(audio), size, rate_hz)


def _named(stream: VideoStream | None) -> tuple[Literal["", "h264", "vp8"], int]:
    return ("", 0) if stream is None else (stream.codec, stream.rung)


def main(arguments: list[str]) -> int:
    """INTERACTION OUT WIDTH HEIGHT RATE."""
    interaction, path, width, height, rate_hz = arguments
    record(interaction, (int(width), int(height)), int(rate_hz), RECORDED_S).write(Path(path))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
