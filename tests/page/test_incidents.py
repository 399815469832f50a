"""What people do to incidents on the page, and what it shows meanwhile."""

import re

from playwright.sync_api import Page, expect

from tests.live.given import feed, incident
from tests.page.conftest import OpenPage, Site
from tests.page.late import Late

TITLE = "Long wait at queue billing"
LISTS = re.compile(r"/v1/incidents\?")


def test_an_incident_is_acknowledged(site: Site, open_page: OpenPage) -> None:
    page = open_page(site.url)
    page.get_by_role("button", name=f"Acknowledge {TITLE}").click()
    page.get_by_label("Your name").fill("Ana")
    page.get_by_label("Note (if any)").fill("two more agents")
    page.get_by_role("button", name="Acknowledge", exact=True).click()
    expect(page.locator(".incident")).to_contain_text("seen by Ana")
    assert site.alerts.history() == [("acknowledged", "Ana", "two more agents")]


def test_an_incident_is_spoken_about_judged_and_resolved(site: Site, open_page: OpenPage) -> None:
    page = open_page(site.url)
    done = [("Comment", "see the roster"), ("Not useful", "we knew"), ("Resolve", "")]
    for number, (action, text) in enumerate(done):
        _act(page, action, text, said=number)
    expect(page.get_by_text("No open incident.")).to_be_visible()
    named = zip(("commented", "marked_not_useful", "resolved"), done, strict=True)
    assert site.alerts.history() == [(what, "Ana", text) for what, (_, text) in named]


def test_news_does_not_take_away_what_somebody_does(site: Site, open_page: OpenPage) -> None:
    page = open_page(site.url)
    expect(page.locator(".incident")).to_have_count(1)
    late = Late(page, LISTS)
    _act(page, "Not useful")
    page.get_by_role("button", name=f"More on {TITLE}").click()
    expect(page.locator(".incident .ack li")).to_have_count(1)
    late.answer()
    expect(page.locator(".incident .ack li")).to_have_count(1)


def test_what_is_done_while_the_list_is_on_its_way_shows_at_once(site: Site, open_page: OpenPage) -> None:
    page = open_page(site.url)
    expect(page.locator(".incident")).to_have_count(1)
    late = Late(page, LISTS)
    _act(page, "Not useful")
    _act(page, "Resolve", said=1)
    late.answer()
    expect(page.get_by_text("No open incident.")).to_be_visible()


def test_a_new_incident_shows_when_the_stream_tells_of_it(site: Site, open_page: OpenPage) -> None:
    page = open_page(site.url)
    expect(page.locator("#link-state")).to_have_text("Live")
    expect(page.locator(".incident")).to_have_count(1)
    # The list is asked for every 10 s, too: not again before the news of it.
    page.wait_for_timeout(1_500)
    site.alerts.hear("node:menu", 3)
    feed(site.engine, incident("told-by-the-alerts-service"))
    expect(page.locator(".incident")).to_have_count(2, timeout=5_000)


def test_the_largest_incidents_come_first_and_the_others_on_demand(site: Site, open_page: OpenPage) -> None:
    for number in range(1, 8):
        site.alerts.hear(f"node:menu-{number}", number)
    page = open_page(site.url)
    expect(page.locator(".incident")).to_have_count(5)
    expect(page.locator(".incident").first).to_contain_text("7 frictions")
    page.get_by_role("button", name="Show 3 more incidents").click()
    expect(page.locator(".incident")).to_have_count(8)


def _act(page: Page, action: str, text: str = "", said: int = 0) -> None:
    """Ana does it; so many lines must be said before."""
    page.get_by_role("button", name=f"More on {TITLE}").click()
    expect(page.locator(".incident .ack li")).to_have_count(said)
    page.get_by_role("button", name=action, exact=True).click()
    page.get_by_label("Your name").fill("Ana")
    page.get_by_label(re.compile("Note|What you want to say")).fill(text)
    # Twice, as hands do it: it is done once.
    page.get_by_role("button", name=action, exact=True).dblclick()
    expect(page.locator(".ack")).to_have_count(0)
