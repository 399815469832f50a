"""A contact centre at 10:00: a customer who went from a form over a chat to a call; a queue that hurts."""

from schemas.data import Contact
from schemas.frictions import Evidence, Kind, Severity
from schemas.identities import Proof, Word
from schemas.journeys import JourneyState
from tests.live.given import (
    SOURCE,
    Given,
    at,
    contact,
    customer,
    decided,
    event,
    friction,
    journey,
    retracted,
    wait,
)

PHONE, MAIL = "+14155550101", "kim@example.org"
#: The key by which the customer was known while only his e-mail was.
OLD = "4f1d0c9be2a7d35586b2a0c47e11f3aa"
FORM, CHAT, CALL = "form-77", "chat-12", "call-8842"
DAY, HOUR, MINUTE = 86_400, 3_600, 60
HOSTILE = "<img src=x onerror=alert(1)>"
_FORM_AT, _CHAT_AT, _CALL_AT = -2 * DAY, -2 * DAY + 3 * HOUR, -9 * MINUTE


def scene() -> list[Given]:
    return [*_steps(), *_heads(), *_frictions(), *_names(), *billing()]


def _steps() -> list[Given]:
    form, chat, call = _FORM_AT, _CHAT_AT, _CALL_AT
    return [
        event("web_form.started", FORM, form, form_id="address"),
        event("web_form.field_failed", FORM, form + 40, form_id="address", field="postcode"),
        event("web_form.left", FORM, form + 60, form_id="address"),
        event("chat.started", CHAT, chat),
        event("chat.message_sent", CHAT, chat + 9, by="customer", text=HOSTILE),
        event("chat.unheard_of", CHAT, chat + 20, node={"toString": 1}),
        event("chat.abandoned", CHAT, chat + 90),
        event("ivr.menu_entered", CALL, call, node="main", options=7),
        event("call.queued", CALL, call + 20, queue="billing"),
        event("call.answered", CALL, call + 260, queue="billing", agent="ana"),
    ]


def _heads() -> list[Given]:
    names = tuple(Contact(SOURCE, subject) for subject in (FORM, CHAT, CALL))
    waited = (wait("billing", _CALL_AT + 20, _CALL_AT + 260, "answered"),)
    return [
        contact(FORM, _FORM_AT, channel="web_form", goal="move_home"),
        contact(CHAT, _CHAT_AT, channel="chat"),
        contact(CALL, _CALL_AT, queue="billing", waits=waited),
        journey("j1", _CALL_AT + 260, channels=("web_form", "chat", "call"), contacts=names),
        customer("c1", contacts=3, customer_id="K-204", phone=PHONE, email=MAIL),
    ]


def _names() -> list[Given]:
    """An event named the e-mail together with the phone; a person said whose the phone is."""
    called = Proof(f"call.queued-{_CALL_AT + 20}", SOURCE, "call.queued", at(_CALL_AT + 20))
    said = Proof("m1", "//journeyline/live", "customer.identified", at(_CALL_AT + 60))
    mail = {"own_key": OLD, "before": OLD, "reason": f"it was named together with phone {PHONE}"}
    phone = {"own_key": "p1", "before": "p1", "reason": "it was named together with customer_id K-204"}
    return [
        decided(1, "email", MAIL, "p1", evidence=(called,), **mail),
        decided(2, "phone", PHONE, "c1", evidence=(said,), by="Ana", why="it is her mobile", **phone),
        decided(3, "email", MAIL, "c1", evidence=(called,), **mail | {"before": "p1"}),
        decided(4, "device_id", "kiosk", None, before="c1", word=Word.LIMITED,
                reason="6 stronger identifiers were named with it, over its limit: it links nobody"),
        customer(OLD, is_known=False, merged_into="p1", contacts=0),
        customer("p1", is_known=False, merged_into="c1", contacts=0),
        journey("first", _FORM_AT, state=JourneyState.SUPERSEDED, superseded_by="second"),
        journey("second", _CHAT_AT, state=JourneyState.SUPERSEDED, superseded_by="j1"),
    ]  # fmt: skip


def _frictions() -> list[Given]:
    queued = Evidence(f"call.queued-{_CALL_AT + 20}", SOURCE, "call.queued", at(_CALL_AT + 20))
    left = Evidence(f"web_form.left-{_FORM_AT + 60}", SOURCE, "web_form.left", at(_FORM_AT + 60))
    return [
        friction("f1", _FORM_AT + 180, FORM, kind=Kind.ABANDONED_FORM, touchpoint="form:address#postcode",
                 explanation="The customer began the form address and left it.", evidence=(left,)),
        friction("f2", _CALL_AT + 140, CALL, severity=Severity.HIGH, evidence=(queued,)),
        retracted("f3", _CALL_AT, subject=CALL, kind=Kind.IVR_LOOP, touchpoint="node:main"),
    ]  # fmt: skip


def billing() -> list[Given]:
    """One long wait a quarter of an hour, all day; eight in the last one. And two who wait."""
    times = [*(-quarter * 15 * MINUTE - 60 for quarter in range(1, 90)), *(-n * 90 for n in range(1, 9))]
    told = []
    for n, seconds in enumerate(times):
        told.append(contact(f"b{n}", seconds - 120, customer_key=f"k{n}", journey_id=None))
        told.append(friction(f"b{n}", seconds, f"b{n}"))
    waiting = [contact(f"w{n}", -90 * n, waits=(wait("billing", -90 * n),), journey_id=None) for n in (1, 2)]
    return told + waiting
