"""A period against the one before it: KPIs, where it hurt, how journeys ended; also as lines of a sheet."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from services.live.core.kpis import DIGITS, KPIS, is_provisional
from services.live.core.tally import Tally

#: Where it hurt most, or where most has changed.
PLACES_MAX = 20
COLUMNS = ("what", "name", "detail", "unit", "now", "before", "change", "provisional")
#: What a sheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Place = tuple[str, str]


class Period(NamedTuple):
    """What there is of one. `places`: frictions by kind and touchpoint. `outcomes`: journeys that closed."""

    tally: Tally
    places: Mapping[Place, int]
    outcomes: Mapping[str, int]


def report(now: Period, before: Period, is_over: bool) -> dict[str, Any]:
    """`is_over`: the later period has ended."""
    return {
        "contacts": _counted(now.tally.contacts, before.tally.contacts),
        "kpis": list(_kpis(now.tally, before.tally, is_over)),
        "frictions": [
            {"kind": kind, "touchpoint": touchpoint, **_counted(number, earlier)}
            for (kind, touchpoint), number, earlier in _places(now.places, before.places)
        ],
        "outcomes": [
            {"outcome": name, **_counted(now.outcomes.get(name, 0), before.outcomes.get(name, 0))}
            for name in sorted({*now.outcomes, *before.outcomes})
        ],
    }


def _kpis(now: Tally, before: Tally, is_over: bool) -> Iterator[dict[str, Any]]:
    for kpi in KPIS:
        value, earlier = kpi.of(now), kpi.of(before)
        change = None
        if value.value is not None and earlier.value is not None:
            change = round(value.value - earlier.value, DIGITS)
        yield {
            "kpi": kpi.name,
            "variant": kpi.variant,
            "unit": kpi.unit.value,
            "now": value.value,
            "before": earlier.value,
            "change": change,
            "count": value.count,
            "provisional": is_provisional(kpi, now, is_over),
        }


def _counted(now: int, before: int) -> dict[str, int]:
    return {"now": now, "before": before, "change": now - before}


def _places(now: Mapping[Place, int], before: Mapping[Place, int]) -> list[tuple[Place, int, int]]:
    """Those with most, now or before."""
    found = [(place, now.get(place, 0), before.get(place, 0)) for place in {*now, *before}]
    return sorted(found, key=lambda one: (-max(one[1:]), one[0]))[:PLACES_MAX]


def lines(document: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """The same, a line each, under `COLUMNS`; texts that a sheet would run stand behind an apostrophe."""
    contacts = document["contacts"]
    yield "contacts", "contacts", "", "contacts", *_three(contacts), ""
    for kpi in document["kpis"]:
        yield "kpi", kpi["kpi"], kpi["variant"], kpi["unit"], *_three(kpi), kpi["provisional"]
    for place in document["frictions"]:
        yield "friction", _tame(place["kind"]), _tame(place["touchpoint"]), "frictions", *_three(place), ""
    for outcome in document["outcomes"]:
        yield "outcome", _tame(outcome["outcome"]), "", "journeys", *_three(outcome), ""


def _three(one: Mapping[str, Any]) -> tuple[Any, ...]:
    return one["now"], one["before"], one["change"]


def _tame(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
