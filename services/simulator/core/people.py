"""The people of the centre: a temper, and by what each system may know them."""

from msgspec import Struct

from services.simulator.core.dice import Dice, happens, pick
from services.simulator.core.personas import BY_NAME, PERSONAS, Persona

Identifiers = dict[str, str]
FIRST = ("ada", "ben", "chloe", "dev", "eva", "finn", "grace", "hugo", "iris", "jon", "kim", "lea", "mia")
LAST = ("adler", "bauer", "costa", "diaz", "evans", "fox", "garcia", "haas", "ito", "jung", "kaya", "lopez")


class Person(Struct):
    """One customer, by all names that anybody may have for him. `is_engaged`: in a conversation now."""

    persona: Persona
    customer_id: str
    email: str
    phone: str
    visitor_id: str
    device_id: str
    hides_phone: bool
    is_engaged: bool = False

    @property
    def by_phone(self) -> Identifiers:
        return {} if self.hides_phone else {"phone": self.phone}


class People:
    """Made when first needed; who number n is depends on the dice alone that are given for him."""

    def __init__(self, dice: Dice, number: int) -> None:
        self._dice = dice
        self._people = [self._person(index) for index in range(number)]

    def anyone(self, dice: Dice, channel: str) -> Person:
        """Somebody who is free, of a temper that likes the channel."""
        person = self._people[0]
        for _ in range(20):
            person = self._people[dice.randint(0, len(self._people) - 1)]
            likes = person.persona.channels.get(channel, 1.0)
            if not person.is_engaged and happens(dice, likes / 2):
                break
        return person

    def _person(self, index: int) -> Person:
        dice = self._dice
        name = pick(dice, {persona.name: persona.share for persona in PERSONAS})
        first, last = FIRST[index % len(FIRST)], LAST[index // len(FIRST) % len(LAST)]
        return Person(
            persona=BY_NAME[name],
            customer_id=f"C-{100_000 + index}",
            email=f"{first}.{last}.{index}@example.org",
            phone=f"+1415{2_000_000 + index}",
            visitor_id=f"v-{index:06x}",
            device_id=f"d-{index:06x}",
            hides_phone=happens(dice, 0.08),
        )
