"""Order, names, cursors and stories, without I/O."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import decode_event
from schemas.events import Event, place_of, sequence_order
from services.database.cursor import BadCursor, Cursor, decode_cursor, encode_cursor
from services.live.core.names import LABEL_MAX, label, name_hash, normalised, spellings
from services.live.core.order import order_key, rank
from services.live.core.runs import is_built
from services.live.core.story import duration
from tests.live import given as records

SEQUENCES = st.one_of(st.none(), st.integers(0, 10**12).map(str), st.text(max_size=6))
IDS = st.text(min_size=1, max_size=6).filter(lambda text: "\x1f" not in text)
TIMES = st.sampled_from([-1.5, 0, 0.001, 7])
TYPES = st.sampled_from(["call.queued", "call.answered", "call.unheard_of", "ivr.started"])


def _event(type_name: str, seconds: float, sequence: str | None, source: str, id_: str) -> Event:
    given_event = records.event(type_name, seconds=seconds, sequence=sequence, source=source, id=id_)
    assert given_event.value is not None
    return decode_event(given_event.value)


EVENTS = st.builds(_event, TYPES, TIMES, SEQUENCES, IDS, IDS)


@given(EVENTS, EVENTS)
def test_it_orders_bytes_as_the_contract_orders_events(one: Event, other: Event) -> None:
    def order(event: Event) -> tuple[object, ...]:
        return (event.at_us, sequence_order(event.sequence), place_of(event.data), event.source, event.id)

    assert (order_key(one) < order_key(other)) == (order(one) < order(other))


@given(EVENTS, EVENTS)
def test_it_ranks_copies_by_sequence_and_then_digest(one: Event, other: Event) -> None:
    def order(event: Event) -> tuple[object, ...]:
        return (sequence_order(event.sequence), event.digest, event.replay is None)

    assert (rank(one) < rank(other)) == (order(one) < order(other))


def test_it_prefers_the_live_one_of_equal_copies() -> None:
    live, replayed = (records.event("call.queued", replay=run).value for run in (None, "r1"))
    assert live
    assert replayed
    assert rank(decode_event(live)) > rank(decode_event(replayed))


@given(st.text())
def test_it_bounds_what_the_database_must_index(text: str) -> None:
    assert len(label(text)) <= LABEL_MAX
    assert "\0" not in label(text)


def test_it_keeps_long_names_apart() -> None:
    assert label("a" * 500) != label("a" * 501)
    assert label("queue:billing") == "queue:billing"


def test_it_keeps_names_apart_wherever_they_are_cut() -> None:
    assert len({name_hash("a", "bc"), name_hash("ab", "c"), name_hash("abc", "")}) == 3


def test_it_compares_identifiers_as_people_mean_them() -> None:
    assert normalised("email", " Ann@Example.COM ") == "ann@example.com"
    assert normalised("phone", "+1 (415) 555-0101") == "+14155550101"
    assert normalised("customer_id", " A-1 ") == "A-1"
    assert "+14155550101" in spellings("phone", " 14155550101")


@given(st.text().filter(lambda text: "\0" not in text), st.text().filter(lambda text: "\0" not in text))
def test_it_reads_its_own_cursors(at: str, key: str) -> None:
    assert decode_cursor(encode_cursor(Cursor(at, key))) == Cursor(at, key)


@pytest.mark.parametrize("text", ["x", "AAAA", "é", "WyJhIl0", "WzEsMl0", "WyJcdTAwMDAiLCAiYSJd"])
def test_it_refuses_foreign_cursors(text: str) -> None:
    with pytest.raises(BadCursor, match="next_cursor"):
        decode_cursor(text)


def test_a_run_is_built_when_every_part_is_done() -> None:
    parts = [f"{stage}/{p}" for stage, p in itertools.product(("contacts", "customers"), range(3))]
    assert is_built(parts, 3)
    assert not is_built(parts[1:], 3)
    assert not is_built(parts, 4)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (45, "45 s"), (200, "3 min 20 s"), (120, "2 min"), (7500, "2 h 5 min"), (3605, "1 h"),
     (2 * 86400 + 3600, "2 d 1 h")],
)  # fmt: skip
def test_it_tells_durations_in_two_units(seconds: int, words: str) -> None:
    assert duration(seconds) == words
