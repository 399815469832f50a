"""Who had better wait: the stages after one that is behind.

What a stage tells the next is soon told anew where its own input is far from its end: more is known of
the same contact, which is another contact of the same customer. So while a worker catches up, those of
its later stages that may wait fold seldom and much at a time. Most of what is new is behind it all anyway.
"""

from collections.abc import Collection, Sequence
from statistics import median_low

#: So far behind, the stages after it wait. A worker that keeps up is never so late.
BEHIND_SECONDS = 3.0
#: They wait for so much of what it is behind, at most so long, and then fold all there is.
SHARE = 0.5
WAIT_SECONDS_MAX = 15.0


class HoldingBack:
    """`stages`: names, in the order in which they tell each other; `patient`: those of them that may wait."""

    def __init__(self, stages: Sequence[str], patient: Collection[str]) -> None:
        self._earlier = {name: stages[:place] for place, name in enumerate(stages) if name in patient}
        self._behind_s: dict[str, float] = {}

    def note(self, stage: str, lags_s: Sequence[float]) -> None:
        """How far each partition of a stage is behind that is ours. One that lags alone makes nobody wait."""
        self._behind_s[stage] = median_low(lags_s) if lags_s else 0.0

    def wait_s(self, stage: str) -> float:
        """How long a partition of this stage leaves alone what comes, since it had nothing left to fold."""
        behind_s = max((self._behind_s.get(one, 0.0) for one in self._earlier.get(stage, ())), default=0.0)
        return min(behind_s * SHARE, WAIT_SECONDS_MAX) if behind_s > BEHIND_SECONDS else 0.0
