"""Files become the events that their descriptions say, in the order they happened."""

import gzip
import os
from collections import Counter
from pathlib import Path

import pytest

from schemas.codec import parse_event
from services.cli.formats import FORMATS, Reader, anonymous_bank, cloudevents, helpdesk
from services.cli.formats.files import FormatError
from tests.oracle import bank as oracle

REAL = Path(os.environ.get("JOURNEYLINE_REAL_DATA", Path(__file__).parents[3] / "shared" / "data"))
BANK = REAL / "anonymous_bank" / "august_1_to_15.csv.gz"
HELPDESK = REAL / "helpdesk" / "Helpdesk_log.csv.gz"
HEADER = (
    "vru+line,call_id,customer_id,priority,type,date,vru_entry,vru_exit,vru_time,"
    "q_start,q_exit,q_time,outcome,ser_start,ser_exit,ser_time,server\n"
)


def rows(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "calls.csv"
    path.write_text(HEADER + "\n".join(lines) + "\n")
    return path


def types_and_times(path: Path) -> list[tuple[str, str]]:
    return [(event["type"], event["time"]) for event in anonymous_bank.read(path)]


def test_it_reads_a_call_that_was_given_up_past_midnight(tmp_path: Path) -> None:
    path = rows(
        tmp_path,
        "AA01,7,0,0,PS,2010-08-01,23:58:00,23:59:00,60,23:59:00,0:02:00,180,HANG,0:00:00,0:00:00,0,NO_SERVER",
    )
    assert types_and_times(path) == [
        ("ivr.started", "2010-08-01T23:58:00.000Z"),
        ("ivr.ended", "2010-08-01T23:59:00.000Z"),
        ("call.queued", "2010-08-01T23:59:00.000Z"),
        ("call.abandoned", "2010-08-02T00:02:00.000Z"),
    ]


def test_it_skips_phantoms(tmp_path: Path) -> None:
    line = "AA01,7,0,0,PS,2010-08-01,0:00:10,0:00:20,10,0:00:00,0:00:00,0,PHANTOM,0:00:00,0:00:00,0,NO_SERVER"
    assert types_and_times(rows(tmp_path, line)) == []


def test_it_says_which_line_is_no_row(tmp_path: Path) -> None:
    line = "AA01,7,0,0,PS,yesterday,0:00:10,0:00:20,10,0:00:00,0:00:00,0,HANG,0:00:00,0:00:00,0,NO_SERVER"
    with pytest.raises(FormatError, match=r"calls\.csv:2: not a row"):
        list(anonymous_bank.read(rows(tmp_path, line)))


@pytest.mark.parametrize(("content", "why"), [
    (gzip.compress(b'{"id": "1"}\n' * 9999)[:60], "was cut off"),
    (b"\x1f\x8bno gzip", "damaged"),
    ('{"id": "1"}'.encode("utf-16"), "no UTF-8 text"),
    (bytes(range(256)), "no UTF-8 text"),
], ids=["half", "no gzip", "utf-16", "binary"])  # fmt: skip
@pytest.mark.parametrize("name", ["events.jsonl", "events.jsonl.gz"])
def test_what_cannot_be_read_is_told_in_a_sentence(
    tmp_path: Path, content: bytes, why: str, name: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FormatError, match=why):
        list(cloudevents.read(tmp_path / name))


@pytest.mark.parametrize("read", [anonymous_bank.read, helpdesk.read])
@pytest.mark.parametrize("text", ["", "a,b\n1,2\n"])
def test_another_table_is_refused(tmp_path: Path, text: str, read: Reader) -> None:
    (tmp_path / "table.csv").write_text(text)
    with pytest.raises(FormatError, match="has no column"):
        list(read(tmp_path / "table.csv"))


def test_a_row_that_was_cut_off_is_named(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"calls\.csv:2: .*ends too soon"):
        list(anonymous_bank.read(rows(tmp_path, "AA01,7,0,0,PS")))


def test_it_is_read_by_what_it_holds_and_past_a_mark_of_the_byte_order(tmp_path: Path) -> None:
    (tmp_path / "plain.gz").write_bytes(b'\xef\xbb\xbf{"id": "1"}\n')
    (tmp_path / "packed").write_bytes(gzip.compress(b'{"id": "1"}\n'))
    for name in ("plain.gz", "packed"):
        assert list(cloudevents.read(tmp_path / name)) == [{"id": "1"}]


def test_it_reads_gzipped_cloudevents_and_names_a_bad_line(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"id": "1"}\n\nno\n'))
    events = cloudevents.read(path)
    assert next(events) == {"id": "1"}
    with pytest.raises(FormatError, match=r"gz:3: not JSON"):
        next(events)


@pytest.mark.skipif(not BANK.exists(), reason=f"the recorded calls are not at {BANK}")
def test_it_maps_the_recorded_calls_as_their_description_says() -> None:
    mine = list(anonymous_bank.read(BANK))
    theirs = {event["id"]: event for event in oracle.events(oracle.read(BANK).calls)}
    assert {event["id"]: event for event in mine} == theirs
    assert [event["time"] for event in mine] == sorted(event["time"] for event in mine)


@pytest.mark.skipif(not HELPDESK.exists(), reason=f"the ticket log is not at {HELPDESK}")
def test_it_makes_every_activity_of_the_ticket_log_an_event() -> None:
    events = [parse_event(event) for event in helpdesk.read(HELPDESK)]
    kinds = Counter(event.type for event in events)
    assert len({(event.subject, event.id) for event in events}) == 20_937
    assert kinds["ticket.opened"] == len({event.subject for event in events})
    assert kinds["ticket.reopened"] == 156


def test_every_format_has_a_reader() -> None:
    assert set(FORMATS) == {"cloudevents", "anonymous-bank", "helpdesk"}
