"""Monitors of predictions, on cases counted by hand."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from questions.domain import monitoring
from questions.domain.monitoring import Bin, Prediction, bins, calibration, compare, faults, loss, psi


def test_bins_are_of_equal_width_and_empty_ones_are_left_out() -> None:
    pairs = [(0.05, False), (0.09, True), (0.55, True), (1.0, True)]
    assert bins(pairs) == (
        Bin(0.0, 0.1, pytest.approx(0.07), 0.5, 2),
        Bin(0.5, 0.6, 0.55, 1.0, 1),
        Bin(0.9, 1.0, 1.0, 1.0, 1),
    )


def test_calibration_of_four_answers() -> None:
    told = calibration([(0.2, False), (0.2, True), (0.8, True), (0.8, True)])
    assert told.n == 4
    assert told.log_loss == pytest.approx(-(3 * math.log(0.8) + math.log(0.2)) / 4)
    assert told.ece == pytest.approx((2 * 0.3 + 2 * 0.2) / 4)
    assert told.auc == pytest.approx((2 + 1 * 0.5 + 0) / 3)  # pairs: .2>.2 tie, .8>.2 twice, of three
    assert sum(one.count for one in told.bins) == 4


def test_a_chance_of_nothing_costs_a_lot_and_not_everything() -> None:
    assert loss(0.0, True) == pytest.approx(-math.log(0.001))
    assert loss(0.25, False) == pytest.approx(-math.log(0.75))


@pytest.mark.parametrize("correct", [True, False])
def test_where_all_answers_are_alike_nothing_is_told_apart(correct: bool) -> None:
    assert calibration([(0.3, correct), (0.6, correct)]).auc is None


def test_drift_is_none_for_one_sample_and_much_for_another_one() -> None:
    rng = random.Random(1)
    usual = [rng.betavariate(4, 2) for _ in range(3000)]
    assert psi(usual, usual) == 0.0
    assert psi(usual, [rng.betavariate(4, 2) for _ in range(3000)]) < 0.1
    assert psi(usual, [rng.betavariate(2, 4) for _ in range(3000)]) > 0.25
    assert psi([0.5], [0.9]) == pytest.approx(2 * (1 - 0.001) * math.log(1 / 0.001))


def rows(n: int, **columns: object) -> list[Prediction]:
    """Sound answers of many learners, with other columns for all of them."""
    return [
        Prediction(**{"learner": k % 20, "p": 0.3 + k / 2000, "correct": True, "took": 9000, **columns})
        for k in range(n)
    ]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "codes"),
    [
        (rows(400), []),
        ([*rows(5), Prediction(1, None, True)], ["missing"]),
        ([*rows(5), Prediction(1, 1.0, True), Prediction(1, math.nan, True)], ["impossible"]),
        (rows(400, p=0.5), ["identical"]),
        (rows(150, p=0.5), []),
        (rows(400, took=800), ["hasty"]),
        (rows(400, took=None), []),
        (rows(400, learner=7), ["one-learner"]),
        (rows(400, p=0.5, learner=7, took=1), ["identical", "hasty", "one-learner"]),
    ],
)
def test_faults_of_a_days_data(found: list[Prediction], codes: list[str]) -> None:
    assert faults(found) == codes


def test_of_two_engines_alike_neither_is_better_and_of_two_unlike_one_is() -> None:
    rng = random.Random(3)
    alike = {n: [(loss_, loss_ + rng.gauss(0, 0.02)) for loss_ in [rng.random()] * 20] for n in range(20)}
    unlike = {n: [(one, other + 0.05) for one, other in pairs] for n, pairs in alike.items()}
    told = compare(alike, np.random.default_rng(1))
    assert (told.answers, told.learners) == (400, 20)
    assert told.low < 0 < told.high
    assert told.gain == pytest.approx(told.champion - told.challenger)
    worse = compare(unlike, np.random.default_rng(1))
    assert worse.high < 0
    assert worse == compare(unlike, np.random.default_rng(1))


def test_answers_of_one_learner_hang_together() -> None:
    """One learner's many answers are no evidence for all: the interval is as wide as the learners are few."""
    losses = {1: [(0.9, 0.1)] * 500, 2: [(0.1, 0.2)] * 10, 3: [(0.1, 0.2)] * 10}
    assert compare(losses, np.random.default_rng(1)).low < 0


def test_an_engine_is_taken_back_for_faults_of_its_own_alone() -> None:
    assert {"hasty", "one-learner"} & monitoring.ENGINES_OWN == set()


def test_an_engine_as_good_as_the_other_is_seldom_seen_as_worse_however_often_one_looks():
    def ever_worse(seed: int, level: float) -> bool:
        rng = np.random.default_rng(seed)
        losses: dict[int, list[tuple[float, float]]] = {learner: [] for learner in range(20)}
        for _ in range(60):
            for rows in losses.values():
                rows += [(0.5, 0.5 + noise) for noise in rng.normal(0.0, 0.05, 5)]
            if compare(losses, np.random.default_rng(1), draws=500, level=level).high < 0.0:
                return True
        return False

    often, seldom = (sum(ever_worse(seed, level) for seed in range(60)) for level in (0.95, monitoring.WATCHED))
    assert often > 3 * seldom
    assert seldom / 60 < 0.1
