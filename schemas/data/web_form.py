"""The `web_form` channel: never a value that was typed into a field."""

from schemas.data.base import Data, Milliseconds


class PageLoaded(Data, frozen=True, kw_only=True, tag="web_form.page_loaded"):
    page: str
    load_ms: Milliseconds
    form_id: str | None = None


class FormEvent(Data, frozen=True, kw_only=True):
    form_id: str
    page: str | None = None


class FormViewed(FormEvent, frozen=True, kw_only=True, tag="web_form.viewed"):
    pass


class FormStarted(FormEvent, frozen=True, kw_only=True, tag="web_form.started"):
    pass


class FieldChanged(FormEvent, frozen=True, kw_only=True, tag="web_form.field_changed"):
    field: str | None = None


class FieldFailed(FormEvent, frozen=True, kw_only=True, tag="web_form.field_failed"):
    field: str | None = None
    error: str | None = None


class FormLeft(FormEvent, frozen=True, kw_only=True, tag="web_form.left"):
    pass


class SubmitFailed(FormEvent, frozen=True, kw_only=True, tag="web_form.submit_failed"):
    error: str | None = None


class FormSubmitted(FormEvent, frozen=True, kw_only=True, tag="web_form.submitted"):
    pass
