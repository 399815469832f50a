"""Real live and alerts services on SQLite, and Debian's chromium."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pydantic import SecretStr
from sqlalchemy import Engine

from services.live.app import create_app
from services.live.store.database import open_database
from services.settings import Settings
from tests.live.given import START_US, feed
from tests.page.alerts import Alerts, alerts_service
from tests.page.scene import scene
from tests.page.serving import Served, serving

NOW = datetime.fromtimestamp(START_US / 1_000_000, UTC)
#: What runs it on this machine: Debian's, or another's.
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}

OpenPage = Callable[..., Page]
expect.set_options(timeout=8_000)


class Site(NamedTuple):
    url: str
    engine: Engine
    alerts: Alerts


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")
            if CHROMIUM is None:
                item.add_marker(
                    pytest.mark.skip(reason="NO CHROMIUM: the page is not tested; apt-get install chromium")
                )


@contextmanager
def site_of(
    folder: Path, *, key: str = "", is_empty: bool = False, has_alerts: bool = True
) -> Iterator[Site]:
    engine = open_database(f"sqlite:///{folder}/live.db")
    if not is_empty:
        feed(engine, *scene())
    served = Served()
    with alerts_service(folder, served.url) as alerts:
        # Port 9 answers nobody.
        alerts_url = alerts.url if has_alerts else "http://127.0.0.1:9"
        settings = Settings(data_dir=folder, api_key=SecretStr(key), alerts_url=alerts_url)
        with serving(served, create_app(settings, engine, now_us=lambda: START_US)):
            yield Site(served.url, engine, alerts)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with site_of(tmp_path) as site:
        yield site


@pytest.fixture(scope="session")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site that no test changes."""
    with site_of(tmp_path_factory.mktemp("still")) as site:
        yield site


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For one file: while Playwright is up, its event loop runs in this thread, and no other can."""
    with sync_playwright() as playwright:
        # A sandbox needs another user than root, which containers rarely have.
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=sandbox)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens an address in a fresh context, at the scene's time. Errors of the page fail the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_at(url: str, **options: Any) -> Page:
        options = {"viewport": WIDE, "timezone_id": "Europe/Berlin", "locale": "en-GB", **options}
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.clock.set_fixed_time(NOW)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url)
        return page

    yield open_at
    for context in contexts:
        context.close()
    assert errors == []
