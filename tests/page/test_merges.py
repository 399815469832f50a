"""One customer over many names: how he is known, what was merged into him, where old addresses lead."""

from playwright.sync_api import expect

from tests.live.given import SOURCE, contact, decided, feed, journey
from tests.page.conftest import PHONE, OpenPage, Site
from tests.page.scene import CALL, MAIL, OLD


def test_a_customer_says_under_which_names_he_is_known_and_why(still: Site, open_page: OpenPage) -> None:
    page = open_page(f"{still.url}/#/customer/c1")
    names = page.locator(".facts dd")
    expect(page.locator(".facts dt")).to_have_text(["customer number", "e-mail", "phone"])
    expect(names.nth(0)).to_have_text("K-204")
    by_event = f"Linked 11:00:03 by event call.queued from {SOURCE}; it was named together with phone"
    expect(names.nth(1)).to_contain_text(by_event)
    expect(names.nth(1).locator("code")).to_have_text(OLD)
    expect(names.nth(2)).to_contain_text("Linked 11:00:02 by Ana: “it is her mobile”")
    expect(names.nth(1).locator("time")).to_have_attribute("title", "2026-11-21 10:00:03 UTC")
    expect(page.locator(".notice")).to_have_count(0)


def test_the_journal_opens_by_keyboard(still: Site, open_page: OpenPage) -> None:
    page = open_page(f"{still.url}/#/customer/c1", viewport=PHONE)
    journal = page.locator("details.taken")
    expect(journal.get_by_text("6 stronger identifiers")).to_be_hidden()
    page.get_by_text("How that came: 3 decisions").focus()
    page.keyboard.press("Enter")
    expect(journal.locator("li")).to_have_count(3)
    expect(journal.locator("li").first).to_contain_text("Device id kiosk")
    expect(journal.get_by_text("6 stronger identifiers")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_an_old_key_leads_on_to_the_customer_it_was_merged_into(still: Site, open_page: OpenPage) -> None:
    page = open_page(still.url)
    page.get_by_label("Find a customer").fill(OLD)
    page.keyboard.press("Enter")
    notice = page.locator(".notice")
    expect(notice).to_contain_text("The key you opened was merged into Customer c1.")
    expect(notice).to_contain_text(f"E-mail {MAIL}Linked 11:00:03 by event call.queued")
    expect(page.get_by_role("heading", level=1)).to_have_text("Move home")
    expect(page.locator(".facts dd")).to_have_count(3)
    notice.get_by_role("link").click()
    expect(page).to_have_url(f"{still.url}/#/customer/c1")
    expect(notice).to_have_count(0)


def test_a_journey_that_became_part_of_another_leads_on(still: Site, open_page: OpenPage) -> None:
    page = open_page(f"{still.url}/#/journey/first")
    notice = page.locator(".notice")
    expect(notice).to_have_text("The journey you opened has become part of this one.")
    expect(page.locator(".one-step")).to_have_count(10)
    notice.get_by_role("link").click()
    expect(page).to_have_url(f"{still.url}/#/journey/j1")
    expect(notice).to_have_count(0)


def test_an_old_key_follows_what_happens_to_its_customer(site: Site, open_page: OpenPage) -> None:
    page = open_page(f"{site.url}/#/customer/{OLD}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Move home")
    expect(page.locator("#link-state")).to_have_text("Live")
    feed(site.engine, contact(CALL, -540, goal="stop_roaming"), journey("j1", 300, goal="stop_roaming"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Stop roaming")


def test_of_very_many_names_the_strongest_are_shown_first(site: Site, open_page: OpenPage) -> None:
    visitors = [f"v-{number:02}" for number in range(20)]
    feed(site.engine, *(decided(10 + n, "visitor_id", name, "c1") for n, name in enumerate(visitors)))
    page = open_page(f"{site.url}/#/customer/c1")
    expect(page.locator(".facts").first.locator("dd")).to_have_count(12)
    last = page.locator(".facts").last.get_by_text("Linked 11:00:29")
    expect(last).to_be_hidden()
    page.get_by_text("11 more", exact=True).click()
    expect(last).to_be_visible()
