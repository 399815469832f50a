"""`/v1/quarantine`: refused events with their reason; repair; send again."""

import json
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, Field, ValidationError

from schemas.codec import NAME_MAX, Reason
from schemas.quarantine import Quarantined
from schemas.times import LATEST_US, rfc3339, within_us
from services.ingest.api.bodies import read_body
from services.ingest.api.door import Operator, Reader, door_of, sender_of
from services.ingest.api.models import QuarantineItem, QuarantineList, Replayed, ReplayRequest
from services.ingest.api.problems import ASKED, documented
from services.ingest.core.catalogue import Filter
from services.ingest.core.keeping import original_of, shown
from services.ingest.core.modes import Sent
from services.ingest.core.problems import Code, Refusal
from services.ingest.core.splitting import is_grammatical
from services.ingest.door import Door
from services.ingest.hooks import translated_again
from services.keys import Key

LIMIT_MAX = 200
_WANTED = ReplayRequest.model_json_schema()
Text = Annotated[str, Field(max_length=NAME_MAX)]

router = APIRouter(prefix="/v1/quarantine", tags=["quarantine"])


@router.get(
    "",
    response_model=QuarantineList,
    responses=documented(*ASKED, Code.BAD_PARAMETER, Code.UNAVAILABLE),
    summary="What was refused, newest first",
)
async def list_quarantined(
    request: Request,
    reader: Reader,
    reason: Annotated[Text | None, Query(description="Only of this reason, e.g. `schema`.")] = None,
    platform: Annotated[
        Text | None, Query(description="Only of this platform, e.g. `twilio`, or connection, `twilio/main`.")
    ] = None,
    tenant: Annotated[Text | None, Query(description="Only of this tenant.")] = None,
    source: Annotated[Text | None, Query(description="Only of this `source`.")] = None,
    text: Annotated[Text | None, Query(description="Only with these words in the detail.")] = None,
    since: Annotated[AwareDatetime | None, Query(description="Received then or later.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Received before.")] = None,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = 50,
    cursor: Annotated[int | None, Query(ge=0, description="`next_cursor` of the page before.")] = None,
) -> Response:
    """Each event once, however often it was sent. The newest 100,000 are listed."""
    quarantine = door_of(request).quarantine
    if reader.tenant is not None and tenant not in (None, reader.tenant):
        raise Refusal(Code.FORBIDDEN, f"key {reader.id} is of tenant {reader.tenant}")
    wanted = Filter(
        reason=reason,
        platform=platform,
        tenant=reader.tenant or tenant,
        source=source,
        text=text,
        since=_text(since),
        until=_text(until),
    )
    page = (await quarantine.catalogue()).page(wanted.fits, limit, cursor)
    records = await quarantine.read(page.offsets)
    items = [shown(records[offset]) for offset in page.offsets if offset in records]
    return _json(
        {
            "items": items,
            "next_cursor": None if page.next_cursor is None else str(page.next_cursor),
            "total": page.total,
            "total_is": "exact" if page.is_exact else "at_least",
        }
    )


@router.post(
    "/replay",
    status_code=202,
    response_model=Replayed,
    responses=documented(*ASKED, Reason.TOO_LARGE, Code.BAD_PARAMETER, Code.UNAVAILABLE),
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": _WANTED}}}},
    summary="Send quarantined events again, repaired or as they were",
)
async def replay_quarantined(request: Request, operator: Operator) -> Response:
    """They pass the same door as any event, and may be quarantined again. A platform's own payload is
    translated again: missing, where still no event can be made of it."""
    door = door_of(request)
    # Not as a parameter, which would be read before the key is looked at, however large it is.
    wanted = _wanted(await read_body(request))
    records = await _records(door, wanted.ids, operator)
    originals = _originals(door, [record for name, record in records.items() if name not in wanted.events])
    for name, event in wanted.events.items():
        # It stays whose it was, unless the repair says otherwise: the event itself may never have said it.
        owner = {"tenant": records[name].tenant} if name in records else {}
        # Not by orjson, which cannot write every number that a body may hold: the door says what is wrong.
        originals[name] = [json.dumps(owner | event).encode()]
    found = [event for name in wanted.ids for event in originals.get(name, ())]
    answer = await door.admit(Sent(found, is_list=True), sender=sender_of(operator))
    missing = [name for name in wanted.ids if name not in originals]
    return _json(msgspec.to_builtins(answer) | {"missing": missing}, status=202)


@router.get(
    "/{quarantine_id}",
    response_model=QuarantineItem,
    responses=documented(*ASKED, Code.NOT_FOUND, Code.UNAVAILABLE),
    summary="One refused event",
)
async def get_quarantined(request: Request, reader: Reader, quarantine_id: str) -> Response:
    record = (await _records(door_of(request), [quarantine_id], reader)).get(quarantine_id)
    if record is None:
        raise Refusal(Code.NOT_FOUND, f"no quarantined event {quarantine_id!r}")
    return _json(shown(record))


def _wanted(body: bytes) -> ReplayRequest:
    try:
        return ReplayRequest.model_validate(json.loads(body))
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise Refusal(Code.BAD_PARAMETER, faults) from None
    except (ValueError, RecursionError) as error:
        raise Refusal(Code.BAD_PARAMETER, f"the body is no JSON: {error}") from None


async def _records(door: Door, ids: list[str], key: Key) -> dict[str, Quarantined]:
    """Those that are there, and the key's own."""
    catalogue = await door.quarantine.catalogue()
    offsets = [offset for name in ids if (offset := catalogue.offset_of(name)) is not None]
    records = (await door.quarantine.read(offsets)).values()
    return {record.id: record for record in records if key.tenant in (None, record.tenant)}


def _originals(door: Door, records: list[Quarantined]) -> dict[str, list[bytes]]:
    """The events of each; of a platform's own payload those that it is now translated to."""
    found: dict[str, list[bytes]] = {}
    for record in records:
        if record.platform is not None:
            found[record.id] = translated_again(door.hooks, record)
        elif (original := original_of(record)) is not None and is_grammatical(original):
            found[record.id] = [original]
    return {name: events for name, events in found.items() if events}


def _text(moment: Any) -> str | None:
    return None if moment is None else rfc3339(within_us(moment, LATEST_US))


def _json(document: dict[str, Any], status: int = 200) -> Response:
    return Response(msgspec.json.encode(document), status_code=status, media_type="application/json")
