"""Slow online recalibration of the stack: slopes by tag, one line for everybody, one line a learner.

Between two fits populations move: a new class, another week's items. Each answer moves three kinds of Gaussian terms by one
extended-Kalman step, full covariance within a term, terms held independent (assumed density, as in the filter):

    z'' = z' + sum_t w * s_t . (1, x)            slopes by tag, from the fit's means and covariances
    z'' = g . (1, z'')                           added: bias and slope of everybody, prior variance EVERYBODY
    z'' = l . (1, z'')                           added: bias and slope of the learner, prior variance LEARNER

Ordered answers, one writer. The state follows from the log alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from questions.domain.ability import moderated
from questions.domain.calibration import Floats
from questions.domain.stack import Coefficients, logits, standardised

EVERYBODY = 0.001
LEARNER = 0.01

Term = tuple[Floats, Floats]
"""Mean (k,) and covariance (k, k)."""


class Recalibration:
    """Running state over fitted coefficients. ``predict`` reads only; ``update`` takes one answer in."""

    def __init__(self, coefficients: Coefficients) -> None:
        self.coefficients = coefficients
        size = len(coefficients.centre) + 1
        self._unmet: Term = (np.zeros(size), np.eye(size) * coefficients.slope_variance)
        self.tags: dict[str, Term] = {
            slug: (slope, coefficients.covariances.get(slug, np.zeros((size, size))))
            for slug, slope in coefficients.slopes.items()
        }
        self.everybody: Term = (np.zeros(2), np.eye(2) * EVERYBODY)
        self.learners: dict[str, Term] = {}

    def predict(self, learner: str, features: npt.ArrayLike, tags: Sequence[str]) -> float:
        """Chance of a right answer, moderated by the doubt about the terms."""
        z, variance, _, _ = self._walk(learner, features, tags)
        return moderated(z, variance)

    def update(self, learner: str, features: npt.ArrayLike, tags: Sequence[str], *, correct: bool) -> None:
        """One extended-Kalman step of every term that the answer touches."""
        z, variance, parts, lines = self._walk(learner, features, tags)
        p = moderated(z, variance)
        h = p * (1.0 - p)
        gain = (float(correct) - p) / (1.0 + h * variance)
        shrink = h / (1.0 + h * variance)
        for slug, term, lever in parts:
            self.tags[slug] = _moved(term, lever, gain, shrink)
        (everybody, lever), (own, own_lever) = lines
        self.everybody = _moved(everybody, lever, gain, shrink)
        self.learners[learner] = _moved(own, own_lever, gain, shrink)

    def _walk(
        self, learner: str, features: npt.ArrayLike, tags: Sequence[str]
    ) -> tuple[float, float, list[tuple[str, Term, Floats]], tuple[tuple[Term, Floats], tuple[Term, Floats]]]:
        """z'', its variance, and each term with its lever: covariance times its inputs."""
        z, variance = float(logits(self.coefficients, features)), 0.0
        parts: list[tuple[str, Term, Floats]] = []
        if tags and self.coefficients.slope_variance > 0:
            x = np.concatenate([[1.0], standardised(self.coefficients, features)]) / len(tags)
            for slug in tags:
                term = self.tags.get(slug, self._unmet)
                lever = term[1] @ x
                z += float(x @ term[0])
                variance += float(x @ lever)
                parts.append((slug, term, lever))
        everybody = self.everybody
        z, variance, lever = _line(everybody, z, variance)
        own = self.learners.get(learner) or (np.zeros(2), np.eye(2) * LEARNER)
        z, variance, own_lever = _line(own, z, variance)
        if not math.isfinite(z):
            raise ValueError("features must be finite")
        return z, variance, parts, ((everybody, lever), (own, own_lever))


def _line(term: Term, z: float, variance: float) -> tuple[float, float, Floats]:
    x = np.array([1.0, z])
    lever = term[1] @ x
    return z + float(x @ term[0]), variance + float(x @ lever), lever


def _moved(term: Term, lever: Floats, gain: float, shrink: float) -> Term:
    mean, covariance = term
    return mean + lever * gain, covariance - np.outer(lever, lever) * shrink
