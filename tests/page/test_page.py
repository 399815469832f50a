"""What people do with the page: watch, look up, follow a journey, acknowledge."""

import re
from pathlib import Path

from playwright.sync_api import Route, expect

from schemas.data import Contact
from schemas.frictions import Kind
from schemas.journeys import JourneyState
from tests.live.given import SOURCE, contact, feed, friction, journey
from tests.page.conftest import OpenPage, Site, site_of
from tests.page.late import Late
from tests.page.scene import HOSTILE


def test_it_says_what_hurts_now_against_its_usual(still: Site, open_page: OpenPage) -> None:
    page = open_page(still.url)
    expect(page.locator(".verdict")).to_contain_text(
        "Queue billing hurts: 9 long waits in 15 minutes, usually 1"
    )
    first = page.locator(".hurt").first
    expect(first).to_contain_text("9 × usual")
    assert first.locator("rect").count() == 16
    first.locator("a").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Long wait at queue billing")
    expect(page.get_by_text("9 frictions in the last 15 min.")).to_be_visible()


def test_what_arrives_shows_without_a_reload(site: Site, open_page: OpenPage) -> None:
    page = open_page(site.url)
    expect(page.locator("#link-state")).to_have_text("Live")
    expect(page.locator(".arrival")).to_have_count(1)
    page.evaluate("window.isTheSame = true")
    new = friction("new", -5, "call-2", kind=Kind.IVR_LOOP, touchpoint="node:roaming")
    head = journey("j2", 5, goal="stop_roaming", contacts=(Contact(SOURCE, "call-2"),))
    feed(site.engine, contact("call-2", -60, journey_id="j2"), new, head)
    first = page.locator(".arrival").first
    expect(first).to_contain_text("Stop roaming")
    expect(first).to_contain_text("loop in the IVR")
    expect(page.locator(".hurts")).to_contain_text("IVR menu roaming")
    assert page.evaluate("window.isTheSame")


def test_it_finds_a_customer_and_tells_what_happened(still: Site, open_page: OpenPage) -> None:
    page = open_page(still.url)
    for typed in ("+1 (415) 555-0101", "KIM@example.org", "c1"):
        page.get_by_label("Find a customer").fill(typed)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1, name="Move home")).to_be_visible()
        expect(page).to_have_url(f"{still.url}/#/customer/c1")
    expect(page.locator(".told")).to_contain_text("waited 4 min for billing, was answered")
    expect(page.locator(".friction")).to_have_count(2)
    page.get_by_label("Find a customer").fill("nobody@example.org")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_text("Nobody is known by")).to_be_visible()


def test_a_journey_is_drawn_over_its_channels(still: Site, open_page: OpenPage) -> None:
    page = open_page(f"{still.url}/#/journey/j1")
    expect(page.locator(".lane-names li")).to_have_text(["Form", "Chat", "IVR", "Call"])
    assert page.locator(".timeline .step").count() == page.locator(".one-step").count() == 10
    assert page.locator(".timeline .break").count() == 2
    assert page.locator(".flag").count() == page.locator(".hurt-step").count() == 2
    expect(page.locator(".hurt-step").last).to_contain_text("Waited over 120 s for billing.")
    # What a customer wrote is text, and 10:51 in Berlin is 09:51 in UTC.
    expect(page.locator("blockquote")).to_have_text(HOSTILE)
    assert page.locator("img").count() == 0
    expect(page.locator(".one-step time").last).to_have_text("10:55:20")
    expect(page.locator(".one-step time").last).to_have_attribute("title", "2026-11-21 09:55:20 UTC")


def test_an_open_journey_grows_before_your_eyes(site: Site, open_page: OpenPage) -> None:
    page = open_page(f"{site.url}/#/journey/j1")
    expect(page.locator(".flag")).to_have_count(2)
    feed(
        site.engine, friction("f9", -200, "call-8842", kind=Kind.REPEATED_TRANSFER, touchpoint="queue:moving")
    )
    expect(page.locator(".flag")).to_have_count(3)


def test_what_happened_before_the_stream_began_shows_as_soon_as_it_does(
    site: Site, open_page: OpenPage
) -> None:
    page = open_page("about:blank")
    held: list[Route] = []
    page.route("**/v1/stream", lambda route: held.append(route))
    with page.expect_request("**/v1/stream"):
        page.goto(f"{site.url}/#/journey/j1")
    expect(page.locator(".flag")).to_have_count(2)
    feed(site.engine, friction("f9", -200, "call-8842", kind=Kind.REPEATED_TRANSFER))
    held[0].continue_()
    expect(page.locator(".flag")).to_have_count(3)


def test_it_does_without_the_alerts_service(tmp_path: Path, open_page: OpenPage) -> None:
    with site_of(tmp_path, has_alerts=False) as site:
        page = open_page(site.url)
        expect(page.get_by_text("The alerts service does not answer.")).to_be_visible()
        expect(page.locator(".hurt").first).to_be_visible()


def test_it_asks_for_the_key_once(tmp_path: Path, open_page: OpenPage) -> None:
    with site_of(tmp_path, key="secret") as site:
        page = open_page(site.url)
        for key in ("wrong", "secret"):
            page.get_by_label("API key").fill(key)
            page.get_by_role("button", name="Open").click()
        expect(page.locator(".hurt").first).to_be_visible()
        expect(page.locator("#link-state")).to_have_text("Live")
        page.reload()
        expect(page.locator(".hurt").first).to_be_visible()
        assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 1]


def test_an_empty_contact_centre_is_told_so(tmp_path: Path, open_page: OpenPage) -> None:
    with site_of(tmp_path, is_empty=True) as site:
        page = open_page(site.url)
        for text in ("Nothing hurts right now.", "Nobody waits.", "No journeys yet."):
            expect(page.get_by_text(text)).to_be_visible()
        page.goto(f"{site.url}/#/journey/gone")
        expect(page.get_by_role("alert")).to_contain_text("There is no such journey here.")


def test_it_says_when_the_connection_is_lost(still: Site, open_page: OpenPage) -> None:
    page = open_page(still.url)
    expect(page.locator("#link-state")).to_have_text("Live")
    page.context.set_offline(True)
    page.route(re.compile("/v1/"), lambda route: route.abort())
    expect(page.get_by_text(re.compile("No answer since")).first).to_be_visible(timeout=12_000)


def test_a_late_refresh_takes_no_older_frictions_away(site: Site, open_page: OpenPage) -> None:
    feed(site.engine, *(friction(f"x{n}", -n, f"s{n}") for n in range(140)))
    page = open_page(f"{site.url}/#/frictions")
    expect(page.locator(".friction")).to_have_count(50)
    late = Late(page, lambda url: "/v1/frictions?" in url and "cursor=" not in url)
    expect(page.locator("#link-state")).to_have_text("Live")
    feed(site.engine, friction("new", 1, "zz"))
    late.wait()
    page.get_by_role("button", name="Show older ones").click()
    expect(page.locator(".friction")).to_have_count(100)
    late.answer()
    expect(page.locator(".friction")).to_have_count(100)


def test_a_late_list_brings_no_superseded_journey_back(site: Site, open_page: OpenPage) -> None:
    gone = journey("jX", 5, goal="pay_bill", customer_key="cX")
    feed(site.engine, gone)
    page = open_page("about:blank")
    late = Late(page, lambda url: "/v1/journeys?" in url)
    page.goto(site.url)
    late.wait()
    expect(page.locator("#link-state")).to_have_text("Live")
    state = {"state": JourneyState.SUPERSEDED, "superseded_by": "jY", "revision": 2}
    heir = journey("jY", 6, goal="stop_roaming", customer_key="cX")
    feed(site.engine, journey("jX", 5, goal="pay_bill", customer_key="cX", **state), heir)
    expect(page.locator(".arrival-goal").first).to_have_text("Stop roaming")
    late.answer()
    expect(page.locator(".arrival-goal")).to_have_text(["Stop roaming", "Move home"])
