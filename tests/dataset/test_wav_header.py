"""What the beginning of a WAV says, against what those say who read the whole file."""

from __future__ import annotations

import io
import struct
import wave
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from avatar_server.audio.sound_clip import SoundClip
from avatar_server.dataset.wav_header import LONGEST_HEADER_BYTES, WavHeader, parse_wav_header
from avatar_server.errors import InputError

WHERE = "https://bucket.example/audio/V00.wav"
PCM, IEEE_FLOAT, EXTENSIBLE, MU_LAW = 1, 3, 0xFFFE, 7
RIFF_LENGTH, DATA_LENGTH = 4, 0xFFFFFFFF
GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")
"""Of the sub-formats that have a plain number."""


def form(tag: int, bits: int, channels: int = 1, rate_hz: int = 48_000) -> bytes:
    frame = channels * bits // 8
    return struct.pack("<HHIIHH", tag, channels, rate_hz, rate_hz * frame, frame, bits)


def extensible(tag: int, bits: int, channels: int = 1) -> bytes:
    return form(EXTENSIBLE, bits, channels) + struct.pack("<HHIH", 22, bits, 4, tag) + GUID_TAIL


def chunk(name: bytes, data: bytes, length: int | None = None) -> bytes:
    return name + struct.pack("<I", len(data) if length is None else length) + data + b"\0" * (len(data) % 2)


def wav(*chunks: bytes, start: bytes = b"RIFF", length: int | None = None) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return start + struct.pack("<I", len(body) if length is None else length) + body


def tone(count: int = 4800) -> NDArray[np.float64]:
    return 0.5 * np.sin(np.arange(count) / 20)


def as_bytes(dtype: str, samples: NDArray[np.float64]) -> bytes:
    stored: NDArray[np.generic]
    if dtype == "u1":
        stored = np.round(samples * 127 + 128).astype("u1")
    elif dtype.startswith("<i"):
        stored = np.round(samples * (2 ** (8 * int(dtype[2:]) - 1) - 1)).astype(dtype)
    else:
        stored = samples.astype(dtype)
    return stored.tobytes()


def whole(data: bytes) -> WavHeader:
    header = parse_wav_header(data, len(data), WHERE)
    assert header is not None
    return header


def decoded(data: bytes) -> tuple[int, NDArray[np.float32]]:
    """Rate, and the samples of the first channel with full scale 1, as FFmpeg reads them."""
    with av.open(io.BytesIO(data), "r") as container:
        parts = []
        for frame in container.decode(audio=0):
            array = frame.to_ndarray()
            kind = array.dtype
            plain = array[0] if frame.format.is_planar else array[0, :: frame.layout.nb_channels]
            if kind == np.uint8:
                parts.append((plain.astype(np.float32) - 128) / 128)
            elif kind.kind == "i":
                parts.append(plain.astype(np.float32) / np.float32(2 ** (8 * kind.itemsize - 1)))
            else:
                parts.append(plain.astype(np.float32))
        return container.streams.audio[0].rate, np.concatenate(parts or [np.zeros(0, np.float32)])


@pytest.mark.parametrize(
    ("fmt", "dtype"),
    [
        (form(PCM, 8), "u1"),
        (form(PCM, 16), "<i2"),
        (form(PCM, 32), "<i4"),
        (form(IEEE_FLOAT, 32), "<f4"),
        (form(IEEE_FLOAT, 64), "<f8"),
        (form(IEEE_FLOAT, 32) + b"\0\0", "<f4"),
        (extensible(PCM, 16), "<i2"),
        (extensible(IEEE_FLOAT, 32), "<f4"),
    ],
    ids=["u8", "s16", "s32", "f32", "f64", "f32 with an extension", "extensible s16", "extensible f32"],
)
def test_plain_samples_are_those_that_ffmpeg_decodes(fmt: bytes, dtype: str) -> None:
    data = wav(chunk(b"fmt ", fmt), chunk(b"data", as_bytes(dtype, tone())))
    header = whole(data)
    assert (header.rate_hz, header.channels, header.dtype, header.frame_count) == (48_000, 1, dtype, 4800)
    assert header.duration_s == pytest.approx(0.1)
    rate_hz, expected = decoded(data)
    assert rate_hz == header.rate_hz
    came = header.mono(data[header.data_start : header.data_start + header.data_bytes])
    np.testing.assert_allclose(came, expected, atol=1e-7)
    assert came.dtype == np.float32


def test_it_says_what_the_standard_library_says(tmp_path: Path) -> None:
    path = tmp_path / "stereo.wav"
    with wave.open(str(path), "wb") as writer:
        writer.setnchannels(2)
        writer.setsampwidth(2)
        writer.setframerate(44_100)
        writer.writeframes(np.array([[1000, 3000], [-2000, 2000]] * 5, "<i2").tobytes())
    data = path.read_bytes()
    header = whole(data)
    with wave.open(str(path)) as reader:
        assert header.rate_hz == reader.getframerate()
        assert header.channels == reader.getnchannels()
        assert header.frame_count == reader.getnframes()
        frames = reader.readframes(10)
    assert data[header.data_start : header.data_start + header.data_bytes] == frames
    np.testing.assert_allclose(header.mono(frames)[:2], [2000 / 32768, 0.0])


@pytest.mark.parametrize(
    "before",
    [
        [chunk(b"JUNK", bytes(28))],
        [chunk(b"LIST", b"INFOISFT\x05\0\0\0Lavf\0")],
        [chunk(b"odd ", b"abc"), chunk(b"PAD ", bytes(4001))],
    ],
    ids=["junk", "list", "odd sizes are padded"],
)
def test_chunks_before_and_behind_the_samples_are_passed_over(before: list[bytes]) -> None:
    sound = as_bytes("<i2", tone(101))
    for data in (
        wav(*before, chunk(b"fmt ", form(PCM, 16)), chunk(b"data", sound), chunk(b"LIST", bytes(40))),
        wav(chunk(b"fmt ", form(PCM, 16)), *before, chunk(b"data", sound), chunk(b"id3 ", bytes(7))),
    ):
        header = whole(data)
        assert data[header.data_start : header.data_start + header.data_bytes] == sound
        assert len(decoded(data)[1]) == header.frame_count == 101


@pytest.mark.parametrize("length", [0, 0xFFFFFFFF, 1 << 31])
def test_a_length_that_nobody_knew_reaches_to_the_end_of_the_file(length: int) -> None:
    """FFmpeg writes 0xFFFFFFFF into a pipe, others 0; one that is too large is cut."""
    sound = as_bytes("<f4", tone(500))
    data = wav(chunk(b"fmt ", form(IEEE_FLOAT, 32)), chunk(b"data", sound, length), length=0xFFFFFFFF)
    header = whole(data)
    assert header.frame_count == 500
    assert len(decoded(data)[1]) == 500
    # The last frame of a file that was cut is none.
    assert whole(data[:-3]).frame_count == 499


def test_what_ffmpeg_writes_into_a_pipe_is_read() -> None:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            self.data += bytes(data)  # type: ignore[call-overload]
            return len(bytes(data))  # type: ignore[call-overload]

    pipe = Pipe()
    with av.open(pipe, "w", format="wav") as container:
        stream = container.add_stream("pcm_s16le", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.arange(960, dtype=np.int16)[None], "s16", "mono")
        frame.rate = 48_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    header = whole(pipe.data)
    assert header.frame_count == 960
    np.testing.assert_array_equal(
        np.frombuffer(pipe.data[header.data_start :], "<i2")[:960], np.arange(960, dtype=np.int16)
    )


@pytest.mark.parametrize("start", [b"RF64", b"BW64"])
def test_the_64_bit_length_counts_where_there_is_one(start: bytes) -> None:
    sound = as_bytes("<i2", tone(300))
    ds64 = chunk(b"ds64", struct.pack("<QQQI", 1000, len(sound), 300, 0))
    rest = [chunk(b"fmt ", form(PCM, 16)), chunk(b"data", sound, 0xFFFFFFFF), chunk(b"LIST", bytes(60))]
    data = wav(ds64, *rest, start=start, length=0xFFFFFFFF)
    assert whole(data).frame_count == 300
    if start == b"RF64":
        assert len(decoded(data)[1]) == 300
    hostile = data.replace(struct.pack("<Q", len(sound)), struct.pack("<Q", (1 << 64) - 2))
    assert whole(hostile).data_bytes == len(hostile) - whole(hostile).data_start


def test_an_empty_wav_has_no_samples_and_is_none_the_less_one() -> None:
    """187 files of the data set have these 58 bytes."""
    data = wav(
        chunk(b"fmt ", form(IEEE_FLOAT, 32) + b"\0\0"),
        chunk(b"fact", struct.pack("<I", 0)),
        chunk(b"data", b""),
    )
    assert len(data) == 58
    assert (whole(data).frame_count, whole(data).duration_s) == (0, 0.0)


def test_it_is_the_same_whenever_it_is_known() -> None:
    data = wav(
        chunk(b"JUNK", bytes(33)),
        chunk(b"fmt ", extensible(IEEE_FLOAT, 32, channels=2)),
        chunk(b"fact", bytes(4)),
        chunk(b"data", as_bytes("<f4", tone(64))),
    )
    header = whole(data)
    for count in range(len(data)):
        found = parse_wav_header(data[:count], len(data), WHERE)
        assert found == (header if count >= header.data_start else None), count


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no samples in it"),
        (b"RIFF\0\0", "no samples in it"),
        (b"<html>no such file</html>", "begins with b'<htm'"),
        (b"RIFX" + wav()[4:] + bytes(8), "begins with b'RIFX'"),
        (b"RIFF\0\0\0\0AVI LIST", "begins with"),
        (wav(chunk(b"data", bytes(8))), "a format before the samples"),
        (wav(chunk(b"fmt ", bytes(14)), chunk(b"data", bytes(8))), "16 bytes or more"),
        (wav(chunk(b"fmt ", form(PCM, 16))), "no samples in it"),
        (wav(chunk(b"fmt ", form(PCM, 24)), chunk(b"data", bytes(9))), "24 bits"),
        (wav(chunk(b"fmt ", form(MU_LAW, 8)), chunk(b"data", bytes(8))), "format 7"),
        (wav(chunk(b"fmt ", form(PCM, 16, channels=0)), chunk(b"data", bytes(8))), "0 channels"),
        (wav(chunk(b"fmt ", form(PCM, 16, rate_hz=0)), chunk(b"data", bytes(8))), "0 Hz"),
        (wav(chunk(b"fmt ", form(EXTENSIBLE, 16)), chunk(b"data", bytes(8))), "format 65534"),
        (
            wav(
                chunk(b"fmt ", struct.pack("<HHIIHH", 1, 2, 48_000, 96_000, 1, 16)), chunk(b"data", bytes(8))
            ),
            "2 channels, 16 bits",
        ),
    ],
)
def test_what_is_none_or_not_plain_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(InputError, match=WHERE) as refused:
        parse_wav_header(data, len(data), WHERE)
    assert said in str(refused.value)


@pytest.mark.parametrize("name", [b"JUNK", b"fmt ", b"ds64"])
def test_a_chunk_beyond_the_end_or_beyond_all_patience_is_refused_at_once(name: bytes) -> None:
    size_bytes = 10 << 30
    beyond_patience = wav(chunk(name, bytes(40), LONGEST_HEADER_BYTES))
    with pytest.raises(InputError, match="no samples in it"):
        parse_wav_header(beyond_patience, size_bytes, WHERE)
    beyond_the_end = wav(chunk(name, bytes(40), 0xFFFFFFFE))
    with pytest.raises(InputError, match="no samples in it"):
        parse_wav_header(beyond_the_end, 1000, WHERE)
    assert parse_wav_header(wav(chunk(name, bytes(40), 500)), 1000, WHERE) is None


def test_sound_that_is_no_number_is_silent() -> None:
    header = whole(wav(chunk(b"fmt ", form(IEEE_FLOAT, 32)), chunk(b"data", bytes(16))))
    samples = np.array([np.nan, np.inf, -np.inf, 0.25], "<f4").tobytes()
    np.testing.assert_array_equal(header.mono(samples), [0, 0, 0, 0.25])


def test_what_is_not_plain_can_still_be_played_whole(tmp_path: Path) -> None:
    """24 bits are refused here, and are no loss: such a file is decoded when all of it is here."""
    path = tmp_path / "s24.wav"
    with wave.open(str(path), "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(3)
        writer.setframerate(48_000)
        writer.writeframes(b"\0\0\x40" * 4800)
    with pytest.raises(InputError, match="24 bits"):
        parse_wav_header(path.read_bytes(), path.stat().st_size, WHERE)
    assert SoundClip.open(path, []).duration_s == pytest.approx(0.1)
