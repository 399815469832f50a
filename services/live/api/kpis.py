"""`/v1/kpis`: how the contact centre serves its customers, each figure with its definition."""

import re
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator, BaseModel, Field

from schemas.times import SECOND_US, rfc3339, to_us
from services.live.api.parameters import within_calendar
from services.live.core.kpis import NAMES, definitions, figures
from services.live.core.tally import DAY_US, RETURN_DAYS, SHORT_SECONDS, TARGET_SECONDS, Asked, Tally
from services.live.store import kpis as store
from services.live.store.kpis import By
from services.web.parameters import Database, Moment, Text, json_answer

router = APIRouter(prefix="/v1/kpis", tags=["kpis"])

WINDOW_DAYS_MAX = 366
GROUPS_MAX = 1_000
_UNITS_US = {"s": SECOND_US, "m": 60 * SECOND_US, "h": 3600 * SECOND_US, "d": DAY_US, "w": 7 * DAY_US}
_WINDOW = re.compile(r"([1-9][0-9]{0,6})([smhdw])")


def window_us(text: str) -> int:
    found = _WINDOW.fullmatch(text)
    if found is None:
        raise ValueError("write a number and s, m, h, d or w: 15m, 8h, 7d, 4w")
    length_us = int(found[1]) * _UNITS_US[found[2]]
    if length_us > WINDOW_DAYS_MAX * DAY_US:
        raise ValueError(f"at most {WINDOW_DAYS_MAX} days")
    return length_us


def _checked_window(text: str) -> str:
    window_us(text)
    return text


def _known(names: list[str]) -> list[str]:
    for name in names:
        if name not in NAMES:
            raise ValueError(f"no KPI is called {name!r}; there are {', '.join(NAMES)}")
    return names


Window = Annotated[Text, AfterValidator(_checked_window)]


class KpiQuery(BaseModel):
    window: Window = Field(
        "24h", description="How long it is: `15m`, `8h`, `7d`, `4w`. Contacts that start in it count."
    )
    until: Moment | None = Field(None, description="Where it ends (RFC 3339); now, if not said.")
    by: By | None = Field(None, description="A group for each; one of all, if not said.")
    kpi: Annotated[list[Text], AfterValidator(_known)] = Field([], description="Only this; repeat it.")
    target_seconds: int = Field(TARGET_SECONDS, ge=1, le=7 * 86_400, description="Of the service level.")
    short_abandon_seconds: int = Field(
        SHORT_SECONDS, ge=0, le=600, description="A wait given up within it is short."
    )
    return_days: int = Field(
        RETURN_DAYS, ge=1, le=35, description="Who comes again within it comes for the same."
    )
    tenant: Text | None = None
    queue: Text | None = Field(None, description="Of waits their own; of contacts the last.")
    channel: Text | None = None
    goal: Text | None = None
    persona: Text | None = Field(None, description="Of the customer, as `customer.updated` said last.")
    segment: Text | None = Field(None, description="Of the customer, as `customer.updated` said last.")

    def asked(self, now_us: int) -> Asked:
        return asked_of(
            self.window,
            self.until,
            now_us,
            by=self.by,
            target_us=self.target_seconds * SECOND_US,
            short_us=self.short_abandon_seconds * SECOND_US,
            return_us=self.return_days * DAY_US,
            tenant=self.tenant,
            queue=self.queue,
            channel=self.channel,
            goal=self.goal,
            persona=self.persona,
            segment=self.segment,
        )


def asked_of(window: str, until: datetime | None, now_us: int, **more: Any) -> Asked:
    """Of the window that ends then, or now; `more` as `Asked` has it."""
    until_us = now_us if until is None else within_calendar(to_us(until))
    return Asked(
        since_us=within_calendar(until_us - window_us(window)), until_us=until_us, now_us=now_us, **more
    )


Kpis = Annotated[KpiQuery, Query()]


@router.get("", summary="KPIs by their field's names, with the variant of each definition")
def list_kpis(request: Request, database: Database, query: Kpis) -> Response:
    """Contacts that started in the window; answers to surveys given in it. Definitions differ between
    vendors: each figure names its `variant`, has the other ones beside it, and `definitions` says what is
    divided by what. `count` is what it was divided by; where that is 0, `value` is null.

    `provisional`: it can still change by what has yet to happen: the window has not ended, contacts of it
    go on, or a return may come (`return_days` after the last end). Events that come late may change any.

    Groups are the 1,000 largest; `key` null is what has no such name. Merged customers count as one.
    """
    now_us: int = request.app.state.now_us()
    asked, names = query.asked(now_us), frozenset(query.kpi or NAMES)
    with database.connect() as connection:
        tallies = store.tallies(connection, asked)
    if asked.by is None:
        tallies = tallies or {None: Tally()}
    largest = sorted(tallies.items(), key=lambda item: (-item[1].contacts, -item[1].offered, item[0] or ""))
    is_over = asked.until_us <= now_us
    return json_answer(
        {
            "since": rfc3339(asked.since_us),
            "until": rfc3339(asked.until_us),
            "window": query.window,
            "by": asked.by,
            "target_seconds": query.target_seconds,
            "short_abandon_seconds": query.short_abandon_seconds,
            "return_days": query.return_days,
            "groups": [_group(key, tally, names, is_over) for key, tally in largest[:GROUPS_MAX]],
            "total": len(tallies),
            "definitions": definitions(names),
        }
    )


def _group(key: str | None, tally: Tally, names: frozenset[str], is_over: bool) -> dict[str, Any]:
    return {"key": key, "contacts": tally.contacts, "kpis": figures(tally, names, is_over)}
