"""Films and stills over HTTP: asked for, watched, fetched, ended, refused."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import pytest
from PIL import Image

from avatar_server.render.still import read_png
from avatar_server.settings import cache_dir
from tests.running_server import StartServer

from .conftest import TOKEN, Api

TINY = {"width": 128, "height": 72, "rate_hz": 5}


def until(client: httpx.Client, address: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Ask until it holds, as a page does."""
    deadline_s = time.monotonic() + 60
    while time.monotonic() < deadline_s:
        told: dict[str, Any] = client.get(address).json()
        if holds(told):
            return told
    pytest.fail(f"it never came to that: {told}")


def is_over(told: dict[str, Any]) -> bool:
    return told["state"] in ("done", "failed", "cancelled")


def begun(client: httpx.Client, **order: Any) -> str:
    """The address of a new export."""
    made = client.post("/api/exports", json={**TINY, **order})
    assert made.status_code == 201, made.text
    assert made.json()["state"] in ("queued", "running")
    assert made.headers["Location"].endswith(made.json()["id"])
    return made.headers["Location"]


@pytest.mark.opengl
def test_a_film_is_made_and_fetched(api: Api, operator: httpx.Client) -> None:
    address = begun(operator, interaction=api.key, start_s=2.0, end_s=4.0, captions="track", camera="auto")
    told = until(operator, address, is_over)
    assert (told["state"], told["problem"], told["progress"]) == ("done", "", 1.0)
    assert told["file_name"] == "V00-S0809-I00000582_2.0-4.0s.mp4"
    assert told["expires_s"] > time.time() + 3000
    film = operator.get(f"{address}/file")
    assert film.headers["content-type"] == "video/mp4"
    assert film.headers["content-disposition"] == f'attachment; filename="{told["file_name"]}"'
    assert len(film.content) == told["bytes"]
    with av.open(io.BytesIO(film.content), "r") as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (128, 72)
        assert len(container.streams.subtitles) == 1
        assert len(list(container.decode(video=0))) == 10
    part = operator.get(f"{address}/file", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, film.content[10:20])
    assert operator.head(f"{address}/file").headers["content-length"] == str(told["bytes"])
    assert operator.get("/api/exports").json()[0]["id"] == told["id"]
    assert operator.delete(address).json()["state"] == "done"
    assert operator.get(address).status_code == 404
    assert operator.get(f"{address}/file").status_code == 404


@pytest.mark.opengl
def test_one_is_drawn_the_next_waits_and_both_can_be_ended(api: Api, operator: httpx.Client) -> None:
    first = begun(operator, interaction="demo", width=640, height=360, rate_hz=60)
    second = begun(operator, interaction=api.key)
    assert operator.get(second).json()["state"] == "queued"
    assert operator.get(f"{second}/file").status_code == 409
    assert operator.delete(second).json()["state"] == "cancelled"
    until(operator, first, lambda told: told["progress"] > 0)
    ended = operator.delete(first).json()
    assert (ended["state"], ended["bytes"]) == ("cancelled", 0)
    assert operator.get(first).json()["state"] == "cancelled"


@pytest.mark.opengl
def test_a_span_that_is_not_there_is_said_in_words(api: Api, operator: httpx.Client) -> None:
    told = until(operator, begun(operator, interaction=api.key, start_s=1, end_s=900), is_over)
    assert (told["state"], told["problem"]) == ("failed", "end: the interaction lasts 8.00 s, got 900")
    told = until(operator, begun(operator, interaction="V03_S0001_I00000999"), is_over)
    assert told["state"] == "failed"
    assert "V03_S0001_I00000999" in told["problem"]
    assert str(api.data_dir) not in json.dumps(told)


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ({"width": 127}, "expected even ones, got 127x720"),
        ({"width": 9000}, "width: Input should be less than or equal to 4096"),
        ({"width": 4096, "height": 4096}, "pixels"),
        ({"camera": "above"}, "camera: expected one of two-shot, left,"),
        ({"camera": {"azimuth_rad": 1}}, "camera.OrbitWanted.elevation_rad: Field required"),
        ({"start_s": 3, "end_s": 2}, "end_s: expected more than start_s (3), got 2"),
        ({"start_s": "3"}, "start_s: Input should be a valid number"),
        ({"captions": "loud"}, "captions: Input should be 'none', 'track' or 'burnt'"),
        ({"studio": "transparent"}, "studio: expected one of light, dark, white, got 'transparent'"),
        ({"names": "yes"}, "names: Input should be a valid boolean"),
        ({"rate_hz": 1000}, "rate_hz: Input should be less than or equal to 120"),
        ({"staging": "upside-down"}, "staging: expected one of as-recorded, face-to-face"),
        ({"preset": "loud"}, "preset: expected one of natural, genea"),
        ({"interaction": "../../etc/passwd"}, "expected an interaction key"),
        ({"interaction": "-o"}, "expected an interaction key"),
        ({"interaction": None}, "the test card cannot be exported"),
        ({"speed": 2}, "speed: Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_exported_is_refused(
    api: Api, operator: httpx.Client, order: dict[str, Any], said: str
) -> None:
    refused = operator.post("/api/exports", json={"interaction": api.key, **order})
    assert refused.status_code == 422
    assert said in refused.json()["detail"]


def test_who_may_export(api: Api) -> None:
    order = {"interaction": api.key}
    assert httpx.post(f"{api.server.url}/api/exports", json=order).status_code == 401
    assert httpx.post(f"{api.server.url}/api/stills", json={**order, "time_s": 0}).status_code == 401
    with api.as_guest(api.key) as guest:
        assert guest.post("/api/exports", json=order).status_code == 403
        for path in ("/api/exports", "/api/exports/0123", "/api/exports/0123/file"):
            assert guest.get(path).status_code == 403
        assert guest.delete("/api/exports/0123").status_code == 403
        other = {"interaction": "V03_S0001_I00000582", "time_s": 0}
        assert guest.post("/api/stills", json=other).status_code == 403


@pytest.mark.opengl
def test_a_still_is_a_png_of_the_moment(api: Api, tmp_path: Path) -> None:
    orbit = {"azimuth_rad": 0.4, "elevation_rad": 0.1, "distance_m": 4.0, "target_m": [0, 0.9, 0]}
    order = {"time_s": 3.0, "camera": orbit, "width": 128, "height": 72, "captions": "burnt"}
    with api.as_guest(api.key) as guest:
        answer = guest.post("/api/stills", json=order)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png"), answer.text
        cut_out = guest.post("/api/stills", json={**order, "studio": "transparent", "names": True})
        late = guest.post("/api/stills", json={"time_s": 900, "width": 128, "height": 72})
        assert late.status_code == 422
        assert late.json()["detail"] == "time: the interaction lasts 8.00 s, got 900"
        assert guest.post("/api/stills", json={"time_s": 1, "camera": "above"}).status_code == 422
    path = tmp_path / "still.png"
    path.write_bytes(answer.content)
    shown = read_png(path)
    assert shown.shape == (72, 128, 3)
    assert np.ptp(shown) > 120, "people before a light ground"
    path.write_bytes(cut_out.content)
    with Image.open(path) as image:
        assert image.mode == "RGBA"
        alpha = np.asarray(image)[..., 3]
    assert (alpha == 0).mean() > 0.5
    assert (alpha == 255).mean() > 0.03, "people"


@pytest.mark.opengl
def test_a_server_that_stops_ends_its_exports_and_leaves_nothing(
    api: Api, start_server: StartServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a killed server left behind is removed by the next one, and this one's own when it stops."""
    kept = tmp_path / "exports"
    for made in cache_dir().iterdir():  # What takes long to make is shared.
        if made.name != kept.name:
            (tmp_path / made.name).symlink_to(made)
    left = kept / "server-killed"
    left.mkdir(parents=True)
    (left / "lock").touch()
    (left / "film.mp4").write_bytes(b"half a film")
    monkeypatch.setenv("AVATAR_SERVER_CACHE", str(tmp_path))
    with start_server("test-card", api.data_dir, options=("--token", TOKEN)) as server:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        with httpx.Client(base_url=server.url, headers=headers, timeout=60) as client:
            assert not left.exists()
            running = begun(client, interaction="demo", width=640, height=360, rate_hz=60)
            begun(client, interaction=api.key)
            until(client, running, lambda told: told["bytes"] > 0)
            assert list(kept.glob("server-*/**/.*.part")), "a film is being written"
    assert not list(kept.glob("server-*"))
