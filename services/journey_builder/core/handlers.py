"""What each type of event does to a contact, as a table."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from schemas.data import chat, voice, web_form, written
from services.journey_builder.core.episodes import FormSession, Passage, Wait
from services.journey_builder.core.facts import Fact

if TYPE_CHECKING:
    from services.journey_builder.core.contact import Contact


def _started(contact: "Contact", fact: Fact) -> None:
    if contact.direction is None and isinstance(fact.data, voice.CallStarted):
        contact.direction = fact.data.direction


def _queued(contact: "Contact", fact: Fact) -> None:
    _end_wait(contact, fact, "requeued")
    contact.waits.append(Wait(fact, contact.queue))


def _end_wait(contact: "Contact", fact: Fact, how: str) -> None:
    wait = contact.open_wait
    if wait is not None:
        wait.close(fact, how, contact.queue)


def _wait_ender(how: str) -> Callable[["Contact", Fact], None]:
    def end(contact: "Contact", fact: Fact) -> None:
        _end_wait(contact, fact, how)

    return end


def _transferred(contact: "Contact", fact: Fact) -> None:
    contact.transfers.append((fact, contact.queue))


def _reached(contact: "Contact", fact: Fact) -> None:
    is_outbound = isinstance(fact.data, voice.CallAnswered) and contact.direction == "outbound"
    if contact.person_reached is None and not is_outbound:
        contact.person_reached = fact


def _said(contact: "Contact", fact: Fact) -> None:
    if isinstance(fact.data, chat.ChatMessageSent) and fact.data.by == "agent":
        _reached(contact, fact)


def _ivr_started(contact: "Contact", fact: Fact) -> None:
    if contact.open_passage is None:
        contact.passages.append(Passage(fact))


def _end_passage(contact: "Contact", fact: Fact) -> None:
    passage = contact.open_passage
    if passage is not None:
        passage.end = fact


def _ivr_ended(contact: "Contact", fact: Fact) -> None:
    if isinstance(fact.data, voice.IvrEnded) and fact.data.reason == "transferred":
        contact.is_ivr_transferred = True


def _at_node(contact: "Contact", fact: Fact) -> None:
    node = getattr(fact.data, "node", None)
    if contact.first_node is None and node:
        contact.first_node = node


def _menu(contact: "Contact", fact: Fact) -> None:
    menu = fact.data
    if isinstance(menu, voice.IvrMenuEntered):
        contact.nodes.setdefault(menu.node, []).append(fact)
        widest = contact.widest_menus[-1].data if contact.widest_menus else None
        if (menu.options or 0) > (getattr(widest, "options", None) or 0):
            contact.widest_menus.append(fact)


def _form(contact: "Contact", fact: Fact) -> None:
    contact.form_events.append(fact)
    form_id = getattr(fact.data, "form_id", None)
    if form_id is not None:
        session = contact.forms.setdefault(form_id, FormSession())
        if isinstance(fact.data, web_form.FieldChanged):
            session.since.clear()
            session.is_begun = True
        if session.is_begun:
            session.since.append(len(contact.form_events) - 1)
        if isinstance(fact.data, web_form.FieldChanged | web_form.FieldFailed) and fact.data.field:
            session.fields.append(fact)
        session.is_submitted |= isinstance(fact.data, web_form.FormSubmitted)


Handler = Callable[["Contact", Fact], None]

#: What each event does to a contact, beyond starting and prolonging it.
HANDLERS: dict[type, tuple[Handler, ...]] = {
    voice.IvrStarted: (_ivr_started,),
    voice.IvrMenuEntered: (_at_node, _menu),
    voice.IvrOptionSelected: (_at_node,),
    voice.IvrInputFailed: (_at_node,),
    voice.IvrAuthenticated: (_at_node,),
    voice.IvrEnded: (_at_node, _end_passage, _ivr_ended),
    voice.CallStarted: (_started,),
    voice.CallQueued: (_end_passage, _queued),
    voice.CallAnswered: (_end_passage, _wait_ender("answered"), _reached),
    voice.CallTransferred: (_wait_ender("transferred"), _transferred),
    voice.CallAbandoned: (_end_passage, _wait_ender("abandoned")),
    voice.CallEnded: (_end_passage, _wait_ender("ended")),
    chat.ChatMessageSent: (_said,),
    chat.ChatTransferred: (_transferred,),
    web_form.PageLoaded: (_form,),
    web_form.FormViewed: (_form,),
    web_form.FormStarted: (_form,),
    web_form.FieldChanged: (_form,),
    web_form.FieldFailed: (_form,),
    web_form.FormLeft: (_form,),
    web_form.SubmitFailed: (_form,),
    web_form.FormSubmitted: (_form,),
    written.EmailReplied: (_reached,),
    written.SocialReplied: (_reached,),
}
