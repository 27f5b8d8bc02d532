"""Difficulties of a bank from first sights: steps in order, and a refit that no order changes."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.domain.ability import DEFAULT, Gauss, moderated, sigmoid
from questions.domain.difficulty import Difficulties, Sight, absorb, folded, refit

PRIOR = Gauss(0.0, DEFAULT.item_variance)


def sight(item: int, correct: bool, learner: int = 1, tags: tuple[str, ...] = ("a",), mean: float = 0.4) -> Sight:
    return Sight(learner, item, tags, Gauss(mean, 0.5), correct, PRIOR)


def test_a_step_is_the_extended_kalman_filters() -> None:
    known = Difficulties()
    absorb(known, [sight(1, False, tags=("a", "b"))])
    variance = 0.5 + 0.49 + 2 * 0.25 * 0.4
    p = moderated(0.4, variance)
    h = p * (1 - p)
    gain, shrink = -p / (1 + h * variance), h / (1 + h * variance)
    assert known.items[1].mean == pytest.approx(-0.49 * gain)
    assert known.items[1].variance == pytest.approx(0.49 * (1 - shrink * 0.49))
    for tag in ("a", "b"):
        assert known.tags[tag].mean == pytest.approx(-0.4 * 0.5 * gain)
        assert known.tags[tag].variance == pytest.approx(0.4 * (1 - shrink * 0.25 * 0.4))
    assert known.counts == {1: (1, 0)}


def test_what_is_served_folds_the_tags_in() -> None:
    tags = {"a": Gauss(0.6, 0.2), "b": Gauss(-0.2, 0.1)}
    assert folded(Gauss(1.0, 0.3), ("a", "b"), tags) == Gauss(1.2, pytest.approx(0.3 + 0.25 * 0.3))
    assert folded(Gauss(1.0, 0.3), ("new",), tags) == Gauss(1.0, pytest.approx(0.7))
    assert folded(Gauss(1.0, 0.3), (), tags) == Gauss(1.0, 0.3)


SIGHTS = st.lists(
    st.builds(
        Sight,
        st.integers(1, 5), st.integers(1, 4), st.sampled_from([(), ("a",), ("a", "b"), ("c",)]),
        st.builds(Gauss, st.floats(-3, 3), st.floats(0, 2)), st.booleans(), st.just(PRIOR),
    ),
    max_size=40,
)  # fmt: skip


@given(SIGHTS)
def test_an_answer_never_makes_a_difficulty_less_sure_nor_moves_it_the_wrong_way(sights: list[Sight]) -> None:
    known = Difficulties()
    for one in sights:
        before = known.items.get(one.item, PRIOR)
        absorb(known, [one])
        after = known.items[one.item]
        assert 0 < after.variance <= before.variance
        assert after.mean <= before.mean if one.correct else after.mean >= before.mean


@given(SIGHTS, st.integers(0, 40))
def test_absorbed_in_two_parts_is_absorbed_at_once(sights: list[Sight], cut: int) -> None:
    once, twice = Difficulties(), Difficulties()
    absorb(once, sights)
    absorb(twice, sights[:cut])
    absorb(twice, sights[cut:])
    assert once == twice


def test_the_refit_finds_which_items_and_which_tags_are_hard() -> None:
    rng = random.Random(7)
    truth = {item: rng.gauss(0, 0.7) for item in range(40)}
    tags = {item: "hard" if item % 2 else "easy" for item in truth}
    shift = {"hard": 0.8, "easy": -0.8}
    sights = [
        sight(item, rng.random() < sigmoid(0.4 + skill - truth[item] - shift[tags[item]]), learner, (tags[item],))
        for learner in range(150)
        for skill in [rng.gauss(0, 0.8)]
        for item in truth
    ]
    found = refit(sights)
    assert found.counts[3] == (150, sum(one.correct for one in sights if one.item == 3))
    assert 0.9 < found.tags["hard"].mean - found.tags["easy"].mean < 2.1
    totals = [(truth[i] + shift[tags[i]], folded(found.items[i], (tags[i],), found.tags).mean) for i in truth]
    mean = sum(a - b for a, b in totals) / len(totals)
    assert math.sqrt(sum((a - b - mean) ** 2 for a, b in totals) / len(totals)) < 0.3
    assert all(0 < one.variance < PRIOR.variance for one in found.items.values())


def test_the_order_of_answers_changes_a_refit_by_rounding_only() -> None:
    rng = random.Random(2)
    sights = [sight(item, rng.random() < 0.6, learner) for learner in range(20) for item in range(10)]
    once = refit(sights)
    rng.shuffle(sights)
    again = refit(sights)
    assert once.counts == again.counts
    for item, belief in once.items.items():
        assert again.items[item].mean == pytest.approx(belief.mean, abs=1e-9)
    assert refit(sights) == again


def test_the_newest_estimate_of_the_author_counts() -> None:
    old, new = sight(1, True), Sight(2, 1, ("a",), Gauss(0.4, 0.5), True, Gauss(2.0, 0.49))
    assert refit([old, new]).items[1].mean > refit([old, sight(1, True, 2)]).items[1].mean + 1


def test_of_nothing_nothing_is_known() -> None:
    assert refit([]) == Difficulties()
