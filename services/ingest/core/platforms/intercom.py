"""Intercom: conversations and tickets, in the model of 2014 and in today's."""

import html
import re
from typing import Any

from services.ingest.core.platforms.context import Context, Event, SetAside, items_of, object_of
from services.ingest.core.platforms.delivery import Delivery
from services.ingest.core.platforms.platform import Answer, Item, Platform, read_json
from services.ingest.core.signatures import HmacScheme, hmac_check

_TAG = re.compile(r"<[^>]*>")
_CUSTOMERS = frozenset({"user", "lead", "contact"})

#: Topic -> the type of its event; `message` where one was written.
_TOPICS = {
    "conversation.user.created": "chat.started",
    "conversation.admin.single.created": "chat.started",
    "conversation.user.replied": "message",
    "conversation.admin.replied": "message",
    "conversation.admin.noted": "agent.noted",
    "conversation.admin.assigned": "chat.assigned",
    "conversation.admin.closed": "chat.ended",
    "conversation.admin.opened": "chat.reopened",
    "conversation.admin.snoozed": "chat.snoozed",
    "conversation.admin.unsnoozed": "chat.unsnoozed",
    "conversation.deleted": "chat.deleted",
    "conversation.rating.added": "survey.answered",
    "ticket.created": "ticket.opened",
    "ticket.state.updated": "ticket.updated",
    "ticket.closed": "ticket.resolved",
}


def translate(payload: Any, context: Context) -> list[Event]:
    topic = str(payload.get("topic", ""))
    item = object_of(object_of(payload.get("data")).get("item"))
    at_us = context.moment(payload["created_at"])
    source = context.source("intercom", payload.get("app_id"))
    telling = _Telling(topic, item, str(payload["id"]), at_us, source, context)
    name = _TOPICS.get(topic)
    if name is None and topic.startswith("ticket.") and item.get("id"):
        name = "ticket.updated"
    if name is not None:
        return telling.tell(name)
    if topic.startswith(("contact.", "user.", "lead.")):
        return telling.person()
    raise SetAside(topic or "unknown", "a topic that says nothing of a journey, or that we do not know")


class _Telling:
    """One notification."""

    def __init__(
        self, topic: str, item: dict[str, Any], event_id: str, at_us: int, source: str, context: Context
    ) -> None:
        self._topic = topic
        self._item = item
        self._id = event_id
        self._at_us = at_us
        self._source = source
        self._context = context

    def tell(self, name: str) -> list[Event]:
        if name == "message":
            return [self._message(self._last_part())]
        if name == "survey.answered":
            return [self._rating()]
        data = {"queue": self._queue(), "agent": self._agent(), "identifiers": self._identifiers()}
        if name == "agent.noted":
            text = plain_text(self._last_part().get("body"))
            return [self._event(name, {"text": text, **data})]
        if name.startswith("ticket."):
            state = object_of(self._item.get("ticket_state")).get("category") or self._item.get(
                "ticket_state"
            )
            topic = object_of(self._item.get("ticket_type")).get("name")
            return [self._event(name, data | {"state": state, "topic": topic})]
        events = [self._event(name, data)]
        opening = object_of(self._item.get("source") or self._item.get("conversation_message"))
        if name == "chat.started" and opening.get("body"):
            events.append(self._message(opening))
        return events

    def person(self) -> list[Event]:
        """What is known of a contact: identifiers that belong together."""
        person = object_of(self._item.get("contact") or self._item.get("user") or self._item)
        identifiers = self._identified(person)
        if not identifiers or len(identifiers) < 2:
            raise SetAside(self._topic, "it brings no two identifiers that belong together")
        return [self._event("customer.identified", {"identifiers": identifiers}, has_subject=False)]

    def _message(self, part: dict[str, Any]) -> Event:
        author = object_of(part.get("author"))
        kind = str(author.get("type", "")).lower()
        by = "customer" if kind in _CUSTOMERS else {"admin": "agent", "team": "agent", "bot": "bot"}.get(kind)
        name = "chat.message_sent" if by else "chat.message_posted"
        data = {
            "by": by,
            "text": plain_text(part.get("body")),
            "agent": self._context.name(author.get("id")) if by == "agent" else None,
            "identifiers": self._identifiers(),
        }
        return self._event(name, data, suffix="/message")

    def _rating(self) -> Event:
        rating = object_of(self._item.get("conversation_rating"))
        score = float(rating["rating"])
        data = {
            "metric": "csat",
            "score": score,
            "scale_min": 1,
            "scale_max": 5,
            "text": rating.get("remark"),
            "identifiers": self._identifiers(),
            "about": {"source": self._source, "subject": str(self._item["id"])},
        }
        return self._event("survey.answered", data)

    def _event(self, name: str, data: dict[str, Any], suffix: str = "", has_subject: bool = True) -> Event:
        subject = self._item["id"] if has_subject else None
        return self._context.event(name, self._at_us, self._id + suffix, self._source, subject, data)

    def _last_part(self) -> dict[str, Any]:
        parts = items_of(object_of(self._item.get("conversation_parts")).get("conversation_parts"))
        return object_of(parts[-1]) if parts else object_of(self._item.get("conversation_message"))

    def _queue(self) -> str | None:
        return self._context.name(self._item.get("team_assignee_id"))

    def _agent(self) -> str | None:
        assignee = self._item.get("admin_assignee_id") or object_of(self._item.get("assignee")).get("id")
        return self._context.name(assignee)

    def _identifiers(self) -> dict[str, Any] | None:
        contacts = self._item.get("contacts")
        listed = items_of(contacts.get("contacts") if isinstance(contacts, dict) else contacts)
        person = object_of(self._item.get("user")) or object_of(listed[0] if listed else None)
        author = object_of(object_of(self._item.get("source")).get("author"))
        if author.get("type") in _CUSTOMERS:
            person = author | person
        return self._identified(person)

    def _identified(self, person: dict[str, Any]) -> dict[str, Any] | None:
        """`user_id` and `external_id` are the tenant's own ids, `id` is Intercom's."""
        return self._context.identifiers(
            person=person.get("id"),
            customer_id=person.get("external_id") or person.get("user_id"),
            email=person.get("email"),
            phone=person.get("phone"),
        )


def plain_text(body: object) -> str | None:
    """Messages are HTML; what people read is text."""
    return html.unescape(_TAG.sub(" ", str(body))).strip() or None if body else None


def greet(delivery: Delivery) -> Answer | None:
    """A `ping` is what Intercom sends when the web-hook is entered."""
    items: list[Item] = read_json(delivery)
    is_ping = len(items) == 1 and object_of(items[0].payload).get("topic") == "ping"
    return Answer(200, b"{}") if is_ping else None


INTERCOM = Platform(
    name="intercom",
    check=hmac_check(HmacScheme(header="X-Hub-Signature", algorithm="sha1", prefix="sha1=")),
    translate=translate,
    answer=Answer(200, b"{}"),
    greet=greet,
)
