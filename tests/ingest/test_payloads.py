"""The examples of the CloudEvents specification and its Python SDK, as files that others wrote."""

import os
from pathlib import Path

import orjson
import pytest

from tests.ingest.doors import door, event

DEFAULT = Path(__file__).parents[3] / "shared" / "data"
FOLDER = Path(os.environ.get("JOURNEYLINE_REAL_DATA", DEFAULT)) / "payloads" / "cloudevents"

pytestmark = [
    pytest.mark.usefixtures("kafka"),
    pytest.mark.skipif(
        not FOLDER.is_dir(), reason=f"NO REAL DATA at {FOLDER}: set JOURNEYLINE_REAL_DATA to its folder"
    ),
]

UNKNOWN = "unknown_channel"


@pytest.mark.parametrize("number", ["01", "03"])
async def test_structured_examples_are_understood(number: str) -> None:
    body = (FOLDER / f"spec_json_format_{number}_structured.json").read_bytes()
    async with door() as knocker:
        answer = await knocker.post(body, "application/cloudevents+json")
    assert (answer.status_code, answer.json()["quarantined"][0]["reason"]) == (202, UNKNOWN)


async def test_data_that_is_a_text_breaks_our_schema() -> None:
    body = (FOLDER / "spec_json_format_06_structured.json").read_bytes()
    async with door() as knocker:
        answer = await knocker.post(body, "application/cloudevents+json")
    assert (answer.status_code, answer.json()["code"]) == (422, "schema")


async def test_the_batch_example_is_understood() -> None:
    body = (FOLDER / "spec_json_format_08_batched.json").read_bytes()
    async with door() as knocker:
        answer = await knocker.post(body, "application/cloudevents-batch+json")
    assert [each["reason"] for each in answer.json()["quarantined"]] == [UNKNOWN, UNKNOWN]


async def test_the_body_of_the_binary_example_is_data() -> None:
    body = (FOLDER / "spec_json_format_04_binary_body.json").read_bytes()
    attributes = {name: value for name, value in event(type="call.held").items() if name != "data"}
    headers = {f"ce-{name}": value for name, value in attributes.items()}
    async with door() as knocker:
        answer = await knocker.http.post("/v1/events", content=body, headers=headers)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)


async def test_what_the_python_sdk_sends_is_understood() -> None:
    async with door() as knocker:
        for sent in orjson.loads((FOLDER / "python_sdk_binary_and_structured.json").read_bytes()):
            answer = await knocker.http.post("/v1/events", content=sent["body"], headers=sent["headers"])
            assert answer.json()["quarantined"][0]["reason"] == UNKNOWN, sent["mode"]
