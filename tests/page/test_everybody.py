"""For everybody: small screens, keyboards, screen readers, dark rooms; and nothing goes elsewhere."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.page.conftest import PHONE, OpenPage, Site

#: Each view, and what shows that it is complete.
VIEWS = {
    "#/": ".hurt",
    "#/journey/j1": ".one-step",
    "#/customer/c1": ".told li",
    "#/customer/p1": ".notice",
    "#/journey/first": ".notice",
    "#/frictions?kind=long_wait&minutes=15": ".friction",
    "#/search": ".empty",
    "#/kpis": ".tile",
    "#/map": ".map",
}


def _opened(open_page: OpenPage, site: Site, view: str, **options: Any) -> Page:
    page = open_page(f"{site.url}/{view}", reduced_motion="reduce", **options)
    expect(page.locator(VIEWS[view]).first).to_be_visible()
    return page


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_no_serious_fault(still: Site, open_page: OpenPage, view: str) -> None:
    page = _opened(open_page, still, view, color_scheme="light")
    assert _grave_faults(page) == []
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert _grave_faults(page, runOnly=["color-contrast"]) == []


def _grave_faults(page: Page, **options: Any) -> list[Any]:
    found = Axe().run(page, options={"resultTypes": ["violations"], **options}).response["violations"]
    grave = [one for one in found if one["impact"] in ("serious", "critical")]
    return [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in grave]


def test_axe_finds_no_serious_fault_in_what_is_done_to_an_incident(site: Site, open_page: OpenPage) -> None:
    page = _opened(open_page, site, "#/", viewport=PHONE)
    page.get_by_role("button", name="More on Long wait").click()
    expect(page.get_by_text("Nobody has done anything about it yet.")).to_be_visible()
    assert _grave_faults(page) == []
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.get_by_label("What you want to say")).to_be_visible()
    assert _grave_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


@pytest.mark.parametrize("view", VIEWS)
def test_a_phone_need_not_scroll_sideways(still: Site, open_page: OpenPage, view: str) -> None:
    page = _opened(open_page, still, view, viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_dark_is_dark(still: Site, open_page: OpenPage) -> None:
    page = _opened(open_page, still, "#/", color_scheme="dark")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(map(int, background.removeprefix("rgb(").rstrip(")").split(", "))) < 120


def test_the_keyboard_does_everything(site: Site, open_page: OpenPage) -> None:
    page = _opened(open_page, site, "#/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('.hurt a')")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.locator(".friction").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".hurt").first).to_be_visible()
    button = page.get_by_role("button", name="Acknowledge Long wait")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your name")).to_be_focused()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()


def test_nothing_is_asked_of_anybody_else(still: Site, open_page: OpenPage) -> None:
    page = open_page("about:blank")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path, shown in (("/", ".hurt"), ("/#/journey/j1", ".one-step"), ("/docs", ".swagger-ui .info")):
        page.goto(still.url + path)
        expect(page.locator(shown).first).to_be_visible()
    assert {url for url in asked if not url.startswith((still.url, still.alerts.url, "data:"))} == set()
