"""Difficulties from a log: refit, the ordered online step, misfit."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.domain import ability
from questions.domain.ability import DEFAULT, Belief, Gauss, Parameters, estimate
from questions.domain.calibration import Answers, misfit, refit, served, sigmoid, step

LEARNERS, ITEMS, TAGS = 300, 40, 5


def log(rng: np.random.Generator, count: int, *, guess: float = 0.0) -> tuple[Answers, np.ndarray]:
    """Synthetic answers, item k under tag k mod 5, and each item's true difficulty with its tag's part."""
    learner, item = rng.integers(0, LEARNERS, count), rng.integers(0, ITEMS, count)
    b, d, able = rng.normal(0, 0.7, ITEMS), rng.normal(0, 0.6, TAGS), rng.normal(0, 0.9, LEARNERS)
    tag = np.arange(ITEMS) % TAGS
    truth = b + d[tag]
    p = guess + (1 - guess) * sigmoid(DEFAULT.mu + able[learner] - truth[item])
    right = (rng.random(count) < p).astype(float)
    answers = Answers(learner, item, right, np.ones(count), np.arange(count), tag[item], LEARNERS, ITEMS, TAGS)
    return answers, truth


def test_a_refit_brings_the_true_difficulties_to_light():
    answers, truth = log(np.random.default_rng(3), 20_000)
    found = refit(answers)
    believed = found.item_mean + found.tag_mean[np.arange(ITEMS) % TAGS]
    assert np.corrcoef(believed, truth)[0, 1] > 0.98
    assert np.abs(believed - truth).max() < 0.5
    assert (found.item_variance > 0).all()
    assert (found.item_variance < DEFAULT.item_variance).all()


def test_a_guessing_chance_makes_hard_items_look_as_hard_as_they_are():
    answers, truth = log(np.random.default_rng(4), 30_000, guess=0.25)
    hard = truth > np.quantile(truth, 0.8)
    tag = np.arange(ITEMS) % TAGS
    aware, blind = (refit(answers, Parameters(guess=it)) for it in (0.25, 0.0))
    error = [np.abs(it.item_mean + it.tag_mean[tag] - truth)[hard].mean() for it in (aware, blind)]
    assert error[0] < error[1]


def test_the_order_of_answers_is_of_no_account_to_a_refit():
    answers, _ = log(np.random.default_rng(5), 2_000)
    shuffled = np.random.default_rng(6).permutation(2_000)
    again = Answers(
        answers.learner[shuffled], answers.item[shuffled], answers.correct[shuffled], answers.weight,
        answers.answer, answers.tag[shuffled], LEARNERS, ITEMS, TAGS,
    )  # fmt: skip
    assert refit(again).item_mean == pytest.approx(refit(answers).item_mean, abs=1e-9)


def test_an_item_without_answers_keeps_its_prior():
    answers, _ = log(np.random.default_rng(7), 500)
    kept = answers.item != 0
    places = np.flatnonzero(kept)
    rest = Answers(
        answers.learner[kept], answers.item[kept], answers.correct[kept], answers.weight[kept],
        np.arange(len(places)), answers.tag[places], LEARNERS, ITEMS, TAGS,
    )  # fmt: skip
    prior = np.zeros(ITEMS)
    prior[0] = 1.3
    found = refit(rest, prior_mean=prior, prior_variance=np.full(ITEMS, 0.2))
    assert (found.item_mean[0], found.item_variance[0]) == (1.3, pytest.approx(0.2))


def test_columns_of_different_length_are_refused():
    with pytest.raises(ValueError, match="columns of a log differ in length"):
        Answers(
            *(np.zeros(it, int) for it in (1, 2)), *(np.zeros(2) for _ in range(2)), *(np.zeros(1, int),) * 2, 1, 1, 1
        )


def test_tags_difficulties_fold_into_the_served_one():
    folded = served(Gauss(0.5, 0.25), [Gauss(0.25, 0.5), Gauss(-0.75, 0.25)])
    assert folded == Gauss(0.5 + (0.25 - 0.75) / 2, 0.25 + (0.5 + 0.25) / 4)
    assert served(Gauss(0.5, 0.3), []) == Gauss(0.5, 0.3)


gauss = st.builds(Gauss, st.floats(-3, 3), st.floats(0.01, 2))


@given(gauss, st.lists(gauss, max_size=3), st.floats(0, 1), st.sampled_from([0.0, 0.25]))
def test_a_right_answer_makes_an_item_easier_a_wrong_one_harder_and_both_surer(item, tags, trust, guess):
    parameters = Parameters(guess=guess)
    slugs = [f"t{k}" for k in range(len(tags))]
    before = served(item, tags)
    chance = estimate(Belief(), slugs, before, parameters)
    for correct, way in ((True, -1), (False, 1)):
        own, shared = step(item, tags, chance, correct=correct, trust=trust, parameters=parameters)
        assert way * (own.mean - item.mean) >= 0
        assert all(way * (after.mean - one.mean) >= 0 for one, after in zip(tags, shared, strict=True))
        assert 0 < own.variance <= item.variance
        assert all(0 < after.variance <= one.variance for one, after in zip(tags, shared, strict=True))
        after = estimate(Belief(), slugs, served(own, shared), parameters)
        # The belief about the item narrows, which moves a moderated chance away from one half by itself.
        still = estimate(Belief(), slugs, Gauss(served(own, shared).mean, before.variance), parameters)
        assert way * (still.p - chance.p) <= 1e-12
        assert after.variance <= chance.variance + 1e-12


def test_one_online_step_by_hand():
    # V = 0.8 + 0.3 + 0.7 + 0.4 = 2.2; z = 0.4; p = sigma(0.4 / sqrt(1 + pi * 2.2 / 8))
    guess = estimate(Belief(), ["leaves"], served(Gauss(0.0, 0.7), [Gauss(0.0, 0.4)]))
    p = 1 / (1 + math.exp(-0.4 / math.sqrt(1 + math.pi * 2.2 / 8)))
    h = p * (1 - p)
    own, (shared,) = step(Gauss(0.0, 0.7), [Gauss(0.0, 0.4)], guess, correct=False)
    assert own.mean == pytest.approx(0.7 * p / (1 + h * 2.2))
    assert shared.mean == pytest.approx(0.4 * p / (1 + h * 2.2))
    assert own.variance == pytest.approx(0.7 * (1 - h * 0.7 / (1 + h * 2.2)))


def test_an_item_that_better_learners_miss_is_flagged_and_a_sound_one_is_not():
    rng = np.random.default_rng(8)
    offset = rng.normal(0, 1.2, 400)
    p = sigmoid(offset)
    sound = (rng.random(400) < p).astype(float)
    miskeyed = 1.0 - sound
    impossible = np.zeros(400)
    fits = misfit(
        np.repeat(np.arange(3), 400), np.tile(p, 3), np.tile(offset, 3), np.concatenate([sound, miskeyed, impossible])
    )
    assert [it.flags for it in fits] == [
        (),
        ("better learners do worse", "more surprising than the model allows"),
        ("hardly anyone right", "more surprising than the model allows"),
    ]
    assert fits[0].infit == pytest.approx(1.0, abs=0.1)
    assert (fits[2].facility, fits[2].discrimination) == (0.0, 0.0)


def test_a_handful_of_answers_flags_nothing():
    few = misfit(np.zeros(5, int), np.full(5, 0.9), np.zeros(5), np.zeros(5))
    assert [(it.answered, it.flags) for it in few] == [(5, ())]
    assert misfit(np.zeros(0, int), np.zeros(0), np.zeros(0), np.zeros(0)) == []


def test_the_filter_and_the_step_share_one_innovation():
    """What a learner gains in logits per unit of variance, the item loses per unit of its own."""
    belief, item = Belief(), Gauss(0.3, 0.5)
    still = Parameters(drift=0.0, tag_drift=0.0)
    after, guess = ability.update(belief, ["a"], item, correct=True, at=0.0, parameters=still)
    own, _ = step(item, [], guess, correct=True, parameters=still)
    assert after.overall.mean / belief.overall.variance == pytest.approx((item.mean - own.mean) / item.variance)
