"""A changelog may end with what is no record: what restores it must not wait for one."""

import shutil
from pathlib import Path

from aiokafka import AIOKafkaProducer

from tests.stream.test_crashes import until_counting
from tests.stream.town import PARTITIONS, Town, ended, town


async def test_a_changelog_that_ends_with_markers_is_restored(broker: str, tmp_path: Path) -> None:
    async with town(broker, tmp_path, silence_ms=1500) as place:
        async with place.speaking(per_second=200):
            worker = place.work()
            await until_counting(place, "one")
            worker.terminate()
            assert await ended(worker) == 0
            await write_markers(place)
            shutil.rmtree(place.data_of("one"))
            place.work()
            await until_counting(place, "one")
        await place.until_all_is_said()


async def write_markers(place: Town) -> None:
    """Somebody's transaction that comes to nothing: a record that does not count, and its end."""
    guest = AIOKafkaProducer(bootstrap_servers=place.bootstrap, transactional_id=f"{place.run}-guest")
    await guest.start()
    try:
        await guest.begin_transaction()
        for number in range(PARTITIONS):
            await guest.send_and_wait(f"{place.run}-changelog", b"x", key=b"guest", partition=number)
        await guest.abort_transaction()
    finally:
        await guest.stop()
