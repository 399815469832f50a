"""Whether somebody took care of the customer: reached, passed on, authenticated, given up, resolved."""

from typing import TYPE_CHECKING

from schemas.contacts import Resolved
from schemas.data import voice, web_form, written
from services.journey_builder.core.facts import Fact

if TYPE_CHECKING:
    from services.journey_builder.core.contact import Contact


def reached(contact: "Contact", fact: Fact) -> None:
    contact.answers.append(fact)
    taken_up(contact)


def taken_up(contact: "Contact") -> None:
    """A queue or a person takes care: it is neither given up nor left to a machine."""
    contact.abandoned = contact.contained = None


def transferred(contact: "Contact", fact: Fact) -> None:
    contact.transfers.append((fact, contact.queue))


def abandoned(contact: "Contact", fact: Fact) -> None:
    contact.abandoned = fact


def authenticated(contact: "Contact", fact: Fact) -> None:
    if getattr(fact.data, "succeeded", None):
        if isinstance(fact.data, voice.IvrAuthenticated) and contact.node:
            touchpoint: str | None = f"node:{contact.node}"
        else:
            touchpoint = f"queue:{contact.queue}" if contact.queue else None
        contact.authentications.append((fact, touchpoint))


def contained(contact: "Contact", fact: Fact, touchpoint: str) -> None:
    if getattr(fact.data, "reason", None) == "contained":
        contact.contained = (fact, touchpoint)
        contact.met_machine = True


def resolution(contact: "Contact", fact: Fact) -> None:
    """The same word again counts: another contact may have joined in between."""
    if isinstance(fact.data, web_form.FormSubmitted | written.TicketResolved):
        word = Resolved.YES
    elif isinstance(fact.data, written.TicketReopened):
        word = Resolved.REOPENED
    else:
        said = getattr(fact.data, "resolved", None)
        if said is None:
            return
        word = Resolved.YES if said else Resolved.NO
    contact.resolutions.append((fact, word))
