"""What happens in web forms and on their pages."""

from typing import TYPE_CHECKING

from schemas.data import web_form
from services.journey_builder.core.episodes import FormSession
from services.journey_builder.core.facts import Fact

if TYPE_CHECKING:
    from services.journey_builder.core.contact import Contact


def form(contact: "Contact", fact: Fact) -> None:
    contact.form_events.append(fact)
    form_id = getattr(fact.data, "form_id", None)
    if form_id is not None:
        session = contact.forms.setdefault(form_id, FormSession())
        if isinstance(fact.data, web_form.FieldChanged):
            session.since.clear()
            session.is_begun = True
            contact.first_change = contact.first_change or fact
        if session.is_begun:
            session.since.append(len(contact.form_events) - 1)
        if isinstance(fact.data, web_form.FieldChanged | web_form.FieldFailed) and fact.data.field:
            session.fields.append(fact)
        if isinstance(fact.data, web_form.FieldFailed | web_form.SubmitFailed):
            session.failures.append(fact)
        session.is_submitted |= isinstance(fact.data, web_form.FormSubmitted)


def page(contact: "Contact", fact: Fact) -> None:
    contact.pages.append(fact)
