"""Clients of other products at the addresses they have built in: what they are answered."""

import gzip
from typing import Any
from uuid import uuid4

import orjson
import pytest
from pydantic import SecretStr

from tests.ingest.doors import door

pytestmark = pytest.mark.usefixtures("kafka")

SECRET = "s3cret"
HOOKS: list[dict[str, Any]] = [
    {"platform": "segment", "name": "shop", "secrets": [SECRET]},
    {"platform": "snowplow", "unsigned": True, "app_ids": ["site"]},
]


def collecting() -> Any:
    return door(hooks=SecretStr(orjson.dumps(HOOKS).decode()))


@pytest.mark.parametrize(("size", "code"), [(100, 200), (40_000_000, 413)])
async def test_a_body_may_be_compressed_but_is_limited_as_it_was_before(size: int, code: int) -> None:
    call = {"type": "track", "event": "a", "userId": "u", "properties": {"text": "x" * size}}
    body = gzip.compress(orjson.dumps({"batch": [call], "writeKey": SECRET}))
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    async with collecting() as knocker:
        answer = await knocker.http.post("/v1/batch", content=body, headers=headers)
    assert answer.status_code == code


async def test_snowplows_clients_are_never_told_to_send_for_ever() -> None:
    body = gzip.compress(b" " * 2_000_000)
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    async with collecting() as knocker:
        answer = await knocker.http.post("/com.snowplowanalytics.snowplow/tp2", content=body, headers=headers)
        pixel = await knocker.http.get(
            "/i", params={"e": "pp", "eid": uuid4().hex, "aid": "site", "dtm": "1795255200123"}
        )
    assert answer.status_code == 422
    assert (pixel.status_code, pixel.headers["content-type"], pixel.content[:3]) == (200, "image/gif", b"GIF")


async def test_without_a_right_key_a_call_is_refused() -> None:
    async with collecting() as knocker:
        answer = await knocker.http.post("/v1/track", json={"event": "a", "userId": "u", "writeKey": "wrong"})
        right = await knocker.http.post("/v1/track", json={"event": "a", "userId": "u", "writeKey": SECRET})
    assert (answer.status_code, right.status_code, right.json()) == (401, 200, {"success": True})


async def test_a_page_of_another_origin_may_post_and_reads_even_a_refusal() -> None:
    path, origin = "/com.snowplowanalytics.snowplow/tp2", {"origin": "https://shop.example.com"}
    async with collecting() as knocker:
        asked = await knocker.http.options(path, headers=origin)
        page = {"e": "pp", "eid": uuid4().hex, "aid": "site", "dtm": "1795255200123"}
        taken = await knocker.http.post(path, json={"data": [page]}, headers=origin)
        refused = await knocker.http.post(path, content=b"{", headers=origin)
    assert (asked.status_code, taken.status_code, refused.status_code) == (204, 200, 400)
    allowed = {answer.headers["access-control-allow-origin"] for answer in (asked, taken, refused)}
    assert allowed == {"https://shop.example.com"}
