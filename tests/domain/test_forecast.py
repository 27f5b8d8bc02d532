"""The score of a mock exam before it is taken."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from questions.domain import ability
from questions.domain.ability import Belief, Gauss, sigmoid
from questions.domain.engine import DEFAULT
from questions.domain.forecast import MEASURED, forecast, measure, residual_of
from questions.domain.readiness import UNMEASURED, Residual

EXACT = replace(DEFAULT, readiness={"residual": {"bias": 0.0, "sd": 0.0}})


def paper(n: int, hard: float = 0.0) -> list[tuple[tuple[str, ...], Gauss]]:
    return [(("a",), Gauss(hard, 0.01)) for _ in range(n)]


def test_the_expectation_is_the_chance_and_lies_in_its_interval() -> None:
    sure = Belief(Gauss(0.0, 1e-9), {"a": ability.TagBelief(0.0, 1e-9)})
    told = forecast(sure, paper(50), EXACT)
    assert told.predicted == pytest.approx(sigmoid(DEFAULT.filter.mu), abs=0.005)
    assert 0.0 <= told.low < told.predicted < told.high <= 1.0
    assert told.luck == pytest.approx(told.predicted * (1 - told.predicted) / 50, rel=0.02)


def test_a_stranger_is_foretold_less_surely_than_somebody_known_and_a_short_paper_less_than_a_long_one() -> None:
    known = Belief(Gauss(0.5, 0.02))
    width = [one.high - one.low for one in (forecast(Belief(), paper(60), DEFAULT), forecast(known, paper(60), DEFAULT),
                                            forecast(known, paper(6), DEFAULT))]  # fmt: skip
    assert width[0] > width[1] < width[2]


def test_a_hard_paper_is_foretold_lower() -> None:
    scores = [forecast(Belief(), paper(20, hard), DEFAULT).predicted for hard in (-1.0, 0.0, 1.0)]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("seed", range(3))
def test_eight_of_ten_results_lie_in_the_interval_when_the_model_holds(seed: int) -> None:
    rng = random.Random(seed)
    belief = Belief(Gauss(0.3, 0.3), {"a": ability.TagBelief(0.0, 0.2)})
    told = forecast(belief, paper(65), EXACT)
    inside = 0
    for _ in range(600):
        z = DEFAULT.filter.mu + rng.gauss(0.3, 0.3**0.5) + rng.gauss(0.0, 0.2**0.5)
        score = sum(rng.random() < sigmoid(z - rng.gauss(0.0, 0.1)) for _ in range(65)) / 65
        inside += told.low <= score <= told.high
    assert 0.74 < inside / 600 < 0.86


def test_what_finished_exams_said_is_part_of_the_version() -> None:
    told = replace(DEFAULT, readiness={"residual": {"bias": -0.05, "sd": 0.1}})
    assert residual_of(told) == Residual(-0.05, 0.1)
    assert residual_of(DEFAULT) == UNMEASURED
    plain, moved = forecast(Belief(), paper(50), DEFAULT), forecast(Belief(), paper(50), told)
    assert moved.predicted == pytest.approx(plain.predicted - 0.05)
    assert moved.high - moved.low > plain.high - plain.low


def exams(n: int, bias: float, sd: float, seed: int = 1) -> list[tuple[float, float, float]]:
    rng = random.Random(seed)
    return [(0.7, 0.7 + rng.gauss(bias, (sd**2 + 0.003) ** 0.5), 0.003) for _ in range(n)]


def test_a_bias_that_lasts_is_learned_and_wins_on_the_later_half() -> None:
    told = measure(exams(60, -0.12, 0.04), UNMEASURED)
    assert told is not None
    assert (told.exams, told.bias) == (60, pytest.approx(-0.12, abs=0.03))
    assert told.gain > 0


def test_a_bias_of_the_earlier_half_alone_wins_nothing() -> None:
    told = measure([*exams(30, -0.2, 0.02), *exams(30, 0.1, 0.02)], UNMEASURED)
    assert told is not None
    assert told.gain < 0


def test_few_exams_teach_nothing() -> None:
    assert measure(exams(MEASURED - 1, -0.2, 0.02), UNMEASURED) is None
