"""Measures of predictions: AUC, log loss, calibration, a paired bootstrap over learners, measures of set-aside exams."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from questions.domain.calibration import Floats
from questions.domain.evaluation_log import Row, Sitting
from questions.domain.readiness import Residual, residual

CLIP = 1e-3
COLD = 10
"""A learner's first answers, before much is known."""


@dataclass(frozen=True, slots=True)
class Scores:
    """``auc`` and ``cold`` (AUC on each learner's first ten answers) are NaN where one result is missing."""

    auc: float
    log_loss: float
    rmse: float
    ece: float
    cold: float


def auc(correct: npt.ArrayLike, p: npt.ArrayLike) -> float:
    """Chance that a right answer was given more chance than a wrong one, ties half (Mann-Whitney)."""
    y, chance = np.asarray(correct, bool), np.asarray(p, float)
    ones, zeros = int(y.sum()), int((~y).sum())
    if not ones or not zeros:
        return math.nan
    _, place, count = np.unique(chance, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2.0)[place]
    return float((rank[y].sum() - ones * (ones + 1) / 2.0) / (ones * zeros))


def losses(correct: npt.ArrayLike, p: npt.ArrayLike) -> Floats:
    """Log loss (nats) of each prediction, clipped to [.001, .999]."""
    y, q = np.asarray(correct, float), np.clip(np.asarray(p, float), CLIP, 1 - CLIP)
    each: Floats = -(y * np.log(q) + (1 - y) * np.log(1 - q))
    return each


def ece(correct: npt.ArrayLike, p: npt.ArrayLike, bins: int = 10) -> float:
    """Expected calibration error: mean distance of predicted and observed shares over equal-width bins."""
    y, chance = np.asarray(correct, float), np.asarray(p, float)
    bin_of = np.minimum((chance * bins).astype(int), bins - 1)
    gap = np.bincount(bin_of, y - chance, bins)
    return float(np.abs(gap).sum() / len(y))


def scores(rows: Sequence[Row], p: npt.ArrayLike) -> Scores:
    """All measures of one walk."""
    y, chance = np.array([row.correct for row in rows]), np.asarray(p, float)
    answered: dict[str, int] = defaultdict(int)
    early = np.zeros(len(rows), bool)
    for place, row in enumerate(rows):
        early[place] = answered[row.user] < COLD
        answered[row.user] += 1
    return Scores(
        auc(y, np.clip(chance, CLIP, 1 - CLIP)),
        float(losses(y, chance).mean()),
        float(np.sqrt(((y - chance) ** 2).mean())),
        ece(y, chance),
        auc(y[early], chance[early]),
    )


@dataclass(frozen=True, slots=True)
class Difference:
    """Log loss of one model minus that of another (below 0: the first is better), with a 95 % interval."""

    mean: float
    low: float
    high: float


def paired_bootstrap(
    rows: Sequence[Row], one: npt.ArrayLike, other: npt.ArrayLike, rng: np.random.Generator, rounds: int = 1000
) -> Difference:
    """Percentile bootstrap that draws learners, each with all of their answers (Efron & Tibshirani 1993)."""
    y = [row.correct for row in rows]
    difference = losses(y, one) - losses(y, other)
    _, learner = np.unique([row.user for row in rows], return_inverse=True)
    total, count = np.bincount(learner, difference), np.bincount(learner)
    drawn = rng.multinomial(len(count), np.full(len(count), 1.0 / len(count)), size=rounds)
    means = (drawn @ total) / (drawn @ count)
    low, high = np.quantile(means, [0.025, 0.975])
    return Difference(float(difference.mean()), float(low), float(high))


@dataclass(frozen=True, slots=True)
class ExamScores:
    """Of set-aside exams: error of the expected score, coverage of its 80 % interval, Brier score and ECE of passing."""

    learners: int
    mae: float
    chance_mae: float
    coverage: float
    mark: float
    brier: float
    ece: float


def exam_scores(fitted: Sequence[Sitting], sat: Sequence[Sitting], mark: float, length: int) -> ExamScores:
    """Measures of ``sat``; bias and residual spread are those of ``fitted``, the exams of fit learners."""
    off: Residual = residual(fitted)
    found = np.array(sat, float)
    expected, observed = found[:, 0] + off.bias, found[:, 1]
    sd = np.sqrt(found[:, 2] + off.sd**2)
    passed = observed >= mark - 1e-9
    z = (mark - 0.5 / length - expected) / sd
    chance = np.array([0.5 * math.erfc(it / math.sqrt(2)) for it in z])
    return ExamScores(
        len(found),
        float(np.abs(expected - observed).mean()),
        float(np.sqrt(2 / math.pi * found[:, 2]).mean()),
        float((np.abs(expected - observed) <= 1.2816 * sd).mean()),
        mark,
        float(((chance - passed) ** 2).mean()),
        ece(passed, chance, 5),
    )
