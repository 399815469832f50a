"""What happens on the telephone: the IVR, the queue, on hold."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from schemas.data import voice
from services.journey_builder.core.episodes import Hold, Passage, Wait
from services.journey_builder.core.facts import Fact
from services.journey_builder.core.handlers.care import contained, taken_up
from services.journey_builder.core.handlers.writing import said

if TYPE_CHECKING:
    from services.journey_builder.core.contact import Contact


def started(contact: "Contact", fact: Fact) -> None:
    if contact.direction is None and isinstance(fact.data, voice.CallStarted):
        contact.direction = fact.data.direction


def queued(contact: "Contact", fact: Fact) -> None:
    taken_up(contact)
    _end_wait(contact, fact, "requeued")
    contact.waits.append(Wait(fact, contact.queue))


def _end_wait(contact: "Contact", fact: Fact, how: str) -> None:
    wait = contact.open_wait
    if wait is not None:
        wait.close(fact, how, contact.queue)


def wait_ender(how: str) -> Callable[["Contact", Fact], None]:
    def end(contact: "Contact", fact: Fact) -> None:
        _end_wait(contact, fact, how)

    return end


def held(contact: "Contact", fact: Fact) -> None:
    if contact.open_hold is None:
        contact.holds.append(Hold(fact))


def end_hold(contact: "Contact", fact: Fact) -> None:
    if contact.open_hold is not None:
        contact.holds[-1].end = fact


def transcribed(contact: "Contact", fact: Fact) -> None:
    if isinstance(fact.data, voice.CallTranscribed) and fact.data.by == "customer":
        said(contact, fact)


def ivr_started(contact: "Contact", fact: Fact) -> None:
    if contact.open_passage is None:
        contact.passages.append(Passage(fact))


def end_passage(contact: "Contact", fact: Fact) -> None:
    passage = contact.open_passage
    if passage is not None:
        passage.end = fact


def ivr_ended(contact: "Contact", fact: Fact) -> None:
    ended = fact.data
    if not isinstance(ended, voice.IvrEnded):
        return
    contact.is_ivr_transferred |= ended.reason == "transferred"
    step = contact.ivr_step
    if ended.reason == "disconnected":
        contact.dead_ends.append((fact, None, contact.node))
    elif ended.reason == "customer_hangup" and step is not None and _has_failed(step):
        contact.dead_ends.append((fact, step, contact.node))
    contained(contact, fact, f"node:{contact.node}" if contact.node else "channel:ivr")


def _has_failed(step: Fact) -> bool:
    return isinstance(step.data, voice.IvrInputFailed) or getattr(step.data, "succeeded", None) is False


def ivr_step(contact: "Contact", fact: Fact) -> None:
    contact.ivr_step = fact


def at_node(contact: "Contact", fact: Fact) -> None:
    node = getattr(fact.data, "node", None)
    if node:
        contact.first_node = contact.first_node or node
        contact.node = node


def menu(contact: "Contact", fact: Fact) -> None:
    menu = fact.data
    if isinstance(menu, voice.IvrMenuEntered):
        contact.nodes.setdefault(menu.node, []).append(fact)
        widest = contact.widest_menus[-1].data if contact.widest_menus else None
        if (menu.options or 0) > (getattr(widest, "options", None) or 0):
            contact.widest_menus.append(fact)
