"""What the events of one contact may be, by kind of contact, when nobody wrote a plot for it."""

from typing import Any

from hypothesis import strategies as st

_nodes = st.sampled_from("abcdef")
_queues = st.sampled_from(["billing", "moves", None])
_forms = st.sampled_from(["address", "card"])
_sentiments = st.sampled_from([None, None, 0.4, -0.499, -0.5, -0.9])
_texts = st.sampled_from([None, None, "Cancel my contract!", "cancelled"])
_bots = st.sampled_from([None, "faq", "sales"])
_yes_no_unsaid = st.sampled_from([None, True, False])
_sides = st.sampled_from(["bot", "agent"])
_topics = st.sampled_from([None, "router", "bill"])

Soup = dict[str, st.SearchStrategy[dict[str, Any]]]


def _data(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Without what is not said."""
    drawn = st.fixed_dictionaries({name.removesuffix("_"): field for name, field in fields.items()})
    return drawn.map(lambda data: {name: value for name, value in data.items() if value is not None})


PLAIN = _data()
AUTHENTICATED = _data(succeeded=_yes_no_unsaid)
CALL: Soup = {
    "ivr.started": PLAIN,
    "ivr.menu_entered": _data(node=_nodes, options=st.sampled_from([None, 3, 6, 7])),
    "ivr.option_selected": _data(node=_nodes),
    "ivr.input_failed": _data(node=_nodes, reason=st.just("no_match")),
    "ivr.authenticated": AUTHENTICATED,
    "ivr.ended": _data(
        reason=st.sampled_from(["transferred", "contained", "customer_hangup", "disconnected"])
    ),
    "call.started": _data(direction=st.sampled_from([None, None, "inbound", "outbound"])),
    "call.queued": _data(queue=_queues),
    "call.answered": _data(queue=_queues),
    "call.held": PLAIN,
    "call.resumed": PLAIN,
    "call.transferred": _data(to_queue=_queues, from_queue=_queues),
    "call.authenticated": AUTHENTICATED,
    "call.transcribed": _data(
        by=st.sampled_from([None, "customer", "agent"]), sentiment=_sentiments, text=_texts
    ),
    "call.abandoned": _data(queue=_queues),
    "call.ended": _data(resolved=_yes_no_unsaid),
    "call.dreamed_of": PLAIN,
}
FORM: Soup = {
    "web_form.page_loaded": _data(page=st.just("/move"), load_ms=st.sampled_from([100, 4000, 4001])),
    "web_form.viewed": _data(form_id=_forms),
    "web_form.started": _data(form_id=_forms),
    "web_form.field_changed": _data(form_id=_forms, field=st.sampled_from(["name", "postcode", None])),
    "web_form.field_failed": _data(form_id=_forms, field=st.sampled_from(["name", "iban", None])),
    "web_form.left": _data(form_id=_forms),
    "web_form.submit_failed": _data(form_id=_forms),
    "web_form.submitted": _data(form_id=_forms),
}
CHAT: Soup = {
    "chat.started": _data(queue=_queues),
    "chat.message_sent": _data(
        by=st.sampled_from(["customer", "customer", "bot", "agent"]),
        bot=_bots,
        sentiment=_sentiments,
        text=_texts,
    ),
    "chat.handed_over": _data(from_=_sides, to=_sides, bot=_bots),
    "chat.transferred": _data(to_queue=_queues),
    "chat.authenticated": AUTHENTICATED,
    "chat.ended": _data(reason=st.sampled_from([None, "contained"]), resolved=_yes_no_unsaid),
    "chat.abandoned": PLAIN,
}
TICKET: Soup = {
    "ticket.opened": _data(topic=_topics),
    "ticket.updated": _data(topic=_topics),
    "ticket.resolved": PLAIN,
    "ticket.reopened": _data(topic=_topics),
}
EMAIL: Soup = {
    "email.received": _data(topic=_topics, sentiment=_sentiments, text=_texts, queue=_queues),
    "email.replied": PLAIN,
}
SOCIAL: Soup = {"social.posted": _data(sentiment=_sentiments, text=_texts), "social.replied": PLAIN}
ELSEWHERE: Soup = {
    "touchpoint.happened": _data(place=st.just("shop"), sentiment=_sentiments, text=_texts),
    "agent.noted": PLAIN,
}
SOUPS = (CALL, CALL, FORM, CHAT, TICKET, EMAIL, SOCIAL, ELSEWHERE)

#: Said by another system about a contact, or about none.
ABOUT: Soup = {
    "survey.answered": _data(
        metric=st.sampled_from(["csat", "nps", "ces"]),
        score=st.sampled_from([1, 2, 2.5, 6, 7]),
        scale_max=st.sampled_from([None, None, 10]),
        easier_is=st.sampled_from([None, "low", "high"]),
        goal=st.sampled_from([None, None, "move"]),
        text=_texts,
    ),
    "agent.noted": PLAIN,
}
