"""A form abandoned in a real browser, through the door to its friction: it names the field he stopped at."""

import os

import pytest
from playwright.sync_api import sync_playwright

from services import keys
from services.keys import Scope
from tests.e2e.stack import Stack
from tests.page.conftest import CHROMIUM
from tests.page.forms import FORM, shop

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.browser,
    pytest.mark.timeout(400),
    pytest.mark.skipif(CHROMIUM is None, reason="NO CHROMIUM: the form tracker is not tested"),
]
#: Left for 2 min; then the partition's clock must have passed it.
FRICTION_SECONDS = 160


def test_a_form_abandoned_at_field_three_becomes_a_friction_that_names_it(stack: Stack) -> None:
    with shop() as site:
        _, words = keys.create(
            stack.data_dir / "keys.json", "shop", [Scope.PUBLISHABLE], tenant="shop", origins=[site.url]
        )
        site.body = f'{FORM}<script src="{stack.ingest_url}/v1/form-tracker.js" data-key="{words}"></script>'
        site.has_tracker = False
        _leave_at_field_three(f"{site.url}/move")
    stack.wait(lambda: bool(stack.frictions()), FRICTION_SECONDS, "no friction")
    [friction] = stack.frictions()
    assert (friction["kind"], friction["state"], friction["tenant"]) == ("abandoned_form", "raised", "shop")
    assert friction["touchpoint"] == "form:address#postcode"
    journey = stack.live(f"/v1/journeys/{friction['journey_id']}")
    assert [step["type"] for step in journey["steps"]][-2:] == ["web_form.field_changed", "web_form.left"]
    assert "12345" not in str(journey)
    assert stack.metrics(stack.ingest_url)['journeyline_ingest_events_total{outcome="quarantined"}'] == 0


def _leave_at_field_three(url: str) -> None:
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=sandbox)
        page = browser.new_page()
        page.goto(url)
        for name in ("name", "street", "postcode"):
            page.locator(f"[name={name}]").press_sequentially("12345")
        page.goto("about:blank")
        # The beacon goes out with the page; the browser may not be gone before it.
        page.wait_for_timeout(1000)
        browser.close()
