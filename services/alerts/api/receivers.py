"""`/v1/receivers`, `/v1/test-notification`: who is told, and whether it would reach them."""

import uuid
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from services.alerts.core.render import trial
from services.alerts.receivers import Receiver
from services.alerts.transports.errors import TransportError
from services.web.parameters import Text, json_answer
from services.web.problems import not_found

router = APIRouter(prefix="/v1", tags=["receivers"])


class Wish(BaseModel):
    receiver: Text | None = Field(None, description="The name of one; else all.")
    text: Text = "This is a test of Journeyline's notifications. Nothing is wrong."


@router.get("/receivers", summary="Who is told of what")
def list_receivers(request: Request) -> Response:
    """Addresses without their secrets."""
    items = [
        {"kind": receiver.kind, "address": receiver.address, **msgspec.to_builtins(receiver.route)}
        for receiver in request.app.state.receivers
    ]
    return json_answer({"items": items, "next_cursor": None, "total": len(items), "total_is": "exact"})


@router.post("/test-notification", summary="Send a test, and say what became of it")
def send_test(request: Request, wish: Wish | None = None) -> Response:
    """One attempt at each receiver, at once and not by the outbox."""
    wish = wish or Wish()
    chosen = [one for one in request.app.state.receivers if wish.receiver in (None, one.name)]
    if wish.receiver is not None and not chosen:
        raise not_found("receiver")
    message = trial(uuid.uuid4().hex, wish.text, request.app.state.settings.live_page)
    return json_answer({"key": message["key"], "receivers": [_try(one, message) for one in chosen]})


def _try(receiver: Receiver, message: dict[str, Any]) -> dict[str, Any]:
    try:
        remark = receiver.transport.deliver(message)
    except TransportError as error:
        return {"receiver": receiver.name, "is_delivered": False, "detail": str(error)}
    return {"receiver": receiver.name, "is_delivered": True, "detail": remark}
