"""`low_score`: a survey's answer in the worst part of its scale."""

from typing import Any

import pytest

from tests.core.given import Told, event, raised
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
