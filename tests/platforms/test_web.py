"""What browsers and apps send: Segment's and RudderStack's calls, Snowplow's events and forms."""

from base64 import urlsafe_b64encode
from typing import Any

import orjson
import pytest

from services.ingest.core.judging import judge
from services.ingest.core.modes import Sent
from services.ingest.core.platforms.delivery import Delivery
from services.ingest.core.platforms.platform import translate_all
from tests.platforms.given import NOW_US, Outcome, connection, platform, told

CALL = {"userId": "u1", "anonymousId": "a1", "messageId": "m1", "timestamp": "2026-11-21T10:00:00.000Z"}


def call(kind: str, **changes: Any) -> Outcome:
    return told("segment", CALL | {"type": kind} | changes)


@pytest.mark.parametrize(("what", "properties", "name", "said"), [
    ("Live Chat Conversation Started", {"conversation_id": "c1"}, "chat.started", {}),
    ("Live Chat Message Sent", {"message_body": "Hi"}, "chat.message_sent", {"by": "customer", "text": "Hi"}),
    ("Live Chat Message Received", {"agent_name": "Ann"}, "chat.message_sent", {"by": "agent",
     "agent": "Ann"}),
    ("Form Submitted", {"form_id": "move"}, "web_form.submitted", {"form_id": "move"}),
    ("Form Submitted", {}, "touchpoint.happened", {"what": "Form Submitted"}),
    ("web_form.field_changed", {"form_id": "move", "field": "zip"}, "web_form.field_changed",
     {"field": "zip"}),
    ("Item Purchased", {"place": "shop"}, "touchpoint.happened", {"what": "Item Purchased", "place": "shop"}),
])  # fmt: skip
def test_what_is_tracked_becomes(
    what: str, properties: dict[str, Any], name: str, said: dict[str, Any]
) -> None:
    event = call("track", event=what, properties=properties).only
    assert (event["type"], event["id"]) == (name, "m1")
    assert event["data"].items() >= said.items()
    assert event["data"]["identifiers"] == {"customer_id": "u1", "visitor_id": "a1"}


def test_pages_identities_aliases_and_groups() -> None:
    assert call("page", properties={"path": "/move", "load_ms": 4100}).types == ["web_form.page_loaded"]
    assert call("page", properties={"path": "/move"}).types == ["web_form.page_viewed"]
    assert call("screen", name="Main").only["data"]["page"] == "Main"
    identified = call("identify", traits={"email": "ann@example.com", "vip": True})
    assert identified.types == ["customer.identified", "customer.updated"]
    assert identified.events[0]["data"]["identifiers"]["email"] == "ann@example.com"
    assert call("alias", previousId="a0").only["data"]["identifiers"] == {
        "customer_id": "u1",
        "visitor_id": "a0",
    }
    # A company's people are not one customer.
    assert call("group", groupId="g1").types == ["customer.grouped"]
    assert call("teleport").left[0].kind == "teleport"


def test_each_call_of_a_batch_stands_by_itself_and_none_keeps_the_key() -> None:
    calls = [
        CALL | {"type": "track", "event": "a"},
        {"type": 7},
        "nonsense",
        CALL | {"type": "page", "messageId": "m2"},
    ]
    found = told("rudderstack", {"batch": calls, "writeKey": "k", "context": {"page": {"path": "/x"}}})
    assert (found.types, len(found.left)) == (["touchpoint.happened", "web_form.page_viewed"], 2)
    assert found.events[1]["data"]["page"] == "/x"
    assert not any(b"writeKey" in left.item.original for left in found.left)


def test_a_call_may_take_its_kind_from_the_address() -> None:
    assert told("segment", CALL | {"event": "a"}, "application/json", "https://door/v1/track").types == [
        "touchpoint.happened"
    ]


SELF = "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0"
SENT = {"aid": "site", "dtm": "1795255200123", "sid": "s1", "duid": "d1", "uid": "u1"}


def described(name: str, **data: Any) -> bytes:
    schema = f"iglu:com.snowplowanalytics.snowplow/{name}/jsonschema/1-0-0"
    return orjson.dumps({"schema": SELF, "data": {"schema": schema, "data": data}})


def tracked(*events: dict[str, Any], **changes: Any) -> Outcome:
    payload = {"schema": "iglu:x/payload_data/jsonschema/1-0-4", "data": [SENT | each for each in events]}
    return told("snowplow", payload, **changes)


@pytest.mark.parametrize(("schema", "name"), [
    ("focus_form", "web_form.started"), ("change_form", "web_form.field_changed"),
    ("submit_form", "web_form.submitted"),
])  # fmt: skip
def test_forms_are_told_without_what_was_typed(schema: str, name: str) -> None:
    raw = described(schema, formId="move", elementId="zip", value="94107", elements=[{"value": "94107"}])
    found = [
        tracked({"e": "ue", "eid": "1", "ue_pr": raw.decode()}).only,
        tracked({"e": "ue", "eid": "1", "ue_px": urlsafe_b64encode(raw).decode().rstrip("=")}).only,
    ]
    assert found[0] == found[1]
    assert (found[0]["type"], found[0]["subject"], found[0]["time"]) == (
        name,
        "s1",
        "2026-11-21T10:00:00.123Z",
    )
    assert found[0]["data"]["form_id"] == "move"
    assert "94107" not in str(found)


def test_a_page_is_told_without_its_query() -> None:
    url = "https://example.com/contact?email=ann@example.com#x"
    timing = {"schema": "iglu:org.w3/PerformanceTiming/jsonschema/1-0-0",
              "data": {"navigationStart": 1000, "loadEventEnd": 5100}}  # fmt: skip
    contexts = orjson.dumps({"schema": "iglu:x/contexts/jsonschema/1-0-0", "data": [timing]}).decode()
    event = tracked({"e": "pv", "eid": "1", "url": url, "co": contexts}).only
    assert (event["type"], event["data"]["load_ms"]) == ("web_form.page_loaded", 4100)
    assert event["data"]["page"] == "https://example.com/contact"


def test_the_same_eid_twice_in_a_batch_is_one_event() -> None:
    page = SENT | {"e": "pv", "eid": "1", "url": "https://example.com/"}
    sent = Delivery({"content-type": "application/json"}, orjson.dumps({"data": [page, page]}), NOW_US)
    events = translate_all(platform("snowplow"), connection("snowplow"), sent).events
    verdict = judge(Sent(events, is_list=True), NOW_US // 1000)
    assert (len(verdict.records), verdict.duplicate) == (1, 1)


def test_other_events_are_touchpoints_or_kept_with_their_reason() -> None:
    found = tracked(
        {"e": "se", "eid": "1", "se_ca": "shop", "se_ac": "add"}, {"e": "pp", "eid": "2"},
        {"e": "ue", "eid": "3", "ue_px": "!!!"}, {"e": "zz", "eid": "4"}, {"e": "pv"},
        {"e": "ue", "eid": "5", "ue_pr": described("viewed").decode()},
    )  # fmt: skip
    assert found.types == ["touchpoint.happened", "web_form.page_pinged", "touchpoint.happened"]
    assert [left.is_set_aside for left in found.left] == [False, True, False]


def test_a_collector_takes_the_events_of_its_applications_alone() -> None:
    found = tracked({"e": "pp", "eid": "1"}, {"e": "pp", "eid": "2", "aid": "other"}, app_ids=("site",))
    assert (len(found.events), "app_ids" in found.left[0].detail) == (1, True)


def test_a_pixel_has_its_event_in_the_query() -> None:
    sent = Delivery(
        {}, b"", NOW_US, "http://door/i", "e=pv&eid=1&dtm=1795255200123&url=https%3A%2F%2Fexample.com%2F"
    )
    assert len(translate_all(platform("snowplow"), connection("snowplow"), sent).events) == 1
