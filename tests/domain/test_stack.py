"""The stack and its recalibration: what it learns, what it falls back to, what it may never do."""

from __future__ import annotations

import hashlib
import json
import pickle

import numpy as np
import pytest

from questions.domain import stack
from questions.domain.ability import sigmoid
from questions.domain.recalibration import Recalibration
from questions.domain.trace import FEATURES

D = len(FEATURES)
PLACE = {name: k for k, name in enumerate(FEATURES)}


def sample(n: int = 3000, seed: int = 1) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Answers whose truth is the filter's logit plus what was last answered, twice as strongly under the tag "streaky"."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, D))
    x[:, PLACE["recent_5"]] = rng.choice([-1.0, 1.0], n)
    tag = rng.choice(["streaky", "steady"], n)
    pull = np.where(tag == "streaky", 1.5, 0.3)
    z = x[:, stack.OFFSET] + pull * x[:, PLACE["recent_5"]]
    return x, (rng.random(n) < 1 / (1 + np.exp(-z))).astype(float), tag.tolist()


def fitted(**options: float) -> stack.Coefficients:
    x, y, tag = sample()
    return stack.fit(x, y, np.arange(len(y)), tag, **options)


def row(recent: float) -> list[float]:
    x = [0.0] * D
    x[PLACE["recent_5"]] = recent
    return x


def test_it_learns_what_the_filter_does_not_see_and_by_tag():
    coefficients = fitted(penalty=10.0, slope_variance=0.2)
    gap = {
        tag: stack.predict(coefficients, row(1.0), [tag]) - stack.predict(coefficients, row(-1.0), [tag])
        for tag in ("streaky", "steady")
    }
    assert gap["streaky"] > 2 * gap["steady"] > 0


def test_with_all_its_freedom_taken_it_is_the_filter():
    coefficients = fitted(penalty=1e9, slope_variance=0.0)
    assert coefficients.slopes == {}
    for z in (-2.0, 0.0, 1.0):
        x = row(1.0)
        x[stack.OFFSET] = z
        bias = float(coefficients.weights[0])
        assert stack.predict(coefficients, x, ["streaky"]) == pytest.approx(sigmoid(z + bias), abs=1e-4)


def test_an_unknown_tag_follows_the_rest():
    coefficients = fitted()
    assert stack.predict(coefficients, row(1.0), ["unknown"]) == pytest.approx(
        float(stack.sigmoid(stack.logits(coefficients, row(1.0))))
    )


def test_coefficients_survive_json():
    coefficients = fitted()
    again = stack.Coefficients.from_json(json.loads(json.dumps(coefficients.as_json())))
    assert stack.predict(again, row(1.0), ["streaky", "new"]) == stack.predict(
        coefficients, row(1.0), ["streaky", "new"]
    )
    assert again.as_json() == coefficients.as_json()


def test_coefficients_of_other_features_are_refused():
    stored = fitted().as_json()
    stored["features"] = stored["features"][1:]
    with pytest.raises(ValueError, match="these coefficients belong to other features"):
        stack.Coefficients.from_json(stored)


def test_nothing_can_be_fitted_on_nothing():
    with pytest.raises(ValueError, match="no answers to fit the stack on"):
        stack.fit(np.zeros((0, D)), np.zeros(0), np.zeros(0, int), [])


def state(running: Recalibration) -> str:
    return hashlib.sha256(pickle.dumps((running.tags, running.everybody, running.learners))).hexdigest()


def test_recalibrated_predictions_are_pure_and_updates_move_them_the_right_way():
    running = Recalibration(fitted())
    before = state(running)
    p = running.predict("one", row(1.0), ["streaky", "unmet"])
    assert running.predict("one", row(1.0), ["streaky", "unmet"]) == p
    assert state(running) == before
    running.update("one", row(1.0), ["streaky", "unmet"], correct=True)
    assert state(running) != before
    assert running.predict("one", row(1.0), ["streaky", "unmet"]) > p
    running.update("one", row(1.0), ["streaky", "unmet"], correct=False)
    running.update("one", row(1.0), ["streaky", "unmet"], correct=False)
    assert running.predict("one", row(1.0), ["streaky", "unmet"]) < p


def test_recalibration_finds_a_shift_of_the_population_and_variances_only_shrink():
    coefficients, rng = fitted(), np.random.default_rng(9)
    running = Recalibration(coefficients)
    for k in range(400):
        running.update(f"learner {k % 40}", row(float(rng.choice([-1, 1]))), ["steady"], correct=False)
    late = running.predict("a new one", row(0.0), ["steady"])
    assert late < stack.predict(coefficients, row(0.0), ["steady"]) - 0.1
    assert np.all(np.linalg.eigvalsh(running.everybody[1]) > 0)
    for slug, (_, covariance) in running.tags.items():
        assert np.all(np.linalg.eigvalsh(covariance) > 0)
        assert np.trace(covariance) <= np.trace(coefficients.covariances[slug]) + 1e-12


def test_features_that_are_no_numbers_are_refused():
    with pytest.raises(ValueError, match="features must be finite"):
        Recalibration(fitted()).predict("one", row(float("nan")), ["steady"])
