"""`slow_page`: `load_ms` over 4,000."""

from typing import Any

from tests.core.given import Told, event, raised

KIND = "slow_page"


def loaded(at: float, load_ms: float, page: str = "/move") -> dict[str, Any]:
    return event("web_form.page_loaded", at, page=page, load_ms=load_ms)


def test_four_seconds_are_not_slow() -> None:
    assert raised(KIND, [loaded(0, 4000)]) == []
    assert raised(KIND, [loaded(0, 4000.1)]) == [Told("c1", 0, "page:/move", ("page_loaded",))]


def test_each_view_is_its_own() -> None:
    assert [one.at for one in raised(KIND, [loaded(0, 5000), loaded(1, 10), loaded(2, 5000)])] == [0, 2]
