"""How well memory models foretell the second half of a log: FSRS-6 as it comes, as it is served, fitted, and corrected.

Everything may learn from the first half by time; the second half is walked once, each review foretold before its answer is
learned. Only reviews a full day or more after the last one are scored: shortly after an answer everybody remembers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from questions.domain.memory import DEFAULT, Parameters
from questions.domain.memory_fit import Fit, fit_deployment, fit_learner
from questions.domain.memory_log import Expected, Review, elapsed_days, in_order, night_days, walk, whole_days
from questions.domain.recall_head import RecallHead

CLIP = 0.001
BINS = 10
ELAPSED, WHOLE = "FSRS-6 default, elapsed time", "FSRS-6 default, whole days"
NIGHTS, FITTED, HEAD = "FSRS-6 default, nights", "FSRS-6 fitted, nights", "recall head"

Floats = npt.NDArray[np.float64]
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Score:
    """One model on the scored reviews. ``difference`` is its log loss minus the reference's, with a 95 % interval by
    bootstrap over items; all None for the reference itself."""

    model: str
    log_loss: float
    auc: float
    ece: float
    n: int
    difference: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """``reference`` is the better of the two ways to reckon FSRS-6 with its defaults; ``recalled`` the mean result."""

    scores: tuple[Score, ...]
    reference: str
    recalled: float
    reviews: int
    learners: int
    items: int
    fits: tuple[tuple[str, Fit], ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self) | {"fits": {learner: fit.as_json() for learner, fit in self.fits}}


def compare(reviews: Sequence[Review], *, rounds: int = 1000, seed: int = 0, tell: Tell = lambda _: None) -> Report:
    """Score every model on a log. ``rounds`` bootstraps; ``tell`` hears what is under way.

    ValueError when the second half has no review a day or more after the last one of its item.
    """
    ordered = in_order(reviews)
    half = len(ordered) // 2
    tell("FSRS-6 with its defaults")
    baseline = walk(ordered, DEFAULT, elapsed_days)
    scored = [one for one in baseline if one.spaced and one.index >= half]
    if not scored:
        raise ValueError("The second half of the log has no review a day or more after the last one of its item.")
    keep = {one.index for one in scored}
    predictions = {
        ELAPSED: _recalls(baseline, keep),
        WHOLE: _recalls(walk(ordered, DEFAULT, whole_days), keep),
        NIGHTS: _recalls(walk(ordered, DEFAULT, night_days), keep),
    }
    tell("FSRS-6 fitted to the first half")
    fits = _fits(ordered[:half])
    vectors = {learner: fit.parameters for learner, fit in fits if fit.accepted}
    common = vectors.get("", DEFAULT)
    predictions[FITTED] = _recalls(walk(ordered, lambda learner: vectors.get(learner, common)), keep)
    predictions[HEAD] = _head(ordered, half, keep, common, tell)
    tell(f"bootstrap over items, {rounds} rounds")
    y = np.array([one.review.correct for one in scored], dtype=np.float64)
    cards = [(one.review.learner, one.review.item) for one in scored]
    return Report(
        scores=_scores(y, predictions, cards, rounds, seed),
        reference=_reference(y, predictions),
        recalled=float(y.mean()),
        reviews=len(ordered),
        learners=len({review.learner for review in ordered}),
        items=len({review.item for review in ordered}),
        fits=tuple(fits),
    )


def _recalls(expected: Sequence[Expected], keep: set[int]) -> Floats:
    return np.array([one.recall for one in expected if one.index in keep])


def _fits(reviews: Sequence[Review]) -> list[tuple[str, Fit]]:
    """The fit to each learner; for several learners also one to all of them, under the name ""."""
    own: dict[str, list[Review]] = {}
    for review in reviews:
        own.setdefault(review.learner, []).append(review)
    everybody = [("", fit_deployment(reviews))] if len(own) > 1 else []
    common = everybody[0][1].parameters if everybody else DEFAULT
    return everybody + [(learner, fit_learner(rows, common)) for learner, rows in own.items()]


def _head(reviews: Sequence[Review], half: int, keep: set[int], common: Parameters, tell: Tell) -> Floats:
    head = RecallHead(common)
    rows = [(r.learner, r.item, (), int(r.correct), r.at, r.rating) for r in reviews]
    tell("recall head learns from the first half")
    head.fit(rows[:half])
    found = []
    for index, row in enumerate(rows[half:], start=half):
        if (index - half) % 5000 == 0:
            tell(f"recall head walks the second half: {index - half} of {len(rows) - half}")
        if index in keep:
            found.append(head.predict(row[0], row[1], row[2], row[4]))
        head.update(*row)
    return np.array(found)


def _reference(y: Floats, predictions: dict[str, Floats]) -> str:
    return min((ELAPSED, WHOLE), key=lambda model: float(losses(y, predictions[model]).mean()))


def _scores(
    y: Floats, predictions: dict[str, Floats], cards: Sequence[object], rounds: int, seed: int
) -> tuple[Score, ...]:
    reference = _reference(y, predictions)
    against = losses(y, predictions[reference])
    found = []
    for model, p in predictions.items():
        of = losses(y, p)
        difference = low = high = None
        if model != reference:
            difference = float((of - against).mean())
            low, high = interval(of - against, cards, rounds, seed)
        found.append(Score(model, float(of.mean()), auc(y, p), ece(y, p), len(y), difference, low, high))
    return tuple(found)


def losses(y: Floats, p: Floats) -> Floats:
    """Log loss of each prediction in nats; p is held within CLIP of 0 and 1."""
    p = np.clip(p, CLIP, 1 - CLIP)
    found: Floats = -(y * np.log(p) + (1 - y) * np.log(1 - p))
    return found


def auc(y: Floats, p: Floats) -> float:
    """Chance that a right answer had the higher prediction than a wrong one, ties counting half; nan without both."""
    _, place, count = np.unique(p, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    right, wrong = float(y.sum()), float(len(y) - y.sum())
    if not right or not wrong:
        return float("nan")
    return float((rank[y == 1].sum() - right * (right + 1) / 2) / (right * wrong))


def ece(y: Floats, p: Floats) -> float:
    """Expected calibration error over BINS bins of equal width."""
    bins = np.minimum((p * BINS).astype(int), BINS - 1)
    return float(sum(abs((y[bins == k] - p[bins == k]).sum()) for k in range(BINS)) / len(y))


def interval(values: Floats, clusters: Sequence[object], rounds: int, seed: int) -> tuple[float, float]:
    """95 % interval of the mean of ``values`` by bootstrap over clusters, which are drawn whole."""
    numbers: dict[object, int] = {}
    of = np.array([numbers.setdefault(cluster, len(numbers)) for cluster in clusters])
    sums, counts = np.bincount(of, weights=values), np.bincount(of)
    rng = np.random.default_rng(seed)
    means = np.empty(rounds)
    for k in range(rounds):
        drawn = rng.integers(0, len(sums), len(sums))
        means[k] = sums[drawn].sum() / counts[drawn].sum()
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
