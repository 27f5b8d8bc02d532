"""What would this learner score in the exam, and would they pass: from the slow belief only.

The chance of the next answer chases momentum, which an exam weeks away does not see; the filter's belief (``ability``) with
its variances is the slow state. The expected score is the blueprint-weighted mean of the chances over the bank's items.
Doubt comes in five parts: the learner's overall ability (integrated by Gauss-Hermite quadrature, as the score bends in it),
their part of each tag (delta method), difficulties (inside each chance), what the model misses (``Residual``, learned from
set-aside exams) and the luck of one paper (binomial). The raw pass mark is an assumption with a spread: the vendor publishes
a scaled one and no map.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from questions.domain.ability import DEFAULT, Belief, Gauss, Parameters

UNSURE = 0.08
"""Above this standard deviation of the expected score there are not enough answers to speak of readiness."""
QUESTIONS = 50
"""Scored questions of a paper."""
NODES = 21
_TAIL = 0.1


@dataclass(frozen=True, slots=True)
class PassMark:
    """Share of right answers needed (0-1), normal. An assumption: to be shown as such."""

    mean: float = 0.70
    sd: float = 0.03


class Residual(NamedTuple):
    """What set-aside exams say beside the model: observed minus expected score, and the spread that luck leaves open."""

    bias: float = 0.0
    sd: float = 0.05


ASSUMED_MARK = PassMark()
UNMEASURED = Residual()


@dataclass(frozen=True, slots=True)
class Readiness:
    """Scores and chances 0-1. ``enough`` is False while the doubt is too large for the figures to be shown.

    ``score`` expected share of right answers with its 80 % interval (of one's true expected score, no paper's luck);
    ``passing`` chance to pass one paper, all doubt included; its interval: the chance if the true score were at the lower
    or the upper end of the score's.
    """

    score: float
    score_sd: float
    score_low: float
    score_high: float
    passing: float
    passing_low: float
    passing_high: float
    enough: bool


Blueprint = Mapping[str, tuple[float, Sequence[tuple[Sequence[str], Gauss]]]]
"""By domain: weight (above 0, any scale) and its items as (tags, served difficulty)."""


def readiness(
    belief: Belief,
    blueprint: Blueprint,
    parameters: Parameters = DEFAULT,
    missed: Residual = UNMEASURED,
    *,
    mark: PassMark = ASSUMED_MARK,
    questions: int = QUESTIONS,
) -> Readiness:
    """Expected score and chance to pass. Domains without items are left out and the others' weights scaled up.

    Raises ValueError where no domain with weight has an item.
    """
    filled = {name: part for name, part in blueprint.items() if part[0] > 0 and part[1]}
    total = math.fsum(weight for weight, _ in filled.values())
    if not filled:
        raise ValueError("the blueprint has no items")
    nodes, heights = np.polynomial.hermite_e.hermegauss(NODES)
    heights = heights / heights.sum()
    each, z, variance, parts, slugs = _arrays(belief, filled, total, parameters)
    calm = 1.0 / np.sqrt(1.0 + math.pi * variance / 8.0)
    spread = math.sqrt(belief.overall.variance)
    knows = 1.0 / (1.0 + np.exp(-(z[:, None] + spread * nodes) * calm[:, None]))  # items x nodes
    p = parameters.guess + (1.0 - parameters.guess) * knows
    score, luck = each @ p, each @ (p * (1.0 - p))
    slopes = parts.T @ ((1.0 - parameters.guess) * (each * calm)[:, None] * knows * (1.0 - knows))  # tags x nodes
    tag_variance = np.array([belief.tag(slug, parameters).variance for slug in slugs]) @ np.square(slopes)
    mean = float(heights @ score)
    sd = math.sqrt(float(heights @ (tag_variance + np.square(score - mean))))
    centre = score + missed.bias
    believed = np.sqrt(tag_variance + missed.sd**2)
    low, high = (_quantile(tail, centre, believed, heights) for tail in (_TAIL, 1.0 - _TAIL))
    paper = math.sqrt(float(heights @ luck) / questions + mark.sd**2)
    # A half question's continuity correction: a paper's score moves in steps of one question.
    needed = mark.mean - 0.5 / questions
    doubt = np.sqrt(believed**2 + luck / questions + mark.sd**2)
    passing = math.fsum(h * _above(c, needed, d) for h, c, d in zip(heights, centre, doubt, strict=True))
    return Readiness(
        _share(mean + missed.bias),
        sd,
        _share(low),
        _share(high),
        _share(passing),  # the weights of the quadrature may sum to a hair above 1
        _above(low, needed, paper),
        _above(high, needed, paper),
        sd <= UNSURE,
    )


def _arrays(
    belief: Belief, filled: Blueprint, total: float, parameters: Parameters
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, list[str]]:
    """Of each item its share of the score, z without doubt of the overall ability, the variance of tags and difficulty, and
    its part of each tag (items x tags); the tags.
    """
    rows = [(weight / total / len(items), tags, it) for weight, items in filled.values() for tags, it in items]
    slugs = sorted({slug for _, tags, _ in rows for slug in tags})
    column = {slug: place for place, slug in enumerate(slugs)}
    known = [belief.tag(slug, parameters) for slug in slugs]
    means, variances = np.array([it.mean for it in known]), np.array([it.variance for it in known])
    parts = np.zeros((len(rows), len(slugs)))
    for place, (_, tags, _) in enumerate(rows):
        for slug in tags:
            parts[place, column[slug]] += 1.0 / len(tags)
    difficulty = np.array([it.mean for _, _, it in rows])
    doubt = np.array([it.variance for _, _, it in rows])
    z = parameters.mu + belief.overall.mean + parts @ means - difficulty
    return np.array([share for share, _, _ in rows]), z, np.square(parts) @ variances + doubt, parts, slugs


def residual(sittings: Sequence[tuple[float, float, float]]) -> Residual:
    """Bias and spread from set-aside exams as (expected, observed, variance by luck); the defaults where there are none."""
    if not sittings:
        return Residual()
    found = np.array(sittings, float)
    off = found[:, 1] - found[:, 0]
    return Residual(float(off.mean()), math.sqrt(max(0.0, float((off**2).mean() - found[:, 2].mean()))))


def _above(mean: float, mark: float, sd: float) -> float:
    """Chance that a normal score is above the mark."""
    return 0.5 * math.erfc((mark - mean) / (sd * math.sqrt(2.0)))


def _quantile(tail: float, centre: np.ndarray, sd: np.ndarray, heights: np.ndarray) -> float:
    """Quantile of a mixture of normals, by bisection."""
    low, high = float((centre - 6 * sd).min()), float((centre + 6 * sd).max())
    for _ in range(50):
        middle = (low + high) / 2.0
        below = math.fsum(
            h * (1.0 - _above(c, middle, max(s, 1e-9))) for h, c, s in zip(heights, centre, sd, strict=True)
        )
        low, high = (middle, high) if below < tail else (low, middle)
    return (low + high) / 2.0


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))
