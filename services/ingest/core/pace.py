"""How often somebody may come: so many times a second on the average, with some haste allowed."""

NAMES_MAX = 50_000
#: Seconds of its rate that a caller may take at once.
HASTE_SECONDS = 2.0


class Pace:
    """Who came when, by name; of too many names those that came first are forgotten.

    Kept of each is the time at which it will have come at its rate (the generic cell rate algorithm).
    """

    def __init__(self, names_max: int = NAMES_MAX) -> None:
        self._names_max = names_max
        self._due: dict[str, float] = {}

    def pass_by(self, name: str, rate: float, now: float) -> float:
        """0 where it may pass, and that counts; else the seconds it has to wait. `rate`: times a second."""
        wait = self.wait(name, rate, now)
        if wait <= 0:
            self._due[name] = max(self._due.pop(name, now), now) + 1 / rate
            if len(self._due) > self._names_max:
                del self._due[next(iter(self._due))]
            return 0.0
        return wait

    def wait(self, name: str, rate: float, now: float) -> float:
        """The seconds it would have to wait, without counting."""
        haste = max(HASTE_SECONDS, 1 / rate)
        return self._due.get(name, now) + 1 / rate - haste - now
