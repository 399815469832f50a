"""A platform's web-hooks, signed by its own library, through the door to the frictions of one call."""

import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from twilio.request_validator import RequestValidator

from tests.e2e.conftest import MakeStack
from tests.e2e.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(200)]

SECRET, URL = "auth token", "https://hooks.example.com/v1/hooks/twilio"
HOOKS = [
    {"platform": "twilio", "secrets": [SECRET], "url": URL, "tenant": "acme", "names": {"WQ1": "billing"}}
]
SETTLED_SECONDS = 30.0
CALL, PHONE = "CA1", "+14155550101"
#: The call began so long ago, in seconds.
AGO = 300.0

#: Kind and touchpoint of its frictions.
WANTED = {"repeated_transfer": "queue:level-2", "abandoned_call": "queue:level-2"}

Fields = dict[str, str]


def status(name: str, at: float, number: int) -> Fields:
    """A status callback of the call."""
    return {
        "AccountSid": "AC1", "CallSid": CALL, "From": PHONE, "Direction": "inbound", "CallStatus": name,
        "Timestamp": formatdate(at), "SequenceNumber": str(number), "FromCity": "",
    }  # fmt: skip


def task(name: str, at: float, **fields: str) -> Fields:
    """A TaskRouter event of the task that stands for the call."""
    return {
        "AccountSid": "AC1", "WorkspaceSid": "WS1", "TaskSid": "WT1", "EventType": name,
        "Sid": f"EV{at:.0f}", "TimestampMs": f"{at * 1000:.0f}", "TaskChannelUniqueName": "voice",
        "TaskAttributes": orjson.dumps({"call_sid": CALL, "from": PHONE}).decode(),
    } | fields  # fmt: skip


def call(began: float) -> list[Fields]:
    """Put through twice, and given up in the last queue."""
    to_queue = {"TransferType": "QUEUE", "TransferMode": "COLD"}
    return [
        status("initiated", began, 0),
        task("task-queue.entered", began + 10, TaskQueueSid="WQ1"),
        task("reservation.accepted", began + 20, WorkerName="ann"),
        task("task.transfer-completed", began + 60, TransferTo="moves", **to_queue),
        task("task.transfer-completed", began + 90, TransferTo="level-2", **to_queue),
        task("task-queue.entered", began + 91, TaskQueueName="level-2"),
        task("task.canceled", began + 150, TaskQueueName="level-2", TaskCanceledReason="hangup"),
        status("completed", began + 151, 1),
    ]


def deliver(stack: Stack, fields: Fields, secret: str = SECRET) -> httpx2.Response:
    signature = RequestValidator(secret).compute_signature(URL, fields)
    return stack.http.post(
        f"{stack.ingest_url}/v1/hooks/twilio", data=fields, headers={"X-Twilio-Signature": signature}
    )


def raised(stack: Stack) -> dict[str, Any]:
    """By kind. Until all hooks are in it may look as if the caller was still waiting in the first queue: what
    is said of that is taken back."""
    return {friction["kind"]: friction for friction in stack.frictions() if friction["state"] == "raised"}


def test_a_calls_hooks_become_its_frictions(make_stack: MakeStack, tmp_path: Path) -> None:
    stack = make_stack(tmp_path / "stack", 1)
    stack.settings["JOURNEYLINE_HOOKS"] = orjson.dumps(HOOKS).decode()
    hooks = call(time.time() - AGO)
    with stack:
        assert deliver(stack, hooks[0], "a guess").status_code == 401
        # Platforms send again, and in any order.
        for fields in (*hooks, *reversed(hooks)):
            assert deliver(stack, fields).status_code == 204
        stack.wait(lambda: raised(stack).keys() == WANTED.keys(), SETTLED_SECONDS, f"not just {list(WANTED)}")
        found = raised(stack)
        journey = stack.live(f"/v1/journeys/{found['abandoned_call']['journey_id']}")
        customer = stack.live("/v1/customers/lookup", phone=PHONE, tenant="acme")
    assert {kind: friction["touchpoint"] for kind, friction in found.items()} == WANTED
    for friction in found.values():
        assert (friction["tenant"], friction["state"]) == ("acme", "raised")
        assert friction["contact"]["source"] == "//twilio/AC1"
        assert friction["contact"]["subject"] == CALL
    assert [step["type"] for step in journey["steps"]] == [
        "call.started", "call.queued", "call.answered", "call.transferred", "call.transferred", "call.queued",
        "call.abandoned", "call.ended",
    ]  # fmt: skip
    assert customer["open_journey"]["journey_id"] == journey["journey_id"]
