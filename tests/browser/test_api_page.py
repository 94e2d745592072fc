"""The page about the API, in a browser: it is drawn, it can be tried, and no other host hears of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

TOKEN = "a-token-that-nobody-knows-0123456789"


class Server(Protocol):
    @property
    def url(self) -> str: ...


@pytest.fixture(scope="module")
def guarded(
    start_server: Callable[..., AbstractContextManager[Server]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with start_server("test-card", tmp_path_factory.mktemp("data"), options=("--token", TOKEN)) as server:
        yield server


@pytest.fixture
def hosts(page: Page) -> list[str]:
    """Of everything that the page asks for."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).netloc or request.url[:5]))
    return asked


def test_the_page_is_drawn_and_asks_no_other_host(card_server: Server, page: Page, hosts: list[str]) -> None:
    answer = page.goto(f"{card_server.url}/docs")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    for summary in (
        "Open a stage",
        "Which interactions there are",
        "Face over time",
        "A participant's video",
    ):
        expect(page.get_by_text(summary, exact=True)).to_be_visible()
    page.get_by_text("Which interactions there are", exact=True).click()
    expect(page.get_by_text("With movement features of all people, or without")).to_be_visible()
    assert set(hosts) <= {urlsplit(card_server.url).netloc, "data:"}
    assert len(hosts) >= 4


def test_with_a_token_it_is_for_who_has_it(guarded: Server, browser: Browser, page: Page) -> None:
    assert page.request.get(f"{guarded.url}/docs").status == 401
    entered = page.request.post(
        f"{guarded.url}/api/session", data={"key": TOKEN}, headers={"Origin": guarded.url}
    )
    assert entered.status == 204
    page.goto(f"{guarded.url}/docs")
    page.get_by_text("All stages", exact=True).click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Authorize").click()
    page.get_by_label("auth-bearer-value").fill(TOKEN)
    page.get_by_label("Apply credentials").click()
    page.get_by_role("button", name="Close").click()
    with page.expect_response(f"{guarded.url}/api/stages") as answered:
        page.get_by_role("button", name="Execute").click()
    assert answered.value.json()[0]["interaction"] == "test-card"


def test_everything_is_documented(card_server: Server) -> None:
    told = httpx.get(f"{card_server.url}/openapi.json").json()
    assert told["openapi"].startswith("3.1")
    assert told["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            where = f"{method} {path}"
            assert operation.get("summary"), where
            for parameter in operation.get("parameters", []):
                assert parameter.get("description") or parameter["in"] == "path", (
                    f"{where} {parameter['name']}"
                )
            good = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
            assert good, where
            if path.startswith("/api/interactions") and not path.endswith("}"):
                assert any("example" in kind for answer in good for kind in answer["content"].values()), where
