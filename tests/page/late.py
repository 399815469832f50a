"""A service that is slow, for tests of what the page does meanwhile."""

import re
import time
from collections.abc import Callable

from playwright.sync_api import APIResponse, Page, Route


class Late:
    """Answers of a service that is slow: taken at once, and handed on when the test says so."""

    def __init__(self, page: Page, is_slow: re.Pattern[str] | Callable[[str], bool]) -> None:
        self._page, self._is_slow = page, is_slow
        self._held: list[tuple[Route, APIResponse]] = []
        page.route(is_slow, lambda route: self._held.append((route, route.fetch())))

    def wait(self) -> None:
        until = time.monotonic() + 20
        while not self._held:
            assert time.monotonic() < until, "nobody asks"
            self._page.wait_for_timeout(50)

    def answer(self) -> None:
        """Returns once the page has seen the answers: what is asked after them is answered after them."""
        assert self._held, "the page asked for nothing"
        self._page.route(self._is_slow, lambda route: route.continue_())
        for route, answer in self._held:
            route.fulfill(response=answer)
        self._page.evaluate("fetch('/healthz').then((answer) => answer.text())")
