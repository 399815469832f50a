"""The live story: what is sent first, what comes late, and what the queues look like just now."""

import random

from tests.e2e.mixed import HOUR, MINUTE, Raw, Step, contacts, event, form

NAMED = {"identifiers": {"customer_id": "named-late"}}
PBX = "//acme/pbx"
UNNAMED, CORRECTED, CANCELLED, CONFLICT, HOT = "unnamed", "corrected", "cancelled", "conflict", "hot"


class Story:
    """Some events first; the late ones once all of the first are judged. All times before `now_s`."""

    def __init__(self, now_s: float, seed: int = 7) -> None:
        self._now_s = now_s
        self.first: list[Raw] = contacts(now_s, seed) + self._hot_queue()
        self.late: list[Raw] = []
        self._add_unnamed()
        self._add_corrected()
        self._add_cancelled()
        self._add_conflict()
        # Whole events again, as platforms do.
        self.first += random.Random(seed).sample(self.first, 60)

    @property
    def all(self) -> list[Raw]:
        return self.first + self.late

    def as_they_happened(self, seed: int) -> list[Raw]:
        """The first events by time, each up to half a minute late."""
        dice = random.Random(seed)
        keys = {id(one): (one["time"], dice.random()) for one in self.first}
        ordered = sorted(self.first, key=lambda one: keys[id(one)])
        for start in range(0, len(ordered), 12):
            window = ordered[start : start + 12]
            dice.shuffle(window)
            ordered[start : start + 12] = window
        return ordered

    def in_any_order(self, seed: int) -> list[Raw]:
        return random.Random(seed).sample(self.all, len(self.all))

    def _add_unnamed(self) -> None:
        """A known customer calls, and calls again an hour later; only step five says that it is he."""
        start_s = self._now_s - 3 * HOUR
        self.first += _events("known", start_s - HOUR, [("call.started", 0, NAMED), ("call.ended", 60, {})])
        steps: list[Step] = [
            ("ivr.started", 0, {}),
            ("ivr.menu_entered", 5, {"node": "main", "options": 4}),
            ("call.started", 20, {}),
            ("call.queued", 21, {"queue": "billing"}),
            ("call.answered", 50, NAMED),
            ("call.ended", 200, {}),
        ]
        told = _events(UNNAMED, start_s, steps)
        self.first += told[:4]
        self.late += told[4:]

    def _add_corrected(self) -> None:
        """Its neighbours say that he waited for an hour; then it turns out that he was answered at once."""
        steps: list[Step] = [
            ("call.queued", 0, {"queue": "billing"}),
            ("call.answered", 30, {}),
            ("call.ended", HOUR, {}),
        ]
        told = _events(CORRECTED, self._now_s - 4 * HOUR, steps)
        self.first += [told[0], told[2]]
        self.late.append(told[1])

    def _add_cancelled(self) -> None:
        """He leaves a form alone for forty minutes, and submits it after all."""
        steps = form(("field_changed", 0), ("submitted", 40 * MINUTE))
        told = _events(CANCELLED, self._now_s - 2 * HOUR, steps)
        self.first.append(told[0])
        self.late.append(told[1])

    def _add_conflict(self) -> None:
        """One id, three contents: the greatest sequence stands, here the one in the middle."""
        start_s = self._now_s - 3 * HOUR
        queued = _events(CONFLICT, start_s, [("call.queued", 0, {"queue": "one"})])[0]
        other = {**queued, "data": {"queue": "two"}, "sequence": "10"}
        third = {**queued, "data": {"queue": "three"}, "sequence": "9"}
        self.first += [queued, third]
        self.late += [other, third]

    def _hot_queue(self) -> list[Raw]:
        """Three wait; two were answered and one gave up in the last 15 minutes; one answer is older."""
        ends: tuple[tuple[float, str | None], ...] = (
            (11, None), (10, None), (9, None), (6, "answered"), (5, "answered"), (4, "abandoned"),
            (30, "answered"),
        )  # fmt: skip
        events: list[Raw] = []
        for number, (minutes, how) in enumerate(ends):
            steps: list[Step] = [("call.queued", 0, {"queue": HOT})]
            if how is not None:
                steps.append((f"call.{how}", 20, {}))
            events += _events(f"{HOT}-{number}", self._now_s - minutes * MINUTE, steps)
        return events


def _events(subject: str, start_s: float, steps: list[Step]) -> list[Raw]:
    return [event(PBX, subject, number, step, start_s) for number, step in enumerate(steps)]
