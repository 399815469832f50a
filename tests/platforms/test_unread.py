"""Deliveries with payloads that JSON allows and nobody can hold: half a sign, numbers beyond a double."""

from typing import Any

import orjson
import pytest

from services.ingest.core.platforms.delivery import Unreadable
from tests.ingest.doors import event
from tests.platforms.given import told

SAID = event(id="whole", type="chat.message_sent", data={"text": "cut @", "by": "customer"})
CUT = orjson.dumps(SAID).replace(b"@", rb"\ud83d")
HUGE = orjson.dumps(event(id="huge")).replace(b"}", b', "n": 1e999}', 1)


def test_a_text_that_was_cut_within_a_sign_is_read() -> None:
    """As JavaScript cuts texts."""
    assert told("standard", CUT).only["data"]["text"] == "cut \ufffd"


def test_what_cannot_be_read_is_kept_and_sinks_no_other() -> None:
    outcome = told("standard", b"[" + CUT + b"," + HUGE + b"]")
    assert outcome.types == ["chat.message_sent"]
    [left] = outcome.left
    assert (left.item.original, left.is_set_aside) == (HUGE, False)
    assert "send it as a string" in left.detail


@pytest.mark.parametrize("name", ["segment", "snowplow"])
def test_also_where_a_delivery_holds_batches(name: str) -> None:
    [left] = told(name, HUGE).left
    assert (left.item.original, left.is_set_aside) == (HUGE, False)


def test_what_is_no_json_is_refused_whole() -> None:
    with pytest.raises(Unreadable, match="RFC 8259"):
        told("standard", b"[" + CUT + b", oops]")


@pytest.mark.parametrize("payload", [["specversion"], "specversion", 7, None])
def test_what_is_no_object_is_set_aside(payload: Any) -> None:
    [left] = told("standard", [payload, SAID]).left
    assert left.is_set_aside
