"""What customers write, say and answer, and who answers them: chat, mail, posts, surveys, tickets."""

from typing import TYPE_CHECKING

from schemas.data import chat, written
from schemas.events import channel_of_data
from services.journey_builder.core.episodes import Unanswered
from services.journey_builder.core.facts import Fact
from services.journey_builder.core.handlers.care import contained, reached

if TYPE_CHECKING:
    from services.journey_builder.core.contact import Contact


def asked(contact: "Contact", fact: Fact) -> None:
    channel = channel_of_data(fact.data)
    if channel not in contact.open_runs:
        contact.open_runs[channel] = run = Unanswered(fact, channel)
        contact.unanswered.append(run)


def answered_in_writing(contact: "Contact", fact: Fact) -> None:
    run = contact.open_runs.pop(channel_of_data(fact.data), None)
    if run is not None:
        run.end = fact


def said(contact: "Contact", fact: Fact) -> None:
    """Of a survey, words count; its score is a rule's of its own."""
    is_survey = isinstance(fact.data, written.SurveyAnswered)
    if fact.heard or (not is_survey and getattr(fact.data, "sentiment", None) is not None):
        contact.said.append((fact, contact.queue))


def message(contact: "Contact", fact: Fact) -> None:
    message = fact.data
    if not isinstance(message, chat.ChatMessageSent):
        return
    if message.by == "customer":
        asked(contact, fact)
        said(contact, fact)
        return
    answered_in_writing(contact, fact)
    if message.by == "agent":
        reached(contact, fact)
    else:
        contact.met_machine = True


def handed_over(contact: "Contact", fact: Fact) -> None:
    over = fact.data
    if isinstance(over, chat.ChatHandedOver) and {over.from_, over.to} == {"bot", "agent"}:
        contact.handovers.append((fact, contact.bot))
        contact.met_machine = True


def bot(contact: "Contact", fact: Fact) -> None:
    named = getattr(fact.data, "bot", None)
    if named:
        contact.bot, contact.met_machine = named, True


def chat_ended(contact: "Contact", fact: Fact) -> None:
    contained(contact, fact, f"bot:{contact.bot}" if contact.bot else "channel:chat")


def survey(contact: "Contact", fact: Fact) -> None:
    contact.surveys.append(fact)


def ticket(contact: "Contact", fact: Fact) -> None:
    contact.topic = getattr(fact.data, "topic", None) or contact.topic
    if isinstance(fact.data, written.TicketReopened):
        contact.reopenings.append((fact, contact.topic))
