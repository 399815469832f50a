"""A platform without code: what a mapping can say, and how it says that it is wrong."""

from typing import Any

import orjson
import pytest
import yaml

from services.ingest.core.platforms.delivery import Delivery
from services.ingest.core.platforms.mapping import MappingError, mapped
from services.ingest.core.platforms.platform import translate_all
from tests.platforms.given import MAPPED, NOW_US, Outcome, connection, delivery, told

DOCUMENT = """
items: calls
kind: what
account: pbx
rules:
  - type: call.queued
    when: what == 'waiting'
    id: join('/', [call, what])
    subject: call
    time: at
    sequence: version
    data:
      queue: group
      direction: {value: inbound}
      language: {of: lang, map: {"1": en, "true": it}}
      identifiers: {phone: caller, person: contact.id}
  - type: call.transcribed
    each: words
    subject: call
    time: each.at
    data: {text: each.text, by: {of: each.who, map: {A: agent, C: customer}}}
"""
CALL = {
    "what": "waiting", "call": "7", "pbx": "north", "at": "2026-11-21T10:00:00Z", "group": "q1", "version": 3,
    "caller": "+14155550101", "lang": 1, "contact": {"id": 9},
    "words": [{"at": 1795255201, "text": "Hi", "who": "C"}, {"at": 1795255202, "text": "Hello", "who": "A"}],
}  # fmt: skip


def acme(*calls: Any, document: str = DOCUMENT, **changes: Any) -> Outcome:

    platform = mapped("acme", yaml.safe_load(document))
    found = translate_all(platform, connection("acme", **changes), delivery({"calls": calls}))
    return Outcome([orjson.loads(event) for event in found.events], found.left)


def test_a_payload_becomes_what_its_rules_say() -> None:
    queued, *said = acme(CALL, names={"q1": "billing"}).events
    assert queued == {
        "specversion": "1.0", "id": "7/waiting", "source": "//acme/north", "type": "call.queued",
        "time": "2026-11-21T10:00:00.000Z", "subject": "7", "sequence": "3",
        "data": {"queue": "billing", "direction": "inbound", "language": "en",
                 "identifiers": {"phone": "+14155550101", "visitor_id": "acme:9"}},
    }  # fmt: skip
    words = [(each["data"]["text"], each["data"]["by"]) for each in said]
    assert words == [("Hi", "customer"), ("Hello", "agent")]
    assert len({each["id"] for each in said}) == 2


def test_ids_that_the_mapping_does_not_give_come_out_the_same_again() -> None:
    assert acme(CALL).events == acme(CALL).events


def test_what_no_rule_takes_is_set_aside_and_sinks_no_other() -> None:
    found = acme({"what": "lunch"}, CALL, {"what": "waiting", "at": "soon", "call": "8"}, 7)
    assert len(found.events) == 3
    assert [(left.kind, left.is_set_aside) for left in found.left] == [
        ("lunch", True), ("waiting", False), ("unknown", True),
    ]  # fmt: skip


def test_a_contact_without_an_id_is_kept_as_faulty() -> None:
    document = DOCUMENT.replace("id: join('/', [call, what])", "id: what")
    found = acme({"what": "waiting", "at": 1795255200}, document=document)
    assert "subject" in found.left[0].detail


@pytest.mark.parametrize(("change", "words"), [
    (("what == 'waiting'", "what == 'waiting"), r"rules\[0\].when"),
    (("queue: group", "queue: 7"), r"rules\[0\].data.queue: 7 is no expression"),
    (("call.queued", "queued"), r"rules\[0\].type"),
    (("items: calls", "item: calls"), "unknown field"),
    (("kind: what", "kind: '[['"), "kind"),
])  # fmt: skip
def test_a_mistake_is_named_with_its_place(change: tuple[str, str], words: str) -> None:
    with pytest.raises(MappingError, match=words):
        mapped("acme", yaml.safe_load(DOCUMENT.replace(*change)))


def test_a_mapping_may_say_how_its_platform_signs() -> None:
    document = {"rules": [], "signature": {"header": "X-Sign", "algorithm": "sha512", "prefix": "v0="}}
    check = mapped("acme", document).check
    assert check(delivery(b"{}"), connection("acme")) == "header `X-Sign` is missing"
    by_token = mapped("acme", {"rules": []}).check
    assert by_token(delivery(b"{}", x_api_key="s3cret"), connection("acme")) is None


def test_olarks_transcript_is_a_chat() -> None:
    items = [
        {"kind": "MessageToOperator", "timestamp": "1795255200.5", "body": "Hi", "nickname": "Ann"},
        {"kind": "MessageToVisitor", "timestamp": "1795255201.5", "body": "Hello", "nickname": "Bob"},
    ]
    found = told("olark", {"kind": "Conversation", "id": "o1", "items": items, "visitor": {"id": "v1"}})
    assert found.types == ["chat.started", "chat.message_sent", "chat.message_sent", "chat.ended"]
    assert [event["data"].get("by") for event in found.events] == [None, "customer", "agent", None]


def test_freeswitchs_queue_as_text() -> None:
    def said(action: str, **more: str) -> Outcome:
        fields = {
            "Event-Name": "CUSTOM", "CC-Action": action, "CC-Queue": "billing%40default", "CC-Agent": "ann",
            "CC-Member-Session-UUID": "u1", "CC-Member-CID-Number": "%2B14155550101",
            "Event-Date-Timestamp": "1795255200000000",
        } | {name.replace("_", "-"): value for name, value in more.items()}  # fmt: skip
        text = "\n".join(f"{name}: {value}" for name, value in fields.items())
        return told("freeswitch", text.encode(), "text/event-plain")

    queued = said("member-queue-start").only
    assert (queued["type"], queued["subject"]) == ("call.queued", "u1")
    assert queued["data"]["queue"] == "billing@default"
    assert queued["data"]["identifiers"] == {"phone": "+14155550101"}
    assert said("bridge-agent-start").types == ["call.answered"]
    left = {"CC_Cause": "Cancel", "CC_Cancel_Reason": "BREAK_OUT"}
    assert said("member-queue-end", **left).types == ["call.abandoned"]
    assert said("members-count").left[0].kind == "members-count"


def test_every_mapping_that_comes_with_the_product_takes_nonsense_calmly() -> None:
    for name, platform in MAPPED.items():
        for body in (b"{}", b"[]", b'{"data": 1}', b"7", b'"x"', b"[[]]", b'{"items": [1], "form": []}'):
            sent = Delivery({"content-type": "application/json"}, body, NOW_US)
            found = translate_all(platform, connection(name), sent)
            assert found.events == [] or name in ("unbounce", "formsort"), (name, body)
