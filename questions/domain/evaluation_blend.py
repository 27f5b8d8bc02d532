"""The readiness head over a log: the slow filter, leaning on others, coarser or livelier, as far as set-aside exams say.

One filter must settle how much of a learner is their topics and how fast they change. An exam weeks away has no one answer to
that: topics that were practised say more, old answers less, and how much differs by log. So three extremes run beside the
slow filter, ``COARSE`` (hardly any topics, no drift), ``LIVELY`` (strong topics, all drifts) and ``TOPICAL`` (strong topics,
only they drift), and the logits are combined:

    z = z_slow + sum over j of w_j * (z_j - z_slow - c_j)

c_j is the mean of z_j - z_slow over the exams the weights come from, so that no weight moves the level: a common bias is the
residual's business (``readiness``). The weights are a ridge logistic regression with the slow filter as the offset, on what
was foreseen of pseudo-exams of fit learners by filters that had not seen these learners (stacked regression: Wolpert 1992;
Breiman 1996). The penalty pulls them to 0, where the head is the slow filter. Of too few exams it stays there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from questions.domain.ability import Parameters
from questions.domain.calibration import Floats, sigmoid
from questions.domain.evaluation_filter import COARSE, ENOUGH_EXAMS, LIVELY, TOPICAL, Filter, Papers
from questions.domain.evaluation_log import Row
from questions.domain.evaluation_metrics import CLIP

PENALTY = 10.0
"""Ridge on the weights, in units of an answer's information: answers of one exam are no independent witnesses."""
ROUNDS = 20
OTHERS = (COARSE, LIVELY, TOPICAL)


@dataclass(frozen=True, slots=True)
class Weights:
    """``weight`` and ``centre`` (logits) of each of ``OTHERS``."""

    weight: tuple[float, ...] = (0.0,) * len(OTHERS)
    centre: tuple[float, ...] = (0.0,) * len(OTHERS)


NOTHING = Weights()


def weigh(papers: Papers, slow: Parameters) -> Weights:
    """Weights from pseudo-exams; ``papers`` must hold the chances under ``slow`` and under each of ``OTHERS``."""
    if papers.exams < ENOUGH_EXAMS:
        return NOTHING
    offset = _logit(papers.foreseen[slow])
    apart = np.column_stack([_logit(papers.foreseen[one]) - offset for one in OTHERS])
    centre = apart.mean(axis=0)
    x = np.column_stack([np.ones(len(offset)), apart - centre])
    ridge = np.array([0.0, *(PENALTY for _ in OTHERS)])
    found = np.zeros(x.shape[1])
    for _ in range(ROUNDS):
        p = sigmoid(offset + x @ found)
        curved = (x * (p * (1.0 - p))[:, None]).T @ x + np.diag(ridge)
        found += np.linalg.solve(curved, x.T @ (papers.correct - p) - ridge * found)
    return Weights(tuple(found[1:].tolist()), tuple(centre.tolist()))


def blend(slow: Floats, others: Sequence[Floats], weights: Weights) -> Floats:
    """Chances of n items, shape (n,), from the slow filter's and those of each of ``OTHERS``."""
    offset = _logit(slow)
    parts = zip(others, weights.weight, weights.centre, strict=True)
    return sigmoid(offset + sum((w * (_logit(one) - offset - c) for one, w, c in parts), np.zeros_like(offset)))


class Head:
    """The filters beside the slow one, kept up with the log; without weights it keeps none and costs nothing."""

    def __init__(self, weights: Weights = NOTHING) -> None:
        self.weights = weights
        self.filters = [] if weights == NOTHING else [Filter(one) for one in OTHERS]

    def fit(self, rows: Sequence[Row]) -> None:
        """Difficulties under each filter's own constants."""
        for one in self.filters:
            one.fit(rows)

    def predict(self, rows: Sequence[Row], slow: Filter) -> Floats:
        """Chances of an exam's rows, the learners as they are now. Changes nothing."""
        told = _chances(slow, rows)
        return blend(told, [_chances(one, rows) for one in self.filters], self.weights) if self.filters else told

    def update(self, row: Row) -> None:
        """Learn from one answer; the slow filter learns elsewhere."""
        for one in self.filters:
            one.update(*row)


def _chances(model: Filter, rows: Sequence[Row]) -> Floats:
    return np.array([model.predict(row[0], row[1], row[2], row[4]) for row in rows])


def _logit(p: Floats) -> Floats:
    clipped = np.clip(p, CLIP, 1.0 - CLIP)
    found: Floats = np.log(clipped / (1.0 - clipped))
    return found
