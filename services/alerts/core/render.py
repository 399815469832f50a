"""An incident in plain words, for people who have never seen one."""

from typing import Any

import msgspec

from schemas.incidents import Incident, IncidentState
from services.alerts.core.reasons import Reason

_PLACES = {"node": "IVR node", "form": "form", "queue": "queue", "page": "page", "bot": "bot"}
_PREFIXES = {Reason.WORSENED: "Worse: ", Reason.ESCALATED: "Escalated: ", Reason.CLOSED: "Over: "}
_WHY = {
    Reason.FIRST: "You are told because it has just begun.",
    Reason.WORSENED: "You are told again because it has become worse.",
    Reason.ESCALATED: "You are told again because somebody asks for help.",
    Reason.CLOSED: "It is over; there is nothing left to do.",
}
_ENDS = {"resolved": "a person resolved it", "silence": "nothing more happened", "retracted": "it was undone"}
TITLE_MAX = 300


def title(kind: str, touchpoint: str, count: int) -> str:
    """`Long wait at queue billing, 3 times`"""
    what = kind.replace("_", " ").replace("ivr", "IVR")
    often = f", {count} times" if count > 1 else ""
    where = place(touchpoint)
    if len(where) > TITLE_MAX:
        where = where[: TITLE_MAX - 1] + "…"
    return f"{what[0].upper()}{what[1:]} at {where}{often}"


def place(touchpoint: str) -> str:
    """`form:address#postcode` is the form address, field postcode."""
    sort, colon, name = touchpoint.partition(":")
    if not colon:
        return touchpoint
    name, _, field = name.partition("#")
    return f"{_PLACES.get(sort, sort)} {name}" + (f", field {field}" if field else "")


def link_of(live_page: str, incident_id: str) -> str:
    return f"{live_page}/?incident={incident_id}"


def message(incident: Incident, reason: Reason, occasion: str, link: str, note: str = "") -> dict[str, Any]:
    """What every transport makes its message of. `key` names incident and occasion: the same key, the same
    message, however often it arrives."""
    return {
        "version": "1.0",
        "key": f"{incident.incident_id}:{occasion}",
        "occasion": occasion,
        "reason": reason.value,
        "type": _type(incident, reason),
        "title": _PREFIXES.get(reason, "") + incident.title + _tenant(incident),
        "message": _body(incident, reason, link, note),
        "link": link,
        "incident": msgspec.to_builtins(incident),
    }


def trial(test_id: str, text: str, link: str) -> dict[str, Any]:
    return {
        "version": "1.0",
        "key": f"test:{test_id}",
        "occasion": "test",
        "reason": Reason.TEST.value,
        "type": "info",
        "title": "Journeyline: a test",
        "message": f"{text}\n\n{link}",
        "link": link,
        "incident": None,
    }


def _type(incident: Incident, reason: Reason) -> str:
    """In apprise's words."""
    if reason is Reason.CLOSED:
        return "success"
    return {"low": "info", "medium": "warning", "high": "failure"}[incident.severity]


def _tenant(incident: Incident) -> str:
    return "" if incident.tenant == "default" else f" ({incident.tenant})"


def _body(incident: Incident, reason: Reason, link: str, note: str) -> str:
    lines = [
        incident.explanation,
        "",
        f"Since {_clock(incident.opened_at)}, {_times(incident.frictions)}, severity {incident.severity}.",
        note,
        _WHY.get(reason, ""),
    ]
    if incident.state is IncidentState.CLOSED and incident.closed_as and incident.closed_at:
        lines.append(f"It ended at {_clock(incident.closed_at)}: {_ENDS[incident.closed_as]}.")
    return "\n".join([lines[0], "", *(line for line in lines[2:] if line), "", link])


def _clock(moment: str) -> str:
    return f"{moment[:10]} {moment[11:16]} UTC"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
