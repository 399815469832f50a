"""The counts that KPIs are made of, and what is asked of the read model for them."""

from msgspec import Struct

from schemas.times import SECOND_US

DAY_US = 24 * 3600 * SECOND_US
TARGET_SECONDS, SHORT_SECONDS, RETURN_DAYS = 20, 5, 7


class Asked(Struct, frozen=True, kw_only=True):
    """Contacts that start from `since_us` on and before `until_us`, and answers given then.

    `target_us`: answered within it is in time. `short_us`: given up within it is a short abandon.
    `return_us`: who comes again within it comes for the same again.
    """

    since_us: int
    until_us: int
    now_us: int
    by: str | None = None
    target_us: int = TARGET_SECONDS * SECOND_US
    short_us: int = SHORT_SECONDS * SECOND_US
    return_us: int = RETURN_DAYS * DAY_US
    tenant: str | None = None
    queue: str | None = None
    channel: str | None = None
    goal: str | None = None
    persona: str | None = None
    segment: str | None = None


class Tally(Struct, kw_only=True):
    """Counts of one group. Durations are sums, in microseconds."""

    # Waits in queues, by how they ended: what is neither answered nor abandoned flowed out, or still waits.
    offered: int = 0
    answered: int = 0
    answered_us: int = 0
    answered_in_time: int = 0
    abandoned: int = 0
    abandoned_us: int = 0
    abandoned_in_time: int = 0
    #: Given up so soon that nobody could have answered.
    short_abandoned: int = 0
    waiting: int = 0
    #: Of these, who is not long silent.
    waiting_now: int = 0
    longest_us: int | None = None

    contacts: int = 0
    #: Not over yet; and such that a later one may still follow them.
    open: int = 0
    unsettled: int = 0
    #: Calls and chats with a person; of these, passed on to another queue or agent.
    handled: int = 0
    handled_us: int = 0
    held_us: int = 0
    transferred: int = 0
    transfers: int = 0
    #: In writing, answered by a person.
    responded: int = 0
    response_us: int = 0
    resolved: int = 0
    resolution_us: int = 0
    #: May repeat an earlier one; a friction says that it does; it follows one, whatever about.
    repeating: int = 0
    repeats: int = 0
    followers: int = 0
    #: May be repeated; is followed by one; neither is nor follows; and says that it is resolved.
    repeatable: int = 0
    followed: int = 0
    alone: int = 0
    alone_resolved: int = 0
    #: With an IVR or bot; that passed nobody on; then followed by one; said to be contained.
    machine: int = 0
    machine_alone: int = 0
    machine_alone_followed: int = 0
    contained: int = 0
    forms: int = 0
    forms_abandoned: int = 0

    # Answers. `csat_place`, `ces_place`: sums of places on the scale, from 0 to 1, the best.
    csat: int = 0
    csat_place: float = 0.0
    csat_satisfied: int = 0
    nps: int = 0
    nps_promoters: int = 0
    nps_detractors: int = 0
    ces: int = 0
    ces_place: float = 0.0
    ces_easy: int = 0
