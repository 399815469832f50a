"""Asterisk: lines of queue_log and events of the manager, as text."""

from typing import Any

import pytest

from tests.platforms.given import Outcome, told

CALL = "1795255200.7"


def lines(*texts: str, **changes: Any) -> Outcome:
    return told("asterisk", "\n".join(texts).encode(), "text/plain", **changes)


@pytest.mark.parametrize(("rest", "name", "said"), [
    ("NONE|ENTERQUEUE||+14155550101|1", "call.queued", {"queue": "q",
     "identifiers": {"phone": "+14155550101"}}),
    ("SIP/7|CONNECT|12|1795255200.9|3", "call.answered", {"queue": "q", "agent": "ann"}),
    ("NONE|ABANDON|1|1|33", "call.abandoned", {"queue": "q"}),
    ("NONE|EXITWITHTIMEOUT|1|1|60", "call.transferred", {"from_queue": "q", "how": "timeout"}),
    ("NONE|EXITWITHKEY|5|1|1|20", "call.transferred", {"from_queue": "q", "how": "key", "key": "5"}),
    ("SIP/7|COMPLETEAGENT|12|80|1", "call.ended", {"queue": "q", "agent": "ann", "ended_by": "agent"}),
    ("SIP/7|COMPLETECALLER|12|80|1", "call.ended", {"ended_by": "customer"}),
    ("SIP/7|BLINDTRANSFER|600|internal|12|80|1", "call.transferred",
     {"from_queue": "q", "from_agent": "ann", "kind": "cold", "to": "600", "to_queue": "sales"}),
    ("SIP/7|ATTENDEDTRANSFER|BRIDGE|x|12|80|1", "call.transferred", {"kind": "warm"}),
    ("SIP/7|RINGNOANSWER|1000", "call.agent_missed", {"agent": "ann"}),
])  # fmt: skip
def test_a_line_becomes_its_event(rest: str, name: str, said: dict[str, Any]) -> None:
    event = lines(f"1795255200|{CALL}|q|{rest}", names={"SIP/7": "ann", "600": "sales"}, name="pbx").only
    assert (event["type"], event["subject"], event["source"]) == (name, CALL, "//asterisk/pbx")
    assert event["time"] == "2026-11-21T10:00:00.000Z"
    assert event["data"].items() >= said.items()


def test_lines_of_no_call_and_of_kinds_of_tomorrow_are_set_aside() -> None:
    found = lines(
        "1795255200|NONE|NONE|NONE|QUEUESTART|",
        "1795255200|REALTIME|q|SIP/7|PAUSE|lunch",
        f"1795255200|{CALL}|q|NONE|TELEPORT|1",
        f"1795255200|{CALL}|q|NONE|ABANDON|1|1|3",
    )
    assert (found.types, [left.is_set_aside for left in found.left]) == (
        ["call.abandoned"],
        [True, True, True],
    )


def test_the_same_line_has_the_same_id_and_another_has_its_own() -> None:
    first, second = (lines(f"1795255200|{CALL}|q|NONE|ABANDON|1|1|{wait}").only["id"] for wait in (3, 4))
    again = lines(f"1795255200|{CALL}|q|NONE|ABANDON|1|1|3").only["id"]
    assert first == again != second


def manager(event: str, **fields: str) -> Outcome:
    shared = {
        "Event": event,
        "Uniqueid": CALL,
        "Linkedid": CALL,
        "Queue": "q",
        "Timestamp": "1795255200.412068",
    }
    return lines("\r\n".join(f"{name}: {value}" for name, value in (shared | fields).items()))


@pytest.mark.parametrize(("event", "fields", "name", "said"), [
    ("QueueCallerJoin", {"CallerIDNum": "+14155550101"}, "call.queued",
     {"identifiers": {"phone": "+14155550101"}}),
    ("QueueCallerAbandon", {}, "call.abandoned", {"queue": "q"}),
    ("AgentConnect", {"MemberName": "ann"}, "call.answered", {"agent": "ann"}),
    ("AgentComplete", {"Reason": "caller"}, "call.ended", {"ended_by": "customer"}),
    ("Hold", {}, "call.held", {}),
    ("MusicOnHoldStop", {}, "call.resumed", {}),
    ("Hangup", {"Cause": "16", "Cause-txt": "Normal Clearing"}, "call.ended",
     {"disposition": "Normal Clearing"}),
])  # fmt: skip
def test_an_event_of_the_manager_becomes(
    event: str, fields: dict[str, str], name: str, said: dict[str, Any]
) -> None:
    found = manager(event, **fields).only
    assert (found["type"], found["subject"], found["time"]) == (name, CALL, "2026-11-21T10:00:00.412Z")
    assert found["data"].items() >= said.items()


def test_a_transfer_is_of_the_customers_own_call() -> None:
    fields = {"TransfereeUniqueid": "2", "TransfereeLinkedid": CALL, "Extension": "600"}
    text = "\n".join(f"{name}: {value}" for name, value in ({"Event": "BlindTransfer"} | fields).items())
    event = lines(text).only
    assert (event["type"], event["subject"], event["data"]["to"]) == ("call.transferred", CALL, "600")


@pytest.mark.parametrize(("event", "fields"), [
    ("QueueCallerLeave", {}), ("AgentComplete", {"Reason": "transfer"}), ("Hangup", {"Uniqueid": "2"}),
    ("VarSet", {}),
])  # fmt: skip
def test_nothing_is_told_twice(event: str, fields: dict[str, str]) -> None:
    found = manager(event, **fields)
    assert (found.events, found.left[0].is_set_aside) == ([], True)


def test_without_a_time_of_the_manager_it_is_when_it_was_read() -> None:
    text = f"Event: QueueCallerAbandon\nUniqueid: {CALL}\nReadAt: 1795255201.5"
    assert lines(text).only["time"] == "2026-11-21T10:00:01.500Z"
