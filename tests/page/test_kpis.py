"""How customers are served, for who has to answer for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from schemas.contacts import Handling, Service
from schemas.times import SECOND_US
from tests.live.figures import began, us
from tests.live.given import contact, event, feed, wait
from tests.page.conftest import OpenPage, Site, site_of
from tests.page.scene import DAY, HOUR, MINUTE


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Site]:
    with site_of(tmp_path, is_empty=True) as site:
        answered = [
            contact(
                f"call-{n}",
                -n * HOUR,
                customer_key=f"c{n}",
                queue="billing",
                waits=(wait("billing", -n * HOUR, seconds - n * HOUR, "answered"),),
                service=Service(reached_us=us(-n * HOUR), handling=Handling(4 * MINUTE * SECOND_US)),
            )
            for n, seconds in enumerate((5, 10, 90, 15), 1)
        ]
        old = began("chat-1", -3 * DAY, who="c9", channel="chat")
        late = wait("billing", -30 * HOUR, -29 * HOUR, "answered")
        answered.append(contact("call-0", -30 * HOUR, queue="billing", waits=(late,)))
        survey = event("survey.answered", "call-1", -HOUR, metric="csat", score=5)
        feed(site.engine, *answered, old, survey)
        yield site


def _tile(page: Page, name: str) -> str:
    tile = page.locator(".tile").filter(has=page.get_by_role("heading", name=name, exact=True))
    return tile.inner_text().replace("\n\n", "\n")


def test_it_says_how_customers_are_served_and_what_each_figure_means(
    served: Site, open_page: OpenPage
) -> None:
    page = open_page(f"{served.url}/")
    page.get_by_role("link", name="KPIs").click()
    expect(page.get_by_role("heading", name="How customers are served")).to_be_visible()
    expect(page.locator(".lead")).to_have_text("4 contacts began in the last 24 hours. Bars are hours.")
    assert _tile(page, "Service level").splitlines() == [
        "Service level",
        "75 %",
        "answered or abandoned, of 4",
        "+75 points against the 24 hours before",
        "07:00: 100 %; 08:00: 0 %; 09:00: 100 %; 10:00: 100 %",
    ]
    assert _tile(page, "Average handle time").splitlines()[1:3] == ["4 min", "talk and hold, of 4"]
    assert _tile(page, "Abandon rate").splitlines()[1] == "0 %"
    row = page.get_by_role("row", name="billing")
    assert row.get_by_role("cell").all_inner_texts()[:4] == ["4", "75 %", "0 %", "30 s"]
    page.get_by_text("What each figure means").click()
    expect(page.get_by_text("Service level, removed from queue: 75 %")).to_be_visible()
    expect(page.get_by_text("who gives up soon helps it")).to_be_visible()


def test_another_time_and_another_grouping(served: Site, open_page: OpenPage) -> None:
    page = open_page(f"{served.url}/#/kpis")
    page.get_by_role("link", name="7 days").click()
    expect(page.locator(".lead")).to_have_text("6 contacts began in the last 7 days. Bars are days.")
    page.get_by_role("link", name="By channel").click()
    expect(page.get_by_role("row", name="Chat")).to_be_visible()
    assert page.get_by_role("link", name="7 days").get_attribute("aria-current") == "true"
    # Who came three days ago may come again within seven.
    assert "may change" in _tile(page, "First-contact resolution")
    assert "may change" not in _tile(page, "Service level")


def test_where_nothing_happened_it_says_so(open_page: OpenPage, tmp_path: Path) -> None:
    with site_of(tmp_path, is_empty=True) as site:
        page = open_page(f"{site.url}/#/kpis")
        expect(page.get_by_text("Nothing to count.")).to_be_visible()
