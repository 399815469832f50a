"""Two hundred contacts, live: the oracle's frictions and journeys, in whatever order events came."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest

from schemas.topics import CONTACTS
from tests.e2e.answers import as_oracle_says, became, folded, is_at_rest, journeys, name_of, raised, samples
from tests.e2e.conftest import MakeStack
from tests.e2e.listener import Listener, Told
from tests.e2e.mixed import Raw
from tests.e2e.records import published, read
from tests.e2e.stack import Stack
from tests.e2e.story import CANCELLED, CONFLICT, CORRECTED, HOT, PBX, UNNAMED, Story
from tests.oracle import contacts as oracle
from tests.oracle.event import ContactKey, Event, standing
from tests.oracle.friction import Friction

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

JUDGED_SECONDS = 60.0
BATCH_EVENTS = 40
Json = dict[str, Any]


class Seen(NamedTuple):
    """What the first stack showed."""

    unnamed_before: Json
    raised: dict[Friction, str]
    frictions: list[Json]
    journeys: list[Json]
    details: list[Json]
    queues: list[Json]
    named: Json
    told: list[Told]
    connections: int
    published: Counter[str]
    #: How often each contact was said to be whose, and of which journey.
    heads: Counter[tuple[str, str]]


@pytest.fixture(scope="module")
def story() -> Story:
    return Story(float(int(time.time())))


@pytest.fixture(scope="module")
def seen(story: Story, make_stack: MakeStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    folder: Path = tmp_path_factory.mktemp("live-story")
    with make_stack(folder, 1) as stack, Listener(stack.live_url, first=20) as listener:
        stack.wait(lambda: bool(listeners(stack)), 10, "the stream does not open")
        post(stack, story.as_they_happened(seed=1))
        wait_for(stack, story.first)
        assert listener.has_hung_up
        before = journey_of(stack, UNNAMED)
        post(stack, story.late)
        wait_for(stack, story.all)
        listener.resume()
        states = {friction["friction_id"]: friction["state"] for friction in stack.frictions()}
        stack.wait(lambda: listener.last_states() == states, 20, "the stream does not tell all")
        yield look(stack, before, listener)


def listeners(stack: Stack) -> float:
    return sum(sample.value for sample in samples(stack, [stack.live_url], "journeyline_live_sse_clients"))


def look(stack: Stack, unnamed_before: Json, listener: Listener) -> Seen:
    heads = journeys(stack)
    return Seen(
        unnamed_before,
        raised(stack),
        stack.frictions(),
        heads,
        [stack.live(f"/v1/journeys/{head['journey_id']}") for head in heads],
        stack.live("/v1/queues")["items"],
        stack.live("/v1/customers/lookup", customer_id="named-late"),
        list(listener.told),
        listener.connections,
        Counter(str(key) for key in published(stack.bootstrap, "frictions")),
        Counter(
            name_of(orjson.loads(head.value)["contact"]) for head in read(stack.bootstrap, CONTACTS.name)
        ),
    )


def post(stack: Stack, events: list[Raw]) -> int:
    """In small requests; returns how many events the door accepted, which knows duplicates in a request."""
    accepted = 0
    for start in range(0, len(events), BATCH_EVENTS):
        batch = events[start : start + BATCH_EVENTS]
        answer = stack.post(batch)
        assert answer["accepted"] + answer["duplicate"] == len(batch), answer
        accepted += answer["accepted"]
    return accepted


def wait_for(stack: Stack, events: list[Raw]) -> None:
    """Until all of them is folded and judged as the oracle does."""
    wanted = oracle.frictions(events)

    def is_told() -> bool:
        return set(raised(stack)) == wanted and is_at_rest(stack)

    try:
        stack.wait(is_told, JUDGED_SECONDS, "other frictions than the oracle's")
    except AssertionError:
        told = set(raised(stack))
        assert told == set(wanted)
        raise


def journey_of(stack: Stack, subject: str) -> Json:
    head = next(
        head for head in journeys(stack) if (PBX, subject) in {name_of(one) for one in head["contacts"]}
    )
    return dict(stack.live(f"/v1/journeys/{head['journey_id']}"))


def grouped(heads: Iterable[Json]) -> set[frozenset[tuple[str, str]]]:
    return {frozenset(name_of(contact) for contact in head["contacts"]) for head in heads}


def frictions_in(frictions: Iterable[Json], subject: str) -> dict[str, tuple[str, str | None]]:
    return {
        friction["kind"]: (friction["state"], friction["retraction"])
        for friction in frictions
        if name_of(friction["contact"]) == (PBX, subject)
    }


def test_the_story_has_both_sides_of_every_limit(story: Story) -> None:
    found = Counter(friction.kind for friction in oracle.frictions(story.all))
    kinds = {"abandoned_call", "long_wait", "repeat_contact", "repeated_transfer"}
    assert set(found) >= kinds | {"abandoned_form", "ivr_maze", "ivr_loop"}
    assert oracle.counters(story.all).contacts >= 190


def test_it_raises_exactly_the_frictions_of_the_oracle(story: Story, seen: Seen) -> None:
    assert set(seen.raised) == oracle.frictions(story.all)


def test_it_groups_contacts_into_the_journeys_of_the_oracle(story: Story, seen: Seen) -> None:
    wanted = {
        frozenset((contact.source, contact.subject) for contact in journey.contacts)
        for journey in oracle.journeys(story.all)
    }
    assert grouped(seen.journeys) == wanted
    assert grouped(seen.details) == wanted


def test_it_shows_the_steps_of_every_journey_in_event_order(story: Story, seen: Seen) -> None:
    wanted: dict[ContactKey | None, list[Event]] = {}
    for event in standing(story.all):
        wanted.setdefault(event.contact, []).append(event)
    by_name = {(key.source, key.subject): events for key, events in wanted.items() if key}
    for journey in seen.details:
        events = [event for contact in journey["contacts"] for event in by_name[name_of(contact)]]
        ordered = sorted(events, key=lambda event: event.order)
        assert [(event.id, event.type, event.data) for event in ordered] == [
            (step["event_id"], step["type"], step["data"]) for step in journey["steps"]
        ]


def test_it_cancels_the_abandoned_form_that_was_submitted_after_all(seen: Seen) -> None:
    assert frictions_in(seen.frictions, CANCELLED) == {"abandoned_form": ("retracted", "cancelled")}


def test_it_corrects_the_long_wait_that_an_event_from_an_hour_ago_undoes(seen: Seen) -> None:
    assert frictions_in(seen.frictions, CORRECTED) == {"long_wait": ("retracted", "corrected")}


def test_it_gives_the_whole_contact_to_the_caller_who_names_himself_at_step_five(seen: Seen) -> None:
    before = seen.unnamed_before
    assert [len(before["contacts"]), len(before["steps"])] == [1, 4]
    assert before["customer_key"] != seen.named["customer_key"]
    after = next(
        one for one in seen.details if (PBX, UNNAMED) in {name_of(contact) for contact in one["contacts"]}
    )
    assert after["customer_key"] == seen.named["customer_key"]
    steps = [step["event_id"] for step in after["steps"] if step["contact"]["subject"] == UNNAMED]
    assert steps == [f"{UNNAMED}-{number}" for number in range(6)]
    assert frictions_in(seen.frictions, UNNAMED) == {
        "long_wait": ("retracted", "corrected"), "repeat_contact": ("raised", None),
    }  # fmt: skip


def test_it_pops_up_who_calls_and_what_happened_before(seen: Seen) -> None:
    assert seen.named["contacts"] == 2
    assert seen.named["identifiers"] == {"customer_id": ["named-late"]}
    assert len(seen.named["story"]) == 2
    assert [friction["kind"] for friction in seen.named["frictions"]] == ["repeat_contact"]


def test_it_keeps_the_content_with_the_greatest_sequence(seen: Seen) -> None:
    assert frictions_in(seen.frictions, CONFLICT) == {"long_wait": ("raised", None)}
    told = next(one for one in seen.raised if one.subject == CONFLICT)
    assert told.touchpoint == "queue:two"


def test_it_knows_how_a_queue_stands_now(story: Story, seen: Seen) -> None:
    hot = next(queue for queue in seen.queues if queue["queue"] == HOT)
    waited = hot.pop("longest_wait_seconds")
    assert hot == {"tenant": "default", "queue": HOT, "waiting": 3, "answered": 2, "abandoned": 1}
    assert 11 * 60 <= waited <= 11 * 60 + 300


def test_the_stream_tells_everything_once_over_a_broken_connection(seen: Seen) -> None:
    assert seen.connections > 1
    assert {told.event for told in seen.told} == {"friction", "journey", "incident"}
    seqs = [told.seq for told in seen.told]
    assert seqs == sorted(set(seqs))
    times = Counter(told.document["friction_id"] for told in seen.told if told.event == "friction")
    # A friction is told once for each time that it was said, or that its contact was said to be another's or
    # of another journey; of several some may be told as one.
    assert set(times) == set(seen.published)
    said = {friction["friction_id"]: seen.heads[name_of(friction["contact"])] for friction in seen.frictions}
    assert all(times[name] <= seen.published[name] + said[name] for name in times)


def test_it_says_the_same_under_the_same_ids_in_any_other_order(
    story: Story, seen: Seen, make_stack: MakeStack, tmp_path: Path
) -> None:
    with make_stack(tmp_path, 1) as stack:
        accepted = post(stack, story.in_any_order(seed=2))
        wait_for(stack, story.all)
        assert raised(stack) == seen.raised
        heads = journeys(stack)
        assert {one["journey_id"] for one in heads} == {one["journey_id"] for one in seen.journeys}
        assert grouped(heads) == grouped(seen.journeys)
        retracted = [as_oracle_says(one) for one in stack.frictions(state="retracted")]
        assert not set(retracted) & set(seen.raised)
        assert sum(folded(outcomes) for outcomes in became(stack).values()) == accepted
