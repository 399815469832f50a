"""`/v1/customers/{key}/identifiers`, `/merge`, `/separate`: who is who, why, and a person's word on it."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any, NamedTuple
from uuid import uuid4

from aiokafka.errors import KafkaError
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, Engine

from schemas.data import IDENTIFIER_TYPES
from services.live.api.customers import own_customer
from services.live.api.foreseen import Merging, Separating, foresee
from services.live.api.parameters import SEQ_MAX
from services.live.core import decisions
from services.live.core.names import name_hash
from services.live.store import customers as customer_store
from services.live.store import identities as store
from services.web.parameters import Database, Text, json_answer
from services.web.problems import Refusal, bad_parameter

router = APIRouter(prefix="/v1/customers/{customer_key}", tags=["customers"])

Document = dict[str, Any]


class Merge(BaseModel):
    """Two customers are one."""

    model_config = ConfigDict(extra="forbid")

    with_: Text = Field(alias="with", description="The other customer's key.")
    by: Text = Field(min_length=1, description="Who decides.")
    why: Text | None = None


class Separate(BaseModel):
    """Some identifiers are not this customer's."""

    model_config = ConfigDict(extra="forbid")

    identifiers: dict[str, Text | list[Text]] = Field(
        description="Type -> value or values, as the customer's own `identifiers` name them."
    )
    by: Text = Field(min_length=1, description="Who decides.")
    why: Text | None = None


class Trial(BaseModel):
    dry_run: bool = Field(False, description="Answer what would be decided, and decide nothing.")


Once = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=200, description="The same key decides once."),
]
Dry = Annotated[Trial, Query()]


@router.get("/identifiers", summary="What a customer is known by, and the journal of how that came")
def read_identifiers(
    request: Request,
    database: Database,
    customer_key: str,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[
        int | None, Query(ge=0, le=SEQ_MAX, description="`next_cursor` of the page before.")
    ] = None,
) -> Response:
    """The journal is newest first: each decision with its reason, its evidence and its time."""
    with database.connect() as connection:
        customer = own_customer(request, connection, customer_key)
        decided = store.of_customer(connection, customer_key)
        journal = store.journal(connection, customer_key, cursor, limit)
    return json_answer(
        {
            "customer_key": customer_key,
            "merged_into": customer["merged_into"],
            "identifiers": _shown(customer["identifiers"], decided),
            "journal": {
                "items": journal.entries,
                "next_cursor": None if journal.next_seq is None else str(journal.next_seq),
                "total": journal.total,
                "total_is": "exact",
            },
        }
    )


@router.post("/merge", summary="Two customers are one", responses={200: {"model": Merging}})
async def merge(
    request: Request, database: Database, customer_key: str, body: Merge, dry: Dry, once: Once = None
) -> Response:
    """Counts like a `customer.identified` event of now; undone by `separate`."""
    return await _decide(request, dry, lambda: _merging(request, database, customer_key, body, once))


@router.post(
    "/separate", summary="Some identifiers are not this customer's", responses={200: {"model": Separating}}
)
async def separate(
    request: Request, database: Database, customer_key: str, body: Separate, dry: Dry, once: Once = None
) -> Response:
    """Counts like `customer.separated` events of now: what contacts linked is cut, too, before and after."""
    return await _decide(request, dry, lambda: _separating(request, database, customer_key, body, once))


class _Wanted(NamedTuple):
    """What a decision would say, and whom it concerns."""

    tenant: str
    events: list[Document]
    changed: Document


def _merging(request: Request, engine: Engine, customer_key: str, body: Merge, once: str | None) -> _Wanted:
    with engine.connect() as connection:
        both = [_known(request, connection, key) for key in (customer_key, body.with_)]
        keys = list(dict.fromkeys(each["customer_key"] for each in both))
        contacts = sum(store.contacts_of(connection, key) for key in keys)
        strongest = [_strongest(connection, each) for each in both]
    one, other = both
    if one["tenant"] != other["tenant"]:
        raise bad_parameter("Customers of two tenants cannot be merged.")
    changed = {"customers": keys, "contacts": contacts}
    decision_id = _decision_id(once, "merge", customer_key, body.with_)
    event = decisions.event(
        "identified", decision_id, one["tenant"], _now_us(request), strongest, body.by, body.why
    )
    events = [event] if len(keys) > 1 else []
    return _Wanted(one["tenant"], events, changed)


def _separating(
    request: Request, engine: Engine, customer_key: str, body: Separate, once: str | None
) -> _Wanted:
    wanted = {kind: [value] if isinstance(value, str) else value for kind, value in body.identifiers.items()}
    with engine.connect() as connection:
        customer = _known(request, connection, customer_key)
        contacts = store.contacts_of(connection, customer["customer_key"])
        known, tenant = customer["identifiers"], customer["tenant"]
        names = {(kind, value) for kind, values in wanted.items() for value in values}
        # Said again, though it has been done already.
        may_be_done = once is not None and bool(names) and names.isdisjoint(decisions.strongest_first(known))
        is_done = may_be_done and store.left(connection, tenant, customer_key, names) == names
    try:
        leaving = [] if is_done else decisions.chosen(wanted, known)
    except decisions.Undecidable as error:
        raise bad_parameter(str(error)) from None
    now_us = _now_us(request)
    events = [
        decisions.event(
            "separated", _decision_id(once, "separate", customer_key, *one, *other), tenant, now_us,
            (one, other), body.by, body.why,
        )
        for one, other in decisions.staying_apart(leaving, known)
    ]  # fmt: skip
    changed = {
        "customers": [customer["customer_key"]],
        "contacts": contacts,
        "leaving": [{"type": kind, "value": value} for kind, value in leaving],
    }
    return _Wanted(tenant, events, changed)


async def _decide(request: Request, dry: Trial, want: Callable[[], _Wanted]) -> Response:
    state = request.app.state
    # In a thread: a database that is slow must not stop the event loop, and with it all others.
    tenant, events, changed = await run_in_threadpool(want)
    answer = {"dry_run": dry.dry_run, "decided": events, **changed}
    try:
        if dry.dry_run:
            changes = await state.try_out(state.settings, state.engine, events) if events else []
            asked = changed["customers"]
            answer |= await run_in_threadpool(foresee, state.engine, tenant, asked, changes, _now_us(request))
        elif events:
            await state.publish(state.settings, events)
    except (KafkaError, OSError) as error:
        raise Refusal(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "kafka_unavailable",
            f"The log does not take it now, try again with the same Idempotency-Key: {error!r}",
            {"Retry-After": "2"},
        ) from None
    return json_answer(answer)


def _known(request: Request, connection: Connection, customer_key: str) -> Document:
    """The customer who has the contacts of this key, if he is known by more than a contact."""
    found = own_customer(request, connection, customer_store.living(connection, customer_key))
    if not found["is_known"] or not found["identifiers"]:
        raise bad_parameter(
            f"{customer_key} is known by no identifier; let an event of its contact name one instead."
        )
    return found


def _strongest(connection: Connection, customer: Document) -> decisions.Identifier:
    """Of the identifiers that link: said of others, a decision would change nothing."""
    names = decisions.strongest_first(customer["identifiers"])
    silent = store.silent_of(connection, customer["tenant"], names)
    linking = [name for name in names if name not in silent]
    if not linking:
        raise bad_parameter(
            f"{customer['customer_key']} is known only by identifiers that link nobody (over their limit,"
            " blocked, or of several customers); let an event of its contact name another instead."
        )
    return linking[0]


def _shown(named: Mapping[str, Sequence[str]], decided: list[Document]) -> list[Document]:
    """Strongest first. Of those that nothing was decided of, that they were named is all there is."""
    rows = {(entry["type"], entry["value"]): entry for entry in decided}
    names = {(kind, value) for kind, values in named.items() for value in values} | rows.keys()
    ordered = sorted(names, key=lambda name: (IDENTIFIER_TYPES.index(name[0]), name[1]))
    return [_identifier(kind, value, rows.get((kind, value), {})) for kind, value in ordered]


def _identifier(kind: str, value: str, decided: Document) -> Document:
    return {
        "type": kind,
        "value": value,
        "state": decided.get("word", "named"),
        "since": decided.get("decided_at"),
        "evidence": decided.get("evidence", []),
        **{name: decided.get(name) for name in ("reason", "own_key", "by", "why")},
    }


def _decision_id(once: str | None, *what: str) -> str:
    """The same for the same decision under the same key; under another, or without one, it is a new one."""
    return uuid4().hex if once is None else name_hash(once, *what).hex()


def _now_us(request: Request) -> int:
    return int(request.app.state.now_us())
