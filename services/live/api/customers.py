"""`/v1/customers`: the screen-pop, and the customer behind a key."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from schemas.data import IDENTIFIER_TYPES
from services.live.api.parameters import Journeys
from services.live.core.filters import FrictionFilter
from services.live.core.story import before, story
from services.live.store import customers as store
from services.live.store import frictions as friction_store
from services.live.store import journeys as journey_store
from services.web.keys import is_own
from services.web.parameters import Database, Text, json_answer, list_answer
from services.web.problems import bad_parameter, not_found

router = APIRouter(prefix="/v1/customers", tags=["customers"])

TOLD_CONTACTS_MAX = 10
SHOWN_FRICTIONS_MAX = 20

Document = dict[str, Any]


class Lookup(BaseModel):
    """What the caller is known by; of several the strongest that is known decides."""

    customer_id: Text | None = None
    account_id: Text | None = None
    email: Text | None = Field(None, description="Case does not matter.")
    phone: Text | None = Field(None, description="E.164; blanks, dashes and parentheses do not matter.")
    visitor_id: Text | None = None
    device_id: Text | None = None
    tenant: Text | None = None

    def given(self) -> list[tuple[str, str]]:
        values = ((kind, getattr(self, kind)) for kind in IDENTIFIER_TYPES)
        return [(kind, value) for kind, value in values if value and value.strip()]


@router.get("/lookup", summary="Screen-pop: who is calling, and what happened before")
def look_up(request: Request, database: Database, query: Annotated[Lookup, Query()]) -> Response:
    """`others` names further customers with the same identifier, where it links nobody."""
    if not query.given():
        raise bad_parameter(f"Name at least one of {', '.join(IDENTIFIER_TYPES)}.")
    with database.connect() as connection:
        for kind, value in query.given():
            if keys := store.lookup(connection, kind, value, query.tenant):
                return json_answer(_screen_pop(request, connection, keys))
    raise not_found("customer")


@router.get("/{customer_key}", summary="A customer")
def read_customer(request: Request, database: Database, customer_key: str) -> Response:
    """`merged_into`: who has all contacts of this one, while they are one."""
    with database.connect() as connection:
        return json_answer(own_customer(request, connection, customer_key))


@router.get("/{customer_key}/screen-pop", summary="Who it is, and what happened before, by key")
def read_screen_pop(request: Request, database: Database, customer_key: str) -> Response:
    """The same as the look-up by identifier."""
    with database.connect() as connection:
        return json_answer(_screen_pop(request, connection, [store.living(connection, customer_key)]))


@router.get("/{customer_key}/journeys", summary="The journeys of a customer, the one that moved last first")
def list_journeys(request: Request, database: Database, customer_key: str, query: Journeys) -> Response:
    with database.connect() as connection:
        own_customer(request, connection, customer_key)
        query.customer = store.living(connection, customer_key)
        return list_answer(
            *journey_store.list_journeys(connection, query.filter(), query.place(), query.limit)
        )


def own_customer(request: Request, connection: Connection, customer_key: str) -> Document:
    """As far as the request's key may see him, else not found."""
    found = store.customer(connection, customer_key)
    if found is None or not is_own(request, found["tenant"]):
        raise not_found("customer")
    return found


def _screen_pop(request: Request, connection: Connection, keys: list[str]) -> Document:
    customer = own_customer(request, connection, keys[0])
    heads = store.last_contacts(connection, keys[0], TOLD_CONTACTS_MAX)
    journey = journey_store.open_journey(connection, keys[0])
    steps = journey_store.steps_by_contact(connection, heads)
    goals = [journey["goal"] if journey else None, *(head["goal"] for head in reversed(heads))]
    return {
        **customer,
        "open_journey": journey,
        "goal": next((goal for goal in goals if goal), None),
        "story": story(heads, steps),
        "before": before(heads, steps),
        "frictions": friction_store.frictions_of(
            connection, FrictionFilter(customer=keys[0], state="raised"), SHOWN_FRICTIONS_MAX
        ),
        "others": keys[1:],
    }
