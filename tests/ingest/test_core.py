"""What the door decides, without I/O."""

import re
from pathlib import Path

import msgspec
import orjson
import pytest

from schemas.codec import EVENT_BYTES_MAX, InvalidEvent, Reason
from schemas.replays import RunReport
from schemas.topics import RECORD_BYTES_MAX
from services.ingest.core.catalogue import Catalogue, Entry, Filter
from services.ingest.core.judging import KEPT_ALONE, Bad, judge
from services.ingest.core.keeping import original_of, quarantine_id, shown, to_quarantined
from services.ingest.core.modes import Mode, Sent, attributes, mode_of
from services.ingest.core.problems import PROBLEMS, Code, Refusal, refused
from services.ingest.core.progress import Board, RunState
from services.ingest.core.splitting import is_grammatical, split, without_halves
from tests.ingest.doors import event

NOW_MS = 1_800_000_000_000


@pytest.mark.parametrize(
    ("headers", "mode"),
    [
        ({b"content-type": b"application/cloudevents+json; charset=utf-8"}, Mode.STRUCTURED),
        ({b"content-type": b"Application/CloudEvents-Batch+JSON"}, Mode.BATCH),
        ({b"content-type": b"application/json"}, Mode.PLAIN),
        ({b"content-type": b"application/json", b"ce-specversion": b"1.0"}, Mode.BINARY),
        ({b"content-type": b"text/xml", b"ce-specversion": b"1.0"}, Mode.BINARY),
        ({b"ce-id": b"1"}, Mode.BINARY),
        ({b"content-type": b"application/cloudevents+json", b"ce-id": b"1"}, Mode.STRUCTURED),
    ],
)
def test_it_knows_the_content_mode(headers: dict[bytes, bytes], mode: Mode) -> None:
    assert mode_of(list(headers.items())) is mode


@pytest.mark.parametrize(
    ("value", "meaning"),
    [(b"plain", "plain"), (b'"a b"', "a b"), (rb'"a \"b\" \\"', 'a "b" \\'), (b"%E2%82%AC", "€"),
     (b"%2525", "%25"), (b"100%", "100%"), (b"\xc3\xbc", "ü"), (b'"%22"', '"')],
)  # fmt: skip
def test_it_unquotes_and_decodes_a_header_once(value: bytes, meaning: str) -> None:
    assert attributes([(b"ce-subject", value)]) == {"subject": meaning}


@pytest.mark.parametrize("value", [b"%C0%A0", b"%FF", b"\xff"])
def test_it_refuses_a_header_that_is_not_utf8(value: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        attributes([(b"ce-subject", value)])
    assert caught.value.code is Code.BAD_HEADER


@pytest.mark.parametrize("names", [[b"ce-id", b"ce-id"], [b"ce-datacontenttype"], [b"ce-data"]])
def test_it_refuses_headers_that_may_not_be(names: list[bytes]) -> None:
    with pytest.raises(Refusal):
        attributes([(name, b"1") for name in names])


@pytest.mark.parametrize("other", [b"1", b"[" * 5000 + b"]" * 5000, rb'{"a": "\ud800"}', rb'"\\\"],["'])
def test_it_splits_an_array_whatever_one_item_is(other: bytes) -> None:
    items = [b'{"a": "],["}', other, b"[1, {}]"]
    assert split(b"[ " + b" ,\n".join(items) + b" ]") == items


@pytest.mark.parametrize(("item", "whole"), [
    (rb'"\ud83d"', rb'"\ufffd"'),
    (rb'"\uD83D\uDE00 \ude00 \ud83d\n"', rb'"\uD83D\uDE00 \ufffd \ufffd\n"'),
    (rb'"\ud83d\ud83d\ude00"', rb'"\ufffd\ud83d\ude00"'),
    (rb'"\\ud83d \u00e9"', rb'"\\ud83d \u00e9"'),
])  # fmt: skip
def test_half_a_sign_is_all_that_is_replaced(item: bytes, whole: bytes) -> None:
    assert without_halves(item) == whole
    orjson.loads(whole)


@pytest.mark.parametrize(("item", "wanted"), [
    (b"9" * 5000, True), (b"1e999", True), (rb'"\ud83d"', True), (b"NaN", False), (b"oops", False),
])  # fmt: skip
def test_what_cannot_be_read_may_be_json_all_the_same(item: bytes, wanted: bool) -> None:
    assert is_grammatical(b"[" + item + b"]") is wanted


@pytest.mark.parametrize(
    "body", [b"[", b'["', b'["a', b"[1,]", b"[1]]", b"[1] 2", b'["\\', b"[{]", b"[NaN,]"]
)
def test_it_refuses_what_has_not_the_shape_of_an_array(body: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        split(body)
    assert caught.value.code is Reason.NOT_JSON


def test_hostile_strings_cost_no_second_look() -> None:
    for body in (b'["' * 500_000, b'"\\' * 500_000, b"[" * 1_000_000):
        with pytest.raises(Refusal):
            split(b"[" + body)


def test_accepted_duplicate_and_quarantined_sum_up_to_sent() -> None:
    sent = [event(), event(), event(id="2"), event(type="fax.x"), 7, event(time="9999-12-31T00:00:00Z")]
    verdict = judge(Sent([orjson.dumps(each) for each in sent], is_list=True), NOW_MS)
    assert (len(verdict.records), verdict.duplicate, len(verdict.bad)) == (2, 1, 3)
    assert verdict.events == len(sent)


@pytest.mark.parametrize("data", [None, {}])
def test_an_event_may_have_no_data(data: object) -> None:
    raw = orjson.dumps(event(type="call.held", data=data))
    assert len(judge(Sent([raw]), NOW_MS).records) == 1


def test_every_reason_has_a_problem_or_is_kept() -> None:
    for reason in Reason:
        if reason not in KEPT_ALONE:
            assert 400 <= refused(InvalidEvent(reason, "why")).problem.status < 500
    assert set(Code) <= set(PROBLEMS)


def test_the_same_bytes_have_the_same_id_and_other_tenants_others() -> None:
    assert quarantine_id("a", b"x") == quarantine_id("a", b"x") != quarantine_id("b", b"x")


@pytest.mark.parametrize(("original", "encoding"), [(b'{"a": "\xc3\xbc"}', "utf-8"), (b"\xff", "base64")])
def test_an_original_is_shown_as_text_where_it_is_text(original: bytes, encoding: str) -> None:
    kept = to_quarantined(Bad(0, original, Reason.SCHEMA, "why"), NOW_MS)
    assert (original_of(kept), shown(kept)["original_encoding"]) == (original, encoding)


def test_of_a_large_original_only_its_beginning_is_kept() -> None:
    whole, cut = (b"x" * size for size in (2 * EVENT_BYTES_MAX, 700_000))
    assert original_of(to_quarantined(Bad(0, whole, Reason.TOO_LARGE, "why"), NOW_MS)) == whole
    kept = to_quarantined(Bad(0, cut, Reason.TOO_LARGE, "why"), NOW_MS)
    assert (original_of(kept), kept.original_bytes, shown(kept)["original_is_whole"]) == (
        None,
        700_000,
        False,
    )


def test_whatever_is_quarantined_fits_into_a_record() -> None:
    long = "\u20ac" * 400_000
    document = orjson.dumps({"tenant": long, "source": long})
    bad = Bad(0, document, Reason.UNTRANSLATABLE, long, platform="segment", kind=long)
    kept = to_quarantined(bad, NOW_MS)
    assert len(msgspec.json.encode(kept)) < RECORD_BYTES_MAX - 10_000
    assert (kept.tenant, kept.kind) == ("default", "\u20ac" * 200)


def _catalogue(*names: str) -> Catalogue:
    catalogue = Catalogue(entries_max=3)
    for offset, name in enumerate(names):
        catalogue.add(Entry(name, "schema", f"2026-01-0{offset + 1}T00:00:00.000Z"), offset)
    return catalogue


def test_a_repeated_entry_stands_where_it_came_last() -> None:
    page = _catalogue("a", "b", "a").page(Filter().fits, 10, None)
    assert (page.offsets, page.total, page.is_exact) == ([2, 1], 2, True)


def test_the_catalogue_forgets_the_oldest_and_says_so() -> None:
    catalogue = _catalogue("a", "b", "c", "d")
    page = catalogue.page(Filter().fits, 2, None)
    assert (page.offsets, page.next_cursor, page.total, page.is_exact) == ([3, 2], 2, 3, False)
    assert catalogue.page(Filter().fits, 2, page.next_cursor).offsets == [1]
    assert catalogue.offset_of("a") is None


def test_a_run_is_projected_when_every_part_is_done() -> None:
    board, states = Board(), []
    for part in ("ingest/a", "contacts/0", "customers/0", "live/a"):
        board.add(RunReport(run="r", part=part, events=1))
        board.add(RunReport(run="r", part=part, events=2, done=part != "ingest/a"))
        progress = board.progress("r", partitions=1)
        assert progress is not None
        states.append(progress.state)
    assert states == [RunState.OPEN, RunState.FOLDING, RunState.FOLDED, RunState.PROJECTED]


def test_the_core_is_pure() -> None:
    impure = r"^(?:import|from) (asyncio|os|time|random|logging|fastapi|aiokafka|structlog)\b"
    for path in Path("services/ingest/core").glob("*.py"):
        assert not re.findall(impure, path.read_text(), re.MULTILINE), path
