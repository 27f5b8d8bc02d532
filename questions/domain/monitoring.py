"""Monitors of our own predictions: calibration, discrimination, drift, faults of data, and which of two engines is better.

Chances are of a right answer, 0-1; log loss is in nats an answer. Bootstraps resample learners, as answers of one learner hang
together (Field and Welsh 2007), and take their randomness as an argument.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from questions.domain import evaluation_metrics as metrics

BINS = 10
DRAWS = 1000
WATCHED = 0.997
"""Level of an interval that is looked at again and again while answers come in: three standard errors each way. At 95 %, of
engines as good as the other, one to three in ten would be seen below 0 at some look (Armitage, McPherson, Rowe 1969).
"""
SMALL = 1e-3
"""Share that PSI puts in place of none."""
STUCK = 0.5
"""More of the day's chances than this being one and the same number means that nothing is reckoned."""
HASTY_MS, HASTY_SHARE = 1500, 0.2
"""Answers that came faster than an item can be read, and the share of them that is too much."""
ONE_LEARNER = 0.5
ENOUGH = 200
"""Answers from which shares of a day tell something."""
MISSING, IMPOSSIBLE, IDENTICAL, HASTY, ONE = "missing", "impossible", "identical", "hasty", "one-learner"
ENGINES_OWN = frozenset({MISSING, IMPOSSIBLE, IDENTICAL})
"""Faults that an engine has made itself: reason enough to take it back."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers whose chance was between ``low`` and ``high``: mean chance, share of right ones, how many."""

    low: float
    high: float
    predicted: float
    observed: float
    count: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """How well chances fit answers. ``auc`` is None where all were right, or all wrong."""

    n: int
    log_loss: float
    ece: float
    auc: float | None
    bins: tuple[Bin, ...]


def loss(p: float, correct: bool) -> float:
    """Log loss of one answer, the chance cut to [.001, .999]."""
    p = min(max(p, metrics.CLIP), 1.0 - metrics.CLIP)
    return -math.log(p if correct else 1.0 - p)


def bins(pairs: Sequence[tuple[float, bool]], count: int = BINS) -> tuple[Bin, ...]:
    """The reliability diagram: bins of equal width, empty ones left out."""
    groups: dict[int, list[tuple[float, bool]]] = {}
    for p, correct in pairs:
        groups.setdefault(min(int(p * count), count - 1), []).append((p, correct))
    return tuple(
        Bin(
            number / count,
            (number + 1) / count,
            math.fsum(p for p, _ in group) / len(group),
            sum(correct for _, correct in group) / len(group),
            len(group),
        )
        for number, group in sorted(groups.items())
    )


def calibration(pairs: Sequence[tuple[float, bool]]) -> Calibration:
    """Of (chance, right) pairs, at least one. ECE as in Naeini, Cooper, Hauskrecht 2015, with ten bins of equal width."""
    found = bins(pairs)
    n = len(pairs)
    correct, chances = [right for _, right in pairs], [p for p, _ in pairs]
    told = metrics.auc(correct, chances)
    mean = math.fsum(loss(p, right) for p, right in pairs) / n
    return Calibration(n, mean, metrics.ece(correct, chances, BINS), None if math.isnan(told) else told, found)


def psi(then: Sequence[float], now: Sequence[float], count: int = BINS) -> float:
    """Population stability index of two samples of chances over bins of equal width. Below .1 little has moved, above .25 much
    (Siddiqi, "Credit Risk Scorecards", 2006).
    """

    def shares(sample: Sequence[float]) -> list[float]:
        found = [0] * count
        for p in sample:
            found[min(int(p * count), count - 1)] += 1
        return [max(one / len(sample), SMALL) for one in found]

    return math.fsum((b - a) * math.log(b / a) for a, b in zip(shares(then), shares(now), strict=True))


@dataclass(frozen=True, slots=True)
class Prediction:
    """A logged answer as a monitor sees it. ``took`` in milliseconds; what is not known is None."""

    learner: int
    p: float | None
    correct: bool
    took: int | None = None


def faults(rows: Sequence[Prediction]) -> list[str]:
    """What is wrong with these answers as data; the codes above, in their order."""
    found = []
    known = [row.p for row in rows if row.p is not None]
    sound = [p for p in known if math.isfinite(p) and 0.0 < p < 1.0]
    if len(known) < len(rows):
        found.append(MISSING)
    if len(sound) < len(known):
        found.append(IMPOSSIBLE)
    if len(rows) < ENOUGH:
        return found
    if sound and max(_counts(sound).values()) > STUCK * len(sound):
        found.append(IDENTICAL)
    timed = [row.took for row in rows if row.took is not None]
    if len(timed) >= ENOUGH and sum(took < HASTY_MS for took in timed) > HASTY_SHARE * len(timed):
        found.append(HASTY)
    if max(_counts([row.learner for row in rows]).values()) > ONE_LEARNER * len(rows):
        found.append(ONE)
    return found


def _counts(values: Sequence[float]) -> Mapping[float, int]:
    found: dict[float, int] = {}
    for value in values:
        found[value] = found.get(value, 0) + 1
    return found


@dataclass(frozen=True, slots=True)
class Comparison:
    """Mean of (champion's loss - challenger's loss) over answers, and its interval: above 0 the challenger is better."""

    answers: int
    learners: int
    champion: float
    challenger: float
    gain: float
    low: float
    high: float


def compare(
    losses: Mapping[int, Sequence[tuple[float, float]]],
    rng: np.random.Generator,
    *,
    draws: int = DRAWS,
    level: float = 0.95,
) -> Comparison:
    """Of two engines on the same answers: ``losses`` are (champion's, challenger's) by learner. Paired bootstrap; the interval
    holds the share ``level`` (0-1) of its ``draws``.
    """
    rows = [
        (len(pairs), math.fsum(a for a, _ in pairs), math.fsum(b for _, b in pairs))
        for _, pairs in sorted(losses.items())
    ]
    counts = np.array([row[0] for row in rows], dtype=float)
    gains = np.array([row[1] - row[2] for row in rows])
    n = int(counts.sum())
    drawn = rng.integers(0, len(rows), (draws, len(rows)))
    means = gains[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, (0.5 - level / 2.0, 0.5 + level / 2.0))
    champion, challenger = math.fsum(row[1] for row in rows) / n, math.fsum(row[2] for row in rows) / n
    return Comparison(n, len(rows), champion, challenger, champion - challenger, float(low), float(high))
