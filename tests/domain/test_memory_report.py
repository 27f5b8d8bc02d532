"""What is measured of memory models, and how sure it is."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from questions.domain.memory_log import SECONDS, Review, walk
from questions.domain.memory_report import ELAPSED, FITTED, HEAD, NIGHTS, WHOLE, auc, compare, ece, interval, losses
from tests.domain.forgetters import FORGETFUL, forgetter


def test_auc_counts_ties_half_and_needs_both_results():
    y = np.array([1.0, 0, 1, 0])
    assert auc(y, np.array([0.9, 0.1, 0.8, 0.2])) == 1
    assert auc(y, np.array([0.1, 0.9, 0.2, 0.8])) == 0
    assert auc(y, np.array([0.5, 0.5, 0.5, 0.5])) == 0.5
    assert auc(y, np.array([0.5, 0.5, 0.9, 0.2])) == (0.5 + 1 + 1 + 1) / 4
    assert math.isnan(auc(np.ones(3), np.array([0.1, 0.2, 0.3])))


def test_calibration_error_weighs_each_bin_by_its_predictions():
    y = np.array([1.0, 0, 1, 1, 1])
    p = np.array([0.52, 0.58, 0.95, 1.0, 0.91])
    assert ece(y, p) == pytest.approx((abs(1 - 1.1) + abs(3 - 2.86)) / 5)


def test_losses_are_held_within_the_clip():
    found = losses(np.array([1.0, 0, 0]), np.array([0.25, 0.25, 1.0]))
    assert found.tolist() == pytest.approx([-math.log(0.25), -math.log(0.75), -math.log(0.001)])


def test_an_interval_holds_the_mean_and_is_wider_for_values_that_come_in_clusters():
    rng = np.random.default_rng(3)
    of = np.repeat(np.arange(100), 20)
    values = rng.normal(0.1, 1, 100)[of]
    alone, together = interval(values, list(range(2000)), 500, 0), interval(values, of.tolist(), 500, 0)
    mean = values.mean()
    assert alone[0] < mean < alone[1]
    assert together[0] < mean < together[1]
    assert together[1] - together[0] > 3 * (alone[1] - alone[0])
    assert interval(values, of.tolist(), 500, 0) == together


@pytest.fixture(scope="module")
def forgetful():
    return forgetter(FORGETFUL, seed=1)


def test_every_model_is_scored_on_the_same_spaced_reviews_of_the_second_half(forgetful):
    report = compare(forgetful, rounds=50)
    scored = [one for one in walk(forgetful) if one.spaced and one.index >= len(forgetful) // 2]
    assert [(score.model, score.n) for score in report.scores] == [
        (model, len(scored)) for model in (ELAPSED, WHOLE, NIGHTS, FITTED, HEAD)
    ]
    assert report.recalled == sum(one.review.correct for one in scored) / len(scored)
    assert (report.reviews, report.learners, report.items) == (len(forgetful), 1, 80)
    nights = {score.model: score for score in report.scores}[NIGHTS]
    p = np.array([one.recall for one in scored])
    assert nights.log_loss == losses(np.array([float(one.review.correct) for one in scored]), p).mean()


def test_differences_are_to_the_better_of_the_two_defaults(forgetful):
    report = compare(forgetful, rounds=50)
    by_model = {score.model: score for score in report.scores}
    reference = by_model.pop(report.reference)
    assert report.reference == min((ELAPSED, WHOLE), key=lambda m: {s.model: s for s in report.scores}[m].log_loss)
    assert (reference.difference, reference.low, reference.high) == (None, None, None)
    for score in by_model.values():
        assert score.difference == pytest.approx(score.log_loss - reference.log_loss)
        assert score.low <= score.difference <= score.high
    # This learner is far from the default: the fit wins beyond doubt.
    assert by_model[FITTED].high < 0
    assert [(learner, fit.accepted) for learner, fit in report.fits] == [("a", True)]


def test_the_second_half_teaches_no_parameters(forgetful):
    half = len(forgetful) // 2
    turned = forgetful[:half] + [
        Review(one.learner, one.item, one.at, 1 if one.correct else 3) for one in forgetful[half:]
    ]
    assert compare(turned, rounds=2).fits == compare(forgetful, rounds=2).fits


def test_a_log_of_several_learners_has_a_fit_for_everybody_too():
    logs = [forgetter(FORGETFUL, seed=n, learner=str(n), items=30, days=30, a_day=10) for n in range(2)]
    report = compare([review for log in logs for review in log], rounds=2)
    assert [learner for learner, _ in report.fits] == ["", "0", "1"]
    assert report.learners == 2


def test_a_log_without_a_spaced_review_cannot_be_scored():
    log = [Review("a", str(n % 3), n * SECONDS / 30, 3) for n in range(20)]
    with pytest.raises(ValueError, match="no review a day or more"):
        compare(log)
    with pytest.raises(ValueError, match="no review a day or more"):
        compare([])


def test_a_report_is_plain_values(forgetful):
    told = []
    report = compare(forgetful, rounds=5, tell=told.append)
    shown = json.loads(json.dumps(report.as_json()))
    assert [score["model"] for score in shown["scores"]] == [score.model for score in report.scores]
    assert shown["fits"]["a"] == report.fits[0][1].as_json()
    assert told == [
        "FSRS-6 with its defaults",
        "FSRS-6 fitted to the first half",
        "recall head learns from the first half",
        f"recall head walks the second half: 0 of {len(forgetful) - len(forgetful) // 2}",
        "bootstrap over items, 5 rounds",
    ]
