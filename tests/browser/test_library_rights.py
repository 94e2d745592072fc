"""The library of a server with a token: what a link shows, and what it does not."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from avatar_server.bench.browser import page_permissions
from avatar_server.web.signed_key import sign_key
from tests.running_server import StartServer

pytestmark = [pytest.mark.browser, pytest.mark.opengl]

TOKEN = "a-token-that-nobody-knows-0123456789"


def test_what_a_link_opens(browser: Browser, start_server: StartServer, tmp_path: Path) -> None:
    def library(interaction: str, scope: str) -> Page:
        page = browser.new_context(permissions=page_permissions()).new_page()
        key = sign_key(TOKEN, scope=scope, expires_s=int(time.time()) + 600)
        page.goto(f"{server.url}/?interaction={interaction}#key={key}")
        page.keyboard.press("b")
        return page

    with start_server("test-card", tmp_path, options=("--token", TOKEN)) as server:
        page = library("demo", "demo")
        card = page.locator("#library-panel .state-card")
        expect(card).to_contain_text("This link opens one interaction only")
        expect(page.locator("#library-panel .detail h2")).to_have_text("demo")
        expect(page.locator("#library-panel .person h4")).to_have_text(["P0947", "P1275A"])
        assert page.locator("#library-panel .download").count() == 0
        page.context.close()

        page = library("test-card", "")
        card = page.locator("#library-panel .state-card")
        expect(card).to_contain_text("There is no catalogue here")
        expect(card.get_by_role("button", name="Play the demo")).to_be_visible()
        page.click("#library-panel [role=tab][data-view=downloads]")
        expect(card).to_contain_text("Downloads need the server's token")
        page.context.close()

        # Who types the token runs the server: films and downloads work from the page.
        page = browser.new_context(permissions=page_permissions()).new_page()
        page.goto(server.url)
        page.fill("#key-given", TOKEN)
        page.press("#key-given", "Enter")
        page.wait_for_selector("html[data-state=live]")
        page.keyboard.press("b")
        page.click("#library-panel [role=tab][data-view=downloads]")
        expect(page.locator("#library-panel .state-card")).to_contain_text("No downloads")
        for address in ("fetches", "exports"):
            assert page.evaluate("async (name) => (await fetch(`/api/${name}`)).status", address) == 200
        page.context.close()
