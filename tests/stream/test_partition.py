"""What a stage sees of its partition, without Kafka: values, deadlines, cache, reads of its own writes."""

import random
import time

import pytest

from services.stream.cache import Memory
from services.stream.stage import POSITION_KEY, Partition
from services.stream.timers import STALE_MAX, Timers
from services.stream.too_large import RECORD_BYTES_MAX, TooLarge
from services.stream.values import (
    GENERATIONS_BEGAN,
    NEVER,
    WALL,
    clock_id,
    next_generation,
    pack,
    unpack,
    version,
    version_of,
)
from tests.stream.fakes import Stored

RUN = clock_id("run")


def given(stored: Stored | None = None) -> tuple[Partition, Stored]:
    stored = Stored() if stored is None else stored
    partition = Partition(0, 4, stored, Memory(1 << 20))
    partition.restore(stored.items())
    partition.begin(version(1, 1))
    return partition, stored


def test_a_value_comes_back_as_it_was_packed() -> None:
    stored = pack(version(3, 7), 42, clock_id("run"), b"body")
    assert unpack(stored) == (version(3, 7), 42, RUN, b"body")
    assert unpack(pack(version(3, 7), NEVER, 0, b"")).due_us == NEVER


def test_versions_compare_by_generation_then_batch() -> None:
    versions = [b"", version(1, 2**40), version(2, 1), version(256, 0)]
    assert versions == sorted(versions)
    now = int(time.time()) - GENERATIONS_BEGAN
    assert now <= next_generation(3, versions[-1]) <= now + 5
    later = version(now + 1000, 1)
    assert [next_generation(group, later) for group in (3, now + 2000)] == [now + 1001, now + 2000]
    assert version_of(pack(version(2, 1), NEVER, 0, b"x")) == version(2, 1)


def test_a_deadline_fires_once_when_the_clock_has_passed_it() -> None:
    timers = Timers()
    timers.set(b"a", 10, 0)
    assert timers.pop_due(0, 10, 9) == []
    assert timers.is_due(0, 11)
    assert timers.pop_due(0, 11, 9) == [b"a"]
    assert not timers.is_due(0, 11)
    assert len(timers) == 0


def test_a_deadline_that_was_moved_or_cancelled_does_not_fire() -> None:
    timers = Timers()
    timers.set(b"a", 10, 0)
    timers.set(b"a", 20, 0)
    timers.set(b"b", 10, 0)
    timers.cancel(b"b")
    assert timers.pop_due(0, 15, 9) == []
    assert timers.pop_due(0, 25, 9) == [b"a"]


def test_a_clock_of_its_own_moves_by_itself_until_it_is_closed() -> None:
    timers = Timers()
    timers.set(b"a", 10, RUN)
    assert timers.pop_due(0, 99, 9) == []
    assert timers.count_on(RUN) == 1
    assert timers.move(RUN, 0)
    assert not timers.move(RUN, 0)
    assert timers.pop_due(0, 99, 9) == [b"a"]


def test_many_deadlines_are_loaded_at_once() -> None:
    timers = Timers()
    timers.load([(b"%d" % number, number, number % 2) for number in (5, 3, 4, 1)])
    assert len(timers) == 4
    assert timers.pop_due(1, 99, 9) == [b"1", b"3", b"5"]
    assert timers.earliest_us(0) == 4


def test_deadlines_that_move_about_fire_when_a_plain_list_says_so(request: pytest.FixtureRequest) -> None:
    seed = request.config.getoption("--seed") or random.randrange(1 << 32)
    print("seed", seed)
    dice, timers, plain = random.Random(seed), Timers(), dict[bytes, tuple[int, int]]()
    for step in range(5000):
        key, clock = b"%d" % dice.randrange(30), dice.randrange(2)
        deed = dice.random()
        if deed < 0.7:
            due_us = step + dice.randrange(-5, 60)
            timers.set(key, due_us, clock)
            plain[key] = (due_us, clock)
        elif deed < 0.8:
            timers.cancel(key)
            plain.pop(key, None)
        elif deed < 0.81:
            timers.move(1, 0)
            plain = {key: (due_us, 0) for key, (due_us, _) in plain.items()}
        waiting = [due_us for due_us, on in plain.values() if on == clock]
        assert timers.earliest_us(clock) == min(waiting, default=None)
        fired = {key for key, (due_us, on) in plain.items() if on == clock and due_us < step}
        assert set(timers.pop_due(clock, step, 99)) == fired
        plain = {key: value for key, value in plain.items() if key not in fired}
        assert len(timers) == len(plain)


def test_no_more_keys_at_once_than_asked_for() -> None:
    timers = Timers()
    for number in range(5):
        timers.set(b"%d" % number, number, 0)
    assert [len(timers.pop_due(0, 99, 2)) for _ in range(4)] == [2, 2, 1, 0]


def test_a_deadline_that_moves_all_the_time_takes_no_room() -> None:
    timers = Timers()
    for moment in range(10 * STALE_MAX):
        timers.set(b"a", moment, 0)
        timers.set(b"b", moment, RUN)
    assert sum(len(heap) for heap in timers._heaps.values()) < 3 * STALE_MAX
    assert timers.pop_due(0, 1 << 60, 9) == [b"a"]
    assert timers.pop_due(RUN, 1 << 60, 9) == [b"b"]


def test_a_batch_reads_its_own_writes() -> None:
    partition, stored = given()
    partition.put(b"ka", b"1")
    partition.put(b"kb", b"2")
    stored.take(partition)
    partition.begin(version(1, 2))
    partition.put(b"ka", b"3")
    partition.put(b"kc", b"4")
    partition.delete(b"kb")
    assert [partition.get(key) for key in (b"ka", b"kb", b"kc")] == [b"3", None, b"4"]
    assert partition.scan(b"k") == [(b"ka", b"3"), (b"kc", b"4")]


def test_a_scan_finds_what_its_batch_wrote_before_and_after_an_earlier_scan() -> None:
    seed = random.randrange(1 << 32)
    print("seed", seed)
    dice = random.Random(seed)
    partition, stored = given()
    for batch in range(2, 12):
        truth = {key: value[-1:] for key, value in stored.items()}
        for _ in range(60):
            key = bytes(dice.choices(b"ab", k=dice.randint(1, 5)))
            if dice.random() < 0.3:
                partition.delete(key)
                truth.pop(key, None)
            else:
                partition.put(key, body := bytes([dice.randrange(256)]))
                truth[key] = body
            prefix = bytes(dice.choices(b"ab", k=dice.randint(0, 3)))
            expected = sorted(pair for pair in truth.items() if pair[0].startswith(prefix))
            assert partition.scan(prefix) == expected
        stored.take(partition)
        partition.begin(version(1, batch))


def test_a_restart_finds_position_deadlines_and_closed_clocks() -> None:
    partition, stored = given()
    partition.position.offsets["in"] = 7
    partition.put(b"a", b"", due_us=10)
    partition.put(b"b", b"", due_us=10, clock="run")
    partition.put(b"c", b"", due_us=10, clock="open")
    partition.close_clock("run")
    assert partition.is_moved
    partition.save_position(100)
    stored.take(partition)
    again, _ = given(stored)
    assert again.position.offsets == {"in": 7}
    assert (again.position.first, again.position.last) == (100, 103)
    assert sorted(again.timers.pop_due(clock_id(WALL), 11, 9)) == [b"a", b"b"]
    assert again.timers.pop_due(clock_id("open"), 11, 9) == [b"c"]


def test_it_is_quiet_when_nothing_is_due_nor_on_its_way() -> None:
    partition, _ = given()
    partition.put(b"a", b"", due_us=5000)
    assert partition.is_quiet(5)
    assert not partition.is_quiet(6)
    partition.delete(b"a")
    assert partition.is_quiet(6)
    partition.waking = True
    assert not partition.is_quiet(6)


def test_a_record_too_large_for_the_log_is_refused_at_once_and_named() -> None:
    partition, _ = given()
    with pytest.raises(TooLarge, match="key b'fat'"):
        partition.put(b"fat", bytes(RECORD_BYTES_MAX))
    with pytest.raises(TooLarge, match="frictions"):
        partition.send("frictions", 0, None, bytes(RECORD_BYTES_MAX + 1))
    assert not partition.changes
    assert not partition.outputs


def test_the_position_is_the_last_change_of_its_batch() -> None:
    partition, _ = given()
    partition.put(b"zzz", b"")
    partition.save_position(0)
    assert list(partition.changes)[-1] == POSITION_KEY
