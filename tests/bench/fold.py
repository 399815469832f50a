"""`make bench-fold`: what folding costs, in processor time: one event, a long contact, a robot's million.

Processor time, since a busy machine slows the clock on the wall; its last line is one JSON object.
"""

import resource
import statistics
import time
from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any

import orjson
import typer

from schemas.codec import decode_event
from services.journey_builder.core.contact_state import ContactState, Head
from services.journey_builder.core.facts import fact_of
from services.journey_builder.core.identity.policy import Policy
from services.journey_builder.core.judge import judge
from services.journey_builder.core.rule_book import SHIPPED
from services.journey_builder.core.rules import DEFAULT
from services.simulator.core.disorder import Disorder
from services.simulator.options import Options, delivered, make_world
from tests.core.pipeline import RECEIVED_MS, Pipeline
from tests.oracle.build import event, mine

Raw = dict[str, Any]
CENTRE_EVENTS = 20_000
#: A Monday, 8:00 UTC.
BEGIN_MS = 1_772_438_400_000
CONTACT_EVENTS = 10_000
ROBOT_CONTACT_EVENTS = 10
BATCH_EVENTS = 2_000


def one_event(seed: int) -> float:
    """Median of taking and judging an event of a simulated centre with all kinds, in µs."""
    world = make_world(Options(seed=seed, customers=2_000, minutes=8 * 60), BEGIN_MS)
    told_events = islice(delivered(world, Disorder(), seed).all_events(), CENTRE_EVENTS)
    events = [decode_event(orjson.dumps(raw)) for raw in told_events]
    states: dict[bytes, ContactState] = {}
    costs, policy = [], Policy()
    for told in events:
        started = time.process_time_ns()
        fact = fact_of(told, RECEIVED_MS, policy, SHIPPED.heard)
        state = states.get(told.key)
        if state is None:
            state = states[told.key] = ContactState(told.key, Head(told.tenant, told.contact))
        state.take(fact)
        judge(state, DEFAULT, RECEIVED_MS * 1000)
        costs.append(time.process_time_ns() - started)
    return statistics.median(costs) / 1000


def long_contact() -> Iterator[Raw]:
    """One call that is held and resumed without end."""
    for second in range(CONTACT_EVENTS):
        yield event("call.held" if second % 2 else "call.resumed", second)


def robot(events: int) -> Iterator[Raw]:
    """One customer who calls and calls."""
    for number in range(events // ROBOT_CONTACT_EVENTS):
        at, subject = number * 60, f"c{number}"
        menus = [event("ivr.menu_entered", at + second, subject, node=f"n{second}") for second in range(8)]
        yield from mine([event("ivr.started", at, subject), *menus, event("call.ended", at + 9, subject)])


def folded(events: Iterator[Raw]) -> dict[str, Any]:
    """Both stages over them. `us_per_event`: processor time, the harness's own part included."""
    pipeline = Pipeline(partitions=1)
    started, count = time.process_time(), 0
    batch: list[Raw] = []
    for raw in events:
        batch.append(raw)
        if len(batch) == BATCH_EVENTS:
            count += len(batch)
            pipeline.feed(batch, RECEIVED_MS + count)
            batch = []
            for told in pipeline.log.values():  # a topic is Kafka's to keep
                del told[:-BATCH_EVENTS]
    seconds = time.process_time() - started
    journeys = pipeline.journeys()
    return {
        "events": count,
        "seconds": round(seconds, 1),
        "us_per_event": round(seconds / count * 1e6, 1),
        "truncated": any(journey.truncated for journey in journeys),
        "stored_mb": round(sum(map(len, pipeline.stored("customers").values())) / 1e6, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def main(
    seed: Annotated[int, typer.Option(help="Of the simulated centre.")] = 1,
    robot_events: Annotated[int, typer.Option(help="Of one customer.")] = 1_000_000,
) -> None:
    """Says what folding costs."""
    found: dict[str, Any] = {"one_event_us": round(one_event(seed), 1)}
    print(f"one event of a centre: {found['one_event_us']} µs (median)", flush=True)
    found["contact"] = folded(long_contact())
    print(f"a contact of {CONTACT_EVENTS:,} events: {found['contact']}", flush=True)
    found["robot"] = folded(robot(robot_events))
    print(orjson.dumps(found).decode(), flush=True)


if __name__ == "__main__":
    typer.run(main)
