"""What another engine would have predicted, and what is tuned to predict better."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from questions.domain import ability, monitoring, shadow
from questions.domain.ability import Gauss, Parameters, sigmoid
from questions.domain.engine import DEFAULT
from questions.domain.shadow import Trial


def logs(people: int = 20, answers: int = 40, middle: float = 0.4, seed: int = 1) -> dict[int, list[Trial]]:
    """Answers of people of this middling ability to items of known difficulty, numbered through."""
    rng = random.Random(seed)
    found: dict[int, list[Trial]] = {}
    for learner in range(people):
        skill = rng.gauss(middle, 0.6)
        found[learner] = [
            Trial(
                learner * answers + k, 60.0 * k, str(k), ("a" if k % 2 else "b",), Gauss(hard, 0.2),
                rng.random() < sigmoid(skill - hard), repeat=False,
            )
            for k in range(answers)
            for hard in [rng.gauss(0, 0.7)]
        ]  # fmt: skip
    return found


def test_the_walk_predicts_what_the_filter_did() -> None:
    (trials,) = logs(1).values()
    belief = ability.newcomer()
    for trial, p, seen in shadow.walk(trials, DEFAULT.filter):
        belief, guess = ability.update(belief, trial.tags, trial.difficulty, correct=trial.correct, at=trial.at)
        assert (p, seen) == (guess.p, [])


def test_later_answers_change_no_prediction_before_them() -> None:
    (trials,) = logs(1).values()
    flipped = [*trials[:20], *(replace(trial, correct=not trial.correct) for trial in trials[20:])]
    before = [(p, seen) for _, p, seen in shadow.walk(trials, DEFAULT.filter, traced=True)]
    after = [(p, seen) for _, p, seen in shadow.walk(flipped, DEFAULT.filter, traced=True)]
    assert before[:21] == after[:21]
    assert before[21:] != after[21:]


def test_only_counted_answers_are_told_and_who_has_none_is_left_out() -> None:
    found = logs(3, 10)
    told = shadow.losses(found, DEFAULT, frozenset({0, 3, 12}))
    whole = shadow.losses(found, DEFAULT)
    assert told == {0: [whole[0][0], whole[0][3]], 1: [whole[1][2]]}


def test_tuning_moves_towards_the_truth_and_stays_within_a_step() -> None:
    found = logs(middle=1.6)
    tuned = shadow.tune(found, DEFAULT, frozenset(range(800)))
    assert tuned.mu == pytest.approx(DEFAULT.filter.mu + 0.1)
    for name in shadow.TUNED:
        assert 0.8 <= getattr(tuned, name) / getattr(DEFAULT.filter, name) <= 1.25
    own, theirs = shadow.losses(found, replace(DEFAULT, filter=tuned)), shadow.losses(found, DEFAULT)
    assert sum(map(sum, own.values())) < sum(map(sum, theirs.values()))


def test_nothing_better_is_found_where_the_constants_cannot_be_moved() -> None:
    odd = replace(DEFAULT, filter=Parameters(repeat_weight=1.0))  # 1.25 would be refused
    assert shadow.tune(logs(2), odd, frozenset(range(80))).repeat_weight <= 1.0


def test_a_stack_sees_what_the_filter_does_not() -> None:
    """Answers come in runs here, which the filter takes for chance."""
    found = {
        learner: [
            Trial(
                learner * 100 + k, 60.0 * k, str(k), ("a",), Gauss(0.0, 0.2), (k // 10 + learner) % 2 == 0, repeat=False
            )
            for k in range(100)
        ]
        for learner in range(30)
    }
    earlier = frozenset(range(2000))
    later = frozenset(range(2000, 3000))
    coefficients = shadow.fit_stack(found, DEFAULT.filter, earlier)
    told = monitoring.compare(shadow.stacked(found, DEFAULT.filter, coefficients, later), np.random.default_rng(1))
    assert (told.answers, told.learners) == (1000, 10)
    assert told.low > 0.1
