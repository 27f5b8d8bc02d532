"""The score of a mock exam before it is taken: expected share of right answers, with the interval that its result lies in.

The expected score is that of ``readiness`` over the very items of this paper. Its interval is of one's true score; the result
adds the luck of one paper, which is binomial: sum p (1 - p) / n^2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from questions.domain.ability import Z80, Belief, Gauss, estimate
from questions.domain.engine import EngineParameters
from questions.domain.readiness import UNMEASURED, Residual, readiness, residual

MEASURED = 20
"""Finished mock exams from which the residual of readiness is learned."""
Paper = Sequence[tuple[Sequence[str], Gauss]]
"""The items of an exam, (tags, served difficulty) each."""
Outcome = tuple[float, float, float]
"""Of a finished mock exam: expected and reached share, and the variance of its luck."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Shares of right answers, 0-1, with the 80 % interval of the result; ``luck`` is the part of its variance that is luck."""

    predicted: float
    low: float
    high: float
    luck: float


def residual_of(engine: EngineParameters) -> Residual:
    """What finished exams said beside the model when this version was made."""
    known: Any = engine.readiness.get("residual")
    return Residual(float(known["bias"]), float(known["sd"])) if known else UNMEASURED


def forecast(belief: Belief, paper: Paper, engine: EngineParameters) -> Forecast:
    """Of an exam of these items, at least one."""
    missed = residual_of(engine)
    told = readiness(belief, {"": (1.0, paper)}, engine.filter, missed, questions=len(paper))
    chances = [estimate(belief, tags, difficulty, engine.filter).p for tags, difficulty in paper]
    luck = math.fsum(p * (1.0 - p) for p in chances) / len(chances) ** 2
    spread = Z80 * math.sqrt(told.score_sd**2 + missed.sd**2 + luck)
    return Forecast(told.score, max(0.0, told.score - spread), min(1.0, told.score + spread), luck)


@dataclass(frozen=True, slots=True)
class Measured:
    """A residual learned from finished exams. ``gain`` (nats an exam) is by how much the one of the earlier half describes the
    later half better than the one in use.
    """

    bias: float
    sd: float
    exams: int
    gain: float


def measure(outcomes: Sequence[Outcome], known: Residual) -> Measured | None:
    """The residual of these outcomes, in order of time and expected without any bias; None of too few."""
    if len(outcomes) < MEASURED:
        return None
    half = len(outcomes) // 2
    trial, later = residual(outcomes[:half]), outcomes[half:]
    gain = math.fsum(_surprise(one, known) - _surprise(one, trial) for one in later) / len(later)
    found = residual(outcomes)
    return Measured(found.bias, found.sd, len(outcomes), gain)


def _surprise(outcome: Outcome, residual_: Residual) -> float:
    """Negative log density of an outcome, up to a constant."""
    expected, reached, luck = outcome
    variance = max(luck + residual_.sd**2, 1e-9)
    return 0.5 * math.log(variance) + (reached - expected - residual_.bias) ** 2 / (2.0 * variance)
