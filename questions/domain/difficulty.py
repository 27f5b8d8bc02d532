"""Difficulty of items and tags from first-sight answers: one step an answer in the log's order, and a refit over a whole log.

The model is that of ``ability``: z = offset - b_i - sum_t w * d_t with w = 1/|T|, where offset is the learner's part as it was
believed before the answer. ``absorb`` is the extended-Kalman step for the terms b_i and d_t; ``refit`` is their maximum a
posteriori by block Newton (all b given d, then all d given b), variances by Laplace's method within each block.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from questions.domain.ability import DEFAULT, Gauss, Parameters, moderated

SWEEPS = 50
CLOSE = 1e-8
"""The refit ends when no term moves further than this, in logits."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One learner's first answer to one item; ``learner`` is their part of z, ``prior`` the author's estimate of the item."""

    item: int
    tags: tuple[str, ...]
    learner: Gauss
    correct: bool
    prior: Gauss


@dataclass(slots=True)
class Difficulties:
    """Beliefs of b_i by item id and of d_t by tag, and counts by item id: (answers, right ones)."""

    items: dict[int, Gauss] = field(default_factory=dict)
    tags: dict[str, Gauss] = field(default_factory=dict)
    counts: dict[int, tuple[int, int]] = field(default_factory=dict)

    def count(self, sight: Sight) -> None:
        """One more answer to an item."""
        answers, right = self.counts.get(sight.item, (0, 0))
        self.counts[sight.item] = (answers + 1, right + sight.correct)


def folded(own: Gauss, tags: Sequence[str], known: Mapping[str, Gauss], parameters: Parameters = DEFAULT) -> Gauss:
    """Difficulty with which an item is served: its own part and that of its tags."""
    weight = 1.0 / len(tags) if tags else 0.0
    parts = [known.get(tag, Gauss(0.0, parameters.tag_difficulty_variance)) for tag in tags]
    return Gauss(
        own.mean + weight * math.fsum(part.mean for part in parts),
        own.variance + weight * weight * math.fsum(part.variance for part in parts),
    )


def absorb(known: Difficulties, sights: Iterable[Sight], parameters: Parameters = DEFAULT) -> None:
    """Move the difficulties by these answers, one after another."""
    prior = Gauss(0.0, parameters.tag_difficulty_variance)
    for sight in sights:
        own = known.items.get(sight.item, sight.prior)
        total = folded(own, sight.tags, known.tags, parameters)
        variance = sight.learner.variance + total.variance
        p = moderated(sight.learner.mean - total.mean, variance)
        h = p * (1.0 - p)
        step = (float(sight.correct) - p) / (1.0 + h * variance)
        shrink = h / (1.0 + h * variance)
        known.items[sight.item] = _moved(own, 1.0, step, shrink)
        for tag in sight.tags:
            weight = 1.0 / len(sight.tags)
            known.tags[tag] = _moved(known.tags.get(tag, prior), weight, step, shrink)
        known.count(sight)


def _moved(term: Gauss, weight: float, step: float, shrink: float) -> Gauss:
    return Gauss(
        term.mean - term.variance * weight * step, term.variance * (1.0 - shrink * weight * weight * term.variance)
    )


def refit(sights: Sequence[Sight], parameters: Parameters = DEFAULT) -> Difficulties:
    """Difficulties from all these answers at once; their order changes nothing. An item's newest prior counts."""
    known = Difficulties()
    for sight in sights:
        known.count(sight)
    if not sights:
        return known
    items, tags = sorted(known.counts), sorted({tag for sight in sights for tag in sight.tags})
    sets: dict[tuple[str, ...], int] = {}
    priors = {sight.item: sight.prior for sight in sights}
    for sight in sights:
        sets.setdefault(sight.tags, len(sets))
    place = {item: number for number, item in enumerate(items)}
    of_item = np.array([place[sight.item] for sight in sights])
    of_set = np.array([sets[sight.tags] for sight in sights])
    weights = np.zeros((len(sets), len(tags)))
    column = {tag: number for number, tag in enumerate(tags)}
    for group, row in sets.items():
        for tag in group:
            weights[row, column[tag]] += 1.0 / len(group)
    offset = np.array([sight.learner.mean for sight in sights])
    scale = 1.0 / np.sqrt(1.0 + math.pi * np.array([sight.learner.variance for sight in sights]) / 8.0)
    correct = np.array([float(sight.correct) for sight in sights])
    mean = np.array([priors[item].mean for item in items])
    precision = np.array([1.0 / priors[item].variance for item in items])
    b, d = mean.copy(), np.zeros(len(tags))
    information, hessian = precision.copy(), np.diag(np.full(len(tags), 1.0 / parameters.tag_difficulty_variance))
    for _ in range(SWEEPS):
        slope, curve = _slopes(offset - b[of_item] - (weights @ d)[of_set], scale, correct)
        information = precision + np.bincount(of_item, curve, len(items))
        moved_b = (precision * (b - mean) + np.bincount(of_item, slope, len(items))) / information
        b = b - moved_b
        slope, curve = _slopes(offset - b[of_item] - (weights @ d)[of_set], scale, correct)
        by_set = np.bincount(of_set, curve, len(sets))
        hessian = np.eye(len(tags)) / parameters.tag_difficulty_variance + (weights.T * by_set) @ weights
        gradient = d / parameters.tag_difficulty_variance + weights.T @ np.bincount(of_set, slope, len(sets))
        moved_d = np.linalg.solve(hessian, gradient)
        d = d - moved_d
        if max(np.abs(moved_b).max(), np.abs(moved_d).max(initial=0.0)) < CLOSE:
            break
    spread = np.diag(np.linalg.inv(hessian))
    known.items = {item: Gauss(float(b[n]), float(1.0 / information[n])) for n, item in enumerate(items)}
    known.tags = {tag: Gauss(float(d[n]), float(spread[n])) for n, tag in enumerate(tags)}
    return known


def _slopes(z: np.ndarray, scale: np.ndarray, correct: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and second derivative of the negative log likelihood by a difficulty."""
    p = 1.0 / (1.0 + np.exp(-np.clip(z * scale, -35.0, 35.0)))
    return scale * (correct - p), scale * scale * p * (1.0 - p)
