"""What the live encoders write is decoded again, and the stream is looked into."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from avatar_server.encode.live_h264 import LiveH264
from avatar_server.encode.live_opus import BLOCK_SAMPLES, LOOKAHEAD_SAMPLES, LiveOpus
from avatar_server.encode.live_packet import LivePacket
from avatar_server.encode.live_video import Scaler
from avatar_server.render.contract import Picture, PictureSize

SIZE = PictureSize(320, 192)
IDR, PARAMETERS, SLICE = 5, {7, 8}, 1


def moving_square(index: int, size: PictureSize = SIZE) -> Picture:
    i420 = np.full((size.height * 3 // 2, size.width), 128, np.uint8)
    i420[32:96, index * 4 % (size.width - 64) :][:, :64] = 220
    return Picture(size, i420)


def unit_types(packet: LivePacket) -> list[int]:
    """NAL unit types of an Annex B access unit (ITU-T H.264, annex B and table 7-1)."""
    parts = packet.data.split(b"\x00\x00\x01")
    assert parts[0] in (b"", b"\x00"), "begins with a start code"
    return [part[0] & 31 for part in parts[1:]]


def test_every_picture_gives_one_access_unit_that_shows_it() -> None:
    encoder = LiveH264(SIZE, 30)
    decoder = av.CodecContext.create("h264", "r")
    decoder.thread_count = 1
    shown = []
    for index in range(70):
        packet = encoder.encode(moving_square(index), index, key=False)
        assert packet.pts == index * 3000
        assert packet.key == (index in (0, 60)), "closed groups of two seconds"
        shown += decoder.decode(av.Packet(packet.data))
    shown += decoder.decode(None)
    assert len(shown) == 70
    for index in (0, 33, 69):
        luma = shown[index].to_ndarray(format="yuv420p")[: SIZE.height].astype(int)
        wanted = moving_square(index).planes()[0]
        assert np.abs(luma - wanted).mean() < 2
    assert decoder.profile == "Constrained Baseline"
    assert (shown[0].colorspace, shown[0].color_range) == (1, 1), "BT.709, limited range"
    assert decoder.color_primaries == decoder.color_trc == 1


def test_key_pictures_on_demand_can_be_begun_with() -> None:
    encoder = LiveH264(SIZE, 30)
    packets = [encoder.encode(moving_square(index), index, key=index == 20) for index in range(30)]
    assert [packet.pts // 3000 for packet in packets if packet.key] == [0, 20]
    assert unit_types(packets[20])[:2] == [7, 8]
    assert IDR in unit_types(packets[20])
    assert all(set(unit_types(packet)) == {SLICE} for packet in packets if not packet.key)
    decoder = av.CodecContext.create("h264", "r")
    decoder.thread_count = 1
    shown = [frame for packet in packets[20:] for frame in decoder.decode(av.Packet(packet.data))]
    shown += decoder.decode(None)
    assert len(shown) == 10


def test_places_left_empty_on_the_grid_move_no_time_stamp() -> None:
    encoder = LiveH264(SIZE, 30)
    places = [0, 1, 5, 6, 90]
    packets = [encoder.encode(moving_square(place), place, key=False) for place in places]
    assert [packet.pts for packet in packets] == [3000 * place for place in places]


def test_a_key_picture_of_noise_stays_small() -> None:
    """Rate control's buffer bounds it: 2.5 Mbit/s for 0.15 s are 47 kB."""
    size = PictureSize(1280, 720)
    noise = np.random.default_rng(1)
    encoder = LiveH264(size, 30)
    largest = 0
    for index in range(6):
        i420 = noise.integers(16, 235, (1080, 1280), dtype=np.uint8)
        packet = encoder.encode(Picture(size, i420), index, key=index in (0, 5))
        if index == 5:
            largest = len(packet.data)
    assert 0 < largest < 100_000


@pytest.mark.parametrize("pitch_hz", [440, 1000])
def test_opus_packets_are_the_sound_at_their_time_stamps(pitch_hz: int) -> None:
    encoder, decoder = LiveOpus(), av.CodecContext.create("libopus", "r")
    decoder.sample_rate = 48_000
    decoder.layout = "stereo"
    begin = 48_000
    time = np.arange(begin, begin + 50 * BLOCK_SAMPLES)
    wave = np.stack([np.sin(2 * np.pi * pitch_hz * time / 48_000) * gain for gain in (0.5, 0.25)], axis=1)
    to_float = av.AudioResampler(format="fltp", layout="stereo", rate=48_000)
    heard, last_pts = np.zeros((0, 2)), 0
    for start in range(0, len(wave), BLOCK_SAMPLES):
        block = wave[start : start + BLOCK_SAMPLES].astype(np.float32)
        packet = encoder.encode(block, begin + start)
        assert packet.pts > last_pts
        last_pts = packet.pts
        if start == 0:
            assert packet.pts == begin - LOOKAHEAD_SAMPLES
        for frame in decoder.decode(av.Packet(packet.data)):
            for piece in to_float.resample(frame):
                heard = np.concatenate([heard, piece.to_ndarray().T])
    # Sample i of what was decoded lies at stream sample `begin - LOOKAHEAD_SAMPLES + i`.
    later = slice(24_000, 24_000 + 9600)
    expected = wave[later.start - LOOKAHEAD_SAMPLES : later.stop - LOOKAHEAD_SAMPLES]
    assert np.abs(heard[later] - expected).max() < 0.05


def test_blocks_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="block"):
        LiveOpus().encode(np.zeros((480, 2), np.float32), 0)


def test_a_picture_drawn_smaller_is_brought_to_the_size_of_its_view() -> None:
    half = Picture(PictureSize(64, 36), np.full((54, 64), 128, np.uint8))
    half.planes()[0][:, 32:] = 235
    frames = Scaler(PictureSize(128, 72)).frames(half)
    for scale, size in ((Fraction(1), (128, 72)), (Fraction(1, 2), (64, 36)), (Fraction(3, 4), (96, 54))):
        frame = frames.at(scale)
        assert (frame.width, frame.height) == size
        luma = frame.to_ndarray()[: size[1]]
        assert np.abs(luma[:, : size[0] // 2 - 2].astype(int) - 128).max() <= 1
        assert np.abs(luma[:, size[0] // 2 + 2 :].astype(int) - 235).max() <= 1
