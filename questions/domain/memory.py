"""When is a question due: the spaced-repetition state of one learner and one item, by FSRS-6.

The arithmetic is py-fsrs (Ye et al., "A Stochastic Shortest Path Algorithm for Optimizing Spaced Repetition Scheduling",
KDD 2022; formulas of FSRS-6 in the library's documentation). Ratings come from the result only: wrong = Again, right =
Good, right but unsure = Hard. Stability is in days; retrievability is a probability.

FSRS counts the days between two reviews by the nights slept between them (its author in fsrs-rs, issue 237). py-fsrs counts
full 24 hours instead, which makes the review of a card learned last evening one of the same day. Here a gap of :data:`NIGHT`
or more is a day at least; docs/adaptive.md has what that gains.

Every function takes the 21 FSRS-6 parameters, so that a deployment or a learner can have fitted ones (``memory_fit``). A
state says nothing of the parameters it was reckoned with: whoever stores states under other than the default ones keeps
:func:`version_of` beside them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from fsrs import Card, Rating, Scheduler, State
from fsrs.scheduler import DEFAULT_PARAMETERS, LOWER_BOUNDS_PARAMETERS, UPPER_BOUNDS_PARAMETERS

DESIRED_RETENTION = 0.9
MAXIMUM_INTERVAL = 365
NIGHT = timedelta(hours=12)
"""Two answers this far apart have a night between them; no clock or time zone of the learner is asked."""
DAY = timedelta(days=1)
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


def days_between(last: datetime, at: datetime) -> int:
    """Days as FSRS counts them: whole ones, 1 at least when a night lies between, never below 0."""
    gap = at - last
    return 1 if NIGHT <= gap < DAY else max(gap.days, 0)


def _card(memory: Memory | None, at: datetime) -> Card:
    if memory is None:
        return Card(card_id=1)
    last = memory.last_review.astimezone(UTC)
    return Card(
        card_id=1,
        state=State.Review,
        stability=memory.stability,
        difficulty=memory.difficulty,
        due=memory.due.astimezone(UTC),
        last_review=at - days_between(last, at) * DAY,
    )


def grade(*, correct: bool, unsure: bool = False) -> int:
    """FSRS's rating of an answer, 1-4: wrong = 1 Again, right but unsure = 2 Hard, right = 3 Good. Time does not count:
    on a real log that foretold nothing better (docs/adaptive.md)."""
    return int((Rating.Hard if unsure else Rating.Good) if correct else Rating.Again)


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
    rating = Rating(grade(correct=correct, unsure=unsure))
    moment = at.astimezone(UTC)
    if memory is not None and moment < memory.last_review:
        moment = memory.last_review.astimezone(UTC)
    card, _ = _scheduler(parameters).review_card(_card(memory, moment), rating, moment)
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
    """Probability of recalling the item ``at`` that moment; falls from 1 with the days since the last review."""
    moment = at.astimezone(UTC)
    return float(_scheduler(parameters).get_card_retrievability(_card(memory, moment), moment))


def recall(stability: float, days: float, parameters: Parameters = DEFAULT) -> float:
    """Retrievability ``days`` after a review that left this ``stability``; the same curve, without a library's card.

    Parts of a day count here, and ``days`` below zero count as none.
    """
    scheduler = _scheduler(parameters)
    recalled: float = (1 + scheduler._FACTOR * max(days, 0.0) / stability) ** scheduler._DECAY
    return recalled


def advance(
    state: tuple[float, float] | None, rating: int, days: float, parameters: Parameters = DEFAULT
) -> tuple[float, float]:
    """Stability (days) and difficulty after a review; the arithmetic of :func:`review` on bare numbers.

    For walks over logs: ``rating`` is 1 Again, 2 Hard, 3 Good, 4 Easy; ``days`` are those since the last review, below 1
    one of the same day; ``state`` is None at first sight. ValueError for another rating.
    """
    scheduler, grade = _scheduler(parameters), Rating(rating)
    if state is None:
        return (
            scheduler._initial_stability(rating=grade),
            float(scheduler._initial_difficulty(rating=grade, clamp=True)),
        )
    stability, difficulty = state
    if days < 1:
        after = float(scheduler._short_term_stability(stability=stability, rating=grade))
    else:
        recalled = recall(stability, days, parameters)
        after = scheduler._next_stability(
            difficulty=difficulty, stability=stability, retrievability=recalled, rating=grade
        )
    return after, float(scheduler._next_difficulty(difficulty=difficulty, rating=grade))
