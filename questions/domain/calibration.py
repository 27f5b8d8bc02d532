"""How hard are items and tags: maximum a posteriori from a whole log, one ordered step online, and misfit.

The model is the filter's (``ability``) with the difficulty of an item split in two, so that a new item starts from its tags:

    z = mu + th_u + sum_t w * th_ut - sum_t w * d_t - b_i,   w = 1/|T|,   every term Gaussian around its prior

``refit`` finds the mode over all four kinds of term by block coordinate Newton steps (each term's own curvature; blocks with
several tags an answer are damped), vectorised over the log, and takes variances from the curvature (Laplace). Abilities are
held constant over the log here: difficulties change little by it (docs/adaptive.md), and it makes the refit independent of
the order of answers. Rasch MAP with normal priors: Mislevy 1986; crossed random effects: De Boeck et al. 2011.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from questions.domain.ability import DEFAULT, Estimate, Gauss, Parameters, observation

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ROUNDS = 25
DAMPING = 0.7
STEP_LIMIT = 1.0


@dataclass(frozen=True, slots=True)
class Answers:
    """A log of n answers as arrays; learners, items and tags are numbered from 0.

    ``learner``, ``item``, ``correct`` (0/1) and ``weight`` (1 for a first sight, less for a repeat) have shape (n,). A tag
    of an answer is a pair (``answer[k]``, ``tag[k]``), shape (m,). Raises ValueError for shapes that do not fit.
    """

    learner: Ints
    item: Ints
    correct: Floats
    weight: Floats
    answer: Ints
    tag: Ints
    learners: int
    items: int
    tags: int

    def __post_init__(self) -> None:
        n = len(self.correct)
        if not len(self.learner) == len(self.item) == len(self.weight) == n or len(self.answer) != len(self.tag):
            raise ValueError("columns of a log differ in length")


@dataclass(frozen=True, slots=True)
class Difficulties:
    """Means and variances (logits, logits squared) of b_i and d_t; ``offset`` is z without b_i and d_t, by answer."""

    item_mean: Floats
    item_variance: Floats
    tag_mean: Floats
    tag_variance: Floats
    offset: Floats


def refit(
    answers: Answers,
    parameters: Parameters = DEFAULT,
    *,
    prior_mean: Floats | None = None,
    prior_variance: Floats | None = None,
    rounds: int = ROUNDS,
) -> Difficulties:
    """Difficulties of every item and tag. Priors of items (shape (items,)) default to N(0, ``item_variance``)."""
    n = len(answers.correct)
    centre = np.zeros(answers.items) if prior_mean is None else prior_mean
    spread = np.full(answers.items, parameters.item_variance) if prior_variance is None else prior_variance
    pair, pair_of = np.unique(answers.learner[answers.answer] * answers.tags + answers.tag, return_inverse=True)
    per_answer = np.bincount(answers.answer, minlength=n)
    share = 1.0 / per_answer[answers.answer]
    ability, own, tag = np.zeros(answers.learners), np.zeros(len(pair)), np.zeros(answers.tags)
    item = np.array(centre, float)
    d_variance = max(parameters.tag_difficulty_variance, 1e-9)

    def spread_over(per_tag: Floats) -> Floats:
        return np.asarray(np.bincount(answers.answer, share * per_tag, n), float)

    base = np.full(n, parameters.mu)
    by_tag = np.zeros(n)
    for _ in range(rounds):
        slope, h = _evidence(base + by_tag - item[answers.item], answers, parameters)
        change = _newton(answers.learner, slope, h, ability, parameters.learner_variance, answers.learners)
        ability += change
        base += change[answers.learner]
        slope, h = _evidence(base + by_tag - item[answers.item], answers, parameters)
        item += _newton(answers.item, -slope, h, item - centre, spread, answers.items)
        slope, h = _evidence(base + by_tag - item[answers.item], answers, parameters)
        slope, h = share * slope[answers.answer], share * h[answers.answer]
        own += DAMPING * _newton(pair_of, slope, h, own, parameters.tag_variance, len(pair))
        by_tag = spread_over(own[pair_of] - tag[answers.tag])
        slope, h = _evidence(base + by_tag - item[answers.item], answers, parameters)
        slope, h = share * slope[answers.answer], share * h[answers.answer]
        tag += DAMPING * _newton(answers.tag, -slope, h, tag, d_variance, answers.tags)
        by_tag = spread_over(own[pair_of] - tag[answers.tag])
    _, h = _evidence(base + by_tag - item[answers.item], answers, parameters)
    item_information = np.bincount(answers.item, h, answers.items) + 1.0 / spread
    tag_information = np.bincount(answers.tag, share * share * h[answers.answer], answers.tags) + 1.0 / d_variance
    return Difficulties(
        item,
        np.asarray(1.0 / item_information, float),
        tag,
        np.asarray(1.0 / tag_information, float),
        base + spread_over(own[pair_of]),
    )


def _evidence(z: Floats, answers: Answers, parameters: Parameters) -> tuple[Floats, Floats]:
    """Slope of the log likelihood in z and its information, by answer (see ``ability.observation``)."""
    knows = sigmoid(z)
    if parameters.guess == 0.0:
        return answers.weight * (answers.correct - knows), answers.weight * knows * (1.0 - knows)
    p = parameters.guess + (1.0 - parameters.guess) * knows
    slope = answers.weight * knows / p
    return slope * (answers.correct - p), slope * (1.0 - parameters.guess) * knows * (1.0 - knows)


def _newton(group: Ints, slope: Floats, h: Floats, away: Floats, variance: Floats | float, groups: int) -> Floats:
    """One Newton step of every term of a block; ``away`` is its distance from the prior's mean."""
    step = (np.bincount(group, slope, groups) - away / variance) / (np.bincount(group, h, groups) + 1.0 / variance)
    return np.clip(step, -STEP_LIMIT, STEP_LIMIT)


def sigmoid(z: Floats) -> Floats:
    """Logistic function of an array, safe for any finite z."""
    half: Floats = 0.5 * (1.0 + np.tanh(0.5 * z))
    return half


def served(item: Gauss, tags: Sequence[Gauss]) -> Gauss:
    """Difficulty of an item as the filter takes it: b_i and the mean of its tags' d_t in one term."""
    if not tags:
        return item
    weight = 1.0 / len(tags)
    return Gauss(
        item.mean + weight * math.fsum(tag.mean for tag in tags),
        item.variance + weight * weight * math.fsum(tag.variance for tag in tags),
    )


def step(
    item: Gauss,
    tags: Sequence[Gauss],
    guess: Estimate,
    *,
    correct: bool,
    trust: float = 1.0,
    parameters: Parameters = DEFAULT,
) -> tuple[Gauss, list[Gauss]]:
    """b_i and d_t after one answer: the filter's own step seen from the item's side.

    ``guess`` is the estimate made before the answer, its variance holding the terms of learner, tags and item alike. For a
    single writer that takes answers in the log's order; ``trust`` (0-1) weighs repeats.
    """
    slope, h = observation(guess.p, parameters.guess, trust)
    gain = slope * (float(correct) - guess.p) / (1.0 + h * guess.variance)
    shrink = h / (1.0 + h * guess.variance)
    weight = 1.0 / len(tags) if tags else 0.0
    return (
        Gauss(item.mean - item.variance * gain, item.variance * (1.0 - shrink * item.variance)),
        [
            Gauss(
                tag.mean - tag.variance * weight * gain, tag.variance * (1.0 - shrink * weight * weight * tag.variance)
            )
            for tag in tags
        ],
    )


# --- Misfit ----------------------------------------------------------------------------------------------------------

ENOUGH_ANSWERS = 30
LOW_FACILITY = 0.2
HIGH_INFIT = 1.3


@dataclass(frozen=True, slots=True)
class Fit:
    """How one item behaves beside the model.

    ``facility`` share of right answers; ``infit`` and ``outfit`` mean squares (1 expected; Wright & Masters 1982);
    ``discrimination`` correlation of the result with z without the item's own part. ``flags`` names what an author should
    look at, empty below ``ENOUGH_ANSWERS``.
    """

    item: int
    answered: int
    facility: float
    infit: float
    outfit: float
    discrimination: float
    flags: tuple[str, ...]


def misfit(item: Ints, p: Floats, offset: Floats, correct: Floats) -> list[Fit]:
    """Fit of every item that was answered, from arrays of shape (n,): chance before the answer, z without b_i, result."""
    found = []
    order = np.argsort(item, kind="stable")
    starts = np.flatnonzero(np.diff(item[order])) + 1
    for rows in np.split(order, starts) if len(order) else []:
        y, chance, rest = correct[rows], p[rows], offset[rows]
        spread, surprise = chance * (1.0 - chance), (y - chance) ** 2
        facility, infit = float(y.mean()), float(surprise.sum() / max(spread.sum(), 1e-12))
        outfit = float((surprise / np.maximum(spread, 1e-12)).mean())
        scale = float(y.std() * rest.std())
        discrimination = float(((y - y.mean()) * (rest - rest.mean())).mean() / scale) if scale > 1e-12 else 0.0
        flags = []
        if len(rows) >= ENOUGH_ANSWERS:
            flags += ["hardly anyone right"] if facility < LOW_FACILITY else []
            flags += ["better learners do worse"] if discrimination < 0 else []
            flags += ["more surprising than the model allows"] if infit > HIGH_INFIT else []
        found.append(Fit(int(item[rows[0]]), len(rows), facility, infit, outfit, discrimination, tuple(flags)))
    return found
