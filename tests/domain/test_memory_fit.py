"""Fitted parameters are taken when they win on later reviews, and refused else."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest

from questions.domain.memory import BOUNDS, DEFAULT, checked, version_of
from questions.domain.memory_fit import (
    MARGIN,
    MINIMUM,
    MINIMUM_LEARNERS,
    SHRINKAGE,
    Fit,
    fit_deployment,
    fit_learner,
    train,
)
from questions.domain.memory_log import in_order, spaced_losses, walk
from tests.domain.forgetters import FORGETFUL, forgetter


def mean_loss(log, parameters):
    losses = spaced_losses(walk(log, parameters))
    return sum(losses) / len(losses)


@pytest.mark.parametrize("seed", range(3))
def test_a_fit_to_a_learner_far_from_the_default_is_accepted_and_foretells_a_later_time_better(seed):
    log = forgetter(FORGETFUL, seed=seed, days=160)
    start = next(index for index, review in enumerate(log) if review.at >= 120 * 86_400)
    fit = fit_learner(log[:start])
    assert fit.accepted
    assert fit.incumbent_loss - fit.loss > 10 * MARGIN
    assert fit.parameters == train(log[:start])
    assert fit.version == version_of(fit.parameters) != version_of(DEFAULT)
    default, fitted, true = (
        spaced_losses(walk(log, parameters)[start - 80 :]) for parameters in (DEFAULT, fit.parameters, FORGETFUL)
    )
    default, fitted, true = (sum(losses) / len(losses) for losses in (default, fitted, true))
    # More than half of what the default loses against the truth is won back.
    assert true < fitted < (default + true) / 2


@pytest.mark.parametrize("seed", range(3))
def test_a_fit_to_a_learner_like_the_default_is_refused(seed):
    fit = fit_learner(forgetter(DEFAULT, seed=seed, items=400, a_day=20))
    assert (fit.accepted, fit.parameters) == (False, DEFAULT)
    assert fit.incumbent_loss - fit.loss < MARGIN
    assert fit.why.startswith("Refused: log loss ")


@pytest.mark.parametrize("seed", range(3))
def test_a_fit_to_an_earlier_time_that_was_noise_is_refused(seed):
    """Coins are tossed for two thirds of the time; from then on the learner remembers as FSRS says."""
    log = forgetter(DEFAULT, seed=seed, items=200, bend=lambda day, p: 0.5 if day < 85 else p)
    fit = fit_learner(log)
    assert (fit.accepted, fit.parameters) == (False, DEFAULT)
    assert fit.loss > fit.incumbent_loss


def test_the_incumbent_is_what_has_to_be_beaten():
    log = forgetter(FORGETFUL, seed=5)
    fit = fit_learner(log, incumbent=FORGETFUL)
    assert (fit.accepted, fit.parameters) == (False, FORGETFUL)


def test_the_judgement_says_how_many_reviews_decided_it():
    log = forgetter(FORGETFUL, seed=1)
    fit = fit_learner(log)
    spaced = len(spaced_losses(walk(log)))
    assert (fit.reviews, fit.learners, fit.decided) == (spaced, 1, spaced - int(spaced * 2 / 3))
    assert f"on the later {fit.decided} reviews a day or more apart" in fit.why
    assert 0 < fit.standard_error < fit.incumbent_loss - fit.loss


def test_later_reviews_do_not_teach_the_parameters_they_judge():
    """With every later result turned round the trial is the same, so its losses are those of the turned results."""
    log = forgetter(FORGETFUL, seed=2)
    spaced = [one for one in walk(log) if one.spaced]
    start = spaced[int(len(spaced) * 2 / 3)].index
    turned = log[:start] + [replace(review, rating=1 if review.correct else 3) for review in log[start:]]
    trial = train(log[:start])
    expected = [one for one in walk(turned, trial) if one.index >= start and one.spaced]
    losses = spaced_losses(expected)
    assert fit_learner(turned).loss == pytest.approx(sum(losses) / len(losses))


def test_few_reviews_are_no_ground_for_a_fit():
    log = forgetter(FORGETFUL, days=15)
    count = len(spaced_losses(walk(log)))
    assert 0 < count < MINIMUM
    fit = fit_learner(log)
    assert (fit.accepted, fit.parameters, fit.reviews) == (False, DEFAULT, count)
    assert fit.why == f"{count} reviews a day or more apart; a fit needs {MINIMUM}."
    assert (fit.loss, fit.incumbent_loss, fit.standard_error, fit.decided) == (None, None, None, 0)


def test_no_review_at_all_is_no_ground_either():
    assert fit_learner([]).why == f"0 reviews a day or more apart; a fit needs {MINIMUM}."
    assert train([]) == DEFAULT


def test_reviews_of_several_learners_are_no_learner_s():
    with pytest.raises(ValueError, match="several learners"):
        fit_learner(forgetter(learner="a", days=3) + forgetter(learner="b", days=3))


def test_a_fit_for_everybody_needs_several_learners_and_then_serves_one_it_never_saw():
    logs = [forgetter(FORGETFUL, seed=n, learner=str(n), items=40, days=40, a_day=10) for n in range(MINIMUM_LEARNERS)]
    few = fit_deployment(review for log in logs[:-1] for review in log)
    assert few.why == f"{MINIMUM_LEARNERS - 1} learners; a fit for everybody needs {MINIMUM_LEARNERS}."
    fit = fit_deployment(review for log in logs for review in log)
    assert (fit.accepted, fit.learners) == (True, MINIMUM_LEARNERS)
    other = forgetter(FORGETFUL, seed=99, learner="new")
    assert mean_loss(other, fit.parameters) < mean_loss(other, DEFAULT) - 10 * MARGIN


def test_the_order_in_which_reviews_are_handed_over_does_not_matter():
    log = forgetter(FORGETFUL, seed=3)
    shuffled = random.Random(0).sample(log, len(log))
    assert in_order(shuffled) == log
    assert fit_learner(shuffled) == fit_learner(log)


def test_a_fit_is_drawn_back_to_the_incumbent_by_the_number_of_reviews():
    log = forgetter(FORGETFUL, seed=4)
    moved = [abs(new - old) for new, old in zip(train(log), DEFAULT, strict=True)]
    a_tenth = [abs(new - old) for new, old in zip(train(log[: len(log) // 10]), DEFAULT, strict=True)]
    # w0: the first stability after a wrong answer, well determined by either.
    assert moved[0] > a_tenth[0] > 0
    assert moved[0] < len(log) / (len(log) + SHRINKAGE) * (DEFAULT[0] - BOUNDS[0][0])


def test_fitted_parameters_are_ones_that_fsrs_can_have():
    """Single precision ends a hair outside of a bound at times."""
    always = forgetter(DEFAULT, seed=6, bend=lambda day, p: 1.0)
    never = forgetter(DEFAULT, seed=6, bend=lambda day, p: 0.0)
    edge = tuple(high for _, high in BOUNDS)
    for log, incumbent in [(always, DEFAULT), (never, DEFAULT), (always, edge), (never, edge)]:
        parameters = train(log, incumbent)
        assert checked(parameters) == parameters


def test_a_fit_comes_back_from_json_as_it_went():
    fit = fit_learner(forgetter(FORGETFUL, seed=1))
    assert Fit.from_json(json.loads(json.dumps(fit.as_json()))) == fit
    with pytest.raises(ValueError, match="21 parameters, not 20"):
        Fit.from_json(fit.as_json() | {"parameters": list(fit.parameters[:20])})
