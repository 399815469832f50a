"""Pauses grow, have a limit, and are spread."""

from hypothesis import given
from hypothesis import strategies as st

from services.alerts.core.backoff import Pauses, pause_seconds

PAUSES = st.builds(
    lambda first, factor: Pauses(first_seconds=first, longest_seconds=first * factor),
    st.floats(0.01, 60),
    st.floats(1, 1000),
)


@given(st.integers(1, 10_000), st.text(max_size=20), PAUSES)
def test_a_pause_stays_in_its_range(attempts: int, key: str, pauses: Pauses) -> None:
    pause = pause_seconds(attempts, key, pauses)
    assert 0.75 * min(pauses.first_seconds, pauses.longest_seconds) <= pause <= pauses.longest_seconds
    assert pause == pause_seconds(attempts, key, pauses)


@given(st.integers(1, 30), st.text(max_size=20), PAUSES)
def test_pauses_never_shrink_by_more_than_their_spread(attempts: int, key: str, pauses: Pauses) -> None:
    assert pause_seconds(attempts + 1, key, pauses) >= 0.75 * pause_seconds(attempts, key, pauses)


@given(st.integers(1, 20), st.floats(0, 10_000))
def test_what_the_receiver_asks_for_is_waited_within_reason(attempts: int, asked: float) -> None:
    pauses = Pauses(first_seconds=1, longest_seconds=60)
    pause = pause_seconds(attempts, "k", pauses, asked)
    assert pause >= min(asked, 600)
    assert pause <= 600


def test_they_double_up_to_the_longest() -> None:
    pauses = Pauses(first_seconds=4, longest_seconds=60)
    uppers = [4, 8, 16, 32, 60, 60]
    for attempts, upper in enumerate(uppers, 1):
        assert 0.75 * upper <= pause_seconds(attempts, "key", pauses) <= upper


def test_two_notifications_do_not_come_back_at_one_moment() -> None:
    pauses = Pauses()
    assert len({pause_seconds(3, f"key-{n}", pauses) for n in range(50)}) == 50
