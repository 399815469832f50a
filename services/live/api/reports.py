"""`/v1/reports`: what has become better or worse, for who has to show it."""

import csv
import io
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from msgspec.structs import replace
from pydantic import BaseModel, Field

from schemas.times import rfc3339
from services.live.api.kpis import Window, asked_of
from services.live.api.parameters import within_calendar
from services.live.core.report import COLUMNS, lines, report
from services.live.store.report import period
from services.web.parameters import Database, Moment, Text, json_answer

router = APIRouter(prefix="/v1/reports", tags=["kpis"])


class PeriodQuery(BaseModel):
    window: Window = Field("7d", description="How long the period is: `24h`, `7d`, `4w`.")
    until: Moment | None = Field(None, description="Where it ends (RFC 3339); now, if not said.")
    tenant: Text | None = None
    format: Literal["json", "csv"] = Field("json", description="`csv`: a line each, for a sheet.")


@router.get("/period", summary="A period against the one before it, as JSON or CSV")
def report_period(request: Request, database: Database, query: Annotated[PeriodQuery, Query()]) -> Response:
    """KPIs in all variants (as `/v1/kpis`), the 20 places with most frictions, outcomes of journeys whose
    last event is in the period; each `now`, `before` and as `change`, now less before.
    """
    now_us: int = request.app.state.now_us()
    asked = asked_of(query.window, query.until, now_us, tenant=query.tenant)
    length_us = asked.until_us - asked.since_us
    earlier = replace(asked, since_us=within_calendar(asked.since_us - length_us), until_us=asked.since_us)
    with database.connect() as connection:
        document = report(
            period(connection, asked), period(connection, earlier), is_over=asked.until_us <= now_us
        )
    if query.format == "csv":
        return _sheet(document, f"journeyline-{rfc3339(asked.until_us)[:10]}-{query.window}.csv")
    spans = {"since": asked.since_us, "until": asked.until_us, "before_since": earlier.since_us}
    return json_answer({name: rfc3339(at_us) for name, at_us in spans.items()} | document)


def _sheet(document: dict[str, Any], name: str) -> Response:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(lines(document))
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)
