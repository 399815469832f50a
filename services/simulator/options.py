"""What kind of days are wanted, and the world that tells them."""

import random

from msgspec import Struct

from services.simulator.core import telling
from services.simulator.core.centre import Trouble
from services.simulator.core.delivery import Delivery
from services.simulator.core.dice import DAY, HOUR, MINUTE
from services.simulator.core.disorder import Disorder, Disturbance
from services.simulator.core.people import People
from services.simulator.core.world import Plan, World

#: Who lives there does not depend on the days that are told: customer 7 is the same in all of them.
PEOPLE_SEED = 20_261_121


class Options(Struct, frozen=True, kw_only=True):
    """`rate`: events a second in the busiest hour; None: as many as so many customers make."""

    seed: int = 1
    customers: int = 20_000
    rate: float | None = None
    history_hours: float = 0.0
    #: After the history; None: for ever.
    minutes: float | None = None
    #: When in these minutes the afternoon turns bad; None: never.
    trouble_minute: float | None = None
    #: The time of day that it is in the centre when the minutes begin, in hours; None: the time in UTC.
    hour: float | None = None
    #: Every system that speaks with a customer names him by his `customer_id`.
    identified: bool = False


def make_world(options: Options, begin_ms: int) -> World:
    """One whose minutes begin at a moment, after its history."""
    start_ms = begin_ms - round(options.history_hours * HOUR)
    minutes, trouble = options.minutes, options.trouble_minute
    shift = 0 if options.hour is None else round(options.hour * HOUR - begin_ms) % DAY
    plan = Plan(
        start_ms=start_ms,
        end_ms=None if minutes is None else begin_ms + round(minutes * MINUTE),
        contacts_s=telling.contacts_a_second(options.customers, options.rate),
        run=f"{begin_ms // 1000:x}-{options.seed}",
        shift_ms=shift,
        trouble=None if trouble is None else Trouble(begin_ms + round(trouble * MINUTE)),
        identified=options.identified,
    )
    people = People(random.Random(PEOPLE_SEED), options.customers)
    return telling.world(plan, random.Random(options.seed), people)


def delivered(world: World, disorder: Disorder, seed: int) -> Delivery:
    """What arrives of it. The same seed disturbs in the same way, and changes no story."""
    return Delivery(world, Disturbance(disorder, random.Random(f"disorder-{seed}")))
