"""What follows a conversation: surveys, notes, tickets, links of identifiers, another attempt."""

from collections.abc import Callable
from typing import Any

from services.simulator.core import centre
from services.simulator.core.dice import (
    DAY,
    HOUR,
    MINUTE,
    Dice,
    happens,
    lasting,
    lasting_about,
    one_of,
    pick,
)
from services.simulator.core.people import Person
from services.simulator.core.tales import Tale
from services.simulator.core.world import Story, World

NOTES = (
    "Asked for a call back.",
    "Sent the form by mail.",
    "Was passed on several times.",
    "Explained the bill.",
)
#: Who takes another way than the one that failed takes this one.
WAYS = {"phone": 3.0, "chat": 3.0, "email": 2.0, "social": 1.0, "form": 2.0}
SCALES = {"csat": (1, 5), "nps": (0, 10), "ces": (1, 7)}
MORNING = 8
REOPENED, REOPENED_AGAIN = 0.2, 0.3


def tries_again(world: World, tale: Tale, again: Callable[[], Story], eagerness: float) -> None:
    """Soon, if at all: who was not served comes back within minutes or a few hours."""
    if happens(world.dice, tale.person.persona.insists * eagerness):
        pause = lasting_about(world.dice, 9 * 60, 15 * 60, 1.0)
        world.begin_if_open(again, max(MINUTE, pause))


def takes_another_way(world: World, tale: Tale, goal: str, eagerness: float) -> None:
    """Where one channel did not help, another may: within minutes or days."""
    if happens(world.dice, tale.person.persona.insists * eagerness):
        here = "phone" if tale.is_voice else "form" if tale.channel == "web_form" else tale.channel
        way = pick(world.dice, {name: weight for name, weight in WAYS.items() if name != here})
        pause = min(lasting(world.dice, 40 * 60, 1.5), 6 * DAY)
        world.begin_if_open(lambda: world.stories[way](world, tale.person, goal), by_day(world, pause))


def was_not_enough(world: World, tale: Tale, goal: str) -> None:
    """The machine thought that it had helped. Hours later, or a day, he asks a person."""
    if happens(world.dice, tale.person.persona.insists * 0.5):
        way = pick(world.dice, {"phone": 5, "chat": 3, "email": 1})
        pause = lasting_about(world.dice, 2 * 3600, 24 * 3600, 1.3)
        world.begin_if_open(lambda: world.stories[way](world, tale.person, goal), by_day(world, pause))


def by_day(world: World, pause_ms: int) -> int:
    """A pause that ends when people are awake."""
    hour = centre.hour_of(world.now + pause_ms, world.plan.shift_ms)
    return max(MINUTE, pause_ms) + max(0, MORNING - hour) * HOUR


def a_call(world: World, tale: Tale, goal: str, resolved: bool) -> None:
    """By the centre's own habits, after a call that an agent answered."""
    if happens(world.dice, 0.2):
        world.begin(_note(world, tale), lasting(world.dice, 20.0))
    if happens(world.dice, 0.2):
        world.begin_if_open(lambda: survey(world, tale, resolved), lasting(world.dice, 15 * 60, 0.8))
    if not resolved and happens(world.dice, 0.3):
        world.begin_if_open(lambda: ticket(world, tale.person, goal), lasting(world.dice, 60.0))
    if happens(world.dice, 0.1):
        person = tale.person
        names = {"customer_id": person.customer_id, "phone": person.phone, "email": person.email}
        world.say_of_customer("customer.identified", identifiers=names)
    elif happens(world.dice, 0.05):
        names = {"customer_id": tale.person.customer_id}
        persona = tale.person.persona.name
        world.say_of_customer("customer.updated", identifiers=names, persona=persona, segment="consumer")


def survey(world: World, tale: Tale, resolved: bool) -> Story:
    mood = tale.person.persona.mood + (0.5 if resolved else -0.6) - 0.3 * len(tale.transfers)
    world.remark(tale, "survey.answered", centre.SURVEY, **_answer(world.dice, mood), scope="contact")
    yield from ()


def survey_alone(world: World, person: Person, _goal: str) -> Story:
    """About the company as such, or about a call of which no other system has heard."""
    about = None
    if happens(world.dice, 0.5):
        about = (centre.PARTNER, f"job-{world.now:x}-{person.visitor_id}")
    world.answer_alone(person, about, **_answer(world.dice, person.persona.mood), scope="journey")
    yield from ()


def _answer(dice: Dice, mood: float) -> dict[str, Any]:
    """How hard it was is asked both ways round; not every tool tells its scale."""
    level = max(0.0, min(1.0, 0.5 + mood / 2 + (dice.random() - 0.5) * 0.4))
    metric = one_of(dice, ("csat", "nps", "ces"))
    low, high = SCALES[metric]
    scale = {"scale_min": low, "scale_max": high} if happens(dice, 0.8) else {}
    if metric != "ces":
        return {"metric": metric, "score": low + round(level * (high - low)), **scale}
    easier = one_of(dice, ("high", "low", None))
    ease = 1 - level if easier == "low" else level
    return {"metric": metric, "score": low + round(ease * (high - low)), "easier_is": easier, **scale}


def ticket(world: World, person: Person, goal: str) -> Story:
    """A ticket of its own at the help desk, worked on over days."""
    topic = centre.GOALS[goal].topic
    tale = world.contact(person, "ticket", centre.DESK, counts=False, is_ticket=True)
    names = {"customer_id": person.customer_id, "email": person.email}
    world.say(tale, "ticket.opened", topic=topic, identifiers=names)
    verbs = ["updated"] if happens(world.dice, 0.7) else []
    verbs.append("resolved")
    if happens(world.dice, REOPENED):
        verbs += ["reopened", "resolved"]
        verbs += ["reopened", "updated", "resolved"] if happens(world.dice, REOPENED_AGAIN) else []
    for verb in verbs:
        yield lasting(world.dice, 5 * 3600, 1.0)
        world.say(tale, f"ticket.{verb}", topic=topic)


def consent(world: World, names: dict[str, str]) -> None:
    channel = one_of(world.dice, ("email", "sms"))
    granted = happens(world.dice, 0.7)
    world.say_of_customer("customer.consent_changed", identifiers=names, channel=channel, granted=granted)


def _note(world: World, tale: Tale) -> Story:
    agent = f"{tale.queue}-{world.dice.randint(1, 40)}"
    text = one_of(world.dice, NOTES)
    world.remark(tale, "agent.noted", centre.DESK, text=text, agent=agent)
    yield from ()
