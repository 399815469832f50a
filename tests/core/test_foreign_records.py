"""Records that are not as the door writes them: somebody else's in our own topics, events of other keys."""

import msgspec
import orjson
import pytest

from schemas import topics
from schemas.codec import parse_event
from schemas.quarantine import Quarantined
from tests.core.given import event, mine
from tests.core.pipeline import RECEIVED_MS, MemoryRecord, Pipeline


@pytest.mark.parametrize("value", [None, b"", b"hello", b"\x93\x01\x02\x03", b"{}"])
@pytest.mark.parametrize("topic", [topics.REPLAYS.name, topics.CLAIMS.name, topics.SUMMARIES.name])
def test_it_ends_no_worker(topic: str, value: bytes | None) -> None:
    pipeline = Pipeline(1)
    stage = pipeline._stages[pipeline._readers[topic]]
    pipeline._run(stage, 0, [MemoryRecord(topic, 0, 7, RECEIVED_MS, b"k", value)], [])
    pipeline.feed(mine([event("call.queued", 0), event("call.abandoned", 60)]), RECEIVED_MS)
    [kept] = [
        msgspec.json.decode(one.value, type=Quarantined) for one in pipeline.log[topics.QUARANTINED.name]
    ]
    assert (kept.id, kept.reason) == (f"{topic}-0-7", "schema")
    assert topic in kept.detail
    assert len(pipeline.journeys()) == 1


@pytest.mark.parametrize("topic", [topics.EVENTS["call"].name, topics.EVENTS["chat"].name])
@pytest.mark.parametrize("key", [b"another", None])
def test_an_event_of_a_known_contact_under_another_key_is_rerouted_too(key: bytes | None, topic: str) -> None:
    pipeline = Pipeline(1)
    first, second = event("call.queued", 0), event("call.abandoned", 60)
    pipeline.feed([first], RECEIVED_MS)
    record = MemoryRecord(topic, 0, 1, RECEIVED_MS + 1, key, orjson.dumps(second))
    pipeline._run(pipeline._stages[0], 0, [record], [])
    [sent] = pipeline.log[topics.EVENTS["call"].name]
    assert (sent.key, sent.value) == (parse_event(second).key, record.value)
