"""What goes wrong where people share phones, systems write junk, and somebody clicked on the wrong name."""

from typing import Any

import pytest

from schemas.identities import Word
from schemas.topics import CLAIMS, SUMMARIES
from services.journey_builder.core.identity.policy import Policy, TenantPolicy
from tests.core.given import DAY, HOUR, call, event
from tests.core.pipeline import RECEIVED_MS, Pipeline

Raw = dict[str, Any]
PHONE = "+14155550101"


def naming(events: list[Raw], **names: Any) -> list[Raw]:
    return [one | {"data": one["data"] | {"identifiers": names}} for one in events]


def named(subject: str, at: float = 0, **names: Any) -> list[Raw]:
    return naming(call(subject, at, at + 60), **names)


def said(type_: str, at: float, **names: Any) -> Raw:
    one = naming([event(f"customer.{type_}", at)], **names)[0]
    return {name: value for name, value in one.items() if name != "subject"} | {"id": f"{type_}@{at}"}


def fed(*batches: list[Raw], chosen: Policy | None = None) -> Pipeline:
    pipeline = Pipeline(3, chosen=chosen or Policy(phone_region="US"))
    for number, batch in enumerate(batches):
        pipeline.feed(batch, RECEIVED_MS + number)
    return pipeline


def people(pipeline: Pipeline) -> list[list[str]]:
    """The contacts of each customer."""
    owners: dict[str, list[str]] = {}
    for (_, _, subject), head in sorted(pipeline.contacts().items()):
        owners.setdefault(head.customer_key, []).append(subject)
    return sorted(owners.values())


def known(pipeline: Pipeline) -> int:
    return sum(head.is_known for head in pipeline.customers())


def words(pipeline: Pipeline, value: str) -> list[Word]:
    return [entry.word for entry in pipeline.journal() if entry.value == value]


def test_who_names_himself_at_last_owns_what_he_did_before() -> None:
    pipeline = fed(
        named("page", 0, visitor_id="v1"),
        named("chat", HOUR, visitor_id="v1", email="ann@x.example"),
        named("mail", 2 * HOUR, email="Ann@X.example "),
        named("call", 3 * HOUR, phone="(415) 555-0101"),
        named("home", 4 * HOUR, email="ann@x.example", customer_id="ann", phone=PHONE),
    )
    assert people(pipeline) == [["call", "chat", "home", "mail", "page"]]
    assert known(pipeline) == 1


def test_a_caller_who_names_himself_at_step_five_owns_the_steps_before() -> None:
    words_before = ("call.started", "call.queued", "call.answered", "call.held")
    pipeline = fed([event(word, number, "call") for number, word in enumerate(words_before)])
    (before,) = pipeline.customers()
    assert (before.is_known, before.contacts, before.merged_into) == (False, 1, None)
    pipeline.feed(naming([event("call.resumed", HOUR, "call")], customer_id="ann"), RECEIVED_MS + 9)
    heads = {head.customer_key: (head.contacts, head.merged_into) for head in pipeline.customers()}
    (owner,) = {journey.customer_key for journey in pipeline.journeys()}
    assert heads == {before.customer_key: (0, owner), owner: (1, None)}


def test_a_phone_of_six_people_links_nobody_also_those_before() -> None:
    five = [named(f"c{number}", number * HOUR, email=f"e{number}@x", phone=PHONE) for number in range(5)]
    shared = named("desk", 5 * HOUR, phone=PHONE)
    assert people(fed(*five, shared)) == [["c0", "c1", "c2", "c3", "c4", "desk"]]
    pipeline = fed(*five, shared, named("c5", 6 * HOUR, email="e5@x", phone=PHONE))
    assert people(pipeline) == [["c0"], ["c1"], ["c2"], ["c3"], ["c4"], ["c5"], ["desk"]]
    assert known(pipeline) == 6, "the phone alone names nobody"
    assert words(pipeline, PHONE)[-1] is Word.LIMITED


def test_other_limits_hold_over_all_that_came_before() -> None:
    pipeline = fed(
        *[named(f"c{number}", number * HOUR, email=f"e{number}@x", phone=PHONE) for number in range(3)]
    )
    assert people(pipeline) == [["c0", "c1", "c2"]]
    for limit, wanted in ((2, [["c0"], ["c1"], ["c2"]]), (3, [["c0", "c1", "c2"]])):
        pipeline.choose(Policy(limits={"phone": limit}))
        pipeline.beat(RECEIVED_MS + 10)
        assert people(pipeline) == wanted


def test_a_tenant_has_its_own_limits_and_blocked_values() -> None:
    strict = TenantPolicy(tenant=("acme*",), limits={"phone": 1}, blocked=frozenset({"desk@x"}))
    visits = [named(f"c{number}", number * HOUR, email=f"e{number}@x", phone=PHONE) for number in range(2)]
    both = [*visits, named("d0", 0, email="desk@x"), named("d1", HOUR, email="Desk@x")]
    for tenant, wanted in (("acme-1", 4), ("other", 2)):
        batches = [[one | {"tenant": tenant} for one in batch] for batch in both]
        assert len(people(fed(*batches, chosen=Policy(overrides=(strict,))))) == wanted


def test_other_limits_of_a_tenant_hold_over_all_that_came_before() -> None:
    visits = [named(f"c{number}", number * HOUR, email=f"e{number}@x", phone=PHONE) for number in range(3)]
    pipeline = fed(*([one | {"tenant": "acme"} for one in batch] for batch in visits))
    for tenant, wanted in (("acme", 3), ("other", 1), ("acme", 3)):
        one = TenantPolicy(tenant=(tenant,), limits={"phone": 2})
        pipeline.choose(Policy(overrides=(one,)))
        pipeline.beat(RECEIVED_MS + 10)
        assert len(people(pipeline)) == wanted


def test_a_tablet_at_the_counter_stops_linking() -> None:
    visits = [
        named(f"v{number}", number * HOUR, visitor_id="t", phone=f"+1415555011{number}")
        for number in range(6)
    ]
    assert len(people(fed(*visits))) == 6


def test_the_call_centres_own_number_is_nobody() -> None:
    chosen = Policy(own={"phone": frozenset({PHONE})})
    pipeline = fed(named("a", 0, phone=PHONE), named("b", HOUR, phone=PHONE), chosen=chosen)
    assert people(pipeline) == [["a"], ["b"]]
    assert known(pipeline) == 0


@pytest.mark.parametrize(
    "junk", ["", "  ", "null", "Anonymous", "0000000000", "[object Object]", "undefined"]
)
@pytest.mark.parametrize("kind", ["customer_id", "email", "phone", "visitor_id"])
def test_junk_is_nobody_and_the_journal_says_so(kind: str, junk: str) -> None:
    pipeline = fed(named("a", 0, **{kind: junk}), named("b", HOUR, **{kind: junk, "device_id": "d1"}))
    assert people(pipeline) == [["a"], ["b"]]
    assert known(pipeline) == 1
    assert [entry.word for entry in pipeline.journal()] == [Word.BLOCKED]


def test_two_customer_ids_on_one_mail_are_two() -> None:
    pipeline = fed(
        named("a", 0, customer_id="a", email="home@x"),
        named("m", HOUR, email="home@x"),
        named("b", 2 * HOUR, customer_id="b", email="home@x"),
    )
    assert people(pipeline) == [["a"], ["b"], ["m"]]
    assert known(pipeline) == 2
    assert words(pipeline, "home@x") == [Word.LINKED, Word.REFUSED]
    pipeline.feed([said("identified", DAY, customer_id=["a", "b"])], RECEIVED_MS + 9)
    assert people(pipeline) == [["a", "b", "m"]]


def test_a_merge_is_undone_and_the_old_key_says_where_it_went() -> None:
    pipeline = fed(named("a", 0, customer_id="a"), named("b", HOUR, customer_id="b", phone=PHONE))
    keys = {head.customer_key for head in pipeline.customers() if head.is_known}
    pipeline.feed([said("identified", DAY, customer_id=["a", "b"])], RECEIVED_MS + 9)
    assert people(pipeline) == [["a", "b"]]
    kept = pipeline.contacts()["default", "//acme/pbx", "a"].customer_key
    merged = {head.customer_key: head.merged_into for head in pipeline.customers()}
    assert {merged[key] for key in keys} == {None, kept}
    assert [gone.superseded_by for gone in pipeline.superseded()] == [
        journey.journey_id for journey in pipeline.journeys()
    ]
    pipeline.feed([said("separated", DAY + 1, customer_id=["a", "b"])], RECEIVED_MS + 10)
    assert people(pipeline) == [["a"], ["b"]]
    assert pipeline.superseded() == []
    assert {head.merged_into for head in pipeline.customers() if head.is_known} == {None}


def test_a_decision_that_happened_earlier_does_not_undo_a_later_one() -> None:
    contacts = [*named("a", 0, customer_id="a"), *named("b", HOUR, customer_id="b")]
    apart, one = (
        said("separated", DAY, customer_id=["a", "b"]),
        said("identified", DAY + 1, customer_id=["a", "b"]),
    )
    assert people(fed(contacts, [one], [apart])) == [["a", "b"]]
    apart["time"] = "2026-01-09T00:00:00Z"
    pipeline = fed(contacts, [apart], [one])
    assert people(pipeline) == [["a"], ["b"]]
    assert words(pipeline, "a")[-1] is Word.SEPARATED


def test_a_separation_cuts_what_contacts_linked_and_keeps_the_rest_with_the_stronger() -> None:
    linked = named("a", 0, customer_id="ann", email="bob@x", phone=PHONE)
    pipeline = fed(linked, named("m", HOUR, email="bob@x"), named("p", 2 * HOUR, phone=PHONE))
    assert people(pipeline) == [["a", "m", "p"]]
    pipeline.feed([said("separated", DAY, customer_id="ann", email="bob@x")], RECEIVED_MS + 9)
    assert people(pipeline) == [["a", "p"], ["m"]]
    pipeline.feed(named("again", 2 * DAY, customer_id="ann", email="bob@x"), RECEIVED_MS + 10)
    assert people(pipeline) == [["a", "again", "p"], ["m"]]


def test_what_an_event_no_longer_says_is_taken_back() -> None:
    wrong, right = named("a", 0, customer_id="ann", phone=PHONE)[:1], named("a", 0, customer_id="ann")[:1]
    pipeline = fed(wrong, named("p", HOUR, phone=PHONE))
    assert people(pipeline) == [["a", "p"]]
    pipeline.feed([right[0] | {"sequence": "2"}], RECEIVED_MS + 9)
    assert people(pipeline) == [["a"], ["p"]]
    assert words(pipeline, PHONE) == [Word.LINKED, Word.UNLINKED]


def test_what_is_known_already_is_told_to_nobody() -> None:
    pipeline = fed(named("c", 0, customer_id="ann", phone=PHONE))
    for number in range(20):
        pipeline.feed(
            named(f"c{number}", number * HOUR, customer_id="ann", phone=PHONE), RECEIVED_MS + number
        )
    assert len(pipeline.log[CLAIMS.name]) <= pipeline.count, "once by each partition"
    claims, summaries = (len(pipeline.log[topic.name]) for topic in (CLAIMS, SUMMARIES))
    pipeline.feed(named("again", DAY, customer_id="ann"), RECEIVED_MS + 100)
    assert len(pipeline.log[CLAIMS.name]) == claims
    assert len(pipeline.log[SUMMARIES.name]) == summaries + 1, "no step from key to key"


def test_a_contact_that_names_very_many_counts_the_strongest() -> None:
    many = {
        "email": [f"e{number}@x" for number in range(40)],
        "phone": [f"+1415555{n:04}" for n in range(40)],
    }
    pipeline = fed(named("robot", 0, customer_id="bot", **many), named("m", HOUR, email="e39@x"))
    assert people(pipeline) == [["m", "robot"]]


def test_a_link_outlives_the_contacts_that_made_it() -> None:
    pipeline = fed(named("a", 0, customer_id="ann", phone=PHONE))
    for _ in range(3):
        pipeline.pass_time((RECEIVED_MS + 36 * DAY * 1000) * 1000)
    assert pipeline.stored("contacts") == {}
    pipeline.feed(
        [*named("b", 40 * DAY, phone=PHONE), *named("c", 41 * DAY, customer_id="ann")], RECEIVED_MS + 10**10
    )
    assert people(pipeline) == [["a", "b", "c"]]
