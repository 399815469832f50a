"""What a decision on who is who answers, and what a dry run foresees."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy import Engine

from services.live.store import moving as store

Document = dict[str, Any]


class ConcernedJourney(BaseModel):
    journey_id: str
    customer_key: str
    state: str
    goal: str | None
    opened_at: str


class Merging(BaseModel):
    """The decision, what it concerns, and of a dry run alone what would come of it."""

    dry_run: bool
    decided: list[Document] = Field(
        description="The events that say it; none where nothing is to be decided."
    )
    customers: list[str] = Field(description="The keys of the customers that it is about.")
    contacts: int = Field(description="How many contacts these have.")
    changes: list[Document] | None = Field(
        None,
        description="Dry run: which identifiers would be whose; null if the journey builder does not answer.",
    )
    contacts_moving: int | None = Field(
        None, description="Dry run: how many contacts would be another customer's; null where `changes` is."
    )
    contacts_moving_is: Literal["exact", "at_least"] | None = Field(
        None,
        description=f"`at_least` where more than {store.CONTACTS_MAX:,} contacts were to be looked at, or"
        " some were silent for over 35 days: the journey builder may have forgotten too much to move them.",
    )
    journeys: list[ConcernedJourney] | None = Field(
        None,
        description="Dry run: the journeys of these customers and of all whose contacts name an identifier"
        f" that would change, those that moved last first, at most {store.JOURNEYS_MAX}.",
    )
    journeys_total: int | None = Field(None, description="Dry run: how many journeys these customers have.")


class Separating(Merging):
    leaving: list[Document] = Field(description="Type and value of the identifiers that are to leave.")


def foresee(
    engine: Engine, tenant: str, asked: Sequence[str], changes: Sequence[Document] | None, now_us: int
) -> Document:
    """`asked`: the customers that the decision is about."""
    names = [(one["type"], one["value"]) for one in changes or ()]
    with engine.connect() as connection:
        keys = list(dict.fromkeys([*asked, *store.holders(connection, tenant, names)]))
        moving = None if changes is None else store.contacts_moving(connection, tenant, keys, changes, now_us)
        journeys, total = store.journeys_of(connection, keys)
    return {
        "changes": changes,
        "contacts_moving": moving and moving.number,
        "contacts_moving_is": moving and ("exact" if moving.is_all else "at_least"),
        "journeys": journeys,
        "journeys_total": total,
    }
