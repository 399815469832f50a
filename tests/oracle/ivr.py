"""The kinds of the IVR: loops, mazes, dead ends."""

from .contact import Contact
from .event import Event
from .friction import Episode
from .inside import Met, earliest, last_text, over, raised
from .limits import Limits, Terms

PASSAGE_ENDS = {"ivr.ended", "call.queued", "call.answered", "call.abandoned", "call.ended"}
#: What the customer does in the IVR; entering a menu is what the IVR does with him.
STEPS = {"ivr.option_selected", "ivr.input_failed", "ivr.authenticated"}


def ivr_loops(contact: Contact, terms: Terms) -> list[Episode]:
    entered = [event for event in contact.events if event.type == "ivr.menu_entered"]
    nodes = dict.fromkeys(node for event in entered if (node := event.text("node")))
    times = terms.limits.node_entries
    found = []
    for ordinal, node in enumerate(nodes):
        same = [event for event in entered if event.text("node") == node]
        if len(same) >= times:
            at = same[times - 1].us
            found.append(raised(contact, "ivr_loop", at, same[:times], f"node:{node}", ordinal))
    return found


def ivr_maze(contact: Contact, terms: Terms) -> list[Episode]:
    limits = terms.limits
    met = [*_big_menus(contact, limits), *_many_nodes(contact, limits), *_slow_passages(contact, terms)]
    if not met:
        return []
    first = earliest(met)
    return [raised(contact, "ivr_maze", first.at_us, first.evidence, first.touchpoint)]


def _big_menus(contact: Contact, limits: Limits) -> list[Met]:
    found = []
    for event in contact.events:
        options = event.number("options")
        if event.type == "ivr.menu_entered" and options is not None and options > limits.menu_options:
            node = event.text("node")
            found.append(Met(event.us, 0, (event,), f"node:{node}" if node else _first_node(contact)))
    return found


def _many_nodes(contact: Contact, limits: Limits) -> list[Met]:
    first_entries: dict[str, Event] = {}
    for event in contact.events:
        node = event.text("node")
        if event.type == "ivr.menu_entered" and node:
            first_entries.setdefault(node, event)
    if len(first_entries) <= limits.distinct_nodes:
        return []
    too_many = tuple(first_entries.values())[: limits.distinct_nodes + 1]
    return [Met(too_many[-1].us, 1, too_many, f"node:{too_many[-1].text('node')}")]


def _slow_passages(contact: Contact, terms: Terms) -> list[Met]:
    found = []
    for index, started in enumerate(contact.events):
        later = contact.events[index + 1 :]
        ended = next((event for event in later if event.type in PASSAGE_ENDS), None)
        at = started.us + terms.limits.ivr_us
        if started.type == "ivr.started" and over(at, ended, terms):
            found.append(Met(at, 2, (started, ended), _first_node(contact)))
    return found


def _first_node(contact: Contact) -> str:
    nodes = [node for event in contact.events if event.channel == "ivr" and (node := event.text("node"))]
    return f"node:{nodes[0]}" if nodes else "channel:ivr"


def last_node(events: list[Event]) -> str | None:
    """Of any event of the IVR among these."""
    return last_text((event for event in events if event.channel == "ivr"), "node")


def ivr_dead_ends(contact: Contact, _: Terms) -> list[Episode]:
    """One a contact, the first."""
    for ended in (event for event in contact.events if event.type == "ivr.ended"):
        before = [event for event in contact.events if event.order < ended.order]
        steps = [event for event in before if event.type in STEPS]
        evidence: list[Event] | None = None
        if ended.data.get("reason") == "disconnected":
            evidence = [ended]
        elif ended.data.get("reason") == "customer_hangup" and steps and _failed(steps[-1]):
            evidence = [steps[-1], ended]
        if evidence:
            node = last_node(before)
            touchpoint = f"node:{node}" if node else "channel:ivr"
            return [raised(contact, "ivr_dead_end", ended.us, evidence, touchpoint)]
    return []


def _failed(step: Event) -> bool:
    if step.type == "ivr.authenticated":
        return step.data.get("succeeded") is False
    return step.type == "ivr.input_failed"
