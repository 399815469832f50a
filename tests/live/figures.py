"""Contacts as they were served, and the KPIs that are told of them."""

from typing import Any

from schemas.contacts import Service
from tests.live.conftest import Api
from tests.live.given import Given, at, contact, wait
from tests.oracle.build import MINUTE


def figures(api: Api, **query: Any) -> dict[str, dict[str, float | None]]:
    """Of the one group: every variant's value, by KPI."""
    (group,) = api.read("/v1/kpis", **query)["groups"]
    return values(group)


def values(group: dict[str, Any]) -> dict[str, dict[str, float | None]]:
    return {
        name: {kpi["variant"]: kpi["value"]} | {word: one["value"] for word, one in kpi["others"].items()}
        for name, kpi in group["kpis"].items()
    }


def keys(api: Api, **query: Any) -> dict[str | None, int]:
    return {group["key"]: group["contacts"] for group in api.read("/v1/kpis", **query)["groups"]}


def began(subject: str, seconds: float, minutes: float = 5, who: str = "c1", **more: Any) -> Given:
    """A contact that the customer began, and how it was served."""
    own = {
        name: more.pop(name)
        for name in ("channel", "is_call_back", "queue", "goal", "tenant")
        if name in more
    }
    service = Service(**({"may_repeat": True, "may_be_repeated": True} | more))
    ended = seconds + minutes * MINUTE
    return contact(subject, seconds, customer_key=who, ended_at=at(ended), last_event_at=at(ended),
                   service=service, **own)  # fmt: skip


def us(seconds: float) -> int:
    return int(wait(None, seconds).start_us)
