"""Segments joined are the film as it is exported at once, to the bit; broken ones are refused."""

from __future__ import annotations

import errno
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
import pytest

from avatar_server.encode.h264_segment import pictures_per_group
from avatar_server.errors import InputError, MachineError, UsageError
from avatar_server.export import export
from avatar_server.render.contract import PictureSize
from avatar_server.segments import segment_file
from avatar_server.segments.film import Film
from avatar_server.segments.joining import join_segments
from avatar_server.segments.plan import Segment, plan_segments
from avatar_server.segments.segment_file import read_pictures, read_record, verified
from avatar_server.segments.writing import write_segment
from avatar_server.stage.test_card import TestCardRenderer, time_code_s

SIZE = PictureSize(320, 192)

Films = Callable[..., Film]


def write_all(of: Film, folder: Path, seconds: float) -> list[Path]:
    """Last one first, each with a renderer of its own: nothing may depend on what came before."""
    plan = plan_segments(of.picture_count, of.rate_hz, seconds)
    for segment in reversed(plan):
        write_segment(of, TestCardRenderer(SIZE), segment, folder / f"{segment.index}")
    return [folder / f"{segment.index}" for segment in plan]


def test_a_plan_covers_every_picture_once_and_cuts_at_key_frames() -> None:
    for rate in ("30", "25", "30000/1001", "60", "12"):
        rate_hz = Fraction(rate)
        for count in (1, 59, 60, 61, 1000):
            for seconds in (0.1, 2, 10):
                plan = plan_segments(count, rate_hz, seconds)
                covered = [picture for one in plan for picture in range(one.first, one.first + one.count)]
                assert covered == list(range(count))
                assert all(one.first % pictures_per_group(rate_hz) == 0 for one in plan)
                assert [one.index for one in plan] == list(range(len(plan)))
    assert len(plan_segments(1000, Fraction(30), 10)) == 4
    with pytest.raises(ValueError, match="at least one"):
        plan_segments(0, Fraction(30))


@pytest.mark.parametrize(("rate", "seconds"), [("30", 2), ("30000/1001", 4), ("25", 100)])
def test_joined_is_exported_at_once_to_the_bit(
    tmp_path: Path, film: Films, rate: str, seconds: float
) -> None:
    whole, joined = tmp_path / "whole.mp4", tmp_path / "joined.mp4"
    shown = film(rate)
    export(shown, TestCardRenderer(SIZE), whole)
    folder = tmp_path / "segments"
    folder.mkdir()
    join_segments(shown, SIZE, write_all(shown, folder, seconds), joined)
    streams = []
    for path in (whole, joined):
        with av.open(str(path)) as container:
            packets = list(container.demux(container.streams.video[0], container.streams.audio[0]))
            streams.append(
                {
                    kind: [
                        (packet.pts, packet.dts, packet.duration, packet.is_keyframe, bytes(packet))
                        for packet in packets
                        if packet.stream.type == kind and packet.size
                    ]
                    for kind in ("video", "audio")
                }
            )
            assert container.streams.video[0].codec_context.extradata
    assert streams[0] == streams[1]
    times = [dts for _, dts, *_ in streams[1]["video"] if dts is not None]
    assert times == sorted(set(times))
    keys = [pts for pts, _, _, is_key, _ in streams[1]["video"] if is_key and pts is not None]
    unit = keys[1] // pictures_per_group(Fraction(rate))
    assert keys == [
        unit * index for index in range(0, shown.picture_count, pictures_per_group(Fraction(rate)))
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["joined.mp4", "segments", "whole.mp4"]


def test_every_picture_stands_where_it_belongs_and_the_tone_does_not_click(
    tmp_path: Path, film: Films
) -> None:
    shown, target = film(), tmp_path / "out.mp4"
    join_segments(shown, SIZE, write_all(shown, tmp_path, 2), target)
    sound = []
    with av.open(str(target)) as container:
        shown_s: list[float] = []
        for frame in container.decode(container.streams.video[0], container.streams.audio[0]):
            if isinstance(frame, av.VideoFrame):
                assert frame.time is not None
                assert frame.time == pytest.approx(len(shown_s) / 30)
                shown_s.append(time_code_s(frame.to_ndarray()[: SIZE.height, : SIZE.width].astype(np.uint8)))
            elif isinstance(frame, av.AudioFrame):
                sound.append(frame.to_ndarray()[0])
    expected = [0.3 + index / 30 for index in range(shown.picture_count)]
    assert shown_s == pytest.approx(expected, abs=0.001)
    heard = np.concatenate(sound)[: round(len(expected) / 30 * 48_000)]
    meant = shown.programme.sound_block(round(0.3 * 48_000), len(heard))[:, 0]
    assert len(heard) == len(meant)
    # Beginnings and ends of a coded tone ring; in between, a click would stand out of the coder's noise.
    assert np.abs(heard - meant)[2048:-2048].max() < 0.02


def test_what_was_written_is_told_and_verified(tmp_path: Path, film: Films) -> None:
    shown, target = film(end_s=2.3), tmp_path / "one"
    segment = plan_segments(shown.picture_count, shown.rate_hz)[0]
    record = write_segment(shown, TestCardRenderer(SIZE), segment, target, subject="this one")
    assert read_record(target) == record == verified(target)
    assert record.segment == segment
    assert record.subject == "this one"
    pictures = list(read_pictures(target))
    assert sorted(picture.index for picture in pictures) == list(range(segment.count))
    assert record.bytes == sum(len(picture.data) for picture in pictures)
    assert pictures[0].is_key
    whole = target.read_bytes()
    for broken in (whole[:-1], whole[1:], b"", whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:]):
        target.write_bytes(broken)
        with pytest.raises(InputError, match="one: expected"):
            verified(target)
    with pytest.raises(InputError, match="nothing"):
        verified(tmp_path / "nothing")


def test_what_does_not_belong_together_is_not_joined(tmp_path: Path, film: Films) -> None:
    shown, target = film(end_s=4.5), tmp_path / "out.mp4"
    paths = write_all(shown, tmp_path, 2)
    before = set(tmp_path.iterdir())
    with pytest.raises(InputError, match="begins with picture 0"):
        join_segments(shown, SIZE, paths[1:], target)
    with pytest.raises(InputError, match="begins with picture 60"):
        join_segments(shown, SIZE, [paths[0], paths[0]], target)
    with pytest.raises(UsageError, match="126 pictures, got 120"):
        join_segments(shown, SIZE, paths[:-1], target)
    with pytest.raises(InputError, match="size, rate and encoder"):
        join_segments(shown, PictureSize(640, 384), paths, target)
    content = bytearray(paths[1].read_bytes())
    content[len(content) // 2] ^= 1
    paths[1].write_bytes(content)
    with pytest.raises(InputError, match="others"):
        join_segments(shown, SIZE, paths, target)
    assert set(tmp_path.iterdir()) == before


def test_a_full_disk_is_named_and_leaves_nothing(
    tmp_path: Path, film: Films, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest, written = segment_file.SegmentWriter._put, 0

    def put_while_there_is_room(self: segment_file.SegmentWriter, data: bytes) -> None:
        nonlocal written
        written += len(data)
        if written > 10_000:
            self._file = _Full(self._file)  # type: ignore[assignment, arg-type]
        honest(self, data)

    monkeypatch.setattr(segment_file.SegmentWriter, "_put", put_while_there_is_room)
    with pytest.raises(MachineError, match=r"no room left for .*/segment-3"):
        write_segment(film(), TestCardRenderer(SIZE), Segment(0, 0, 60), tmp_path / "segment-3")
    assert list(tmp_path.iterdir()) == []


class _Full:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    def close(self) -> None:
        self._file.close()
