"""Parameters that several calls share, each with its words for the API's own pages; and their answers."""

import re
from typing import Annotated, Any

import orjson
from fastapi import Depends, Request, Response
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field
from sqlalchemy import Engine

from services.database.cursor import Cursor, decode_cursor, encode_cursor
from services.database.paging import Page

LIMIT_MAX = 200


async def _engine(request: Request) -> Engine:
    engine: Engine = request.app.state.engine
    return engine


Database = Annotated[Engine, Depends(_engine)]


def _with_plus(value: Any) -> Any:
    """An unescaped `+` of an offset arrives as a blank."""
    return re.sub(r"(:\d\d(?:\.\d+)?) (\d\d:?\d\d)$", r"\1+\2", value) if isinstance(value, str) else value


def _without_nul(text: str) -> str:
    return text.replace("\0", "\ufffd")


Text = Annotated[str, Field(max_length=1024), AfterValidator(_without_nul)]
Moment = Annotated[AwareDatetime, BeforeValidator(_with_plus)]


class Paged(BaseModel):
    """The part of a list that is asked for."""

    limit: int = Field(50, ge=1, le=LIMIT_MAX, description="Items on a page.")
    cursor: Text | None = Field(None, description="`next_cursor` of the page before.")

    def place(self) -> Cursor | None:
        return decode_cursor(self.cursor) if self.cursor else None


def json_answer(document: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(document), status, media_type="application/json")


def list_answer(items: list[Any], page: Page) -> Response:
    """Items that are JSON already go out as they are."""
    return json_answer(
        {
            "items": [orjson.Fragment(item) if isinstance(item, bytes) else item for item in items],
            "next_cursor": encode_cursor(page.next) if page.next else None,
            "total": page.total,
            "total_is": "exact" if page.is_exact else "at_least",
        }
    )
