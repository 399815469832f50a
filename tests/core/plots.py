"""Short plots, each on both sides of one limit: what steps of a generated history are made of."""

from typing import Any, NamedTuple

from hypothesis import strategies as st

MINUTE, HOUR, DAY = 60, 3600, 86400
MS = 0.001


class Step(NamedTuple):
    """After `gap` seconds (or one of several), in the contact of this letter."""

    gap: float | tuple[float, ...]
    type: str
    data: dict[str, Any]
    contact: str = "a"


def near(seconds: float) -> tuple[float, ...]:
    return (round(seconds - MS, 3), seconds, round(seconds + MS, 3))


def step(gap: float | tuple[float, ...], type_: str, contact: str = "a", **data: Any) -> Step:
    return Step(gap, type_, data, contact)


def _answered(gap: float | tuple[float, ...], contact: str, **data: Any) -> tuple[Step, ...]:
    return step(gap, "call.started", contact, **data), step(9, "call.answered", contact)


def _ended(resolved: bool) -> Step:
    return step(0, "call.ended", resolved=resolved)


def _said_twice(type_: str, **data: Any) -> tuple[Step, ...]:
    """What was said is undone in between, by another contact that resolves or only joins."""
    return (
        step(0, type_, **data),
        step(60, "web_form.submitted", "b", form_id="card"),
        step(60, "email.received", "c"),
        step((0, 60, 7 * DAY), type_, **data),
    )


def _page(load_ms: float) -> tuple[Step, ...]:
    return (
        step(0, "web_form.page_loaded", page="/", load_ms=9),
        step(1, "web_form.page_loaded", page="/move", load_ms=load_ms),
    )


def _said(type_: str, sentiment: float, by: str) -> tuple[Step, ...]:
    return step(0, type_, by=by, sentiment=0.1), step(5, type_, by=by, sentiment=sentiment)


def _scored(metric: str, score: float, **scale: Any) -> tuple[Step, ...]:
    return (
        *_answered(0, "a", queue="billing"),
        step(60, "survey.answered", metric=metric, score=score, **scale),
    )


def _form_failing(last: str) -> tuple[Step, ...]:
    return (
        step(0, "web_form.field_changed", form_id="card", field="iban"),
        step(3, "web_form.field_failed", form_id="card", field="iban"),
        step(3, "web_form.submit_failed", form_id="card"),
        step(3, f"web_form.{last}", form_id="card", field="name"),
    )


def _hung_up(*steps: str, reason: str = "customer_hangup") -> tuple[Step, ...]:
    return (
        step(0, "ivr.started"),
        step(1, "ivr.menu_entered", node="main"),
        *(step(2, f"ivr.{name}", node="pin") for name in steps),
        step(2, "ivr.ended", reason=reason),
    )


def _contained(limit: float) -> tuple[Step, ...]:
    return (
        step(0, "chat.message_sent", by="bot", bot="faq"),
        step(9, "chat.ended", reason="contained"),
        *_answered(near(limit - 9), "b"),
    )


def _spoken_before_and_after() -> tuple[Step, ...]:
    """With a person, in a chat that goes on while the IVR has its say."""
    return (
        step(0, "chat.message_sent", by="agent"),
        step(9, "ivr.menu_entered", "b", node="main"),
        step(9, "ivr.ended", "b", reason="contained"),
        step((-9, 0, 9), "chat.message_sent", by="agent"),
    )


def _handed(first: str, second: str) -> tuple[Step, ...]:
    return (
        step(0, "chat.message_sent", by="bot", bot="faq"),
        step(9, "chat.handed_over", **{"from": "bot", "to": first}),
        step(9, "chat.handed_over", **{"from": first, "to": second}),
        step(9, "chat.message_sent", by="agent"),
    )


def _authenticated(second: str, succeeded: bool) -> tuple[Step, ...]:
    return (
        step(0, "ivr.menu_entered", node="pin"),
        step(5, "ivr.authenticated", succeeded=True),
        step(90, "call.queued", second, queue="billing"),
        step(9, "call.authenticated", second, succeeded=succeeded),
    )


def _three_channels(first_end: dict[str, Any]) -> tuple[Step, ...]:
    return (
        step(0, "ivr.started"),
        step(60, "call.started"),
        step(60, "email.received", "b", topic="router"),
        step(60, "call.ended", **first_end),
        step(60, "web_form.viewed", "c", form_id="card"),
        step(9, "web_form.field_changed", "c", form_id="card", field="iban"),
        step(60, "chat.started", "d"),
    )


def _tried_again(gap: float) -> tuple[Step, ...]:
    return (
        step(0, "call.queued", queue="billing"),
        step(60, "call.abandoned"),
        step(near(gap), "call.started", "b"),
    )


PLOTS: dict[str, tuple[tuple[Step, ...], ...]] = {
    "repeated_transfer": (
        (step(0, "call.transferred", to_queue="moves"), step(9, "call.transferred", to_queue="billing")),
        tuple(step(60, "call.transferred", letter, to_queue="moves") for letter in "abc"),
    ),
    "abandoned_form": (
        (
            step(0, "web_form.field_changed", form_id="address", field="postcode"),
            step(10, "web_form.left", form_id="address"),
            step(near(2 * MINUTE), "web_form.viewed", form_id="card"),
            step(near(30 * MINUTE), "web_form.viewed", form_id="address"),
        ),
    ),
    "form_errors": (_form_failing("field_failed"), _form_failing("submit_failed"), _form_failing("left")),
    "slow_page": (_page(4000), _page(4000.5), _page(3999)),
    "ivr_loop": (tuple(step(2, "ivr.menu_entered", node=node) for node in "abacab"),),
    "ivr_maze": (
        (step(0, "ivr.started"), step(near(180), "call.queued", queue="moves")),
        tuple(step(2, "ivr.menu_entered", node=node) for node in "abcde"),
        (step(0, "ivr.menu_entered", node="a", options=7), step(2, "ivr.menu_entered", node="b", options=6)),
    ),
    "ivr_dead_end": (
        _hung_up("input_failed"),
        _hung_up("input_failed", "option_selected"),
        _hung_up("option_selected", reason="disconnected"),
    ),
    "false_containment": (_contained(DAY), _contained(HOUR), _spoken_before_and_after()),
    "long_wait": ((step(0, "call.queued", queue="billing"), step(near(120), "call.answered")),),
    "abandoned_call": ((step(0, "call.queued", queue="billing"), step(near(5), "call.abandoned")),),
    "long_hold": (
        (
            step(0, "call.held", queue="moves"),
            step(60, "call.resumed"),
            step(30, "call.held"),
            step(near(60), "call.resumed"),
        ),
        (step(0, "call.held"), step(near(120), "call.ended")),
    ),
    "slow_response": (
        (step(0, "chat.message_sent", by="customer"), step(near(60), "chat.message_sent", by="agent")),
        (step(0, "chat.message_sent", by="customer"), step(near(60), "chat.ended")),
        (step(0, "email.received"), step(HOUR, "email.received"), step(near(23 * HOUR), "email.replied")),
        (step(0, "social.posted", network="x"), step(near(4 * HOUR), "social.replied")),
    ),
    "bot_bounce": (_handed("agent", "bot"), _handed("agent", "agent"), _handed("bot", "agent")),
    "channel_switch": (
        _three_channels({}),
        _three_channels({"resolved": True}),
        _three_channels({"resolved": False}),
    ),
    "repeat_contact": (_tried_again(15 * MINUTE), _tried_again(7 * DAY)),
    "repeat_authentication": (
        _authenticated("a", True),
        _authenticated("b", True),
        _authenticated("b", False),
    ),
    "negative_sentiment": (
        _said("call.transcribed", -0.5, "customer"),
        _said("chat.message_sent", -0.499, "customer"),
        _said("chat.message_sent", -0.9, "agent"),
        (step(0, "touchpoint.happened", place="shop", sentiment=-0.501),),
        (step(0, "social.posted", sentiment=-1, queue="moves"),),
    ),
    "low_score": (
        _scored("csat", 2),
        _scored("csat", 2.01),
        _scored("nps", 6, scale_min=1, scale_max=5),
        _scored("nps", 7),
        _scored("ces", 2.5),
        _scored("ces", 5.5, easier_is="low"),
        _scored("ces", 8, scale_max=11, easier_is="low"),
    ),
    "reopened_ticket": (
        (
            step(0, "ticket.opened", topic="router"),
            step(HOUR, "ticket.resolved"),
            step(HOUR, "ticket.reopened"),
            step(HOUR, "ticket.resolved", topic="bill"),
            step(DAY, "ticket.reopened"),
        ),
        (step(0, "ticket.reopened"),),
    ),
    "outcomes": (
        (_ended(False), step(60, "chat.abandoned", "b")),
        (_ended(False), step(near(3 * DAY), "call.held", "b")),
        (_ended(True), step(near(3 * DAY), "agent.noted", "b")),
        (step(0, "web_form.submitted", form_id="card"), step(60, "chat.started", "b")),
    ),
    "said_twice": (
        _said_twice("call.ended", resolved=True),
        _said_twice("call.ended", resolved=False),
        _said_twice("ticket.resolved"),
    ),
}  # fmt: skip


def plots() -> st.SearchStrategy[tuple[Step, ...]]:
    """Any subject as likely as any other."""
    return st.sampled_from(sorted(PLOTS)).flatmap(lambda kind: st.sampled_from(PLOTS[kind]))
