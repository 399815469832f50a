"""Whatever platforms and their clients send, the door answers with no 5xx and does not grow."""

import base64
import hmac
import random
import time
from collections.abc import Iterator
from urllib.parse import quote, urlencode

import orjson
import pytest

from services.ingest.api.collectors import SNOWPLOW_PATH
from services.ingest.core.platforms import PLATFORMS
from services.ingest.core.platforms.segment import KINDS
from services.ingest.hooks import shipped_mappings
from tests.ingest.fuzzing import Make, Request, body, mutated, packed, pelt
from tests.ingest.platform_bodies import BODIES, NAMES, PAGE_VIEW, SECRET, connections
from tests.ingest.processes import Process, serving

#: Standard Webhooks' secrets are base64.
KEY = base64.b64decode(f"{SECRET}==")
#: Where platforms have their signatures and tokens.
HEADERS = [
    "Authorization", "X-API-Key", "X-Twilio-Signature", "X-Hub-Signature", "X-Hub-Signature-256",
    "X-Signature", "X-Zendesk-Webhook-Signature", "X-Zendesk-Webhook-Signature-Timestamp",
    "X-Chatwoot-Signature", "X-Chatwoot-Timestamp", "webhook-id", "webhook-timestamp", "webhook-signature",
    "X-Acme-Time", "X-Twilio-Webhooks-Signature-Settings", "Origin", "Host",
]  # fmt: skip
NOISE = [
    "", "é", "[", "]:x", "a:99999", "v1,", "sha256=", "Basic é", "Basic Og==", "9" * 400, "-1", "nan",
    "1e400", "\x7f",
]  # fmt: skip


@pytest.fixture(scope="module")
def process(kafka: str) -> Iterator[Process]:
    hooks = orjson.dumps(connections()).decode()
    with serving(kafka, hooks=hooks, ingest_rate_per_address=1e9, ingest_rate_per_key=1e9) as process:
        yield process


def posted(dice: random.Random, platform: str, path: str) -> Request:
    kind, document = dice.choice(BODIES[platform])
    sent, encoding = packed(dice, body(dice, document, kind))
    headers = {"content-type": kind} | encoding
    if dice.random() < 0.1:
        headers["content-type"] = dice.choice(["", "text/plain", "application/json; charset=é", "a/b/c", ";"])
    if dice.random() < 0.1:
        headers[dice.choice(HEADERS)] = dice.choice(NOISE)
    return "POST", path, sent, headers


def adapters(dice: random.Random) -> Request:
    platform = dice.choice(list(PLATFORMS))
    return posted(dice, platform, f"/v1/hooks/{platform}")


def mappings(dice: random.Random) -> Request:
    platform = dice.choice([*shipped_mappings(), "acme"])
    return posted(dice, platform, f"/v1/hooks/{platform}")


def signed(dice: random.Random) -> Request:
    """With every header that a token, a mapping, Intercom and Standard Webhooks want, if none is noise."""
    platform = dice.choice(NAMES)
    query = dice.choice(["", "", "?bodySHA256=", "?access_token=x", f"?access_token={SECRET}", "?%00=%ff&&="])
    method, path, sent, headers = posted(dice, platform, f"/v1/hooks/{platform}/signed{query}")
    headers.pop("content-encoding", None)
    moment = str(int(time.time()))
    stamped = f"1.{moment}.".encode() + sent
    headers |= {
        "X-Acme-Signature": "sha256=" + hmac.digest(SECRET.encode(), sent, "sha256").hex(),
        "X-Acme-Time": moment,
        "X-Hub-Signature": "sha1=" + hmac.digest(SECRET.encode(), sent, "sha1").hex(),
        "webhook-id": "1",
        "webhook-timestamp": moment,
        "webhook-signature": "v1," + base64.b64encode(hmac.digest(KEY, stamped, "sha256")).decode(),
        "X-API-Key": SECRET,
    }  # fmt: skip
    for _ in range(dice.randrange(3)):
        headers[dice.choice(HEADERS)] = dice.choice(NOISE)
    return method, path, sent, headers


def calls(dice: random.Random) -> Request:
    request = posted(dice, "segment", f"/v1/{dice.choice(['batch', 'import', 'b', *KINDS])}")
    if dice.random() < 0.5:
        request[3]["Authorization"] = "Basic " + base64.b64encode(f"{SECRET}:".encode()).decode()
    return request


def trackers(dice: random.Random) -> Request:
    return posted(dice, "snowplow", SNOWPLOW_PATH)


def pixels(dice: random.Random) -> Request:
    fields = mutated(dice, PAGE_VIEW) if dice.random() < 0.7 else PAGE_VIEW
    query = urlencode(fields) if isinstance(fields, dict) else quote(str(fields))
    if dice.random() < 0.2:
        query = quote(dice.randbytes(dice.randrange(40)))
    return "GET", f"/i?{query}", b"", {}


@pytest.mark.parametrize("make", [adapters, mappings, signed, calls, trackers, pixels])
@pytest.mark.timeout(3600)
def test_nothing_a_platform_sends_is_answered_by_5xx_and_nothing_grows(
    process: Process, request: pytest.FixtureRequest, make: Make
) -> None:
    answers = pelt(process, make, request)
    assert answers.keys() & {200, 202, 204}, "nothing genuine was among it"
