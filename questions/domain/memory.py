"""When is a question due: the spaced-repetition state of one learner and one item, by FSRS-6.

The arithmetic is py-fsrs (Ye et al., "A Stochastic Shortest Path Algorithm for Optimizing Spaced Repetition Scheduling",
KDD 2022; formulas of FSRS-6 in the library's documentation). Ratings come from the result only: wrong = Again, right =
Good, right but unsure = Hard. Stability is in days; retrievability is a probability.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from fsrs import Card, Rating, Scheduler, State

DESIRED_RETENTION = 0.9
MAXIMUM_INTERVAL = 365
PARAMETERS_VERSION = "fsrs6-default"


@dataclass(frozen=True, slots=True)
class Memory:
    """``stability`` in days, ``difficulty`` 1-10, ``due`` and ``last_review`` aware UTC datetimes."""

    stability: float
    difficulty: float
    due: datetime
    last_review: datetime
    reps: int = 1
    lapses: int = 0


@lru_cache(maxsize=1)
def _scheduler() -> Scheduler:
    return Scheduler(
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


def review(memory: Memory | None, *, correct: bool, at: datetime, unsure: bool = False) -> Memory:
    """The state after answering ``at``; ``memory`` is None at first sight.

    A review that carries an earlier time than the last one (a wrong clock, a late sync) counts as given at the last one.
    """
    rating = (Rating.Hard if unsure else Rating.Good) if correct else Rating.Again
    moment = at.astimezone(UTC)
    if memory is not None and moment < memory.last_review:
        moment = memory.last_review.astimezone(UTC)
    card, _ = _scheduler().review_card(_card(memory), rating, moment)
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


def retrievability(memory: Memory, at: datetime) -> float:
    """Probability of recalling the item ``at`` that moment; falls from 1 with the days since the last review."""
    return float(_scheduler().get_card_retrievability(_card(memory), at.astimezone(UTC)))


def recall(stability: float, days: float) -> float:
    """Retrievability ``days`` after a review that left this ``stability``; the same curve, without a library's card."""
    scheduler = _scheduler()
    recalled: float = (1 + scheduler._FACTOR * days / stability) ** scheduler._DECAY
    return recalled
