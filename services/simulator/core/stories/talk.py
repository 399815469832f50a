"""With an agent on the phone: talking, proving who one is, being put on hold."""

from collections.abc import Generator

from services.simulator.core import centre
from services.simulator.core.dice import happens, lasting, lasting_about, one_of
from services.simulator.core.stories.words import said
from services.simulator.core.tales import Tale
from services.simulator.core.world import Queue, World

ON_HOLD = 0.2
#: Of those on hold: a long one, two of them, and who hangs up where it is long.
LONG_HOLD, HELD_TWICE, HANGS_UP_ON_HOLD = 0.2, 0.15, 0.2
LONG_HOLD_S = 150.0
PROVES_AGAIN = 0.3

Talk = Generator[int | Queue, bool, bool]


def talk(world: World, tale: Tale, queue: str, part: float) -> Talk:
    """So much of a whole conversation; False when he hung up."""
    length = lasting(world.dice, centre.TALK_S[queue] * part, 0.45)
    yield length // 3
    mood = tale.person.persona.mood - 0.4 * len(tale.transfers)
    if happens(world.dice, 0.5):
        by = one_of(world.dice, ("customer", "customer", None))
        world.say(tale, "call.transcribed", by=by, **said(world.dice, mood))
        yield 50
    if happens(world.dice, 0.2):
        world.say(tale, "call.transcribed", by="agent", **said(world.dice, mood / 2 - 0.2))
        yield 50
    if happens(world.dice, ON_HOLD):
        if not (yield from _on_hold(world, tale)):
            return False
    elif happens(world.dice, PROVES_AGAIN):
        succeeded = happens(world.dice, 0.9)
        names = {"customer_id": tale.person.customer_id} if succeeded else {}
        world.say(tale, "call.authenticated", method="questions", succeeded=succeeded, identifiers=names)
    yield length - length // 3
    return True


def _on_hold(world: World, tale: Tale) -> Talk:
    """Once or twice; False when it was too long for him."""
    for _ in range(2 if happens(world.dice, HELD_TWICE) else 1):
        is_long = happens(world.dice, LONG_HOLD)
        world.say(tale, "call.held")
        yield lasting_about(world.dice, LONG_HOLD_S if is_long else 40.0, 120)
        if is_long and happens(world.dice, HANGS_UP_ON_HOLD):
            return False
        # Each end of the line says it.
        for _ in ("agent", "customer"):
            world.say(tale, "call.resumed")
            yield 40
        yield lasting(world.dice, 10.0)
    return True
