"""Visitors who waited for a page."""

from collections.abc import Iterator

from services.simulator.core.tales import Tale
from services.simulator.core.truth.labels import Label, label

LOADED_MS = 4000


def slow_page(tale: Tale, _now_ms: int | None) -> Iterator[Label]:
    for view in tale.of("web_form.page_loaded"):
        if view.data["load_ms"] > LOADED_MS:
            yield label("slow_page", tale, view.at_ms, f"page:{view.data['page']}", view)
