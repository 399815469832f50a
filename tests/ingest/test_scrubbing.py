"""Scrubbing: what is masked in the words of an event, what is left alone, and that it is counted."""

import time
from collections import Counter
from typing import Any

import orjson
import pytest

from services.ingest.core.scrubbing import KINDS, Scrub
from tests.ingest.doors import door, event, events_kept, until

MASKED: dict[str, tuple[str, str]] = {
    "a card": ("my card 4111 1111 1111 1111 thanks", "my card [card] thanks"),
    "a card without blanks": ("4242424242424242", "[card]"),
    "a card with dashes": ("5500-0000-0000-0004.", "[card]."),
    "an American card": ("378282246310005", "[card]"),
    "no card: its check digit": ("order 4111 1111 1111 1112", "order 4111 1111 1111 1112"),
    "no card: too short": ("411111111111", "411111111111"),
    "an e-mail": ("write to Ann.O+x@mail.example.co.uk!", "write to [e-mail]!"),
    "no e-mail": ("meet @ noon, a@b", "meet @ noon, a@b"),
    "a phone": ("call +1 (415) 555-0101 now", "call [phone] now"),
    "a phone of the region": ("call 415-555-2671 now", "call [phone] now"),
    "a date is no phone": ("on 2026-11-21 at 10:00", "on 2026-11-21 at 10:00"),
    "US": ("ssn 536-90-4399", "ssn [national id]"),
    "GB": ("nino AB 12 34 56 C", "nino [national id]"),
    "ES": ("dni 54362315-K", "dni [national id]"),
    "IT": ("RCCMNL83S18D969H", "[national id]"),
    "BR": ("cpf 390.533.447-05", "cpf [national id]"),
    "PL": ("pesel 44051401359", "pesel [national id]"),
    "SE": ("880320-0016", "[national id]"),
    "an order's number": ("order 54362315-A", "order 54362315-A"),
    "several": ("4111111111111111 a@b.example", "[card] [e-mail]"),
}


@pytest.mark.parametrize("name", MASKED)
def test_it_masks(name: str) -> None:
    text, masked = MASKED[name]
    document = event(data={"text": text})
    Scrub(KINDS, "US").scrub(document, Counter())
    assert document["data"]["text"] == masked


def test_only_what_is_asked_for() -> None:
    document, masked = event(data={"text": "4111111111111111 a@b.example"}), Counter[str]()
    assert Scrub(("emails",)).scrub(document, masked)
    assert document["data"]["text"] == "4111111111111111 [e-mail]"
    assert masked == {"emails": 1}
    assert not Scrub(()).scrub(event(data={"text": "4111111111111111"}), masked)


def test_names_and_identifiers_are_left_alone_at_any_depth_and_all_else_is_not() -> None:
    data: dict[str, Any] = {
        "identifiers": {"phone": "+14155550101", "email": ["a@b.example"]},
        "queue": "+14155550101",
        "about": {"source": "a@b.example", "subject": "+14155550101"},
        "extra": {"deep": [{"note": "a@b.example", "number": 4111111111111111}]},
    }
    document = event(data=data)
    kept = {name: orjson.dumps(data[name]) for name in ("identifiers", "queue", "about")}
    Scrub(KINDS).scrub(document, Counter())
    assert {name: orjson.dumps(data[name]) for name in kept} == kept
    assert data["extra"]["deep"][0]["note"] == "[e-mail]"


def test_a_form_never_keeps_what_was_typed() -> None:
    typed = {"form_id": "f", "field": "street", "value": "Baker Street", "error": "a@b.example is taken"}
    document, masked = event(type="web_form.field_failed", data=typed), Counter[str]()
    Scrub(KINDS).scrub(document, masked)
    assert document["data"] == {"form_id": "f", "field": "street", "error": "[e-mail] is taken"}
    assert masked == {"form_value": 1, "emails": 1}


@pytest.mark.parametrize("text", ["a" * 65_536, "1 " * 32_768, "+1-" * 21_845, "a@" * 32_768, "1" * 65_536])
def test_no_text_takes_long(text: str) -> None:
    started = time.process_time()
    Scrub(KINDS, "US").scrub(event(data={"text": text}), Counter())
    assert time.process_time() - started < 1


def test_a_deep_document_is_walked_through() -> None:
    inner: Any = "a@b.example"
    for _ in range(900):
        inner = [inner]
    masked = Counter[str]()
    Scrub(KINDS).scrub(event(data={"deep": inner}), masked)
    assert masked == {"emails": 1}


async def test_what_is_kept_of_an_event_is_masked_and_counted(kafka: str) -> None:
    said = {"text": "card 4111111111111111"}
    good = event(id="masked", type="call.transcribed", data=said)
    bad = event(id="masked-bad", type="fax.sent", data=said)
    async with door() as knocker:
        answer = await knocker.post([good, bad])
        assert answer.json()["accepted"] == 1
        text = (await knocker.http.get("/metrics")).text
        assert 'journeyline_ingest_masked_total{kind="cards"} 2.0' in text

        async def listed() -> list[Any]:
            page = await knocker.get("/v1/quarantine", reason="unknown_channel", limit="200")
            return [one for one in page["items"] if "masked-bad" in one["original"]]

        await until(listed)
        assert "[card]" in (await listed())[0]["original"]
    [kept] = await events_kept(kafka, "masked")
    assert orjson.loads(kept.value)["data"]["text"] == "card [card]"
