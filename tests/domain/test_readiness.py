"""Expected exam score and chance to pass."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from questions.domain.ability import Belief, Gauss, Parameters, TagBelief, moderated, newcomer
from questions.domain.readiness import PassMark, Residual, readiness, residual

SURE = Gauss(0.0, 1e-9)
NO_SPREAD = PassMark(0.70, 0.0)


def known(mean: float, variance: float = 1e-9, tags: dict[str, float] | None = None) -> Belief:
    own = {slug: TagBelief(it, 1e-9, 10, 5) for slug, it in (tags or {}).items()}
    return Belief(Gauss(mean, variance), own, 10, 5)


def paper(**domains: tuple[float, str]) -> dict[str, tuple[float, list[tuple[list[str], Gauss]]]]:
    return {name: (weight, [([tag], SURE)] * 3) for name, (weight, tag) in domains.items()}


def test_with_nothing_in_doubt_the_score_is_the_chance():
    found = readiness(known(0.5, tags={"a": 0.0}), paper(one=(1, "a")), missed=Residual(0.0, 0.0))
    p = 1 / (1 + math.exp(-0.9))
    assert found.score == pytest.approx(p, abs=1e-6)
    assert (found.score_low, found.score_high) == (pytest.approx(p, abs=1e-3), pytest.approx(p, abs=1e-3))
    # Only the luck of 50 questions and the doubt about the mark are left.
    sd = math.sqrt(p * (1 - p) / 50 + 0.03**2)
    assert found.passing == pytest.approx(0.5 * math.erfc((0.69 - p) / sd / math.sqrt(2)), abs=1e-4)
    assert found.enough


def test_domains_count_by_their_weight_and_an_empty_one_is_left_out():
    belief = known(0.0, tags={"a": 2.0, "b": -2.0})
    high, low = (1 / (1 + math.exp(-0.4 - it)) for it in (2.0, -2.0))
    weighted = readiness(belief, paper(one=(3, "a"), two=(1, "b")))
    assert weighted.score == pytest.approx((3 * high + low) / 4, abs=1e-6)
    assert readiness(belief, {**paper(one=(3, "a")), "two": (1, [])}).score == pytest.approx(high, abs=1e-6)
    with pytest.raises(ValueError, match="the blueprint has no items"):
        readiness(belief, {"two": (1, [])})


def test_a_newcomer_has_not_answered_enough():
    found = readiness(newcomer(), paper(one=(1, "a")))
    assert (found.enough, found.score_sd > 0.08) == (False, True)
    assert found.score_low < found.score < found.score_high
    assert found.passing_low < found.passing < found.passing_high


def test_quadrature_agrees_with_a_million_draws():
    belief = Belief(Gauss(0.3, 0.4), {"a": TagBelief(0.5, 0.2), "b": TagBelief(-0.4, 0.1)}, 20, 12)
    blueprint = {
        "one": (0.6, [(["a"], Gauss(-0.5, 0.1)), (["a", "b"], Gauss(0.4, 0.3))]),
        "two": (0.4, [(["b"], Gauss(0.2, 0.2))]),
    }
    parameters, missed, mark = Parameters(guess=0.1), Residual(0.01, 0.04), PassMark(0.6, 0.03)
    found = readiness(belief, blueprint, parameters, missed, mark=mark)
    rng, n = np.random.default_rng(2), 200_000
    able = rng.normal(0.3, math.sqrt(0.4), n)
    own = {"a": rng.normal(0.5, math.sqrt(0.2), n), "b": rng.normal(-0.4, math.sqrt(0.1), n)}
    score, luck = np.zeros(n), np.zeros(n)
    for weight, items in blueprint.values():
        for tags, item in items:
            z = 0.4 + able + sum(own[tag] for tag in tags) / len(tags) - item.mean
            p = 0.1 + 0.9 / (1 + np.exp(-z / math.sqrt(1 + math.pi * item.variance / 8)))
            score += weight / len(items) * p
            luck += weight / len(items) * p * (1 - p)
    drawn = score + rng.normal(0.01, 0.04, n)
    assert found.score == pytest.approx(drawn.mean(), abs=0.003)
    assert found.score_sd == pytest.approx(score.std(), abs=0.006)
    assert (found.score_low, found.score_high) == pytest.approx(tuple(np.quantile(drawn, [0.1, 0.9])), abs=0.01)
    raw = drawn + rng.normal(0, 1, n) * np.sqrt(luck / 50)
    passed = raw >= rng.normal(0.6, 0.03, n) - 0.01
    assert found.passing == pytest.approx(passed.mean(), abs=0.01)


@pytest.mark.parametrize("change", [{"mean": 0.8}, {"variance": 0.05}])
def test_more_ability_and_less_doubt_move_the_figures_the_right_way(change):
    one = readiness(known(0.3, 0.3), paper(one=(1, "a")))
    two = readiness(replace(known(0.3, 0.3), overall=replace(Gauss(0.3, 0.3), **change)), paper(one=(1, "a")))
    if "mean" in change:
        assert (two.score > one.score, two.passing > one.passing) == (True, True)
    else:
        assert two.score_sd < one.score_sd
        assert two.score_high - two.score_low < one.score_high - one.score_low


def test_a_higher_mark_is_harder_to_reach():
    at = [
        readiness(known(0.5, 0.2), paper(one=(1, "a")), mark=replace(NO_SPREAD, mean=it)).passing
        for it in (0.5, 0.7, 0.9)
    ]
    assert at == sorted(at, reverse=True)


def test_who_surely_passes_does_so_with_a_chance_of_one_and_no_more():
    told = readiness(known(6.0, 0.001, {"a": 0.0}), paper(one=(1, "a")), missed=Residual(0.0, 0.0))
    assert told.passing == 1.0


def test_the_residual_is_what_luck_does_not_explain():
    rng = np.random.default_rng(3)
    p = rng.uniform(0.4, 0.8, 4000)
    truth = p + rng.normal(0.02, 0.06, 4000)
    observed = truth + rng.normal(0, 1, 4000) * np.sqrt(p * (1 - p) / 50)
    found = residual(list(zip(p, observed, p * (1 - p) / 50, strict=True)))
    assert found.bias == pytest.approx(0.02, abs=0.006)
    assert found.sd == pytest.approx(math.hypot(0.02, 0.06), abs=0.006)
    assert residual([]) == Residual()
    assert residual([(0.5, 0.5, 0.1)]).sd == 0.0


def test_the_quadratures_chance_is_the_filters():
    belief = Belief(Gauss(0.2, 0.5), {}, 3, 2)
    item = Gauss(0.1, 0.3)
    found = readiness(belief, {"one": (1, [(["a"], item)])}, missed=Residual(0.0, 0.0))
    assert found.score == pytest.approx(moderated(0.4 + 0.2 - 0.1, 0.5 + 0.3 + 0.3), abs=0.004)
