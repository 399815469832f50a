"""Decoded states: what is kept while there is room, and whose room it is."""

from services.stream.cache import CHANCES, ENTRY_BYTES, OBJECT_OVERHEAD, Cache, Memory


def test_the_cache_keeps_what_was_asked_for_of_late() -> None:
    cache: Cache[str] = Cache(Memory(3 * (ENTRY_BYTES + OBJECT_OVERHEAD)))
    for key in (b"a", b"b", b"c"):
        cache.put(key, key.decode(), 1)
    assert cache.get(b"a") == "a"
    cache.put(b"d", "d", 1)
    assert [cache.get(key) for key in (b"a", b"b", b"c", b"d")] == ["a", None, "c", "d"]
    cache.put(b"d", "D", 1)
    assert (cache.get(b"d"), len(cache)) == ("D", 3)
    assert (cache.hits, cache.misses) == (5, 1)
    cache.put(b"e", "e", 999)
    assert (cache.get(b"e"), len(cache)) == (None, 2), "one that has no room puts out few"
    cache.drop(b"c")
    cache.drop(b"c")
    cache.put(b"f", "f", 1)
    cache.put(b"g", "g", 1)
    assert [cache.get(key) for key in (b"d", b"f", b"g")] == ["D", "f", "g"]


def test_who_comes_is_not_put_out_by_those_who_were_used() -> None:
    cache: Cache[int] = Cache(Memory(4 * (ENTRY_BYTES + OBJECT_OVERHEAD)))
    for number in range(10):
        cache.put(b"%d" % number, number, 1)
        assert [cache.get(b"%d" % one) for one in range(10)][number] == number


def test_the_cache_finds_room_quickly_where_all_was_used() -> None:
    count = 10 * CHANCES
    cache: Cache[int] = Cache(Memory(count * (ENTRY_BYTES + OBJECT_OVERHEAD)))
    keys = [b"%d" % number for number in range(count)]
    for number, key in enumerate(keys):
        cache.put(key, number, 1)
        assert cache.get(key) == number
    cache.put(b"late", -1, 1)
    assert [key for key in keys if cache.get(key) is None] == [keys[CHANCES]]
    assert (cache.get(b"late"), len(cache)) == (-1, count)


def test_caches_share_what_they_may_take() -> None:
    size = ENTRY_BYTES + OBJECT_OVERHEAD
    memory = Memory(6 * size)
    busy, quiet, idle = (Cache[int](memory) for _ in range(3))
    for number in range(6):
        busy.put(b"%d" % number, number, 1)
    assert len(busy) == 6, "others need nothing"
    for number in range(3):
        quiet.put(b"%d" % number, number, 1)
    # Who has least gets room from who has most, until it has its share; then it gives way itself.
    assert (len(busy), len(quiet), len(idle)) == (4, 2, 0)
    assert quiet.get(b"2") == 2
    busy.close()
    for number in range(9):
        quiet.put(b"%d" % number, number, 1)
    assert (len(quiet), memory.left) == (6, 0)
    quiet.close()
    assert memory.left == 6 * size
