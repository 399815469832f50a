"""A short day of a contact centre: every kind of friction, and every fate that an event can have."""

import time
from typing import Any

import httpx2

from tests.e2e.mixed import Step, event
from tests.e2e.stack import Stack

Raw = dict[str, Any]
PBX, SITE = "//acme/pbx", "//acme/site"
JSON = {"Content-Type": "application/json"}
MINUTE = 60.0
RAISED_SECONDS = 40.0


def _form(*names: str) -> list[Step]:
    field = {"form_id": "address", "field": "postcode"}
    return [(f"web_form.{name}", 5.0 * number, field) for number, name in enumerate(names)]


def _menus(*nodes: str) -> list[Step]:
    return [("ivr.menu_entered", float(number), {"node": node}) for number, node in enumerate(nodes)]


#: Contact, seconds ago, steps.
CONTACTS: tuple[tuple[str, float, list[Step]], ...] = (
    ("waiting", 3 * MINUTE, [("call.queued", 0, {"queue": "billing"})]),
    ("answered", 4 * MINUTE, [("call.queued", 0, {"queue": "billing"}), ("call.answered", 5, {})]),
    ("gone", 5 * MINUTE, [("call.queued", 0, {"queue": "moves"}), ("call.abandoned", 60, {})]),
    ("looping", 5 * MINUTE, _menus("main", "main", "main")),
    ("lost", 5 * MINUTE, _menus("a", "b", "c", "d", "e")),
    ("left", 8 * MINUTE, _form("viewed", "field_changed", "left")),
    ("regretted", 8 * MINUTE, _form("viewed", "field_changed", "left")),
    (
        "moved",
        9 * MINUTE,
        [("call.started", 0, {})]
        + [("call.transferred", 20.0 * n, {"to_queue": f"level-{n}"}) for n in (1, 2)],
    ),
    ("again-1", 120 * MINUTE, [("call.answered", 0, {"queue": "billing"}), ("call.ended", 60, {})]),
    ("again-2", 9 * MINUTE, [("call.started", 0, {}), ("call.ended", 60, {})]),
    ("gone-before", 60 * MINUTE, [("call.queued", 0, {"queue": "moves"}), ("call.abandoned", 60, {})]),
)
KINDS = {
    "abandoned_call",
    "abandoned_form",
    "ivr_loop",
    "ivr_maze",
    "long_wait",
    "repeat_contact",
    "repeated_transfer",
}


def happen(stack: Stack) -> None:
    """Posts the day, and waits until every kind is raised and readable."""
    now = time.time()
    for subject, ago, steps in CONTACTS:
        for number, step in enumerate(steps):
            said = event(SITE if step[0].startswith("web") else PBX, subject, number, step, now - ago)
            if subject.startswith("again"):
                said["data"] = {**said["data"], "identifiers": {"customer_id": "again", "visitor_id": "tab"}}
            stack.post(said)
    _fates(stack, now)
    stack.wait(lambda: _kinds(stack) == KINDS, RAISED_SECONDS, "not every kind of friction is raised")
    stack.post(event(SITE, "regretted", 9, ("web_form.submitted", 60, {"form_id": "address"}), now - 480))
    stack.wait(lambda: bool(stack.frictions(state="retracted")), RAISED_SECONDS, "nothing is retracted")


def _fates(stack: Stack, now: float) -> None:
    """A duplicate, a conflict, a late one, one for quarantine, a refused request, a platform's web-hook."""
    first = event(PBX, "fates", 0, ("call.started", 0, {}), now - 60)
    stack.post(first)
    stack.post(first)
    stack.post({**first, "data": {"direction": "outbound"}})
    stack.post({**first, "id": "late", "time": event(PBX, "", 0, ("", 0, {}), now - 200_000)["time"]})
    stack.post([{**first, "id": "odd", "type": "telepathy.received"}])
    refused = stack.http.post(f"{stack.ingest_url}/v1/events", content=b"{", headers=JSON)
    assert refused.status_code == httpx2.codes.BAD_REQUEST
    hook = f"{stack.ingest_url}/v1/hooks/standard"
    taken = stack.http.post(hook, json=[{**first, "id": "posted"}, {"type": "no event of ours"}])
    assert taken.status_code == httpx2.codes.ACCEPTED


def _kinds(stack: Stack) -> set[str]:
    return {str(friction["kind"]) for friction in stack.frictions(state="raised")}
