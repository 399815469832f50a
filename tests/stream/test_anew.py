"""An input whose log begins again, since its topic was made anew: nothing of the new one is taken for old."""

import asyncio
from pathlib import Path

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
