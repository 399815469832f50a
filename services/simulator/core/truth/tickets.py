"""Customers whose case was closed too early."""

from collections.abc import Iterator

from services.simulator.core.tales import Tale
from services.simulator.core.truth.labels import Label, label


def reopened_ticket(tale: Tale, _now_ms: int | None) -> Iterator[Label]:
    for reopened in tale.of("ticket.reopened"):
        yield label("reopened_ticket", tale, reopened.at_ms, f"topic:{reopened.data['topic']}", reopened)
