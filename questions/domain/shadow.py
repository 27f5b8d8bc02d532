"""What another engine would have predicted: one learner's log walked by any version, and a candidate tuned on it.

The difficulties are those that the items were served with, so two engines differ by their own constants alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from questions.domain import ability
from questions.domain.ability import Gauss, Parameters
from questions.domain.engine import EngineParameters
from questions.domain.monitoring import loss


@dataclass(frozen=True, slots=True)
class Trial:
    """One answer as it counted: ``at`` UNIX seconds, ``item`` its difficulty when served."""

    answer: int
    at: float
    tags: tuple[str, ...]
    item: Gauss
    correct: bool
    repeat: bool


def predict(trials: Iterable[Trial], engine: EngineParameters) -> list[float]:
    """The chance that this engine gives each answer before it knows it; ``trials`` are one learner's, in their order."""
    belief, found = ability.newcomer(engine.filter), []
    for trial in trials:
        belief, guess = ability.update(
            belief, trial.tags, trial.item, correct=trial.correct, at=trial.at, repeat=trial.repeat,
            parameters=engine.filter,
        )  # fmt: skip
        found.append(guess.p)
    return found


def losses(
    logs: Mapping[int, Sequence[Trial]], engine: EngineParameters, counted: frozenset[int] | None = None
) -> dict[int, list[float]]:
    """Log loss of each counted answer (all of them, if None) by learner, in their order; who has none is left out."""
    found = {}
    for learner, trials in logs.items():
        chances = zip(trials, predict(trials, engine), strict=True)
        if kept := [loss(p, t.correct) for t, p in chances if counted is None or t.answer in counted]:
            found[learner] = kept
    return found


TUNED = ("learner_variance", "tag_variance", "drift", "tag_drift", "repeat_weight")
STEPS = (0.8, 1.25)
MU_STEPS = (-0.1, 0.1)


def tune(logs: Mapping[int, Sequence[Trial]], champion: EngineParameters, counted: frozenset[int]) -> Parameters:
    """Constants that predict the ``counted`` answers better: one round of coordinate descent, one step each way.

    Small steps a night follow a drift without chasing one day's noise; whether they win is judged on later answers.
    """
    best, least = champion.filter, _mean(losses(logs, champion, counted))
    for name in ("mu", *TUNED):
        value = getattr(best, name)
        tried = [value + step for step in MU_STEPS] if name == "mu" else [value * step for step in STEPS]
        for one in tried:
            try:
                other = replace(best, **{name: one})
            except ValueError:
                continue
            reached = _mean(losses(logs, replace(champion, filter=other), counted))
            if reached < least:
                best, least = other, reached
                break
    return best


def _mean(found: Mapping[int, Sequence[float]]) -> float:
    return math.fsum(math.fsum(rows) for rows in found.values()) / max(1, sum(map(len, found.values())))
