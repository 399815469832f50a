"""`ivr_maze`: too many options, too many nodes, or too long before a person."""

from tests.core.given import MS, Told, entered, event, raised

KIND = "ivr_maze"
STARTED = event("ivr.started", 0)


def test_six_options_are_enough() -> None:
    assert raised(KIND, [event("ivr.menu_entered", 0, node="main", options=6)]) == []


def test_seven_options_are_too_many() -> None:
    found = raised(KIND, [event("ivr.menu_entered", 0, node="main", options=7)])
    assert found == [Told("c1", 0, "node:main", ("menu_entered",))]


def test_four_nodes_are_enough() -> None:
    assert raised(KIND, entered("abcdabcd")) == []


def test_the_fifth_node_is_one_too_many() -> None:
    assert raised(KIND, entered("abcabde")) == [Told("c1", 6, "node:e", ("menu_entered",) * 5)]


def test_180_seconds_are_in_time() -> None:
    assert raised(KIND, [STARTED, event("call.queued", 180)]) == []
    assert raised(KIND, [STARTED], clock=180) == []


def test_over_180_seconds_are_too_long() -> None:
    found = raised(KIND, [STARTED, event("call.queued", 180 + MS)])
    assert found == [Told("c1", 180, "channel:ivr", ("started", "queued"))]
    assert raised(KIND, [STARTED], clock=180 + MS) == [Told("c1", 180, "channel:ivr", ("started",))]


def test_time_counts_for_each_passage() -> None:
    back = [event("ivr.started", 200), event("ivr.ended", 300, reason="transferred")]
    assert raised(KIND, [STARTED, event("call.queued", 100), *back]) == []


def test_what_comes_first_is_told() -> None:
    found = raised(KIND, [STARTED, event("ivr.menu_entered", 181, node="main", options=9)])
    assert [(one.at, one.touchpoint) for one in found] == [(180, "node:main")]
