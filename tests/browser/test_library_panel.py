"""The library as people use it: look, filter, star, draw by lot, open, download, cancel, play."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from avatar_server.bench.browser import page_permissions
from avatar_server.testing.bucket_layout import write_bucket
from avatar_server.testing.bucket_server import BucketServer
from avatar_server.testing.synthetic_interaction import synthesize
from tests.running_server import Server, StartServer

from .catalogue_files import HOSTILE, HURT, add_hostile, write_catalogue

pytestmark = [pytest.mark.browser, pytest.mark.opengl]

ROWS = 400
"""Of the list, without those that a test adds: two an interaction."""

HAS_BEGUN = """() => {
  const progress = document.querySelector(".library-foot [role=progressbar]");
  return Number(progress?.getAttribute("aria-valuenow")) > 0;
}"""


@dataclass(frozen=True)
class Place:
    server: Server
    bucket: BucketServer
    key: str


@pytest.fixture(scope="module")
def place(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A server that has a catalogue but for its list, which is in a bucket, as one interaction is."""
    top = tmp_path_factory.mktemp("library")
    made = synthesize(top / "made", seconds=3, quirks=("no-boxes",))
    write_bucket(made, top / "bucket")
    data_dir = top / "data"
    data_dir.mkdir()
    write_catalogue(data_dir, ROWS)
    with (data_dir / "filelist.csv").open("a") as filelist:
        filelist.write((top / "bucket" / "filelist.csv").read_text().partition("\n")[2])
    add_hostile(data_dir)
    (data_dir / "filelist.csv").rename(top / "bucket" / "filelist.csv")
    with BucketServer(top / "bucket") as bucket:
        options = ("--source", bucket.url, "--filelist-url", f"{bucket.url}/filelist.csv")
        with start_server("test-card", data_dir, options=options) as server:
            yield Place(server, bucket, str(made.key))


def opened(page: Page, place: Place) -> Locator:
    """The rows of the library, opened by its key."""
    page.goto(place.server.url)
    page.keyboard.press("b")
    expect(page.locator("#library-search")).to_be_focused()
    return rows_in(page)


def rows_in(page: Page) -> Locator:
    """Those that are there already."""
    return page.locator("#library-panel [role=row]:not(.coming)")


@pytest.fixture(scope="module")
def looked_at(browser: Browser, place: Place) -> Iterator[Page]:
    """A page with the library open and the stage held, for tests that leave it so; it must not complain."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, permissions=page_permissions())
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    opened(page, place)
    hold(page)
    yield page
    context.close()
    assert not complaints


def hold(page: Page) -> None:
    """Stop the stage."""
    page.wait_for_selector("html[data-state=live]")
    if page.locator("#play[aria-label=Pause]").count():
        page.click("#play")
    page.wait_for_selector("#play[aria-label=Play]")


@pytest.fixture
def library(looked_at: Page) -> Page:
    """That page, with the whole catalogue in its list and the focus on the search."""
    if looked_at.locator("#library-panel .overlay").is_visible():
        looked_at.click("#library-panel .back")
    looked_at.click("#library-panel [role=tab][data-view=all]")
    while (chips := looked_at.locator(".chip[data-field]")).count():
        chips.first.click()
    looked_at.fill("#library-search", "")
    looked_at.focus("#library-search")
    expect(looked_at.locator("#library-panel .total")).to_have_text(f"{ROWS // 2 + 2} interactions")
    return looked_at


def test_a_catalogue_that_is_on_its_way_is_waited_for(page: Page, place: Place) -> None:
    place.bucket.delay_s = 3.0
    rows = opened(page, place)
    card = page.locator("#library-panel .state-card")
    expect(card).to_contain_text("Fetching the catalogue")
    expect(card).to_have_attribute("role", "status")
    place.bucket.delay_s = 0.0
    expect(rows.first).to_be_visible(timeout=30_000)
    expect(card).to_be_hidden()
    expect(page.locator("#library-panel .total")).to_have_text(f"{ROWS // 2 + 2} interactions")


def test_typing_finds_and_bars_filter(library: Page) -> None:
    page, rows = library, rows_in(library)
    expect(rows.first).to_contain_text("V00_S0000_I00000001")
    page.keyboard.type("rainy  MAP stranger")
    total = page.locator("#library-panel .total")
    expect(rows.first.locator("mark")).to_have_text(["map", "rainy", "stranger"])
    found = int(total.inner_text().split()[0])
    assert 0 < found < ROWS // 2
    page.keyboard.press("Escape")
    expect(total).to_have_text(f"{ROWS // 2 + 2} interactions")

    page.click("#library-panel [role=tab][data-view=overview]")
    expect(page.locator(".totals dd").first).to_have_text(str(ROWS // 2 + 2))
    page.click("[data-bar='split=dev']")
    expect(page.locator("[data-bar='split=dev']")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-bar='split=train']")).to_be_visible()  # What else could be chosen stays.
    page.click("[data-bar='label=improvised']")
    page.fill("[data-field=session]", "S0000")
    page.click("#library-panel [role=tab][data-view=all]")
    expect(total).to_have_text("15 interactions")
    expect(rows.first).to_contain_text("V00_S0000")
    expect(page.locator(".chip[data-field]")).to_have_text(
        ["Label: improvised", "Split: dev", "Session: S0000"]
    )
    page.click(".chip[data-field=session]")
    page.click(".chip[data-field=split]")
    expect(total).not_to_have_text("15 interactions")
    page.fill("#library-search", "nobody says this")
    card = page.locator("#library-panel .state-card")
    expect(card).to_contain_text("Nothing found")
    card.get_by_role("button", name="Clear the filters").click()
    expect(total).to_have_text(f"{ROWS // 2 + 2} interactions")


def test_text_of_the_data_is_text(library: Page) -> None:
    page, rows = library, rows_in(library)
    page.keyboard.type("hurt")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text(f"Hurt {HURT} me")
    expect(rows.first).to_contain_text(f"{HURT} · naturalistic")
    rows.first.locator(".about").click()
    detail = page.locator("#library-panel .detail")
    expect(detail).to_contain_text(f"Hurt {HURT} me")
    expect(detail.locator("h3 .tag").first).to_have_text(HURT)
    page.keyboard.press("Escape")
    page.click("#library-panel [role=tab][data-view=overview]")
    expect(page.locator("[data-facet=relationship] .bar-name").first).to_have_text(HURT)
    assert page.locator("#library-panel img").count() == 0
    assert page.evaluate("() => window.hurt") is None


def test_all_of_it_goes_by_keys(library: Page, place: Place) -> None:
    page, rows = library, rows_in(library)
    expect(rows.first).to_be_visible()
    grid = page.locator("#library-panel [role=grid]")
    expect(grid).to_have_attribute("aria-rowcount", str(ROWS // 2 + 2))
    page.keyboard.press("ArrowDown")
    expect(grid).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(grid).to_have_attribute("aria-activedescendant", "library-row-1")
    second = page.locator("#library-row-1")
    key = second.locator("strong").inner_text()
    page.keyboard.press("*")
    expect(second.locator(".starred")).to_be_visible()
    page.keyboard.press("Space")
    expect(second).to_have_attribute("aria-selected", "true")
    expect(page.locator(".picked-line")).to_contain_text("1 selected")

    # The last row is as near as the first one.
    page.keyboard.press("End")
    last = page.locator(f"#library-row-{ROWS // 2 + 1}:not(.coming)")
    expect(last).to_contain_text(HOSTILE)
    assert rows.count() < 40
    page.keyboard.press("ArrowRight")
    expect(page.locator("#library-panel .detail h2")).to_have_text(HOSTILE)
    page.keyboard.press("ArrowUp")
    expect(page.locator("#library-panel .detail h2")).not_to_have_text(HOSTILE)
    page.keyboard.press("Escape")
    expect(grid).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator("#library-search")).to_be_focused()
    assert page.locator("#play").get_attribute("aria-label") == "Play", "what is typed is not for the stage"

    # A star outlives the page, and what was open is open again.
    page.goto(place.server.url)
    page.click("#library-panel [role=tab][data-view=starred]")
    expect(rows).to_have_count(1)
    expect(rows.first.locator("strong")).to_have_text(key)
    expect(rows.first).to_contain_text("P0000")


def test_one_by_lot(library: Page) -> None:
    page, rows = library, rows_in(library)
    page.keyboard.type("siblings")
    expect(rows.first).to_contain_text("family")
    page.click("#library-panel .random")
    title = page.locator("#library-panel .detail h2")
    first = title.inner_text()
    expect(page.locator("#library-panel .detail")).to_contain_text("siblings")
    page.click("#library-panel .another")
    expect(title).not_to_have_text(first)


def test_a_download_is_told_begun_cancelled_finished_and_played(library: Page, place: Place) -> None:
    page, rows = library, rows_in(library)
    page.keyboard.type(place.key)
    expect(rows).to_have_count(1)
    rows.first.locator(".about").click()
    detail = page.locator("#library-panel .detail")
    expect(detail).to_contain_text("Not on this machine")
    expect(detail.locator(".estimate")).to_contain_text("About")
    detail.get_by_label("Movement features").uncheck()
    expect(detail.locator(".estimate")).to_contain_text("files")

    place.bucket.delay_s = 1.5
    detail.get_by_role("button", name="Download").click()
    page.keyboard.press("Escape")
    progress = page.locator(".library-foot [role=progressbar]")
    page.wait_for_function(HAS_BEGUN)
    expect(page.locator(".library-foot .figures")).to_contain_text(" of about ")
    page.locator(".library-foot").get_by_role("button", name="Cancel").click()
    expect(progress).to_be_hidden()
    page.click("#library-panel [role=tab][data-view=downloads]")
    card = page.locator(".fetch").first
    expect(card).to_have_attribute("data-state", "cancelled")
    expect(card).to_contain_text("goes on")

    # Several at once, of which one is there.
    place.bucket.delay_s = 0.0
    page.click("#library-panel [role=tab][data-view=all]")
    rows.first.get_by_label("Select").check()
    page.get_by_role("button", name="Download …").click()
    expect(page.locator("#library-panel .detail h2")).to_have_text("Download 1 interaction")
    page.locator("#library-panel .detail").get_by_role("button", name="Download").click()
    expect(card).to_have_attribute("data-state", "done")
    page.click("#library-panel [role=tab][data-view=all]")
    expect(rows.first.locator(".on-disk")).to_be_visible()

    page.focus("#library-panel [role=grid]")
    page.keyboard.press("Enter")
    expect(page.locator("#key")).to_have_text(place.key)
    expect(rows.first.locator(".playing")).to_be_visible()
    page.click("#library-panel [role=tab][data-view=recent]")
    expect(rows.first.locator("strong")).to_have_text(place.key)
    hold(page)


def test_a_narrow_page_has_it_as_a_sheet(library: Page) -> None:
    page, rows = library, rows_in(library)
    page.set_viewport_size({"width": 390, "height": 844})
    expect(rows.first).to_be_visible()
    box = page.locator("#library-dock").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 390, "height": 844}
    assert page.evaluate("() => document.querySelector('#library-panel').scrollWidth") <= 390
    rows.first.locator(".about").click()
    expect(page.locator("#library-panel .detail")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("#library-dock")).to_be_hidden()
    page.keyboard.press("b")
    page.set_viewport_size({"width": 1280, "height": 800})


def test_a_server_that_does_not_answer_is_asked_again(other_page: Page, place: Place) -> None:
    rows = opened(other_page, place)
    expect(rows.first).to_be_visible()
    other_page.route("**/api/interactions?*", lambda route: route.abort())
    other_page.keyboard.type("map")
    card = other_page.locator("#library-panel .state-card")
    expect(card).to_contain_text("The library does not answer")
    expect(card.get_by_role("button", name="Try again")).to_be_visible()
    other_page.unroute("**/api/interactions?*")  # It comes back by itself.
    expect(rows.first.locator("mark").first).to_have_text("map")
