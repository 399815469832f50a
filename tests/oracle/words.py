"""The kinds of what was said, scored, handed to and fro, and opened again."""

import re
from fractions import Fraction

from .contact import Contact
from .event import Event
from .friction import Episode
from .inside import last_text, raised
from .limits import Limits, Terms

SCALES = {"csat": (1, 5), "ces": (1, 7)}
SAID = {"email.received", "social.posted", "touchpoint.happened"}
BY = {"call.transcribed", "chat.message_sent"}


def negative_sentiments(contact: Contact, terms: Terms) -> list[Episode]:
    """One a contact, the first."""
    for event in contact.events:
        if is_bitter(event, terms.limits):
            queue = contact.queue(contact.up_to(event))
            touchpoint = f"queue:{queue}" if queue else f"channel:{event.channel}"
            return [raised(contact, "negative_sentiment", event.us, (event,), touchpoint)]
    return []


def is_bitter(event: Event, limits: Limits) -> bool:
    sentiment = event.number("sentiment")
    if customer_said(event):
        return (sentiment is not None and sentiment <= limits.sentiment) or has_phrase(event, limits.phrases)
    return event.type == "survey.answered" and has_phrase(event, limits.phrases)


def customer_said(event: Event) -> bool:
    if event.type in BY:
        default = "customer" if event.type == "call.transcribed" else None
        return (event.text("by") or default) == "customer"
    return event.type in SAID


def has_phrase(event: Event, phrases: tuple[str, ...]) -> bool:
    """Whole words, whatever their case."""
    text = event.text("text") or ""
    return any(re.search(rf"(?i)\b{re.escape(phrase)}\b", text) for phrase in phrases)


def low_scores(contact: Contact, terms: Terms) -> list[Episode]:
    found = []
    answers = [event for event in contact.events if event.type == "survey.answered"]
    for ordinal, answer in enumerate(answers):
        if is_low(answer, terms.limits):
            touchpoint = contact.queue_place(contact.events)
            found.append(raised(contact, "low_score", answer.us, (answer,), touchpoint, ordinal))
    return found


def is_low(answer: Event, limits: Limits) -> bool:
    metric, score = answer.text("metric"), answer.number("score")
    if score is None:
        return False
    if metric == "nps":
        return score <= limits.nps
    if metric not in SCALES:
        return False
    low, high = (answer.number(f"scale_{end}") for end in ("min", "max"))
    least = Fraction(SCALES[metric][0] if low is None else low)
    most = Fraction(SCALES[metric][1] if high is None else high)
    if most <= least:
        return False
    share = (Fraction(score) - least) / (most - least)
    if metric == "csat":
        return share <= limits.csat_share
    is_turned = answer.data.get("easier_is") == "low"
    return (1 - share if is_turned else share) <= limits.ces_share


def bot_bounces(contact: Contact, terms: Terms) -> list[Episode]:
    handovers = [event for event in contact.events if _is_bounce(event)][: terms.limits.handovers]
    if len(handovers) < terms.limits.handovers:
        return []
    touchpoint = bot_place(contact.up_to(handovers[-1]))
    return [raised(contact, "bot_bounce", handovers[-1].us, handovers, touchpoint)]


def _is_bounce(event: Event) -> bool:
    sides = {event.text("from"), event.text("to")}
    return event.type == "chat.handed_over" and sides == {"bot", "agent"}


def bot_place(events: list[Event]) -> str:
    bot = last_text((event for event in events if event.channel == "chat"), "bot")
    return f"bot:{bot}" if bot else "channel:chat"


def reopened_tickets(contact: Contact, _: Terms) -> list[Episode]:
    """By topic: the latest one that the ticket has been given by then."""
    found = []
    reopenings = [event for event in contact.events if event.type == "ticket.reopened"]
    for ordinal, event in enumerate(reopenings):
        topic = last_text((one for one in contact.up_to(event) if one.channel == "ticket"), "topic")
        touchpoint = f"topic:{topic}" if topic else "channel:ticket"
        found.append(raised(contact, "reopened_ticket", event.us, (event,), touchpoint, ordinal))
    return found
