"""The score of a mock exam before it is taken: expected share of right answers with its 80 % interval.

Abilities are integrated over (Gauss-Hermite, 21 points over the learner's overall ability); given them the answers are
independent, so the share is near a normal with mean p and variance sum p (1 - p) / n^2. The interval is that of the mixture.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from questions.domain.ability import DEFAULT, Belief, Gauss, Parameters, estimate

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(21)


@dataclass(frozen=True, slots=True)
class Forecast:
    """Share of right answers, 0-1, with its 80 % interval."""

    predicted: float
    low: float
    high: float


def forecast(
    belief: Belief, items: Sequence[tuple[Sequence[str], Gauss]], parameters: Parameters = DEFAULT
) -> Forecast:
    """Of an exam of these items, (tags, difficulty) each; at least one."""
    n = len(items)
    total = float(WEIGHTS.sum())
    parts: list[tuple[float, NormalDist]] = []
    for node, weight in zip(NODES, WEIGHTS, strict=True):
        ability = Gauss(belief.overall.mean + float(node) * math.sqrt(belief.overall.variance), 0.0)
        known = replace(belief, overall=ability)
        chances = [estimate(known, tags, difficulty, parameters).p for tags, difficulty in items]
        spread = math.sqrt(math.fsum(p * (1.0 - p) for p in chances)) / n
        parts.append((float(weight) / total, NormalDist(math.fsum(chances) / n, max(spread, 1e-9))))
    mean = math.fsum(weight * part.mean for weight, part in parts)
    low, high = _quantile(parts, 0.1), _quantile(parts, 0.9)
    return Forecast(mean, min(low, mean), max(high, mean))


def _quantile(parts: Sequence[tuple[float, NormalDist]], level: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        below = math.fsum(weight * part.cdf(middle) for weight, part in parts)
        low, high = (middle, high) if below < level else (low, middle)
    return (low + high) / 2
