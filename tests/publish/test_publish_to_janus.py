"""A stage published to Janus: what its subscribers see and hear, and what happens when it is lost."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import numpy as np
import pytest
from av import AudioFrame, VideoFrame
from fastapi import Response
from numpy.typing import NDArray

from avatar_server.settings import SAMPLE_RATE_HZ
from avatar_server.sinks import webrtc_aiortc
from avatar_server.sinks.webrtc_aiortc_dtls import accept_rsa_certificates
from avatar_server.stage.test_card import PITCHES_HZ, azimuth_rad, time_code_s
from tests.publish.command import publishing
from tests.publish.janus import Janus, Subscriber
from tests.publish.whip_front import serving

SIZE = ("--size", "640x360")
TOKEN = "a-token-that-nobody-may-read"


@pytest.fixture(autouse=True)
def _hooks() -> None:
    webrtc_aiortc.install(loopback_only=True)
    accept_rsa_certificates()


def luma_of(picture: VideoFrame) -> NDArray[np.uint8]:
    return picture.to_ndarray(format="yuv420p")[: picture.height].astype(np.uint8)


def media_s(picture: VideoFrame) -> float:
    return time_code_s(luma_of(picture))


def pitch_hz(sounds: list[AudioFrame]) -> tuple[float, float]:
    """The loudest pitch, and how much louder the left channel is."""
    samples = np.concatenate([sound.to_ndarray().reshape(-1, 2) for sound in sounds]) / 32768
    loudest = np.argmax(np.abs(np.fft.rfft(samples[:, 0] * np.hanning(len(samples)))))
    left, right = np.sqrt(np.mean(samples**2, axis=0))
    return float(loudest) * SAMPLE_RATE_HZ / len(samples), float(left / right)


def test_pictures_and_sound_arrive_at_a_subscriber(tmp_path: Path) -> None:
    token_file = tmp_path / "token"
    token_file.write_text(TOKEN + "\n")

    async def run() -> None:
        async with Janus.running(tmp_path) as janus, serving(janus, TOKEN) as front:
            # Sent on, then asked for patience, then taken.
            front.first.append(Response(status_code=307, headers={"Location": "/whip/elsewhere?place=2"}))
            front.first.append(Response(status_code=503, headers={"Retry-After": "2"}))
            to = ("--to", front.url, "--token-file", str(token_file))
            async with publishing("test-card", *to, *SIZE, "--camera", "left") as command:
                assert "in 2 s: " in await command.says("reconnecting")
                assert await command.says("published") == (
                    f"avatar-server: published at {front.url.removesuffix('/whip/stage')}\n"
                )
                posts = [seen for seen in front.seen if seen.startswith("POST")]
                assert posts == ["POST 307", "POST 503", "POST 201"]
                async with Subscriber.of(janus) as subscriber:
                    # The subscriber is the DTLS client, and Janus has an RSA certificate.
                    assert "a=setup:active" in subscriber.answer_sdp
                    await subscriber.until(
                        lambda: len(subscriber.pictures) > 45 and len(subscriber.sounds) > 60
                    )
                    see_the_card(subscriber.pictures)
                    hear_the_tone(subscriber.sounds)
                command.process.send_signal(signal.SIGTERM)
                assert await command.ends() == 0
            assert front.seen[-1] == "DELETE 200"
            assert not front.sessions
            assert TOKEN not in "".join(command.said)

    asyncio.run(run())


def see_the_card(pictures: list[VideoFrame]) -> None:
    assert (pictures[0].width, pictures[0].height) == (640, 360)
    first = pictures[0]
    for picture in pictures[1:40]:
        assert picture.pts is not None
        assert first.pts is not None
        passed_s = (picture.pts - first.pts) / 90_000
        assert media_s(picture) - media_s(first) == pytest.approx(passed_s, abs=0.002)
    assert azimuth_rad(luma_of(first)) == pytest.approx(-0.6, abs=0.1)


def hear_the_tone(sounds: list[AudioFrame]) -> None:
    # Within a second the pitch is one of four; a window of 0.2 s may lie across a change, two do not.
    heard = [pitch_hz(sounds[start : start + 10]) for start in (40, 50)]
    assert any(min(abs(pitch - known) for known in PITCHES_HZ) < 6 for pitch, _ in heard)
    assert all(ratio == pytest.approx(2.0, rel=0.1) for _, ratio in heard)


def test_a_server_that_was_lost_is_published_to_again(tmp_path: Path) -> None:
    async def run() -> None:
        async with Janus.running(tmp_path) as janus, serving(janus) as front:
            async with publishing("test-card", "--to", front.url, *SIZE) as command:
                await command.says("published")
                async with Subscriber.of(janus) as subscriber:
                    await subscriber.until(lambda: len(subscriber.pictures) > 2)
                    before_s = media_s(subscriber.pictures[-1])
                    await janus.kill()
                assert "the connection for pictures and sound was lost" in await command.says("reconnecting")
                await front.until(lambda: "POST 502" in front.seen)
                await janus.start()
                await command.says("published")
                async with Subscriber.of(janus) as subscriber:
                    await subscriber.until(lambda: len(subscriber.pictures) > 2)
                    assert media_s(subscriber.pictures[-1]) > before_s
                command.process.send_signal(signal.SIGINT)
                assert await command.ends() == 0
            assert front.seen[-1] == "DELETE 200"

    asyncio.run(run())
