"""What a stack answers, in the words of the oracle; and whether all that was sent is folded."""

from collections import Counter
from datetime import datetime
from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from tests.e2e.stack import Stack
from tests.oracle.friction import Friction

Json = dict[str, Any]
Name = tuple[str, str]


def as_oracle_says(friction: Json) -> Friction:
    return Friction(
        friction["kind"],
        friction["contact"]["source"],
        friction["contact"]["subject"],
        round(datetime.fromisoformat(friction["at"]).timestamp() * 1000),
        tuple(evidence["event_id"] for evidence in friction["evidence"]),
        friction["touchpoint"],
    )


def raised(stack: Stack) -> dict[Friction, str]:
    """The frictions that hold, with their ids."""
    listed = stack.frictions(state="raised")
    found = {as_oracle_says(friction): str(friction["friction_id"]) for friction in listed}
    assert len(found) == len(listed), "two ids for one friction"
    return found


def journeys(stack: Stack) -> list[Json]:
    """All pages of heads."""
    items, cursor = [], None
    while True:
        page = stack.live("/v1/journeys", limit=200, **({"cursor": cursor} if cursor else {}))
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            assert page["total"] == len(items)
            return items


def name_of(contact: Json) -> Name:
    return contact["source"], contact["subject"]


def samples(stack: Stack, urls: list[str], name: str) -> list[Sample]:
    """Of one metric, from all of these services."""
    return [
        sample
        for url in urls
        for family in text_string_to_metric_families(stack.http.get(f"{url}/metrics").text)
        for sample in family.samples
        if sample.name == name
    ]


def became(stack: Stack) -> dict[str, Counter[str]]:
    """By topic of events: how many records by what became of them."""
    found: dict[str, Counter[str]] = {}
    for sample in samples(stack, stack.build_urls, "journeyline_stream_records"):
        if sample.labels["stage"] == "contacts":
            outcomes = found.setdefault(sample.labels["topic"], Counter())
            outcomes[sample.labels["outcome"]] += int(sample.value)
    return found


def folded(outcomes: Counter[str]) -> int:
    """Records that the builder has accounted for; `late` is a label within processed."""
    return sum(number for outcome, number in outcomes.items() if outcome != "late")


def is_at_rest(stack: Stack) -> bool:
    """No record waits in a stage or for the read model, as far as services can tell."""
    backlog = samples(stack, stack.build_urls, "journeyline_stream_backlog_records")
    lag: int | None = stack.live("/readyz")["lag_records"]
    return lag == 0 and bool(backlog) and not any(sample.value for sample in backlog)
