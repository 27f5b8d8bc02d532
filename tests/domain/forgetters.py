"""Made-up learners who forget by FSRS-6 with parameters that the test knows."""

from __future__ import annotations

import random
from collections.abc import Callable

from questions.domain.memory import DEFAULT, Parameters, advance, checked, recall
from questions.domain.memory_log import SECONDS, Review, night_days

FORGETFUL = checked(
    (0.05, 0.2, 0.4, 1.0, 7.5, *DEFAULT[5:8], 0.9, *DEFAULT[9:11], 0.8, *DEFAULT[12:20], 0.5)
)  # fmt: skip
"""Far from the default: little is kept at first, little is gained by a review, and the curve is steep."""


def forgetter(
    truth: Parameters = DEFAULT,
    *,
    seed: int = 0,
    learner: str = "a",
    items: int = 80,
    days: int = 120,
    a_day: int = 25,
    bend: Callable[[int, float], float] = lambda day, p: p,
) -> list[Review]:
    """Reviews of ``a_day`` random items each evening; ``bend`` may make the chance of recall another one by day."""
    rng = random.Random(seed)
    states: dict[int, tuple[float, float]] = {}
    last: dict[int, float] = {}
    log = []
    for day in range(days):
        for place, item in enumerate(rng.sample(range(items), a_day)):
            at, gap = day * SECONDS + 60 * place, 0.0
            p = 0.6
            if item in states:
                gap = night_days(at - last[item])
                p = recall(states[item][0], gap, truth)
            rating = 3 if rng.random() < bend(day, p) else 1
            states[item], last[item] = advance(states.get(item), rating, gap, truth), at
            log.append(Review(learner, str(item), at, rating))
    return log
