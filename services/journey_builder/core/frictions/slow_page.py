"""`slow_page`: a page took too long to load."""

from collections.abc import Iterator

from schemas.data.web_form import PageLoaded
from schemas.frictions import Kind
from services.journey_builder.core.contact import Contact
from services.journey_builder.core.facts import ref_of
from services.journey_builder.core.findings import Finding
from services.journey_builder.core.rules import Rules


def find(contact: Contact, rules: Rules) -> Iterator[Finding]:
    for ordinal, fact in enumerate(contact.pages, contact.past.pages):
        view = fact.data
        if not isinstance(view, PageLoaded):
            continue
        limit_ms = rules.at(form=view.form_id).slow_page_ms
        if view.load_ms > limit_ms:
            yield Finding(
                Kind.SLOW_PAGE,
                ordinal,
                fact.at_us,
                f"page:{view.page}",
                (ref_of(fact),),
                f"The page {view.page} took {view.load_ms / 1000:.1f} s to load; "
                f"{limit_ms / 1000:g} s are the limit.",
            )
