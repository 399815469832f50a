"""`low_score`: a survey's answer in the worst part of its scale."""

from typing import Any

import pytest

from tests.core.given import Told, call, event, fed, mine, raised
from tests.core.pipeline import RECEIVED_MS
from tests.oracle.build import PBX

KIND = "low_score"


@pytest.mark.parametrize(
    ("data", "count"),
    [
        ({"metric": "csat", "score": 2}, 1),
        ({"metric": "csat", "score": 2.1}, 0),
        ({"metric": "csat", "score": 25, "scale_min": 0, "scale_max": 100}, 1),
        ({"metric": "csat", "score": 26, "scale_min": 0, "scale_max": 100}, 0),
        ({"metric": "nps", "score": 6}, 1),
        ({"metric": "nps", "score": 7}, 0),
        ({"metric": "ces", "score": 2.5}, 1),
        ({"metric": "ces", "score": 2.6}, 0),
        ({"metric": "ces", "score": 5.5, "easier_is": "low"}, 1),
        ({"metric": "ces", "score": 5.4, "easier_is": "low"}, 0),
        ({"metric": "csat", "score": 1, "scale_min": 3, "scale_max": 3}, 0),
    ],
)
def test_the_worst_part_of_each_scale(data: dict[str, Any], count: int) -> None:
    assert len(raised(KIND, [event("survey.answered", 0, **data)])) == count


def test_it_belongs_to_the_contact_it_speaks_of_and_its_queue() -> None:
    answer = event(
        "survey.answered", 900, "s1", metric="nps", score=0, about={"source": PBX, "subject": "c1"}
    )
    events = [event("call.queued", 0, queue="billing"), event("call.ended", 60, queue="claims"), answer]
    assert raised(KIND, events) == [Told("c1", 900, "queue:claims", ("answered",))]


def test_one_about_no_known_contact_is_judged_alone() -> None:
    answer = event("survey.answered", 9, "s1", metric="nps", score=0)
    del answer["subject"]
    assert raised(KIND, [answer]) == [Told(f"survey:{answer['id']}", 9, "channel:survey", ("answered",))]


def test_an_answer_about_no_contact_is_its_customer_s_through_merge_and_separation() -> None:
    """It makes no contact of its own, but who looks the customer up sees it."""

    def standing() -> tuple[bool, int]:
        """Whether the caller is its customer, and how many contacts that one has."""
        heads = {subject: head for (_, _, subject), head in pipeline.contacts().items()}
        survey = heads["survey:s1"]
        assert survey.started_at is None
        (owner,) = (one for one in pipeline.customers() if one.customer_key == survey.customer_key)
        return survey.customer_key == heads["c1"].customer_key, owner.contacts

    answer = event("survey.answered", 900, metric="nps", score=0, identifiers={"customer_id": ["ann"]})
    answer["id"] = "s1"
    del answer["subject"]
    pipeline = fed([answer, *mine(call("c1", 0, 60), "bob")])
    assert standing() == (False, 0)
    for number, (word, wanted) in enumerate([("identified", (True, 1)), ("separated", (False, 0))]):
        said = event(f"customer.{word}", 2_000 + number, identifiers={"customer_id": ["ann", "bob"]})
        pipeline.feed([said], RECEIVED_MS + 10 + number)
        assert standing() == wanted


def test_an_answer_that_is_good_enough_is_told_of_nobody() -> None:
    kind = event("survey.answered", 900, metric="nps", score=9, identifiers={"customer_id": ["ann"]})
    assert not fed([kind]).contacts()
