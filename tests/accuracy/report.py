"""What the trials found, by case and kind: as a table for people, and as one line for machines."""

from collections.abc import Iterable

from rich.table import Table

from tests.accuracy.trial import CASES, Outcome, Score

#: Of precision and recall. What is lost cannot be found: there the bar is lower.
BARS = {"clean": 1.0, "disordered": 1.0, "lossy": 0.95}
Scores = dict[str, Score]


def added_up(outcomes: Iterable[Outcome]) -> dict[str, Scores]:
    """By case, over all its trials."""
    total: dict[str, Scores] = {case: {} for case in CASES}
    for outcome in outcomes:
        scores = total[outcome.trial.case]
        for kind, score in outcome.scores.items():
            labels, found, right = scores.get(kind, Score(0, 0, 0))
            scores[kind] = Score(labels + score.labels, found + score.found, right + score.right)
    return total


def precision(score: Score) -> float:
    """Nothing raised is nothing wrong."""
    return score.right / score.found if score.found else 1.0


def recall(score: Score) -> float:
    """What never happened proves nothing, and so is no success."""
    return score.right / score.labels if score.labels else 0.0


def misses(scores: Scores, bar: float) -> list[str]:
    """The kinds that miss their bar."""
    return [kind for kind, score in scores.items() if min(precision(score), recall(score)) < bar]


def table(case: str, scores: Scores) -> Table:
    made = Table(title=f"{case} (bar {BARS[case]:.2f})", title_justify="left")
    made.add_column("kind")
    for column in ("labels", "found", "wrong", "missed", "precision", "recall"):
        made.add_column(column, justify="right")
    below = misses(scores, BARS[case])
    for kind, score in sorted(scores.items()):
        counts = (score.labels, score.found, score.found - score.right, score.labels - score.right)
        shares = (f"{precision(score):.3f}", f"{recall(score):.3f}")
        style = "red" if kind in below else None
        made.add_row(kind, *(f"{count:,}" for count in counts), *shares, style=style)
    return made


def as_json(total: dict[str, Scores], events: int, seed: int) -> dict[str, object]:
    """By case and kind [precision, recall], rounded down: 1.0 is only what is exact."""
    shares = {
        case: {kind: [_floor(precision(score)), _floor(recall(score))] for kind, score in scores.items()}
        for case, scores in total.items()
    }
    return {**shares, "events": events, "seed": seed}


def _floor(share: float) -> float:
    return int(share * 10_000) / 10_000
