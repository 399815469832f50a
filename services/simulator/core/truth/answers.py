"""Customers whom nobody answered for long, and who were handed to and fro between bot and agent."""

from collections.abc import Iterator

from services.simulator.core.dice import HOUR, SECOND
from services.simulator.core.tales import Said, Tale
from services.simulator.core.truth.labels import Label, label, lasted, queue_place

#: How long an answer may take, by what was said.
LIMITS_MS = {"chat.message_sent": 60 * SECOND, "email.received": 24 * HOUR, "social.posted": 4 * HOUR}
ANSWERS = {
    "chat.message_sent": ("chat.message_sent", "chat.abandoned", "chat.ended"),
    "email.received": ("email.replied",),
    "social.posted": ("social.replied",),
}
HANDOVERS = 2


def slow_response(tale: Tale, now_ms: int | None) -> Iterator[Label]:
    for first, answer in _runs(tale):
        limit_ms = LIMITS_MS[first.type]
        if lasted(first, limit_ms, answer, now_ms):
            at_ms = first.at_ms + limit_ms
            place = queue_place(tale.queue_at(at_ms), first.type.partition(".")[0])
            yield label("slow_response", tale, at_ms, place, first, answer)


def _runs(tale: Tale) -> Iterator[tuple[Said, Said | None]]:
    """The first of the customer's messages since the last answer, and the next answer."""
    answered_ms = -1
    for asked in tale.of(*LIMITS_MS):
        if _is_by_customer(asked) and asked.at_ms > answered_ms:
            later = [said for said in tale.of(*ANSWERS[asked.type]) if said.at_ms > asked.at_ms]
            answer = next((said for said in later if not _is_by_customer(said)), None)
            yield asked, answer
            if answer is None:
                return
            answered_ms = answer.at_ms


def _is_by_customer(said: Said) -> bool:
    return said.type in LIMITS_MS and said.data.get("by", "customer") == "customer"


def bot_bounce(tale: Tale, _now_ms: int | None) -> Iterator[Label]:
    between = [said for said in tale.of("chat.handed_over") if said.data["from"] != said.data["to"]]
    if len(between) >= HANDOVERS:
        second = between[HANDOVERS - 1]
        place = bot_place(tale, second.at_ms)
        yield label("bot_bounce", tale, second.at_ms, place, *between[:HANDOVERS])


def bot_place(tale: Tale, at_ms: int) -> str:
    bots = [said.data["bot"] for said in tale.events if said.at_ms <= at_ms and said.data.get("bot")]
    return f"bot:{bots[-1]}" if bots else "channel:chat"
