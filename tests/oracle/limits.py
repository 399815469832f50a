"""The limits of the contract's table and fine print, settable; times in microseconds."""

from typing import NamedTuple

from .event import MICROSECONDS as SECOND

MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Limits(NamedTuple):
    """The defaults are the contract's; `_replace` sets others. What is over one is too much."""

    short_abandon_us: int = 5 * SECOND
    long_wait_us: int = 120 * SECOND
    long_hold_us: int = 120 * SECOND
    chat_answer_us: int = 60 * SECOND
    email_answer_us: int = 24 * HOUR
    social_answer_us: int = 4 * HOUR
    form_left_us: int = 2 * MINUTE
    form_idle_us: int = 30 * MINUTE
    form_failures: int = 3
    page_load_ms: float = 4000
    node_entries: int = 3
    menu_options: int = 6
    distinct_nodes: int = 4
    ivr_us: int = 180 * SECOND
    contained_us: int = 24 * HOUR
    handovers: int = 2
    channels: int = 3
    repeat_us: int = 7 * DAY
    call_back_us: int = 15 * MINUTE
    authentications: int = 2
    sentiment: float = -0.5
    phrases: tuple[str, ...] = ()
    csat_share: float = 0.25
    nps: float = 6
    ces_share: float = 0.25
    transfers_in_contact: int = 2
    transfers_in_journey: int = 3
    same_goal_us: int = 7 * DAY
    unknown_goal_us: int = 72 * HOUR
    outcome_us: int = 72 * HOUR
    silence_us: int = 7 * DAY


class Terms(NamedTuple):
    """By what is judged, and when: `clock_us` None is infinitely late."""

    clock_us: int | None = None
    limits: Limits = Limits()

    def passed(self, moment_us: int) -> bool:
        return self.clock_us is None or self.clock_us > moment_us
