"""`ivr_maze`: an IVR with too many options, too many menus, or too long a way to a person."""

from collections.abc import Iterator

from schemas.data.voice import IvrMenuEntered
from schemas.frictions import Kind
from services.journey_builder.core.contact import Contact
from services.journey_builder.core.facts import Fact, ref_of
from services.journey_builder.core.findings import Finding
from services.journey_builder.core.rules import Rules
from services.journey_builder.core.words import duration


def find(contact: Contact, rules: Rules) -> Iterator[Finding]:
    """Whichever comes first; at one moment, in this order."""
    yield from _too_many_options(contact, rules)
    yield from _too_many_nodes(contact, rules)
    yield from _too_long(contact, rules)


def _too_many_options(contact: Contact, rules: Rules) -> Iterator[Finding]:
    for fact in contact.widest_menus:
        menu = fact.data
        if isinstance(menu, IvrMenuEntered) and (menu.options or 0) > rules.ivr_maze_options:
            yield _finding(
                fact.at_us,
                f"node:{menu.node}",
                (fact,),
                f"The menu {menu.node} has {menu.options} options; {rules.ivr_maze_options} are enough.",
            )
            return


def _too_many_nodes(contact: Contact, rules: Rules) -> Iterator[Finding]:
    """The nodes are in order of their first entry."""
    counted = list(contact.nodes)[: rules.ivr_maze_nodes + 1]
    if len(counted) > rules.ivr_maze_nodes:
        firsts = tuple(contact.nodes[node][0] for node in counted)
        yield _finding(
            firsts[-1].at_us,
            f"node:{counted[-1]}",
            firsts,
            f"The customer was led through {len(counted)} menus: {', '.join(counted)}.",
        )


def _too_long(contact: Contact, rules: Rules) -> Iterator[Finding]:
    for passage in contact.passages:
        at_us = passage.start.at_us + rules.ivr_maze_time_us
        if passage.end is not None and passage.end.at_us <= at_us:
            continue
        facts = (passage.start,) if passage.end is None else (passage.start, passage.end)
        if passage.end is None:
            spent = f"over {duration(rules.ivr_maze_time_us)}"
        else:
            spent = duration(passage.end.at_us - passage.start.at_us)
        yield _finding(
            at_us,
            f"node:{contact.first_node}" if contact.first_node else "channel:ivr",
            facts,
            f"The customer spent {spent} in the IVR before a person or its end.",
            waits=passage.end is None,
        )


def _finding(
    at_us: int, touchpoint: str, facts: tuple[Fact, ...], explanation: str, waits: bool = False
) -> Finding:
    evidence = tuple(ref_of(fact) for fact in facts)
    return Finding(Kind.IVR_MAZE, 0, at_us, touchpoint, evidence, explanation, waits)
