"""Who begins which story when: each channel comes by its own hours."""

from services.simulator.core import centre
from services.simulator.core.dice import MINUTE, Dice, pick
from services.simulator.core.people import People
from services.simulator.core.stories import after, chat, forms, phone, written
from services.simulator.core.world import Beginning, Plan, Story, World

STORIES: dict[str, Beginning] = {
    "phone": phone.call,
    "chat": chat.write,
    "form": forms.fill_in,
    "email": written.email,
    "social": written.post,
    "touchpoint": written.touchpoint,
    "ticket": after.ticket,
    "outbound": phone.outbound,
    "survey": after.survey_alone,
}


def world(plan: Plan, dice: Dice, people: People) -> World:
    """One in which everything is about to begin."""
    made = World(plan, dice, people, STORIES)
    for channel, share in centre.CHANNELS.items():
        made.begin(_arrivals(made, channel, share))
    if plan.trouble is not None:
        goal = next(name for name, goal in centre.GOALS.items() if goal.form == plan.trouble.form)
        mailing = _arrivals(made, "form", centre.CHANNELS["form"] * centre.MAILING, goal)
        made.begin(mailing, plan.trouble.from_ms - plan.start_ms)
    return made


def _arrivals(world: World, channel: str, share: float, goal: str | None = None) -> Story:
    """By the minute, so that a quiet night ends when the morning comes."""
    while world.is_open:
        busy = world.plan.contacts_s * share * centre.share_of_hour(channel, world.hour)
        pause = round(world.dice.expovariate(busy) * 1000)
        if pause > MINUTE:
            yield MINUTE
            continue
        yield pause
        if world.is_open:
            person = world.people.anyone(world.dice, channel)
            wanted = goal or pick(world.dice, centre.goal_weights(person.persona.goals, world.hour))
            world.begin(STORIES[channel](world, person, wanted))


def contacts_a_second(customers: int, events_s: float | None) -> float:
    """In the busiest hour: by the events a second that are wanted, else as many as so many people make."""
    if events_s is not None:
        return events_s / centre.EVENTS_PER_CONTACT
    return customers * centre.CONTACTS_A_DAY * centre.BUSIEST_HOUR / 3600
