"""The traffic of the bench, and what every runtime must have made of it in the end."""

import random
from collections.abc import Iterator
from typing import NamedTuple

#: Share of the customers who are in a contact at any moment, and events in one contact.
ACTIVE = 0.02
EVENTS_MIN, EVENTS_MAX = 6, 14
#: Every eighth event is a transfer.
TRANSFER_EVERY = 8
KINDS = ["call.queued", "call.answered", "call.held", "call.resumed", "chat.message_sent", "ivr.menu_entered"]

_EVENT = (
    '{"specversion":"1.0","id":"evt-%08d","source":"//bench/pbx","type":"%s",'
    '"time":"2026-03-02T08:%02d:%02d.%03dZ","subject":"call-%d","customer":"%s","n":%d,'
    '"data":{"queue":"billing","agent":"a-%03d","goal":"pay a bill",'
    '"identifiers":{"phone":"+1415%07d"},"note":"the quick brown fox"}}'
)


class Sums(NamedTuple):
    """Over all customers: what any runtime's states must come to, and the alerts it must have said."""

    customers: int
    events: int
    transfers: int
    chains: int
    alerts: int


class Truth(NamedTuple):
    """`alert_after`: at the n-th alert, how many events were told. `topic`: where they lie."""

    topic: str
    sums: Sums
    alert_after: list[int]


class Traffic:
    """Events of `customers` people, the same for the same seed, and the truth of those told so far."""

    def __init__(self, customers: int, seed: int, is_uniform: bool = False) -> None:
        self._dice = random.Random(seed)
        self._customers = customers
        self._is_uniform = is_uniform
        self._states: dict[int, tuple[int, int, int]] = {}
        self._alert_after: list[int] = []
        self._n = 0

    def everyone(self) -> Iterator[tuple[bytes, bytes]]:
        """One event of each customer, so that all have a state."""
        for customer in range(self._customers):
            yield self._tell(customer)

    def events(self, count: int) -> Iterator[tuple[bytes, bytes]]:
        """Key and value of each event: in bursts, or of anybody at any time."""
        if self._is_uniform:
            for _ in range(count):
                yield self._tell(int(self._dice.random() * self._customers))
            return
        places = max(1, int(self._customers * ACTIVE))
        active = [self._contact() for _ in range(places)]
        for _ in range(count):
            place = int(self._dice.random() * places)
            customer, left = active[place]
            yield self._tell(customer)
            active[place] = (customer, left - 1) if left > 1 else self._contact()

    def _contact(self) -> tuple[int, int]:
        customer = int(self._dice.random() * self._customers)
        return customer, self._dice.randint(EVENTS_MIN, EVENTS_MAX)

    def _tell(self, customer: int) -> tuple[bytes, bytes]:
        n = self._n
        self._n += 1
        is_transfer = n * 2654435761 % 2**32 < 2**32 // TRANSFER_EVERY
        kind = "call.transferred" if is_transfer else KINDS[n % len(KINDS)]
        self._fold(customer, n, is_transfer)
        key = f"c-{customer:07d}"
        second = n // 1000
        moment = (second // 60 % 60, second % 60, n % 1000)
        event = _EVENT % (n, kind, *moment, customer * 7 + n // 10_000_000, key, n, n % 400, customer)
        return key.encode(), event.encode()

    def _fold(self, customer: int, n: int, is_transfer: bool) -> None:
        events, transfers, chain = self._states.get(customer, (0, 0, 0))
        transfers += is_transfer
        if transfers == 3:
            self._alert_after.append(n + 1)
            transfers = 0
        self._states[customer] = (events + 1, transfers, (chain * 31 + n) & 0xFFFFFFFF)

    def truth(self, topic: str) -> Truth:
        events, transfers, chains = (sum(column) for column in zip(*self._states.values(), strict=True))
        sums = Sums(len(self._states), events, transfers, chains, len(self._alert_after))
        return Truth(topic, sums, list(self._alert_after))
