"""`bot_bounce`: the 2nd handover between bot and agent in one chat."""

from typing import Any

from tests.core.given import Told, event, raised

KIND = "bot_bounce"


def handed(at: float, to: str, bot: str | None = None) -> dict[str, Any]:
    return event("chat.handed_over", at, to=to, bot=bot, **{"from": "agent" if to == "bot" else "bot"})


def test_once_is_no_bounce() -> None:
    assert raised(KIND, [handed(0, "agent")]) == []


def test_to_and_fro_is_one_named_by_the_bot() -> None:
    told = raised(KIND, [handed(0, "agent", "faq"), handed(9, "bot"), handed(12, "agent")])
    assert told == [Told("c1", 9, "bot:faq", ("handed_over",) * 2)]


def test_between_agents_is_none() -> None:
    between = event("chat.handed_over", 5, to="agent", **{"from": "agent"})
    assert raised(KIND, [handed(0, "agent"), between]) == []


def test_a_bot_without_a_name() -> None:
    assert [one.touchpoint for one in raised(KIND, [handed(0, "agent"), handed(9, "bot")])] == [
        "channel:chat"
    ]
