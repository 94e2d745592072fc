"""Players that others made watch by WHEP, judged by the pixels they show and the sound they play."""

from __future__ import annotations

import base64
import io
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import av
import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page

from avatar_server.stage.test_card import AZIMUTHS_RAD, PITCHES_HZ, azimuth_rad, time_code_s
from tests.whep.conftest import WhepServer

pytestmark = pytest.mark.browser

Evaluate = Callable[[str], Any]


class Browser(Protocol):
    def goto(self, url: str) -> None: ...

    def evaluate(self, expression: str) -> Any: ...


def watch(evaluate: Evaluate, server: WhepServer, endpoint: str, **options: object) -> dict[str, Any]:
    """Open a session from within a page of another origin."""
    wanted = json.dumps({"headers": server.headers, **options})
    seen: dict[str, Any] = evaluate(f"watch({json.dumps(endpoint)}, {wanted})")
    assert seen["status"] == 201, seen
    assert re.fullmatch('"[^"]+"', seen["tag"])
    return seen


def see_time_move(evaluate: Evaluate) -> None:
    began = evaluate("until(() => card()?.time_s)")
    evaluate(f"until(() => card().time_s > {began} + 0.2)")
    times = [seen["time_s"] for seen in evaluate("pictures(10)")]
    assert times == sorted(times)
    assert times[-1] > times[0]


def leave(evaluate: Evaluate, server: WhepServer) -> None:
    headers = json.dumps(server.headers)
    assert evaluate(f"leave({headers})") == 200
    assert evaluate(f"leave({headers})") == 404


def is_a_note_of_the_card(sound: NDArray[np.float64]) -> bool:
    """Whether (n, 2) samples at 48 kHz end with one of the card's notes, on the left louder than right."""
    heard = sound[-8192:]
    pitch_hz = np.argmax(np.abs(np.fft.rfft(heard[:, 0] * np.hanning(8192)))) * 48_000 / 8192
    left, right = np.sqrt((heard**2).mean(axis=0))
    return bool(min(abs(pitch_hz - pitch) for pitch in PITCHES_HZ) < 8 and left > 1.5 * right > 0.05)


@pytest.mark.parametrize("trickle", [False, True])
def test_chromium(
    trickle: bool, other_page: Page, card_reader: str, player_url: str, whep_server: WhepServer
) -> None:
    other_page.add_init_script(card_reader)
    other_page.goto(player_url)
    evaluate = other_page.evaluate
    with whep_server.endpoint() as endpoint:
        seen = watch(evaluate, whep_server, f"{endpoint}?view=left", trickle=trickle)
        assert seen["patched"] == (204 if trickle else None)
        see_time_move(evaluate)
        azimuth = other_page.evaluate("card().azimuth_rad")
        assert abs(azimuth - AZIMUTHS_RAD["left"]) < 0.15, "the view that was asked for"
        evaluate("listen()")
        evaluate("until(() => heard().level > 0.05)")
        evaluate(f"until(() => {list(PITCHES_HZ)}.some((pitch) => Math.abs(heard().pitch_hz - pitch) < 8))")
        assert evaluate("codecs()") == {"video": "video/H264", "audio": "audio/opus"}
        leave(evaluate, whep_server)
        evaluate("until(() => peer.getReceivers()[0].transport.state === 'closed')")


def test_chromium_for_the_sound_alone(other_page: Page, player_url: str, whep_server: WhepServer) -> None:
    other_page.goto(player_url)
    with whep_server.endpoint() as endpoint:
        watch(other_page.evaluate, whep_server, endpoint, kinds=["audio"])
        other_page.evaluate("until(() => video.srcObject)")
        other_page.evaluate("listen()")
        other_page.evaluate("until(() => heard().level > 0.05)")
        assert other_page.evaluate("codecs()") == {"audio": "audio/opus"}


def test_firefox(firefox: Browser, card_reader: str, player_url: str, whep_server: WhepServer) -> None:
    firefox.goto(player_url)
    firefox.evaluate(f"(() => {{ {card_reader} }})()")
    with whep_server.endpoint() as endpoint:
        watch(firefox.evaluate, whep_server, endpoint)
        see_time_move(firefox.evaluate)
        recorded = io.BytesIO(base64.b64decode(firefox.evaluate("record()")))
        with av.open(recorded, "r") as file:
            parts = [frame.to_ndarray().T for frame in file.decode(audio=0)]
        assert is_a_note_of_the_card(np.concatenate(parts).astype(float))
        assert firefox.evaluate("codecs()") == {"video": "video/VP8", "audio": "audio/opus"}
        leave(firefox.evaluate, whep_server)


@pytest.mark.parametrize("codec", ["h264", "vp8"])
def test_gstreamer(codec: str, tmp_path: Path, whep_server: WhepServer) -> None:
    program = Path(__file__).with_name("gstreamer_player.py")
    with whep_server.endpoint() as endpoint:
        token = whep_server.headers["Authorization"]
        command = ["/usr/bin/python3", str(program), f"{endpoint}?view=right", token, codec]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=90)
        assert ran.returncode == 0, ran.stderr
        session = (tmp_path / "session.txt").read_text()
        assert httpx.get(session, headers=whep_server.headers).status_code == 404, "it has left"
    luma = np.fromfile(tmp_path / "luma.raw", np.uint8).reshape(-1, 720, 1280)
    times = [time_code_s(picture) for picture in luma]
    assert times == sorted(times)
    assert 0.5 < times[-1] - times[0] < 3.0, "30 pictures of a second or little more"
    assert abs(azimuth_rad(luma[-1]) - AZIMUTHS_RAD["right"]) < 0.15
    sound = np.fromfile(tmp_path / "sound.raw", np.int16).reshape(-1, 2)
    assert is_a_note_of_the_card(sound / 32768)
