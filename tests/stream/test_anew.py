"""An input that was made anew, or lost records before they were folded: neither passes in silence."""

import asyncio
from pathlib import Path
from zlib import crc32

import orjson
from aiokafka import TopicPartition
from kafka import TopicPartition as KafkaPartition
from kafka.admin import KafkaAdminClient

from tests.stream.test_crashes import until_counting
from tests.stream.town import PARTITIONS, Town, ended, town


async def test_what_a_topic_made_anew_holds_is_folded(broker: str, tmp_path: Path) -> None:
    async with town(broker, tmp_path) as place:
        worker = place.work()
        await place.speak(400)
        await until_counting(place, "one")
        await place.until("all is counted", lambda: not counts_missing(place))
        worker.terminate()
        assert await ended(worker) == 0
        await asyncio.to_thread(make_anew, place)
        await place.speak(80)
        place.work()
        await place.until("the new ones, too", lambda: heard(place) >= 480 and not counts_missing(place))
        assert "made anew" in (tmp_path / "one.log").read_text()


async def test_what_a_topic_lost_before_it_was_folded_is_told(broker: str, tmp_path: Path) -> None:
    """As by its retention; and the worker goes on behind it."""
    async with town(broker, tmp_path) as place:
        worker = place.work()
        await place.speak(100)
        await place.until("all is counted", lambda: heard(place) == 100 and not counts_missing(place))
        worker.terminate()
        assert await ended(worker) == 0
        folded = await place.ends_of("in")
        await place.speak(60)
        unread = await place.ends_of("in")
        await place.until("we heard it", lambda: heard(place) == 160)
        await asyncio.to_thread(delete, place, unread)
        await place.speak(40)
        await place.until("we heard it all", lambda: heard(place) == 200)
        place.work()
        await place.until("what came after is counted", lambda: is_counted_from(place, unread))
        lines = [orjson.loads(line) for line in logged(place, "one") if "were deleted by" in line]
        lost = {tp.partition: unread[tp] - end for tp, end in folded.items() if unread[tp] > end}
        assert {line["partition"]: line["lost"] for line in lines} == lost
        assert sum(lost.values()) == 60


def is_counted_from(place: Town, firsts: dict[TopicPartition, int]) -> bool:
    """Whether the last of each word that came after these offsets is counted."""
    lasts = {word: records[-1] for word, records in place.heard.items()}
    first_of = {tp.partition: offset for tp, offset in firsts.items()}
    return all(
        any(last_ms == at_ms for _, _, _, last_ms in place.said[word])
        for word, (offset, at_ms) in lasts.items()
        if offset >= first_of[crc32(word) % PARTITIONS]
    )


def logged(place: Town, worker: str) -> list[str]:
    return [line[line.find("{") :] for line in (place.folder / f"{worker}.log").read_text().splitlines()]


def delete(place: Town, before: dict[TopicPartition, int]) -> None:
    admin = KafkaAdminClient(bootstrap_servers=place.bootstrap)
    admin.delete_records({KafkaPartition(*tp): offset for tp, offset in before.items()})
    admin.close()


def make_anew(place: Town) -> None:
    admin, name = KafkaAdminClient(bootstrap_servers=place.bootstrap), f"{place.run}-in"
    wanted = {
        "num_partitions": PARTITIONS,
        "replication_factor": 1,
        "configs": {"message.timestamp.type": "LogAppendTime"},
    }
    admin.delete_topics([name])
    while name in admin.list_topics():
        pass
    admin.create_topics({name: wanted}, wait_for_metadata=True)
    admin.close()


def heard(place: Town) -> int:
    return sum(map(len, place.heard.values()))


def counts_missing(place: Town) -> bool:
    return any(said[0] == "count" for missing in place.unsaid().values() for said in missing)
