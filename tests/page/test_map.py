"""The journey map as people see it: the scene's one journey, from a form over a chat to a call."""

from playwright.sync_api import Locator, Page, expect

from tests.page.conftest import OpenPage, Site


def _row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name, exact=True))


def test_it_shows_the_ways_and_where_it_hurts(still: Site, open_page: OpenPage) -> None:
    page = open_page(f"{still.url}/")
    page.get_by_role("link", name="Map", exact=True).click()
    page.get_by_role("link", name="All", exact=True).click()
    expect(page.get_by_role("heading", name="The journey map")).to_be_visible()
    heads = page.get_by_role("columnheader").all_inner_texts()
    cells = dict(zip(heads[1:], _row(page, "Form").get_by_role("cell").all_inner_texts(), strict=True))
    assert "".join(cells["Chat"].split("\n")) == "1, 100 %, after 2 h 59 min on average"
    assert "form" in cells["Hurts there"].lower()
    _row(page, "Form").get_by_role("link").first.click()
    expect(page.locator(".friction").first).to_be_visible()


def test_it_is_of_what_the_address_says(still: Site, open_page: OpenPage) -> None:
    page = open_page(f"{still.url}/#/map?goal=no_such&days=")
    expect(page.get_by_text("No journeys.")).to_be_visible()
    expect(page.get_by_role("heading", name="The journey map of goal No such")).to_be_visible()
