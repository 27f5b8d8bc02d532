"""When is a question due: the spaced-repetition state of one learner and one item, by FSRS-6.

The arithmetic is py-fsrs (Ye et al., "A Stochastic Shortest Path Algorithm for Optimizing Spaced Repetition Scheduling",
KDD 2022; formulas of FSRS-6 in the library's documentation). Ratings come from the result only: wrong = Again, right =
Good, right but unsure = Hard. Stability is in days; retrievability is a probability.

Every function takes the 21 FSRS-6 parameters, so that a deployment or a learner can have fitted ones
(``memory_fit``). A state says nothing of the parameters it was reckoned with: whoever stores states under other than the
default ones keeps :func:`version_of` beside them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from fsrs import Card, Rating, Scheduler, State
from fsrs.scheduler import DEFAULT_PARAMETERS, LOWER_BOUNDS_PARAMETERS, UPPER_BOUNDS_PARAMETERS

DESIRED_RETENTION = 0.9
MAXIMUM_INTERVAL = 365
PARAMETERS_VERSION = "fsrs6-default"

Parameters = tuple[float, ...]
"""The 21 parameters w0..w20 of FSRS-6: w0-w3 initial stability (days) by rating, w4-w7 difficulty, w8-w16 stability after
a review a day or more later, w17-w19 after one on the same day, w20 the decay of the forgetting curve."""

DEFAULT: Parameters = tuple(DEFAULT_PARAMETERS)
BOUNDS: tuple[tuple[float, float], ...] = tuple(zip(LOWER_BOUNDS_PARAMETERS, UPPER_BOUNDS_PARAMETERS, strict=True))
"""Lowest and highest value of each parameter."""


@dataclass(frozen=True, slots=True)
class Memory:
    """``stability`` in days, ``difficulty`` 1-10, ``due`` and ``last_review`` aware UTC datetimes."""

    stability: float
    difficulty: float
    due: datetime
    last_review: datetime
    reps: int = 1
    lapses: int = 0


def checked(values: Iterable[float]) -> Parameters:
    """The values as :data:`Parameters`; ValueError unless they are 21 numbers within :data:`BOUNDS`."""
    try:
        parameters = tuple(float(value) for value in values)
    except TypeError as error:
        raise ValueError(f"FSRS-6 parameters are numbers: {error}") from error
    if len(parameters) != len(BOUNDS):
        raise ValueError(f"FSRS-6 has {len(BOUNDS)} parameters, not {len(parameters)}.")
    outside = [
        f"w{place} = {value} is not within {low} to {high}"
        for place, (value, (low, high)) in enumerate(zip(parameters, BOUNDS, strict=True))
        if not low <= value <= high
    ]
    if outside:
        raise ValueError("FSRS-6 parameters out of range: " + "; ".join(outside))
    return parameters


def version_of(parameters: Parameters) -> str:
    """A label that is equal for equal parameters and differs for different ones."""
    if parameters == DEFAULT:
        return PARAMETERS_VERSION
    return "fsrs6-" + hashlib.sha256(repr(checked(parameters)).encode()).hexdigest()[:12]


@lru_cache(maxsize=1024)
def _scheduler(parameters: Parameters) -> Scheduler:
    return Scheduler(
        parameters=checked(parameters),
        desired_retention=DESIRED_RETENTION,
        learning_steps=(),
        relearning_steps=(),
        maximum_interval=MAXIMUM_INTERVAL,
        enable_fuzzing=False,
    )


def _card(memory: Memory | None) -> Card:
    if memory is None:
        return Card(card_id=1)
    return Card(
        card_id=1,
        state=State.Review,
        stability=memory.stability,
        difficulty=memory.difficulty,
        due=memory.due.astimezone(UTC),
        last_review=memory.last_review.astimezone(UTC),
    )


def review(
    memory: Memory | None,
    *,
    correct: bool,
    at: datetime,
    unsure: bool = False,
    parameters: Parameters = DEFAULT,
) -> Memory:
    """The state after answering ``at``; ``memory`` is None at first sight.

    A review that carries an earlier time than the last one (a wrong clock, a late sync) counts as given at the last one.
    ValueError for parameters that FSRS-6 cannot have.
    """
    rating = (Rating.Hard if unsure else Rating.Good) if correct else Rating.Again
    moment = at.astimezone(UTC)
    if memory is not None and moment < memory.last_review:
        moment = memory.last_review.astimezone(UTC)
    card, _ = _scheduler(parameters).review_card(_card(memory), rating, moment)
    assert card.stability is not None
    assert card.difficulty is not None
    return Memory(
        stability=card.stability,
        difficulty=card.difficulty,
        due=card.due,
        last_review=moment,
        reps=1 if memory is None else memory.reps + 1,
        lapses=(0 if memory is None else memory.lapses) + (not correct),
    )


def retrievability(memory: Memory, at: datetime, parameters: Parameters = DEFAULT) -> float:
    """Probability of recalling the item ``at`` that moment; falls from 1 with the whole days since the last review."""
    return float(_scheduler(parameters).get_card_retrievability(_card(memory), at.astimezone(UTC)))


def recall(stability: float, days: float, parameters: Parameters = DEFAULT) -> float:
    """Retrievability ``days`` after a review that left this ``stability``; the same curve, without a library's card.

    Parts of a day count here, and ``days`` below zero count as none.
    """
    scheduler = _scheduler(parameters)
    recalled: float = (1 + scheduler._FACTOR * max(days, 0.0) / stability) ** scheduler._DECAY
    return recalled
