"""How a customer is forgotten: as a whole once he was silent for long, or what is too much of him."""

import msgspec

from services.journey_builder.customer_store import (
    FRICTION,
    HEAD,
    JOURNEY,
    ROW,
    TOLD,
    CustomerHeadState,
    CustomerState,
)
from services.journey_builder.customer_waits import wait_on
from services.stream.stage import Partition


def forget(partition: Partition, state: CustomerState) -> None:
    key = state.key
    wait_on(partition, key, state.head.waits, {})
    partition.delete(HEAD + key)
    if state.head.revision and state.is_known:
        told = CustomerHeadState(state.head.customer_key, state.head.tenant, revision=state.head.revision)
        partition.put(TOLD + key, msgspec.msgpack.encode(told))
    if state.head.is_spread:
        for name, _ in partition.scan(ROW + key):
            partition.delete(name)
    partition.cache.drop(key)


def forget_tales(partition: Partition, state: CustomerState) -> None:
    """Of contacts that are no longer kept: what was said of them stands, and is not looked at again."""
    kept = {entry.summary.contact for entry in state.entries.values() if entry.summary is not None}
    if state.head.is_spread:
        prefix = ROW + state.key
        for friction in state.raised:
            if friction.contact not in kept:
                partition.delete(prefix + FRICTION + friction.friction_id.encode())
        for journey in state.journeys:
            if not kept.intersection(journey.contacts):
                partition.delete(prefix + JOURNEY + journey.journey_id.encode())
    state.raised = [friction for friction in state.raised if friction.contact in kept]
    state.journeys = [journey for journey in state.journeys if kept.intersection(journey.contacts)]
