"""Who is woken, and why not: every answer is a reason."""

from msgspec import Struct

from schemas.frictions import SEVERITIES, Friction
from schemas.incidents import IncidentState
from services.alerts.core.grouping import Group, Held
from services.alerts.core.patterns import fits
from services.alerts.core.reasons import Reason

MINUTE_US = 60_000_000
#: So many times as many frictions as were told of are worse.
WORSE_FACTOR = 10


class Limits(Struct, frozen=True, kw_only=True):
    """All strict: what happens exactly at a limit is in time."""

    stale_us: int = 15 * MINUTE_US
    quiet_us: int = 30 * MINUTE_US
    worsened_us: int = 15 * MINUTE_US


class Silence(Struct, frozen=True, kw_only=True):
    """Nobody is told of what matches, until then. None matches all; a touchpoint may hold `*`."""

    silence_id: str
    until_us: int
    kind: str | None = None
    touchpoint: str | None = None
    tenant: str | None = None


def refusal(friction: Friction, at_us: int, detected_us: int, limits: Limits) -> Reason | None:
    """Why a friction may open or join no incident; None where it may."""
    if friction.replay is not None:
        return Reason.REPLAYED
    if friction.suspect:
        return Reason.SUSPECT
    return Reason.STALE if detected_us - at_us > limits.stale_us else None


def notify_reason(
    held: Held, silences: tuple[Silence, ...], now_us: int, limits: Limits, *, is_news: bool
) -> Reason:
    """Why receivers are told of an open incident that has just changed, or why not.

    `is_news`: a receiver wants it that has not heard of it; it may have become grave enough for him.
    """
    incident = held.incident
    if incident.is_useful is False:
        return Reason.NOT_USEFUL
    if incident.state is IncidentState.ACKNOWLEDGED:
        return Reason.ACKNOWLEDGED
    if now_us > held.last_us + limits.quiet_us:
        return Reason.PAST
    wanted = Reason.FIRST if held.told is None or is_news else _again(held, now_us, limits)
    if wanted is not Reason.TOLD and is_silenced(held.group, silences, now_us):
        return Reason.SILENCED
    return wanted


def is_silenced(group: Group, silences: tuple[Silence, ...], now_us: int) -> bool:
    return any(now_us < silence.until_us and matches(silence, group) for silence in silences)


def matches(silence: Silence, group: Group) -> bool:
    return (
        silence.kind in (None, group.kind)
        and silence.tenant in (None, group.tenant)
        and (silence.touchpoint is None or fits(silence.touchpoint, group.touchpoint))
    )


def _again(held: Held, now_us: int, limits: Limits) -> Reason:
    told = held.told
    if told is None or now_us <= told.at_us + limits.worsened_us:
        return Reason.TOLD
    is_graver = SEVERITIES.index(held.incident.severity) > SEVERITIES.index(told.severity)
    is_more = held.incident.frictions >= WORSE_FACTOR * max(told.frictions, 1)
    return Reason.WORSENED if is_graver or is_more else Reason.TOLD
