"""Will they get this one right: a logistic regression on the state of the filter and the trace.

    z' = z~ + a + sum_k b_k x_k + sum_(k<=l in CROSSED) c_kl x_k x_l + sum_t w * s_t . (1, x),   p = sigmoid(z')

x are the features of ``trace`` (centred, scaled, clipped), z~ is the filter's logit, so that with every coefficient at its
prior, 0, the stack *is* the filter: the ridge penalty pulls towards it. s_t are random slopes of a tag: topics differ in how
fast practice shows and how much a slip means (Best-LR and PFA learn such weights by tag; Gervet et al. 2020, Pavlik et al.
2009), shrunk so that a tag with few answers follows the rest. Fitted by penalised iteratively reweighted least squares, the
slopes after it tag by tag given the rest (backfitting), with Laplace covariances.

The stack answers one question, the next answer. It chases momentum, so ``readiness`` never reads it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from questions.domain.calibration import Floats, Ints, sigmoid
from questions.domain.trace import FEATURES

CROSSED = (
    *("moderated", "variance", "ability", "difficulty", "recent_5", "item_wins"),
    *("tag_wins", "tag_losses", "tag_recent_5", "tag_surprise"),
)
"""Features whose squares and products are terms too; picked on development logs, see docs/adaptive.md."""
CLIP = 4.0
PRODUCT_CLIP = 6.0
PENALTY = 100.0
SLOPE_VARIANCE = 0.01

_COLUMN = {name: place for place, name in enumerate(FEATURES)}
_LEFT, _RIGHT = np.array(
    [(_COLUMN[one], _COLUMN[two]) for k, one in enumerate(CROSSED) for two in CROSSED[k:]], np.intp
).T
OFFSET = _COLUMN["moderated"]
TERMS = 1 + len(FEATURES) + len(_LEFT)


@dataclass(frozen=True, eq=False)
class Coefficients:
    """A versioned value: scales of the features (d,), weights (``TERMS``,) and slopes by tag (1 + d,).

    ``covariances`` (by tag, (1 + d, 1 + d)) are known after a fit and serve ``recalibration``; JSON leaves them out.
    """

    centre: Floats
    scale: Floats
    weights: Floats
    slopes: Mapping[str, Floats] = field(default_factory=dict)
    slope_variance: float = SLOPE_VARIANCE
    covariances: Mapping[str, Floats] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Columns by name with the names of the features, so that a change of features is noticed."""
        return {
            "features": list(FEATURES),
            "crossed": list(CROSSED),
            "centre": self.centre.tolist(),
            "scale": self.scale.tolist(),
            "weights": self.weights.tolist(),
            "slopes": {slug: slope.tolist() for slug, slope in sorted(self.slopes.items())},
            "slope_variance": self.slope_variance,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Coefficients:
        """Inverse of :meth:`as_json`. Raises ValueError when it was fitted on other features than this code computes."""
        if stored["features"] != list(FEATURES) or stored["crossed"] != list(CROSSED):
            raise ValueError("these coefficients belong to other features")
        return cls(
            np.array(stored["centre"], float),
            np.array(stored["scale"], float),
            np.array(stored["weights"], float),
            {slug: np.array(slope, float) for slug, slope in stored["slopes"].items()},
            float(stored["slope_variance"]),
        )


def standardised(coefficients: Coefficients, rows: npt.ArrayLike) -> Floats:
    """Centred, scaled and clipped features; shape (n, d) or (d,)."""
    x: Floats = np.clip((np.asarray(rows, float) - coefficients.centre) / coefficients.scale, -CLIP, CLIP)
    return x


def logits(coefficients: Coefficients, rows: npt.ArrayLike) -> Floats:
    """z' without the slopes by tag, for features of shape (n, d) (or (d,): a scalar array)."""
    x = standardised(coefficients, rows)
    d = x.shape[-1]
    weights = coefficients.weights
    products = np.clip(x[..., _LEFT] * x[..., _RIGHT], -PRODUCT_CLIP, PRODUCT_CLIP)
    z: Floats = np.asarray(rows, float)[..., OFFSET] + weights[0] + x @ weights[1 : d + 1] + products @ weights[d + 1 :]
    return z


def predict(coefficients: Coefficients, features: npt.ArrayLike, tags: Sequence[str]) -> float:
    """Chance of a right answer to the question that ``trace.features`` describes."""
    z = float(logits(coefficients, features))
    slopes = [coefficients.slopes[slug] for slug in tags if slug in coefficients.slopes]
    if slopes:
        x = standardised(coefficients, features)
        z += sum(float(slope[0] + slope[1:] @ x) for slope in slopes) / len(tags)
    return float(sigmoid(np.array(z)))


def fit(
    rows: Floats,
    correct: Floats,
    answer: Ints,
    tag: Sequence[str],
    *,
    penalty: float = PENALTY,
    slope_variance: float = SLOPE_VARIANCE,
) -> Coefficients:
    """Coefficients from features (n, d), results (n,) and tags as pairs (``answer[k]``, ``tag[k]``).

    ``slope_variance`` 0 leaves the slopes out. Features must come from difficulties that did not see these answers
    (cross-fitting), else the stack trusts them too much. Raises ValueError for an empty log.
    """
    if not len(rows):
        raise ValueError("no answers to fit the stack on")
    centre, scale = rows.mean(axis=0), rows.std(axis=0)
    scale[scale < 1e-9] = 1.0
    bare = Coefficients(centre, scale, np.zeros(TERMS), slope_variance=slope_variance)
    x = standardised(bare, rows)
    design = np.empty((len(rows), TERMS))
    design[:, 0], design[:, 1 : len(FEATURES) + 1] = 1.0, x
    products = design[:, len(FEATURES) + 1 :]
    np.multiply(x[:, _LEFT], x[:, _RIGHT], out=products)
    np.clip(products, -PRODUCT_CLIP, PRODUCT_CLIP, out=products)
    # The penalty is of terms at unit variance, products too.
    size = np.maximum(products.std(axis=0), 0.1)
    ridge = np.concatenate([[1e-6], np.full(len(FEATURES), penalty), penalty * size**2])
    weights = irls(design, correct, ridge, rows[:, OFFSET])
    slopes: dict[str, Floats] = {}
    covariances: dict[str, Floats] = {}
    if slope_variance > 0:
        offset = rows[:, OFFSET] + design @ weights
        slopes, covariances = _fit_slopes(design[:, : len(FEATURES) + 1], correct, offset, answer, tag, slope_variance)
    return Coefficients(centre, scale, weights, slopes, slope_variance, covariances)


def irls(design: Floats, correct: Floats, ridge: Floats, offset: Floats, *, rounds: int = 15) -> Floats:
    """Logistic regression with an offset and a ridge penalty by term: Newton's method to convergence."""
    weights = np.zeros(design.shape[1])
    for _ in range(rounds):
        p = sigmoid(offset + design @ weights)
        hessian = (design * (p * (1.0 - p))[:, None]).T @ design
        hessian[np.diag_indices_from(hessian)] += ridge
        change = np.linalg.solve(hessian, design.T @ (correct - p) - ridge * weights)
        weights = weights + change * min(1.0, 2.0 / max(float(np.abs(change).max()), 1e-12))
        if np.abs(change).max() < 1e-5:
            break
    return weights


def _fit_slopes(
    design: Floats, correct: Floats, offset: Floats, answer: Ints, tag: Sequence[str], variance: float
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Slopes of each tag given those of the others, twice around; shares of 1/|T| an answer."""
    share = (1.0 / np.bincount(answer, minlength=len(correct)))[answer]
    names, number = np.unique(np.asarray(tag, dtype=str), return_inverse=True)
    order = np.argsort(number, kind="stable")
    blocks = np.split(order, np.flatnonzero(np.diff(number[order])) + 1) if len(order) else []
    prior = np.eye(design.shape[1]) / variance
    z = offset.copy()
    slopes = {str(name): np.zeros(design.shape[1]) for name in names}
    covariances: dict[str, Floats] = {}
    for around in range(2):
        for name, block in zip(names.tolist(), blocks, strict=True):
            rows = answer[block]
            part = design[rows] * share[block][:, None]
            slope = slopes[name]
            rest = z[rows] - part @ slope
            hessian = prior
            for _ in range(5 if around == 0 else 2):
                p = sigmoid(rest + part @ slope)
                hessian = (part * (p * (1.0 - p))[:, None]).T @ part + prior
                change = np.linalg.solve(hessian, part.T @ (correct[rows] - p) - slope / variance)
                slope = slope + change * min(1.0, 2.0 / max(float(np.abs(change).max()), 1e-12))
                if np.abs(change).max() < 1e-3:
                    break
            slopes[name], covariances[name] = slope, np.asarray(np.linalg.inv(hessian), float)
            z[rows] = rest + part @ slope
    return slopes, covariances
