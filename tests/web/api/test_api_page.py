"""The page about the API in a browser: for who has the token; tried, and no other host hears of it."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

from .conftest import TOKEN, Api


@pytest.mark.browser
def test_the_page_is_drawn_can_be_tried_and_asks_no_other_host(api: Api, page: Page) -> None:
    hosts: list[str] = []
    page.on("request", lambda request: hosts.append(urlsplit(request.url).netloc or request.url[:5]))
    assert page.request.get(f"{api.server.url}/docs").status == 401
    own = {"Origin": api.server.url}
    entered = page.request.post(f"{api.server.url}/api/session", data={"key": TOKEN}, headers=own)
    assert entered.status == 204
    answer = page.goto(f"{api.server.url}/docs")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    for summary in ("Open a stage", "Fetch interactions", "Face over time", "A participant's video"):
        expect(page.get_by_text(summary, exact=True)).to_be_visible()
    page.get_by_role("button", name="Authorize").click()
    page.get_by_label("auth-bearer-value").fill(TOKEN)
    page.get_by_label("Apply credentials").click()
    page.get_by_role("button", name="Close").click()
    page.get_by_text("Which interactions there are", exact=True).click()
    expect(page.get_by_text("With movement features of all people, or without")).to_be_visible()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_placeholder("vendor").fill("V03")
    with page.expect_response(f"{api.server.url}/api/interactions?vendor=V03") as answered:
        page.get_by_role("button", name="Execute").click()
    assert answered.value.json()["total"] == 1
    assert set(hosts) <= {urlsplit(api.server.url).netloc, "data:"}
    assert len(hosts) >= 5


def test_everything_is_documented(operator: httpx.Client) -> None:
    told = operator.get("/openapi.json").json()
    assert told["openapi"].startswith("3.1")
    assert told["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    tags = {tag["name"] for tag in told["tags"]}
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            where = f"{method} {path}"
            assert operation.get("summary"), where
            assert set(operation["tags"]) <= tags, where
            for parameter in operation.get("parameters", []):
                assert parameter.get("description"), f"{where} {parameter['name']}"
            good = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
            assert good, where
            if {"interactions", "fetches"} & set(operation["tags"]) and "video" not in path:
                assert any("example" in kind for answer in good for kind in answer["content"].values()), where
