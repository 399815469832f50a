"""On hold and unanswered: on both sides of each limit, and what ends either."""

import pytest

from .build import DAY, HOUR, MINUTE, MS, event, found, moments


def held(*spans: tuple[float, float]) -> list[dict[str, object]]:
    return [one for start, end in spans for one in (event("call.held", start), event("call.resumed", end))]


@pytest.mark.parametrize(("seconds", "at"), [(120, []), (120 + MS, [120])])
@pytest.mark.parametrize("end", ["resumed", "transferred", "abandoned", "ended"])
def test_long_hold_is_over_120_s(end: str, seconds: float, at: list[float]) -> None:
    events = [event("call.held", 0), event(f"call.{end}", seconds), event("call.resumed", 900)]
    assert moments("long_hold", events) == at


@pytest.mark.parametrize(("clock", "at"), [(120, []), (120 + MS, [120])])
def test_long_hold_is_raised_while_holding(clock: float, at: list[float]) -> None:
    assert moments("long_hold", [event("call.held", 0)], clock) == at


@pytest.mark.parametrize(("second", "at"), [(60, []), (60 + MS, [160])])
def test_long_hold_is_all_holds_of_the_contact_together(second: float, at: list[float]) -> None:
    assert moments("long_hold", held((0, 60), (100, 100 + second), (200, 200))) == at


def test_a_full_measure_is_over_with_the_next_moment_of_holding() -> None:
    assert moments("long_hold", held((0, 120), (200, 200))) == []
    assert moments("long_hold", held((0, 120), (200, 200 + MS))) == [200]


def test_long_hold_shows_the_holds_up_to_the_one_too_long_and_the_queue_then() -> None:
    third = held((300, 400))
    moved = event("call.transferred", 250, to_queue="moves")
    (hold,) = found(
        "long_hold", [*held((0, 60), (100, 200)), *third, moved, event("call.answered", 9, queue="q")]
    )
    assert hold.touchpoint == "queue:q"
    assert [one.split(":")[1] for one in hold.evidence] == [
        "call.held@0", "call.resumed@60", "call.held@100", "call.resumed@200",
    ]  # fmt: skip


def test_held_again_while_held_is_one_hold() -> None:
    events = [event("call.held", 0), event("call.held", 100), event("call.resumed", 130)]
    (hold,) = found("long_hold", events)
    assert hold.evidence == ("c1:call.held@0", "c1:call.resumed@130")
    assert hold.touchpoint == "channel:call"


def asked(seconds: float) -> dict[str, object]:
    return event("chat.message_sent", seconds, by="customer")


@pytest.mark.parametrize(("seconds", "at"), [(60, []), (60 + MS, [60])])
@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("chat.message_sent", {"by": "bot"}),
        ("chat.message_sent", {"by": "agent"}),
        ("chat.ended", {}),
        ("chat.abandoned", {}),
    ],
)
def test_a_chat_is_answered_within_60_s(
    end: str, said: dict[str, str], seconds: float, at: list[float]
) -> None:
    events = [asked(0), asked(50), event(end, seconds, **said)]
    assert moments("slow_response", events) == at


@pytest.mark.parametrize(
    ("asks", "answers", "limit"),
    [("email.received", "email.replied", DAY), ("social.posted", "social.replied", 4 * HOUR)],
)
def test_a_mail_has_24_h_and_a_post_4_h(asks: str, answers: str, limit: float) -> None:
    assert moments("slow_response", [event(asks, 0), event(answers, limit)]) == []
    assert moments("slow_response", [event(asks, 0), event(answers, limit + MS)]) == [limit]
    assert moments("slow_response", [event(asks, 0)], clock=limit) == []
    assert moments("slow_response", [event(asks, 0)], clock=limit + MS) == [limit]


@pytest.mark.parametrize("type_", ["chat.handed_over", "chat.transferred", "chat.authenticated"])
def test_only_a_message_or_the_end_ends_a_run(type_: str) -> None:
    between = event(type_, 30, **{"from": "bot", "to": "agent"})
    assert moments("slow_response", [asked(0), between]) == [60]


def test_each_run_is_timed_from_its_first_message() -> None:
    answer = event("chat.message_sent", 100, by="bot")
    events = [asked(0), asked(50), answer, asked(200), asked(250), event("chat.ended", 5 * MINUTE)]
    first, second = found("slow_response", events)
    assert first.evidence == ("c1:chat.message_sent@0", "c1:chat.message_sent@100")
    assert second.evidence == ("c1:chat.message_sent@200", "c1:chat.ended@300")
    assert second.touchpoint == "channel:chat"


def test_slow_response_is_where_the_contact_then_queued() -> None:
    moved = [event("chat.transferred", 60, to_queue="moves"), event("chat.transferred", 61, to_queue="late")]
    (slow,) = found("slow_response", [asked(0), *moved])
    assert slow.touchpoint == "queue:moves"
