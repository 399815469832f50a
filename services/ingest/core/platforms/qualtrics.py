"""Qualtrics: completed responses of event subscriptions. No answers are in them, so no score is either."""

from typing import Any

from schemas.codec import load_json
from services.ingest.core.platforms.context import Context, Event, SetAside, object_of
from services.ingest.core.platforms.platform import Answer, Platform, read_form_or_json
from services.ingest.core.signatures import check_qualtrics


def translate(payload: Any, context: Context) -> list[Event]:
    """From `MSG`, which is signed; never from `Topic`, which is not."""
    message = payload.get("MSG")
    if message:
        payload = object_of(message) or object_of(load_json(str(message).encode()))
    response = payload.get("ResponseID")
    if not response:
        raise SetAside(str(payload.get("Topic", "unknown")), "it is about no response")
    completed = str(payload.get("Status", "")).lower().startswith("complete")
    data = {
        "survey": context.name(payload.get("SurveyID")),
        "status": payload.get("Status"),
        "identifiers": context.identifiers(person=payload.get("RecipientID")),
    }
    moment = payload.get("CompletedDate")
    return [
        context.event(
            "survey.completed" if completed else "survey.progressed",
            context.moment(moment) if moment else context.received_us,
            str(response) + ("" if completed else f"/{payload.get('Status')}"),
            context.source("qualtrics", payload.get("BrandID")),
            None,
            data,
        )
    ]


QUALTRICS = Platform(
    name="qualtrics",
    check=check_qualtrics,
    translate=translate,
    read=read_form_or_json,
    answer=Answer(200, b"{}"),
)
