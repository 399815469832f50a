"""A world on the wall clock: what is past is sent at once, everything else when its time comes."""

import threading
import time
from collections.abc import Callable

from services.simulator.core.delivery import Delivery
from services.simulator.core.tales import Event
from services.simulator.core.world import World

BATCH_EVENTS = 500
#: Events of so much time go together: the door answers a request, not an event, in milliseconds.
TICK_SECONDS = 0.1

Post = Callable[[list[Event]], object]


def wall_clock() -> int:
    """The time in ms."""
    return time.time_ns() // 1_000_000


def live(
    world: World | Delivery,
    post: Post,
    stopping: threading.Event,
    on_posted: Callable[[int], None],
    now_ms: Callable[[], int] = wall_clock,
) -> None:
    """Until its stories are told, its minutes are over, or it is told to stop."""
    batch: list[Event] = []
    while not stopping.is_set():
        next_ms = world.next_ms
        is_due = next_ms is not None and next_ms <= now_ms()
        if is_due and len(batch) < BATCH_EVENTS:
            batch += world.step()
            continue
        if batch:
            post(batch)
            on_posted(world.now)
            batch = []
        if next_ms is None or not world.is_open:
            return
        if not is_due:
            stopping.wait(TICK_SECONDS)
