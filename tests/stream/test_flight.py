"""What may be committed, and that nothing is folded whose predecessor got lost."""

import pytest
from faust.types.tuples import TP
from msgspec import Struct

from services.stream.flight import Flight, Skipped

ONE, OTHER = TP("in", 0), TP("in", 1)


class Message(Struct, eq=False):
    offset: int
    tp: TP = ONE
    acked: bool = False


def flight_of(*messages: Message) -> Flight:
    flight = Flight()
    for message in messages:
        flight.add(message, message.offset - 9)
    return flight


def test_it_commits_up_to_the_first_that_is_not_acknowledged() -> None:
    flight = flight_of(Message(9, acked=True), Message(19, acked=True), Message(29), Message(39, acked=True))
    assert list(flight.committable()) == [ONE]
    assert flight.pop_offset(ONE) == 20
    assert (list(flight.committable()), flight.pop_offset(ONE)) == ([], None)
    assert flight.has_acknowledged()


def test_what_is_fetched_again_takes_the_place_of_what_was_there() -> None:
    flight = flight_of(Message(9, acked=True), Message(19), Message(29))
    flight.add(again := Message(29), 10)
    flight.check([again])
    assert flight.oldest() == {ONE: 29}


def test_the_next_batches_of_each_partition_may_be_folded() -> None:
    first, second, third, other = Message(9), Message(19), Message(29), Message(19, OTHER)
    flight = flight_of(first, other, second, third)
    flight.check([other, first, second])
    first.acked = second.acked = True
    flight.check([third])
    assert (flight.oldest(), flight.is_folded(ONE)) == ({ONE: 29, OTHER: 19}, False)
    third.acked = True
    assert (flight.oldest(), flight.is_folded(ONE)) == ({OTHER: 19}, True)


@pytest.mark.parametrize("skipped", [0, 1])
def test_none_is_folded_before_one_that_got_lost(skipped: int) -> None:
    messages = [Message(9), Message(19), Message(29)]
    flight = flight_of(*messages)
    lost = messages.pop(skipped)
    with pytest.raises(Skipped, match=f"in/0: the batch that ends at {lost.offset} is next"):
        flight.check(messages)


def test_none_is_folded_that_nobody_would_commit() -> None:
    with pytest.raises(Skipped, match="in/0: nothing is next, not 9"):
        Flight().check([Message(9)])
