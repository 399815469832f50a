"""Merges and separations of customers who are forgotten: what readers were told of them is put right."""

from tests.core.given import DAY, HOUR
from tests.core.pipeline import RECEIVED_MS, Pipeline
from tests.core.test_identity_traps import fed, named, people, said

DAY_MS = DAY * 1000


def pass_days(pipeline: Pipeline, days: int) -> int:
    """Until nobody who was silent is kept; returns the time then."""
    now_ms = RECEIVED_MS + days * DAY_MS
    for _ in range(3):
        pipeline.pass_time(now_ms * 1000)
    return now_ms


def keys_of(pipeline: Pipeline) -> dict[str, str]:
    return {subject: head.customer_key for (_, _, subject), head in pipeline.contacts().items()}


def merged(pipeline: Pipeline) -> dict[str, str | None]:
    return {head.customer_key: head.merged_into for head in pipeline.customers()}


def test_who_was_silent_when_he_was_merged_says_into_whom() -> None:
    pipeline = fed([*named("a", 0, customer_id="ann"), *named("b", HOUR, customer_id="bob")])
    keys = keys_of(pipeline)
    now_ms = pass_days(pipeline, 40)
    pipeline.feed(named("a2", 40 * DAY, customer_id="ann"), now_ms)
    pipeline.feed(named("b2", 40 * DAY, customer_id="bob"), now_ms + 1)
    now_ms = pass_days(pipeline, 40)
    pipeline.feed([said("identified", 40 * DAY, customer_id=["ann", "bob"])], now_ms + 2)
    kept = keys_of(pipeline)["a2"]
    assert {key: merged(pipeline)[key] for key in keys.values()} == {
        key: None if key == kept else kept for key in keys.values()
    }


def test_who_is_forgotten_while_he_is_merged_is_himself_again_when_they_are_separated() -> None:
    pipeline = fed([*named("a", 0, customer_id="ann"), *named("b", HOUR, customer_id="bob")])
    before = keys_of(pipeline)
    pipeline.feed([said("identified", DAY, customer_id=["ann", "bob"])], RECEIVED_MS + 1)
    kept = keys_of(pipeline)["a"]
    (stays,) = (subject for subject, key in before.items() if key == kept)
    (goes,) = before.keys() - {stays}
    for day in range(5, 45, 5):
        name = {"a": "ann", "b": "bob"}[stays]
        pipeline.feed(named(f"{stays}{day}", day * DAY, customer_id=name), RECEIVED_MS + day * DAY_MS)
        pass_days(pipeline, day)
    assert merged(pipeline)[before[goes]] == kept
    pipeline.feed([said("separated", 46 * DAY, customer_id=["ann", "bob"])], RECEIVED_MS + 46 * DAY_MS)
    assert merged(pipeline)[before[goes]] is None


def test_nothing_is_left_of_who_was_known_by_a_contact_alone() -> None:
    pipeline = fed(named("nobody"), named("a", customer_id="ann"))
    pass_days(pipeline, 40)
    assert [key[:1] for key in pipeline.stored("customers") if key[:1] in (b"t", b"u")] == [b"t"]
    assert people(pipeline) == [["a"], ["nobody"]]
