"""What the page says and keeps while something is wrong, or changes under somebody who reads."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from schemas.data import Contact
from services.keys import Scope, create
from services.settings import Settings
from tests.live.given import SOURCE, contact, customer, event, feed, friction, journey, wait
from tests.page.conftest import PHONE, WIDE, OpenPage, Site, site_of
from tests.page.scene import CALL, CHAT, FORM

V1 = re.compile("/v1/")
LONG = "Rechnungsreklamationsbearbeitungsstelle"
ARABIC = "\u0627\u0644\u0641\u0648\u0627\u062a\u064a\u0631"


def test_the_sentence_ages_with_its_panel(site: Site, open_page: OpenPage) -> None:
    page = open_page(site.url)
    expect(page.locator(".verdict")).to_contain_text("Queue billing hurts")
    expect(page.locator("#link-state")).to_have_text("Live")
    page.route(V1, lambda route: route.fulfill(status=500, json={"detail": "The database is away."}))
    feed(site.engine, friction("one", 1, "s1"))  # of which the stream tells, so that the page asks at once
    expect(page.locator(".verdict")).to_have_attribute("data-mood", "stale", timeout=15_000)
    expect(page.locator(".verdict")).to_contain_text(re.compile(r"So it was at .* The database is away\."))
    page.unroute(V1)
    feed(site.engine, friction("another", 2, "s2"))
    expect(page.locator(".verdict")).to_have_attribute("data-mood", "hurting", timeout=15_000)


def test_a_builder_that_stands_still_is_no_quiet_contact_centre(still: Site, open_page: OpenPage) -> None:
    def stands(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(json=answer.json() | {"items": [], "stands_since": "2026-11-21T09:55:00.000Z"})

    page = open_page("about:blank")
    page.route("**/v1/hurts*", stands)
    page.goto(still.url)
    expect(page.locator(".verdict")).to_contain_text("Nothing new is understood since 10:55:00.")
    expect(page.locator(".verdict")).to_have_attribute("data-mood", "stale")


def test_who_reads_a_journey_keeps_what_is_open_and_where_he_is(site: Site, open_page: OpenPage) -> None:
    steps = [event("call.transcribed", CALL, -500 + n / 10, id=f"t{n}") for n in range(320)]
    feed(site.engine, *steps)
    page = open_page(f"{site.url}/#/journey/j1")
    expect(page.locator("#link-state")).to_have_text("Live")
    page.get_by_role("button", name=re.compile("Show all")).click()
    whole = page.locator(".one-step").count()
    assert whole > 300
    summary = page.locator(".evidence summary").nth(1)
    summary.click()
    names = tuple(Contact(SOURCE, subject) for subject in (FORM, CHAT, CALL))
    feed(site.engine, journey("j1", 9, goal="move_house", revision=2, contacts=names))
    expect(page.get_by_role("heading", level=1)).to_have_text("Move house")
    expect(page.locator(".evidence[open]")).to_have_count(1)
    expect(summary).to_be_focused()
    expect(page.locator(".one-step")).to_have_count(whole)


def test_focus_stays_after_acknowledging(site: Site, open_page: OpenPage) -> None:
    page = open_page(site.url)
    page.get_by_role("button", name="Acknowledge Long wait").click()
    page.get_by_label("Your name").fill("Ana")
    page.keyboard.press("Enter")
    expect(page.locator(".incident")).to_contain_text("seen by Ana")
    expect(page.get_by_role("button", name="Resolve Long wait")).to_be_focused()


def test_a_key_that_cannot_be_used_is_asked_for_again(tmp_path: Path, open_page: OpenPage) -> None:
    _, written = create(Settings(data_dir=tmp_path).keys_path, "writer", [Scope.WRITE])
    tries = [("\u043a\u043b\u044e\u0447", "Latin letters"), (written, "has no scope read"), ("secret", "")]
    with site_of(tmp_path, key="secret") as site:
        page = open_page(site.url)
        for key, why in tries:
            page.get_by_label("API key").fill(key)
            page.get_by_role("button", name="Open").click()
            if why:
                expect(page.locator("#key-why")).to_contain_text(why)
        expect(page.locator(".hurt").first).to_be_visible()


def test_it_does_not_blame_the_alerts_for_what_they_say(still: Site, open_page: OpenPage) -> None:
    page = open_page("about:blank")
    page.route("**/v1/incidents?*", lambda route: route.fulfill(status=429, json={"detail": "Too many."}))
    page.goto(still.url)
    expect(page.locator(".panel-incidents")).to_contain_text("The incidents cannot be read.Too many.")


@pytest.mark.parametrize("viewport", [PHONE, WIDE])
@pytest.mark.parametrize("path", ["#/", "#/frictions?kind=long_wait&touchpoint=queue:" + LONG])
def test_long_names_widen_nothing(
    site: Site, open_page: OpenPage, viewport: dict[str, int], path: str
) -> None:
    for number in range(9):
        feed(site.engine, friction(f"long{number}", -number, f"l{number}", touchpoint=f"queue:{LONG}"))
    feed(site.engine, contact("l0", -60, queue=LONG, waits=(wait(LONG, -30),)))
    page = open_page(f"{site.url}/{path}", viewport=viewport)
    expect(page.get_by_text(re.compile(LONG)).first).to_be_visible()
    expect(page.locator("#link-state")).to_have_text("Live")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_names_from_right_to_left_stand_by_themselves(site: Site, open_page: OpenPage) -> None:
    for number in range(30):
        name = f"queue:{ARABIC}\u202e"
        feed(site.engine, friction(f"rtl{number}", -number, f"r{number}", touchpoint=name))
    page = open_page(site.url)
    expect(page.locator(".verdict-place")).to_have_text(re.compile(f"Queue \u2068{ARABIC}\u202e\u2069"))


@pytest.mark.parametrize(
    "path", ["constructor", "__proto__", "frictions?minutes=1e30", "frictions?minutes=-5"]
)
def test_an_address_of_nobodys_shows_something(still: Site, open_page: OpenPage, path: str) -> None:
    page = open_page(f"{still.url}/#/{path}")
    expect(page.locator(".hurt, .friction").first).to_be_visible()


def test_failures_further_down_are_told_once(site: Site, open_page: OpenPage) -> None:
    feed(site.engine, *(friction(f"x{n}", -n, f"s{n}") for n in range(140)))
    page = open_page(f"{site.url}/#/frictions")
    more = page.get_by_role("button", name="Show older ones")
    older = re.compile("cursor=")
    page.route(older, lambda route: route.fulfill(status=500, body=json.dumps({"detail": "Away."})))
    for _ in range(3):
        more.click()
        expect(page.get_by_role("alert")).to_have_count(1)
    page.unroute(older)
    more.click()
    expect(page.locator(".friction")).to_have_count(100)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_drawing_that_fails_says_so(still: Site, open_page: OpenPage) -> None:
    page = open_page("about:blank")
    page.route("**/v1/journeys/j1", lambda route: route.fulfill(json={"journey_id": "j1"}))
    page.goto(f"{still.url}/#/journey/j1")
    expect(page.get_by_role("alert")).to_be_visible()


def test_what_was_said_of_a_customer_is_told(site: Site, open_page: OpenPage) -> None:
    said = {"vip": True, "segment": "gold", "language": "nl"}
    feed(site.engine, customer("c1", attributes=said, contacts=2))
    page: Page = open_page(f"{site.url}/#/customer/c1")
    expect(page.get_by_text("VIP, segment gold, language nl")).to_be_visible()
