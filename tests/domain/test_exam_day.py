"""What an answer is worth for the day of the exam, and what to expect of that day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.domain import exam_day, memory, memory_arrays
from questions.domain.ability import Belief, Gauss, estimate, update

DAY = timedelta(days=1)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def states(*rows: tuple[float, float, float] | float, weight: float = 1.0, cost: float = 1.0) -> exam_day.States:
    """Met questions as (stability, difficulty, age), others as the chance that they are known."""
    met = [isinstance(row, tuple) for row in rows]
    full = [row if isinstance(row, tuple) else (1.0, 5.0, 0.0) for row in rows]
    known = [0.0 if isinstance(row, tuple) else row for row in rows]
    stability, difficulty, age = (np.array(part, dtype=float) for part in zip(*full, strict=True))
    return exam_day.States(
        np.array(met), np.array(known), stability, difficulty, age, np.full(len(rows), weight), np.full(len(rows), cost)
    )


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 60)), min_size=1, max_size=12))
def test_the_arithmetic_on_arrays_is_that_of_the_library(answers: list[tuple[bool, int]]):
    at, state, arrays = NOON, None, None
    for number, (right, days) in enumerate(answers):
        at += days * DAY
        if arrays is None:
            arrays = memory_arrays.first(memory_arrays.DEFAULT, right)
        else:
            arrays = memory_arrays.after(memory_arrays.DEFAULT, *arrays, days, right)
        state = memory.review(state, correct=right, at=at)
        assert (float(arrays[0]), float(arrays[1])) == pytest.approx((state.stability, state.difficulty)), number
    assert state is not None
    later = memory_arrays.recall(memory_arrays.DEFAULT, arrays[0], 20)
    assert float(later) == pytest.approx(memory.retrievability(state, at + 20 * DAY))


def test_on_the_last_day_an_answer_is_worth_its_gain_by_tomorrow():
    w = memory_arrays.DEFAULT
    of = states(0.0, 1.0, (2.0, 5.0, 10.0))
    stability, _ = memory_arrays.after(w, 2.0, 5.0, 10.0, np.array([True, False]))
    kept = memory_arrays.recall(w, stability, 1.0)
    now, left_alone = memory_arrays.recall(w, 2.0, 10.0), memory_arrays.recall(w, 2.0, 11.0)
    first = [memory_arrays.recall(w, memory_arrays.first(w, right)[0], 1.0) for right in (True, False)]
    expected = [
        exam_day.GUESS * first[0] + (1 - exam_day.GUESS) * first[1],
        first[0] - 1.0,
        now * kept[0] + (1 - now) * kept[1] - left_alone,
    ]
    assert exam_day.worth(of, left=1, answers=100) == pytest.approx(np.array(expected).ravel(), abs=0.01)


def test_what_is_fresh_waits_and_on_the_last_day_what_faded_most_is_worth_most():
    of = states((3.0, 5.0, 0.0), (3.0, 5.0, 6.0), (3.0, 5.0, 25.0))
    assert exam_day.worth(of, left=20, answers=6)[0] < 0
    fresh, fading, forgotten = exam_day.worth(of, left=1, answers=2)
    assert fresh < fading < forgotten


def test_a_question_that_is_probably_known_waits():
    unknown, likely, known = exam_day.worth(states(0.05, 0.6, 0.98), left=20, answers=10)
    assert unknown > likely > known
    assert known < 0


def test_weight_raises_and_cost_lowers_what_an_answer_is_worth():
    mixed = states(0.2, 0.2, 0.2)
    mixed.weight[:], mixed.cost[:] = (1.0, 1.5, 1.0), (1.0, 1.0, 1.5)
    one, heavy, slow = exam_day.worth(mixed, left=1, answers=2)
    assert heavy > one > slow


def test_without_an_answer_the_forecast_is_what_is_kept():
    of = states((3.0, 5.0, 2.0), (40.0, 3.0, 9.0), 0.3, 0.7)
    (expected,) = exam_day.forecast(of, left=12, a_day=[0.0])
    assert expected == pytest.approx(float(of.recall_in(12).mean()), abs=0.01)


@given(st.integers(1, 150), st.integers(0, 1000))
def test_more_answers_a_day_never_promise_less(left: int, seed: int):
    rng = np.random.default_rng(seed)
    n = 60
    of = exam_day.States(
        rng.random(n) < 0.5, rng.random(n), np.exp(rng.normal(1, 1.5, n)), rng.uniform(1, 10, n),
        rng.integers(0, 40, n).astype(float), np.ones(n), np.ones(n),
    )  # fmt: skip
    shares = exam_day.forecast(of, left=left, a_day=[0, 2, 5, 20, 60])
    # The greedy day takes its answers by worth on a grid: a hundredth of slack.
    assert all(more >= less - 0.01 for less, more in pairwise(shares))
    assert 0 <= min(shares) <= max(shares) <= 1


def test_what_is_believed_beforehand_is_the_filters_chance_without_guesses_and_cautious_where_little_is_known():
    belief = Belief()
    for n in range(12):
        belief, _ = update(belief, ("water",), Gauss(0, 0.5), correct=n % 4 > 0, at=0.0)
    tags, zero, half = [("water",), ("leaves",), ()], np.zeros(3), np.full(3, 0.5)
    plain = exam_day.known_before(belief, tags, zero, half, caution=0.0)
    chances = [estimate(belief, slugs, Gauss(0.0, 0.5)).p for slugs in tags]
    assert plain == pytest.approx([(p - exam_day.GUESS) / (1 - exam_day.GUESS) for p in chances])
    cautious = exam_day.known_before(belief, tags, zero, half)
    drop = plain - cautious
    assert drop[1] > drop[0] > drop[2] == 0
