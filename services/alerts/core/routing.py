"""Which receivers hear of an incident: all, unless a receiver wants less."""

from collections.abc import Iterable

from msgspec import Struct

from schemas.frictions import SEVERITIES, Severity
from schemas.incidents import Incident
from services.alerts.core.patterns import fits


class Route(Struct, frozen=True, kw_only=True):
    """What one receiver wants to hear of. Empty: everything; a touchpoint may hold `*`."""

    receiver: str
    kinds: tuple[str, ...] = ()
    touchpoints: tuple[str, ...] = ()
    tenants: tuple[str, ...] = ()
    #: This one and higher.
    severity: Severity = Severity.LOW
    #: It keeps its own list of what is so, and must hear of the end.
    hears_ends: bool = False


def receivers_of(incident: Incident, routes: Iterable[Route]) -> list[str]:
    return [route.receiver for route in routes if wants(route, incident)]


def wants(route: Route, incident: Incident) -> bool:
    return (
        (not route.kinds or incident.kind in route.kinds)
        and (not route.tenants or incident.tenant in route.tenants)
        and (not route.touchpoints or any(fits(one, incident.touchpoint) for one in route.touchpoints))
        and SEVERITIES.index(incident.severity) >= SEVERITIES.index(route.severity)
    )
