"""What customers said that tells how they feel, and how they judged when they were asked."""

from collections.abc import Iterator
from typing import Any

from services.simulator.core.tales import Said, Tale
from services.simulator.core.truth.labels import Label, label, queue_place

NEGATIVE = -0.5
SPOKEN = ("call.transcribed", "chat.message_sent", "email.received", "social.posted", "touchpoint.happened")
HARD_SHARE = 0.25
NPS_LOW = 6
SCALES = {"csat": (1, 5), "ces": (1, 7)}


def negative_sentiment(tale: Tale, _now_ms: int | None) -> Iterator[Label]:
    """Once a contact, when it is heard first."""
    for said in tale.of(*SPOKEN):
        heard = said.data.get("sentiment")
        if heard is not None and heard <= NEGATIVE and _is_by_customer(said):
            place = queue_place(tale.queue_at(said.at_ms), said.type.partition(".")[0])
            yield label("negative_sentiment", tale, said.at_ms, place, said)
            return


def _is_by_customer(said: Said) -> bool:
    """What has no other speaker in it."""
    return said.data.get("by") in (None, "customer")


def low_score(tale: Tale, _now_ms: int | None) -> Iterator[Label]:
    """By the queue of the whole contact."""
    for answer in tale.of("survey.answered"):
        if _is_low(answer.data):
            yield label("low_score", tale, answer.at_ms, queue_place(tale.queue, tale.channel), answer)


def _is_low(data: dict[str, Any]) -> bool:
    if data["metric"] == "nps":
        return bool(data["score"] <= NPS_LOW)
    usual_low, usual_high = SCALES[data["metric"]]
    low, high = data.get("scale_min", usual_low), data.get("scale_max", usual_high)
    share = (data["score"] - low) / (high - low)
    is_hard_above = data["metric"] == "ces" and data.get("easier_is") == "low"
    return bool(share >= 1 - HARD_SHARE if is_hard_above else share <= HARD_SHARE)
