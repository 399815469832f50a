"""What a world tells, as it arrives: late ones are under way meanwhile. It is asked like a world."""

from collections.abc import Iterator
from heapq import heappop, heappush

from services.simulator.core.disorder import Disturbance
from services.simulator.core.tales import Event
from services.simulator.core.world import World


class Delivery:
    """`now`: up to when all has arrived that had to."""

    def __init__(self, world: World, disturbance: Disturbance) -> None:
        self._world, self._disturbance = world, disturbance
        self._under_way: list[tuple[int, int, Event]] = []
        self._sent = 0
        self.now = world.now

    @property
    def is_open(self) -> bool:
        return self._world.is_open

    @property
    def next_ms(self) -> int | None:
        told_ms = self._world.next_ms
        if not self._under_way:
            return told_ms
        arrival_ms = self._under_way[0][0]
        return arrival_ms if told_ms is None else min(arrival_ms, told_ms)

    def step(self) -> list[Event]:
        """The next moment at which anything goes on or arrives, and what arrives then."""
        moment_ms = self.next_ms
        assert moment_ms is not None
        if moment_ms == self._world.next_ms:
            for event in self._world.step():
                self._send(event)
        self.now = moment_ms
        arrived = []
        while self._under_way and self._under_way[0][0] <= moment_ms:
            arrived.append(heappop(self._under_way)[2])
        return arrived

    def all_events(self) -> Iterator[Event]:
        while self.next_ms is not None:
            yield from self.step()

    def _send(self, event: Event) -> None:
        for arrival_ms, arriving in self._disturbance.send(event, self._world.now):
            self._sent += 1
            heappush(self._under_way, (arrival_ms, self._sent, arriving))
