"""A log of reviews walked under FSRS-6: what was expected of each review before its answer was known.

The arithmetic is that of ``memory``; times are seconds since any moment, gaps are days. Used by ``memory_fit`` to judge
parameters and by ``recall_head`` and its evaluation as the thing to beat.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from questions.domain.memory import DEFAULT, NIGHT, Parameters, advance, grade, recall

SECONDS = 86_400.0
"""Seconds of a day."""
AGAIN, HARD, GOOD, EASY = 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class Review:
    """One answer of ``learner`` to ``item``. ``at`` in seconds since any moment, ``rating`` 1-4 as FSRS has them (1 is a
    wrong answer), ``took`` milliseconds if known, ``unsure`` by the learner's own word."""

    learner: str
    item: str
    at: float
    rating: int
    took: float | None = None
    unsure: bool = False

    @property
    def correct(self) -> bool:
        """Whether it was recalled."""
        return self.rating > AGAIN


@dataclass(frozen=True, slots=True)
class Expected:
    """What was expected of a review of an item seen before: the chance of recall by FSRS, and the state it rests on.

    ``gap`` is days since the last review, counted by the clock; ``index`` the review's place in the log.
    """

    index: int
    review: Review
    gap: float
    recall: float
    stability: float
    difficulty: float

    @property
    def spaced(self) -> bool:
        """A full day or more after the last review: the ones that judge a memory model."""
        return self.gap >= 1


Counting = Callable[[float], float]
"""Seconds between two reviews -> days as FSRS is told them."""


def elapsed_days(seconds: float) -> float:
    """Parts of a day count."""
    return max(seconds, 0.0) / SECONDS


def whole_days(seconds: float) -> float:
    """Full 24 hours, as py-fsrs counts."""
    return float(math.floor(max(seconds, 0.0) / SECONDS))


def night_days(seconds: float) -> float:
    """Full 24 hours, but one at least when a night lies between, as ``memory.days_between`` counts."""
    return 1.0 if NIGHT.total_seconds() <= seconds < SECONDS else whole_days(seconds)


def in_order(reviews: Iterable[Review]) -> list[Review]:
    """The reviews by time; those of one moment stay as they came."""
    return sorted(reviews, key=lambda review: review.at)


def walk(
    reviews: Sequence[Review],
    parameters: Parameters | Callable[[str], Parameters] = DEFAULT,
    counting: Counting = night_days,
) -> list[Expected]:
    """Expectations of every review but first sights. ``parameters`` may depend on the learner.

    ValueError when the reviews are not in order of time.
    """
    of: Callable[[str], Parameters] = parameters if callable(parameters) else lambda _: parameters
    if any(later.at < earlier.at for earlier, later in pairwise(reviews)):
        raise ValueError("Reviews must be in order of time.")
    states: dict[tuple[str, str], tuple[tuple[float, float], float]] = {}
    found = []
    for index, review in enumerate(reviews):
        card = (review.learner, review.item)
        vector = of(review.learner)
        if card in states:
            state, last = states[card]
            days = counting(review.at - last)
            found.append(Expected(index, review, (review.at - last) / SECONDS, recall(state[0], days, vector), *state))
            after = advance(state, review.rating, days, vector)
        else:
            after = advance(None, review.rating, 0.0, vector)
        states[card] = after, review.at
    return found


def spaced_losses(expected: Iterable[Expected]) -> list[float]:
    """Log loss of each spaced review."""
    return [loss(one.review.correct, one.recall) for one in expected if one.spaced]


def loss(correct: bool, p: float) -> float:
    """Log loss of one prediction in nats; p is held within .001 to .999."""
    p = min(max(p, 0.001), 0.999)
    return -math.log(p if correct else 1 - p)


Grading = Callable[[Sequence[Review]], list[Review]]
"""A rule that rates reviews anew, in order of time, from what is known of each and of earlier ones."""


def by_result(reviews: Sequence[Review]) -> list[Review]:
    """Wrong = Again, right = Good."""
    return [replace(review, rating=GOOD if review.correct else AGAIN) for review in reviews]


def by_confidence(reviews: Sequence[Review]) -> list[Review]:
    """The rule of ``memory.grade``: wrong = Again, right = Good, right but unsure = Hard."""
    return [replace(review, rating=grade(correct=review.correct, unsure=review.unsure)) for review in reviews]


def by_time(reviews: Sequence[Review], *, hard: float = 1.0, easy: float = 0.0, after: int = 50) -> list[Review]:
    """By result, and by time among the learner's earlier right answers once there are ``after`` of them.

    Right but slower than the share ``hard`` of them = Hard, quicker than all but the share ``easy`` = Easy. What took an
    unknown time is rated by its result.
    """
    past: dict[str, list[float]] = {}
    rated = []
    for review in reviews:
        times, rating = past.setdefault(review.learner, []), GOOD if review.correct else AGAIN
        if review.correct and review.took is not None:
            if len(times) >= after:
                slower = bisect_left(times, review.took) / len(times)
                rating = HARD if slower > hard else EASY if slower < easy else GOOD
            insort(times, review.took)
        rated.append(replace(review, rating=rating))
    return rated


GRADINGS: dict[str, Grading] = {
    "result": by_result,
    "confidence": by_confidence,
    "slow-hard-90": lambda reviews: by_time(reviews, hard=0.9),
    "slow-hard-75": lambda reviews: by_time(reviews, hard=0.75),
    "fast-easy-10": lambda reviews: by_time(reviews, easy=0.1),
    "fast-easy-25": lambda reviews: by_time(reviews, easy=0.25),
}
