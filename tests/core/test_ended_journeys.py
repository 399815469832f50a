"""A journey whose opener goes to another customer: what is said of its id grows, and leads on."""

import msgspec
import pytest
from msgspec.structs import replace

from schemas import topics
from schemas.contacts import Summary
from schemas.identities import Alias
from schemas.journeys import Journey
from services.stream.stage import Output
from tests.core.given import call, mine
from tests.core.pipeline import RECEIVED_MS, Pipeline

ANN, BEN, CAT = "11" * 16, "22" * 16, "33" * 16
Message = tuple[str, Summary | Alias]

_summary = msgspec.msgpack.Decoder(Summary)


class Customers:
    """The customer stage alone: what it says to itself is held back."""

    def __init__(self) -> None:
        before = Pipeline(1)
        before.feed(mine(call("c1", 0, 60)), RECEIVED_MS)
        self.given = _summary.decode(before.log[topics.SUMMARIES.name][-1].value)
        self.pipeline = Pipeline(1)
        self.pipeline._readers = {}
        self._read = 0

    def said(self) -> list[tuple[str, Summary]]:
        """What it has sent since this was asked last."""
        log = self.pipeline.log[topics.SUMMARIES.name]
        before, self._read = self._read, len(log)
        return [((one.key or b"").decode(), _summary.decode(one.value)) for one in log[before:]]

    def take(self, *messages: Message) -> None:
        """In one batch."""
        records = [
            self.pipeline._record(
                Output(topics.SUMMARIES.name, 0, key.encode(), msgspec.msgpack.encode(message))
            )
            for key, message in messages
        ]
        self.pipeline._run(self.pipeline._stages[2], 0, records, [])

    def turn(self, key: str, target: str) -> Message:
        return key, Alias(tenant=self.given.tenant, customer_key=key, target=target, order=1)

    def told(self) -> list[Journey]:
        """Every word of the journey that the contact opens."""
        records = self.pipeline.log[topics.JOURNEYS.name]
        return [msgspec.json.decode(one.value, type=Journey) for one in records]


@pytest.mark.parametrize("is_split", [True, False])
def test_its_revision_grows_though_it_is_handed_over_later(is_split: bool) -> None:
    customers = Customers()
    for revision in range(1, 6):
        of_ann = replace(
            customers.given, customer_key=ANN, rest=(BEN,), revision=revision, goal=f"{revision}"
        )
        customers.take((ANN, of_ann))
    customers.take(customers.turn(ANN, BEN))
    messages = customers.said()
    for batch in [[one] for one in messages] if is_split else [messages]:
        customers.take(*batch)
    last = customers.told()[-1]
    assert (last.customer_key, last.state, last.revision) == (BEN, "open", 7)


@pytest.mark.parametrize("is_split", [True, False])
def test_who_passes_it_on_at_once_passes_on_how_it_ended(is_split: bool) -> None:
    customers = Customers()
    customers.take((ANN, replace(customers.given, customer_key=ANN, rest=(BEN,), revision=1)))
    customers.take(customers.turn(ANN, BEN))
    messages = [*customers.said(), customers.turn(BEN, CAT)]
    for batch in [messages[:-1], messages[-1:]] if is_split else [messages]:
        customers.take(*batch)
    [ended] = [one.ended for _, one in customers.said() if one.is_handed_over]
    assert ended is not None
    assert ended.state == "superseded"
