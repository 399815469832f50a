"""Whose the contacts of a back-test are."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from schemas.data import IDENTIFIER_TYPES
from schemas.data.written import CustomerSeparated
from services.journey_builder.claims import DECISIONS, names_in
from services.journey_builder.core.contact_state import ContactState
from services.journey_builder.core.identity.keys import Keys, Name, key_of
from services.journey_builder.core.identity.policy import Policy
from services.journey_builder.core.identity.resolve import Answer
from services.journey_builder.core.identity.values import strongest_first
from services.journey_builder.core.identity.whole import Said, answers


def owners_of(states: Iterable[ContactState], policy: Policy) -> dict[bytes, str]:
    """Contact -> key of its customer; keys of no installation."""
    tenants: defaultdict[str, list[ContactState]] = defaultdict(list)
    for state in states:
        tenants[state.head.tenant].append(state)
    owners: dict[bytes, str] = {}
    for tenant, own in tenants.items():
        owners |= _of_tenant(tenant, own, policy.of(tenant).limits)
    return owners


def _of_tenant(tenant: str, states: list[ContactState], limits: Mapping[str, int]) -> dict[bytes, str]:
    keys = Keys(b"backtest")
    named: dict[bytes, list[Name]] = {}
    said: list[Said] = []
    own: dict[bytes, str] = {}
    for state in states:
        named[state.key] = [keys.name(tenant, *one) for one in strongest_first(state.contact.identifiers)]
        own[state.key] = keys.of_contact(tenant, state.head.contact)
        for fact in state.ordered():
            if isinstance(fact.data, DECISIONS):
                names = tuple(keys.name(tenant, *one) for one in names_in(fact))
                said.append(Said(fact.order, isinstance(fact.data, CustomerSeparated), names))
    by_strength = {IDENTIFIER_TYPES.index(kind): limit for kind, limit in limits.items()}
    found = answers(named.values(), said, by_strength)
    return {key: _owner(names, found) or own[key] for key, names in named.items()}


def _owner(names: Iterable[Name], found: dict[Name, Answer]) -> str | None:
    """Of the strongest that links."""
    customers = (found[name].customer for name in names)
    return next((key_of(customer) for customer in customers if customer is not None), None)
