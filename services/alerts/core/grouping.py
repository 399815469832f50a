"""Frictions of one kind at one touchpoint of one tenant are one incident, while it lasts.

Time is that of detection, so a backlog groups as the stream would have. The quiet period is strict:
a friction exactly at its end still joins.
"""

from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from schemas.frictions import SEVERITIES, Friction, Severity
from schemas.incidents import Closure, Incident, IncidentState
from schemas.times import rfc3339
from services.alerts.core.names import digest
from services.alerts.core.render import title


class Group(NamedTuple):
    """What an incident is about."""

    tenant: str
    kind: str
    touchpoint: str


class Told(Struct, frozen=True):
    """What receivers heard last."""

    at_us: int
    severity: Severity
    frictions: int


class Held(Struct, frozen=True, kw_only=True):
    """An incident, and what only this service needs to know of it."""

    incident: Incident
    last_us: int
    told: Told | None = None
    #: Every receiver that was told of it.
    heard: tuple[str, ...] = ()
    #: How often receivers were told; numbers the occasions.
    tellings: int = 0
    #: The last reason why nobody was told, so that the history says it once.
    unsaid: str | None = None

    @property
    def group(self) -> Group:
        return Group(self.incident.tenant, self.incident.kind, self.incident.touchpoint)

    @property
    def is_closed(self) -> bool:
        return self.incident.state is IncidentState.CLOSED


def group_of(friction: Friction) -> Group:
    return Group(friction.tenant, friction.kind, friction.touchpoint)


def opened_by(friction: Friction, ordinal: int, moment_us: int) -> Held:
    """A new incident, the `ordinal`-th of its group."""
    incident = Incident(
        incident_id=digest(*group_of(friction), str(ordinal)),
        tenant=friction.tenant,
        kind=friction.kind,
        touchpoint=friction.touchpoint,
        state=IncidentState.OPEN,
        severity=friction.severity,
        title=title(friction.kind, friction.touchpoint, 1),
        explanation=friction.explanation,
        frictions=1,
        opened_at=rfc3339(moment_us),
        last_friction_at=rfc3339(moment_us),
    )
    return Held(incident=incident, last_us=moment_us)


def joined_by(held: Held, friction: Friction, moment_us: int) -> Held:
    last_us = max(held.last_us, moment_us)
    severity = max(held.incident.severity, friction.severity, key=SEVERITIES.index)
    fields = {"severity": severity, "last_friction_at": rfc3339(last_us)}
    if moment_us >= held.last_us:
        fields["explanation"] = friction.explanation
    return replace(_counted(held, +1, **fields), last_us=last_us)


def made_graver(held: Held, friction: Friction) -> Held:
    """The same, unless the friction is graver than all before."""
    if SEVERITIES.index(friction.severity) <= SEVERITIES.index(held.incident.severity):
        return held
    return revised(held, severity=friction.severity, explanation=friction.explanation)


def left_by_one(held: Held, now_us: int) -> Held:
    """One of its frictions is retracted; with the last one goes the incident."""
    fewer = _counted(held, -1)
    if fewer.incident.frictions > 0 or fewer.is_closed:
        return fewer
    return closed(fewer, Closure.RETRACTED, now_us)


def closed(held: Held, how: Closure, at_us: int) -> Held:
    return revised(held, state=IncidentState.CLOSED, closed_as=how, closed_at=rfc3339(at_us))


def ended_by_silence(held: Held, quiet_us: int) -> Held:
    return closed(held, Closure.SILENCE, held.last_us + quiet_us)


def is_quiet(held: Held, moment_us: int, quiet_us: int) -> bool:
    return moment_us > held.last_us + quiet_us


def revised(held: Held, **fields: object) -> Held:
    incident = held.incident
    return replace(held, incident=replace(incident, revision=incident.revision + 1, **fields))


def _counted(held: Held, by: int, **fields: object) -> Held:
    incident = held.incident
    count = incident.frictions + by
    return revised(held, frictions=count, title=title(incident.kind, incident.touchpoint, count), **fields)
