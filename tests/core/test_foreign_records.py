"""Somebody else's record in one of our own topics: quarantined, and all goes on."""

import msgspec
import pytest

from schemas import topics
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
