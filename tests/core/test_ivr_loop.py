"""`ivr_loop`: the same node entered three times in one contact."""

from tests.core.given import Told, entered, raised

KIND = "ivr_loop"


def test_twice_is_no_loop() -> None:
    assert raised(KIND, entered("aab")) == []


def test_three_times_is_a_loop_at_the_third() -> None:
    assert raised(KIND, entered("abaca")) == [Told("c1", 4, "node:a", ("menu_entered",) * 3)]


def test_a_loop_that_grows_stays_the_same() -> None:
    assert raised(KIND, entered("aaaaa")) == raised(KIND, entered("aaa"))


def test_each_node_is_its_own_episode() -> None:
    assert [one.touchpoint for one in raised(KIND, entered("aaabbb"))] == ["node:a", "node:b"]


def test_another_contact_counts_for_itself() -> None:
    assert raised(KIND, [*entered("aa"), *entered("a", subject="c2")]) == []
