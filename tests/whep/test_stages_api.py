"""Stages over HTTP: made, listed and ended by who runs the server, looked at by who may watch."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from avatar_server.web.signed_key import sign_key
from tests.whep.conftest import WhepServer


def test_stages_are_made_listed_and_ended(whep_server: WhepServer) -> None:
    with httpx.Client(base_url=whep_server.url, headers=whep_server.headers) as client:
        before = client.get("/api/stages").json()
        made = client.post("/api/stages", json={"interaction": "test-card"})
        assert made.status_code == 201
        stage = made.json()
        assert len(stage["id"]) >= 22, "128 bits that nobody guesses"
        assert made.headers["location"] == f"/api/stages/{stage['id']}"
        assert (stage["interaction"], stage["viewers"]) == ("test-card", 0)
        assert stage["views"] == ["presenter", "two-shot", "left", "right", "auto"]
        assert client.get(made.headers["location"]).json() == stage
        other = client.post("/api/stages", json={"interaction": "test-card"}).json()
        assert other["id"] != stage["id"], "always a new one"
        assert len(client.get("/api/stages").json()) == len(before) + 2
        for one in (stage, other):
            assert client.delete(f"/api/stages/{one['id']}").status_code == 204
            assert client.get(f"/api/stages/{one['id']}").status_code == 404
            assert client.delete(f"/api/stages/{one['id']}").status_code == 404
        assert client.get("/api/stages").json() == before
        assert client.get("/api/stages/default").json() in before


@pytest.mark.parametrize(
    ("status", "said", "body"),
    [
        (422, "Invalid JSON", {"content": "{", "headers": {"Content-Type": "application/json"}}),
        (422, "interaction: Field required", {"json": {}}),
        (422, "interaction: Input should be a valid string", {"json": {"interaction": 1}}),
        (422, "interaction: String should have at least 1", {"json": {"interaction": ""}}),
        (422, "size: Extra inputs are not permitted", {"json": {"interaction": "demo", "size": 1}}),
        (422, "V00_S0001_I00000001", {"json": {"interaction": "V00_S0001_I00000001"}}),
        (413, "at most 4096 bytes", {"json": {"interaction": "x" * 5000}}),
        (415, "expected Content-Type application/json", {"content": "interaction=demo"}),
    ],
)
def test_what_cannot_be_played_is_refused_in_words(
    status: int, said: str, body: dict[str, Any], whep_server: WhepServer
) -> None:
    refused = httpx.post(f"{whep_server.url}/api/stages", **{"headers": {}, **body}, auth=None)
    assert refused.status_code == 401, "the token comes before anything else"
    headers = body.get("headers", {}) | whep_server.headers
    refused = httpx.post(f"{whep_server.url}/api/stages", **{**body, "headers": headers}, timeout=30)
    assert refused.status_code == status
    assert said in refused.json()["detail"]
    assert "\n" not in refused.json()["detail"]


def test_a_link_is_for_looking_at_its_interaction(whep_server: WhepServer) -> None:
    """People with a link watch: they neither open nor end stages, and see no other interaction's."""
    expires_s = int(time.time()) + 3600
    for scope, status in (("test-card", 200), ("", 200), ("another", 403)):
        key = sign_key(whep_server.token, scope=scope, expires_s=expires_s)
        with httpx.Client(base_url=whep_server.url, headers={"Authorization": f"Bearer {key}"}) as guest:
            assert guest.get("/api/stages/default").status_code == status
            assert guest.get("/api/stages/default/whep").status_code == status
            assert guest.get("/api/stages").status_code == 403
            assert guest.delete("/api/stages/default").status_code == 403
            assert guest.post("/api/stages", json={"interaction": "test-card"}).status_code == 403
