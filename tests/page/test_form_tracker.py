"""The form tracker in a real browser: what it tells of a form, and what it never tells."""

import gzip
import re
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.page.forms import TRACKER, Shop, shop

SECRET = "typed-by-hand"
FIVE_KB = 5 * 1024


@pytest.fixture
def site() -> Iterator[Shop]:
    with shop() as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    errors: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


def until(condition: Callable[[], object], seconds: float = 8) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def fill(page: Page, *names: str) -> None:
    for name in names:
        page.locator(f"[name={name}]").press_sequentially(SECRET)


def test_it_is_small_and_needs_nothing() -> None:
    assert len(gzip.compress(TRACKER, mtime=0)) < FIVE_KB
    assert not re.search(rb"\b(import|require)\b *[({'\"]|eval\(|innerHTML|\.value\b", TRACKER)


def test_a_form_left_at_field_three_says_so_and_no_value(site: Shop, page: Page) -> None:
    page.goto(site.url)
    fill(page, "name", "street")
    page.locator("[name=postcode]").press("9")
    page.goto("about:blank")
    until(lambda: "left" in site.told())
    told = [line for line in site.told() if line != "page_loaded"]
    assert told == [
        "viewed", "started", "field_changed name", "field_changed road", "field_changed postcode", "left",
    ]  # fmt: skip
    assert SECRET not in str(site.posts)
    assert len({event["subject"] for event in site.events if event["data"].get("form_id") == "address"}) == 1
    assert {event["source"] for event in site.events} == {f"web:{site.url.partition('//')[2]}"}


def test_the_page_says_how_long_it_took(site: Shop, page: Page) -> None:
    page.goto(f"{site.url}/move?email=a@example.com")
    until(lambda: "page_loaded" in site.told())
    [loaded] = [event for event in site.events if event["type"] == "web_form.page_loaded"]
    assert loaded["data"]["page"] == "/move"
    assert 0 < loaded["data"]["load_ms"] < 60_000


def test_a_hidden_tab_is_a_form_that_was_left_and_coming_back_goes_on(site: Shop, page: Page) -> None:
    page.goto(site.url)
    fill(page, "name")
    hide = "Object.defineProperty(document,'visibilityState',{value:'%s',configurable:true});"
    hide += "document.dispatchEvent(new Event('visibilitychange'))"
    page.evaluate(hide % "hidden")
    page.evaluate(hide % "visible")
    fill(page, "street")
    page.evaluate(hide % "hidden")
    until(lambda: site.told().count("left") == 2)
    assert [line for line in site.told() if line.startswith(("left", "field"))] == [
        "field_changed name", "left", "field_changed road", "left",
    ]  # fmt: skip


def test_a_field_that_the_browser_refuses_has_failed(site: Shop, page: Page) -> None:
    page.goto(site.url)
    fill(page, "name")
    page.locator("button").click()
    until(lambda: "field_failed postcode" in site.told())
    [failed] = [event for event in site.events if event["type"] == "web_form.field_failed"]
    assert failed["data"]["error"] == "valueMissing"
    assert "submitted" not in site.told()


def test_a_form_that_is_sent_is_submitted_and_not_left(site: Shop, page: Page) -> None:
    page.goto(site.url)
    fill(page, "name", "postcode")
    page.locator("button").click()
    page.wait_for_url("**/sent")
    until(lambda: "submitted" in site.told())
    assert "left" not in site.told()


FETCH = "fetch('/api',{method:'POST'})"
XHR = "(x=>{x.open('POST','/api');x.send()})(new XMLHttpRequest)"


@pytest.mark.parametrize("call", [FETCH, XHR])
@pytest.mark.parametrize(("status", "became"), [(200, "submitted"), (422, "submit_failed")])
def test_a_script_that_sends_the_form_is_noticed(
    site: Shop, page: Page, call: str, status: int, became: str
) -> None:
    site.api_status = status
    site.body += f"<script>address.onsubmit=e=>{{e.preventDefault();{call}}}</script>"
    page.goto(site.url)
    fill(page, "name", "postcode")
    page.locator("button").click()
    until(lambda: became in site.told())
    if status != 200:
        [failed] = [event for event in site.events if event["type"] == "web_form.submit_failed"]
        assert failed["data"]["error"] == "http 422"


def test_forms_and_fields_that_come_later_count_too(site: Shop, page: Page) -> None:
    site.body = "<main></main>"
    page.goto(site.url)
    page.evaluate("document.querySelector('main').innerHTML='<div data-journeyline-form=late></div>'")
    page.evaluate("document.querySelector('div').innerHTML='<input name=first>'")
    page.evaluate("document.querySelector('div').insertAdjacentHTML('beforeend','<input name=second>')")
    fill(page, "first", "second")
    page.locator("[name=second]").evaluate("field => field.setAttribute('aria-invalid','true')")
    until(lambda: "field_failed second" in site.told())
    told = [line for line in site.told() if line != "page_loaded"]
    assert sorted(told[:2]) == ["started", "viewed"]
    assert told[2:] == ["field_changed first", "field_changed second", "field_failed second"]


def test_without_consent_nothing_is_kept_or_sent(site: Shop, page: Page) -> None:
    site.options = 'data-consent="required"'
    page.goto(site.url)
    fill(page, "name")
    page.locator("[name=name]").blur()
    assert page.evaluate("Object.keys(localStorage).length + Object.keys(sessionStorage).length") == 0
    page.evaluate("journeyline.consent(true)")
    fill(page, "street")
    until(lambda: "field_changed road" in site.told())
    assert "field_changed name" not in site.told()
    page.evaluate("journeyline.consent(false)")
    sent = len(site.told())
    fill(page, "postcode")
    page.goto("about:blank")
    page.goto(site.url)
    assert page.evaluate("localStorage['journeyline-consent']") == "no"
    assert "journeyline-visitor" not in page.evaluate("Object.keys(localStorage)")
    assert len(site.told()) == sent


def test_what_is_ignored_is_left_alone(site: Shop, page: Page) -> None:
    site.body = site.body.replace('name="pin"', 'name="pin" data-journeyline-ignore')
    page.goto(site.url)
    fill(page, "pin", "name")
    until(lambda: "field_changed name" in site.told())
    assert "pin" not in str(site.posts)


def test_a_door_that_asks_to_wait_gets_it_later_once(site: Shop, page: Page) -> None:
    site.refusals = [503, 429]
    page.goto(site.url)
    fill(page, "name")
    until(lambda: "field_changed name" in site.told(), 15)
    ids = [event["id"] for event in site.events]
    assert len(ids) == len(set(ids))
