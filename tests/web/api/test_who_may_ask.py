"""Who gets which answers: the token everything, a link its interaction."""

from __future__ import annotations

import httpx
import pytest

from .conftest import Api

OF_ONE = (
    "",
    "/transcript",
    "/vad",
    "/annotations",
    "/curves?of=valence&points=4",
    "/waveform?points=4",
    "/validity",
    "/video/P0947",
)
OTHER = "V03_S0001_I00000582"


def test_without_a_key_nothing_is_told(api: Api) -> None:
    lists = ("/api/interactions", "/api/interactions/overview")
    for path in (*lists, *(f"/api/interactions/{api.key}{part}" for part in OF_ONE)):
        assert httpx.get(f"{api.server.url}{path}").status_code == 401, path
    assert httpx.get(f"{api.server.url}/docs").status_code == 401
    assert httpx.get(f"{api.server.url}/openapi.json").status_code == 401


@pytest.mark.parametrize("part", OF_ONE)
def test_a_link_opens_its_interaction_and_no_other(api: Api, part: str) -> None:
    with api.as_guest(api.key) as guest:
        assert guest.get(f"/api/interactions/{api.key}{part}").status_code == 200
        refused = guest.get(f"/api/interactions/{OTHER}{part}")
        assert (refused.status_code, refused.json()["detail"]) == (
            403,
            "this link is for another interaction",
        )


def test_lists_are_for_who_may_see_everything_and_fetches_for_operators(api: Api) -> None:
    assert httpx.post(f"{api.server.url}/api/fetches", json={"interactions": [api.key]}).status_code == 401
    for scope in (api.key, ""):
        with api.as_guest(scope) as guest:
            for path in ("/api/interactions", "/api/interactions/overview"):
                assert guest.get(path).status_code == (403 if scope else 200)
            assert guest.post("/api/fetches", json={"interactions": [api.key]}).status_code == 403
            for path in ("/api/fetches", "/api/fetches/0123456789abcdef"):
                assert guest.get(path).status_code == 403
            assert guest.delete("/api/fetches/0123456789abcdef").status_code == 403
    with api.as_guest(api.key) as guest:
        assert guest.get("/openapi.json").status_code == 403
    with api.as_guest("") as guest:
        assert guest.get(f"/api/interactions/{OTHER}").status_code == 200
        assert guest.get("/openapi.json").status_code == 200
