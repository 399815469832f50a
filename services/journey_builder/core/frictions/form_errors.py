"""`form_errors`: a form refuses again and again what the customer enters."""

from collections.abc import Iterator

from schemas.frictions import Kind
from services.journey_builder.core.contact import Contact
from services.journey_builder.core.facts import ref_of
from services.journey_builder.core.findings import Finding
from services.journey_builder.core.rules import Rules


def find(contact: Contact, rules: Rules) -> Iterator[Finding]:
    for ordinal, (form_id, session) in enumerate(contact.forms.items()):
        enough = rules.at(form=form_id).form_errors_failures
        counted = session.failures[:enough]
        if len(counted) < enough:
            continue
        # The field of the failure that was one too many, else the last one named.
        fields = (getattr(fact.data, "field", None) for fact in reversed(counted))
        field = next((field for field in fields if field), None)
        yield Finding(
            Kind.FORM_ERRORS,
            ordinal,
            counted[-1].at_us,
            f"form:{form_id}#{field}" if field else f"form:{form_id}",
            tuple(ref_of(fact) for fact in counted),
            f"The form {form_id} refused what the customer entered {len(counted)} times"
            f"{f', at last in the field {field}' if field else ''}.",
        )
