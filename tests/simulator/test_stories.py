"""The traffic: repeatable, valid, in order, over all channels, by the hours of a day, and its trouble."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import orjson
from msgspec.structs import replace

from schemas.codec import decode_event
from schemas.data import CHANNELS
from services.cli.hurts import rise
from services.simulator.core.centre import Trouble
from services.simulator.core.dice import lasting, pick
from services.simulator.core.personas import PERSONAS
from services.simulator.options import Options, make_world
from tests.oracle.event import microseconds
from tests.simulator.telling import AFTERNOON, BEGIN_MS, DAY, HOUR_MS, Told, told

SHORT = replace(AFTERNOON, history_hours=0, minutes=10)


def moments(at_ms: int, until_ms: int, story: Told) -> Counter[str]:
    """Labels by touchpoint."""
    return Counter(
        label["touchpoint"] for label in story.labels if at_ms <= microseconds(label["at"]) // 1000 < until_ms
    )


def test_the_same_seed_tells_the_same_stories() -> None:
    assert told(SHORT) == told.__wrapped__(SHORT)
    other = told(replace(SHORT, seed=6))
    assert other.events != told(SHORT).events
    assert not {event["id"] for event in other.events} & {event["id"] for event in told(SHORT).events}


def test_the_same_time_of_day_tells_the_same_whatever_minute_it_begins_in() -> None:
    options = Options(seed=5, rate=4, history_hours=0.5, minutes=10, hour=14.5)

    def told_from(begin_ms: int) -> list[tuple[str, int]]:
        events = make_world(options, begin_ms).all_events()
        return [(event["type"], microseconds(event["time"]) - begin_ms * 1000) for event in events]

    assert told_from(BEGIN_MS) == told_from(BEGIN_MS + 9 * 60_000 + 6_123)


def test_every_event_is_one() -> None:
    for event in told(AFTERNOON).events:
        decode_event(orjson.dumps(event))


def test_events_come_in_order_each_under_its_own_id() -> None:
    events = told(AFTERNOON).events
    assert [event["time"] for event in events] == sorted(event["time"] for event in events)
    assert len({event["id"] for event in events}) == len(events)
    moments_of_contacts = [(event["source"], event.get("subject"), event["time"]) for event in events]
    in_contacts = [moment for moment in moments_of_contacts if moment[1] is not None]
    assert len(set(in_contacts)) == len(in_contacts), "two events of a contact at one moment"


def test_all_channels_are_told_and_all_tempers_take_part() -> None:
    events = told(AFTERNOON).events
    assert {event["type"].partition(".")[0] for event in events} == set(CHANNELS)
    assert len(PERSONAS) == 6
    assert sum(persona.share for persona in PERSONAS) == 1
    told_of = {event["data"].get("persona") for event in events if event["type"] == "customer.updated"}
    assert told_of >= {persona.name for persona in PERSONAS}


def test_customers_have_several_names_and_some_say_theirs_late() -> None:
    kinds = {kind for event in told(AFTERNOON).events for kind in event["data"].get("identifiers", {})}
    assert kinds == {"customer_id", "email", "phone", "visitor_id", "device_id"}
    nameless = [
        event["subject"]
        for event in told(AFTERNOON).events
        if event["type"] == "ivr.started" and "identifiers" not in event["data"]
    ]
    named = {event.get("subject") for event in told(AFTERNOON).events if "identifiers" in event["data"]}
    assert 0 < len([subject for subject in nameless if subject in named]) < len(nameless)


def test_volumes_follow_the_hour() -> None:
    calls = Counter(_hours("ivr.started"))
    assert sum(calls[hour] for hour in (9, 10, 11)) > 20 * sum(calls[hour] for hour in (1, 2, 3))
    assert calls[10] > 1.5 * calls[19] > 1.5 * calls[23]
    forms = Counter(_hours("web_form.viewed"))
    assert forms[19] > forms[9], "at home people fill in forms"


def test_volumes_follow_the_queue() -> None:
    queues = Counter(
        (event["data"]["queue"], int(event["time"][11:13]))
        for event in told(DAY).events
        if event["type"] == "call.queued"
    )
    technical = [sum(queues["technical", hour] for hour in hours) for hours in ((9, 10, 11), (17, 18, 19))]
    billing = [sum(queues["billing", hour] for hour in hours) for hours in ((9, 10, 11), (17, 18, 19))]
    assert technical[1] / technical[0] > 1.5 * billing[1] / billing[0]


def test_ordinary_days_have_waits_but_not_too_many() -> None:
    labels = Counter(label["kind"] for label in told(DAY).labels)
    queued = sum(event["type"] == "call.queued" for event in told(DAY).events)
    assert 0.005 < labels["long_wait"] / queued < 0.12
    assert 0.005 < labels["abandoned_call"] / queued < 0.1


def test_the_bad_afternoon_stands_out_within_ten_minutes() -> None:
    usual = moments(BEGIN_MS - 3 * HOUR_MS, BEGIN_MS, told(AFTERNOON))
    now = moments(BEGIN_MS, BEGIN_MS + HOUR_MS // 6, told(AFTERNOON))
    ranked = sorted(now, key=lambda place: rise(now[place], usual[place] / 18), reverse=True)
    planted = Trouble(0)
    expected = {f"node:{planted.node}", f"form:{planted.form}#{planted.field}", f"queue:{planted.queue}"}
    # Of its kind of place each is the first; a page may be slow beside it.
    first = {place.partition(":")[0]: place for place in reversed(ranked)}
    leading = {first["node"], first["form"], first["queue"]}
    assert leading == expected, [(place, now[place], usual[place] / 18) for place in ranked[:9]]


def test_nothing_stands_out_before() -> None:
    labels = [label["touchpoint"] for label in told(AFTERNOON).labels if label["kind"] == "ivr_maze"]
    assert (
        moments(BEGIN_MS - HOUR_MS, BEGIN_MS, told(AFTERNOON))["node:delivery"]
        < labels.count("node:delivery") / 5
    )


def test_durations_are_log_normal() -> None:
    dice = random.Random(1)
    drawn = sorted(lasting(dice, 100) for _ in range(2001))
    assert 90_000 < drawn[1000] < 110_000
    assert sum(drawn) / len(drawn) > drawn[1000], "the long ones weigh more"


def test_picks_follow_their_weights() -> None:
    dice = random.Random(1)
    picked = Counter(pick(dice, {"often": 9, "rarely": 1}) for _ in range(1000))
    assert 60 < picked["rarely"] < 140


def _hours(event_type: str) -> Iterator[int]:
    for event in told(DAY).events:
        if event["type"] == event_type:
            yield datetime.fromisoformat(event["time"]).astimezone(UTC).hour
