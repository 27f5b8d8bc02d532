"""What another engine would have predicted: one learner's log walked by any version, and candidates tuned on many.

The difficulties are those that the items were served with, which did not see the answers that they are judged on; so two
engines differ by their own constants alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from questions.domain import ability, stack
from questions.domain.ability import Gauss, Parameters
from questions.domain.engine import EngineParameters
from questions.domain.monitoring import loss
from questions.domain.trace import Trace, features


@dataclass(frozen=True, slots=True)
class Trial:
    """One answer as it counted: ``at`` UNIX seconds, ``difficulty`` that of the item when served."""

    answer: int
    at: float
    item: str
    tags: tuple[str, ...]
    difficulty: Gauss
    correct: bool
    repeat: bool


Logs = Mapping[int, Sequence[Trial]]
"""By learner, each in its order."""


Judged = tuple[Trial, float, list[float]]


def walk(trials: Iterable[Trial], parameters: Parameters, *, traced: bool = False) -> Iterator[Judged]:
    """Each answer of a learner with the filter's chance before it and, if ``traced``, the features of the stack."""
    belief, trace = ability.newcomer(parameters), Trace()
    for trial in trials:
        seen: list[float] = []
        if traced:
            before = ability.estimate(belief, trial.tags, trial.difficulty, parameters)
            seen = features(
                trace, belief, before, trial.item, trial.tags, trial.difficulty, trial.at, parameters
            )  # fmt: skip
        belief, guess = ability.update(
            belief, trial.tags, trial.difficulty, correct=trial.correct, at=trial.at, repeat=trial.repeat,
            parameters=parameters,
        )  # fmt: skip
        if traced:
            trace.record(trial.item, trial.tags, correct=trial.correct, p=guess.p, at=trial.at)
        yield trial, guess.p, seen


def losses(logs: Logs, engine: EngineParameters, counted: frozenset[int] | None = None) -> dict[int, list[float]]:
    """Log loss of each counted answer (all of them, if None) by learner, in their order; who has none is left out.

    By the filter, which judges answers; ``stacked`` tells what the stack would do.
    """
    found = {}
    for learner, trials in logs.items():
        judged = walk(trials, engine.filter)
        if kept := [loss(p, trial.correct) for trial, p, _ in judged if counted is None or trial.answer in counted]:
            found[learner] = kept
    return found


TUNED = ("learner_variance", "tag_variance", "drift", "tag_drift", "repeat_weight")
STEPS = (0.8, 1.25)
MU_STEPS = (-0.1, 0.1)


def tune(logs: Logs, champion: EngineParameters, counted: frozenset[int]) -> Parameters:
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


# --- The stack ---------------------------------------------------------------------------------------------------------------


def fit_stack(logs: Logs, parameters: Parameters, counted: frozenset[int]) -> stack.Coefficients:
    """Coefficients fitted on the ``counted`` answers. ValueError when there are none."""
    rows: list[list[float]] = []
    correct: list[float] = []
    tags: list[tuple[int, str]] = []
    for trials in logs.values():
        for trial, _, seen in walk(trials, parameters, traced=True):
            if trial.answer in counted:
                tags += [(len(rows), tag) for tag in trial.tags]
                rows.append(seen)
                correct.append(float(trial.correct))
    answer = np.array([place for place, _ in tags], int)
    return stack.fit(np.array(rows), np.array(correct), answer, [tag for _, tag in tags])


def stacked(
    logs: Logs, parameters: Parameters, coefficients: stack.Coefficients, counted: frozenset[int]
) -> dict[int, list[tuple[float, float]]]:
    """Log losses of the counted answers by learner: (the filter's, the stack's)."""
    found: dict[int, list[tuple[float, float]]] = {}
    for learner, trials in logs.items():
        kept = [
            (loss(p, trial.correct), loss(stack.predict(coefficients, seen, trial.tags), trial.correct))
            for trial, p, seen in walk(trials, parameters, traced=True)
            if trial.answer in counted
        ]
        if kept:
            found[learner] = kept
    return found
