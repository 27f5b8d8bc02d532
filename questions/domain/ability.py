"""What a learner knows: Gaussian beliefs of ability, overall and by tag, moved one answer at a time.

A Rasch-type model whose terms are all Gaussian, updated by one extended-Kalman step an answer. With learner u, item i with
tags T, weight w = 1/|T|:

    z = mu + th_u + sum_t w * th_ut - b_i          (logits)
    V = v_u + sum_t w^2 * v_ut + v_i               (variance of z)
    p = sigma(z / sqrt(1 + pi * V / 8))            (MacKay 1992, "The Evidence Framework", eq. for moderated outputs)
    m_j += v_j * w_j * (y - p) / (1 + h * V),  v_j *= 1 - h * w_j^2 * v_j / (1 + h * V),  h = p * (1 - p)

Item difficulty b_i is read only here; ``calibrate`` estimates it from the log. Repeats of an item are memorised, not only
known, so they carry less weight than first sights.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

ENGINE = "belief-1"
MU = 0.4
"""Logit of the chance that an average learner answers a middling item right (about 60 %)."""
LEARNER_VARIANCE = 0.8
TAG_VARIANCE = 0.3
ITEM_VARIANCE = 0.49
DRIFT = 0.001
TAG_DRIFT = 0.004
REPEAT_WEIGHT = 0.3
Z80 = 1.2815515655446004
"""Half-width of an 80 % interval in standard deviations."""


@dataclass(frozen=True, slots=True)
class Gauss:
    """Mean and variance in logits (logits squared)."""

    mean: float = 0.0
    variance: float = 1.0


@dataclass(frozen=True, slots=True)
class TagBelief:
    """Belief of one tag, with its counts; ``last`` is the UNIX time (s) of the newest answer."""

    mean: float = 0.0
    variance: float = TAG_VARIANCE
    answered: int = 0
    correct: int = 0
    last: float = 0.0


@dataclass(frozen=True, slots=True)
class Belief:
    """All that is believed of one learner."""

    overall: Gauss = field(default_factory=lambda: Gauss(0.0, LEARNER_VARIANCE))
    tags: Mapping[str, TagBelief] = field(default_factory=dict)
    answered: int = 0
    correct: int = 0

    def tag(self, slug: str) -> TagBelief:
        """The belief of one tag; the prior where nothing was answered yet."""
        return self.tags.get(slug, TagBelief())


@dataclass(frozen=True, slots=True)
class Estimate:
    """``p`` chance of a right answer, ``offset`` the learner's part of z in logits, ``variance`` that of all of z."""

    p: float
    offset: float
    variance: float


def sigmoid(z: float) -> float:
    """Logistic function, safe for any finite z."""
    return 1.0 / (1.0 + math.exp(-z)) if z >= 0 else math.exp(z) / (1.0 + math.exp(z))


def moderated(z: float, variance: float) -> float:
    """Mean of sigma(x) for x ~ N(z, variance), by MacKay's approximation."""
    return sigmoid(z / math.sqrt(1.0 + math.pi * variance / 8.0))


def estimate(belief: Belief, tags: Sequence[str], item: Gauss) -> Estimate:
    """Chance that the learner answers an item of difficulty ``item`` under these tags."""
    weight = 1.0 / len(tags) if tags else 0.0
    offset = MU + belief.overall.mean + weight * math.fsum(belief.tag(tag).mean for tag in tags)
    variance = (
        belief.overall.variance + weight * weight * math.fsum(belief.tag(tag).variance for tag in tags) + item.variance
    )
    return Estimate(moderated(offset - item.mean, variance), offset, variance)


def update(
    belief: Belief,
    tags: Sequence[str],
    item: Gauss,
    *,
    correct: bool,
    at: float,
    repeat: bool = False,
) -> tuple[Belief, Estimate]:
    """Belief after one answer given ``at`` (UNIX seconds), and the estimate made before seeing it."""
    before = _drift(belief, tags)
    guess = estimate(before, tags, item)
    trust = REPEAT_WEIGHT if repeat else 1.0
    h = guess.p * (1.0 - guess.p) * trust
    step = trust * (float(correct) - guess.p) / (1.0 + h * guess.variance)
    shrink = h / (1.0 + h * guess.variance)
    overall = before.overall
    moved = Gauss(
        overall.mean + overall.variance * step,
        overall.variance * (1.0 - shrink * overall.variance),
    )
    weight = 1.0 / len(tags) if tags else 0.0
    changed = dict(before.tags)
    for slug in tags:
        tag = before.tag(slug)
        changed[slug] = TagBelief(
            tag.mean + tag.variance * weight * step,
            tag.variance * (1.0 - shrink * weight * weight * tag.variance),
            tag.answered + 1,
            tag.correct + correct,
            max(tag.last, at),
        )
    return Belief(moved, changed, before.answered + 1, before.correct + correct), guess


def _drift(belief: Belief, tags: Iterable[str]) -> Belief:
    """Beliefs widen a little with each answer, as learners change; never beyond what was believed at the start."""
    overall = replace(belief.overall, variance=min(LEARNER_VARIANCE, belief.overall.variance + DRIFT))
    changed = dict(belief.tags)
    for slug in tags:
        tag = belief.tag(slug)
        changed[slug] = replace(tag, variance=min(TAG_VARIANCE, tag.variance + TAG_DRIFT))
    return replace(belief, overall=overall, tags=changed)


@dataclass(frozen=True, slots=True)
class Mastery:
    """Chance (0-1) of answering a middling item of a tag, with its 80 % interval."""

    p: float
    low: float
    high: float


def mastery(belief: Belief, tag: str) -> Mastery:
    """How a learner stands on a tag: one term of overall ability and one of the tag, difficulty 0."""
    known = belief.tag(tag)
    z = MU + belief.overall.mean + known.mean
    spread = Z80 * math.sqrt(belief.overall.variance + known.variance)
    return Mastery(
        moderated(z, belief.overall.variance + known.variance),
        sigmoid(z - spread),
        sigmoid(z + spread),
    )


def calibrate(prior: Gauss, evidence: Sequence[tuple[float, float, bool]], *, rounds: int = 8) -> Gauss:
    """Difficulty of one item from first-sight answers: MAP by Newton's method, variance by Laplace's.

    ``evidence`` holds (offset in logits, variance of the learner's part, correct) an answer.
    """
    mean = prior.mean
    information = 1.0 / prior.variance
    for _ in range(rounds):
        slope = (mean - prior.mean) / prior.variance
        information = 1.0 / prior.variance
        for offset, variance, correct in evidence:
            scale = 1.0 / math.sqrt(1.0 + math.pi * variance / 8.0)
            p = sigmoid((offset - mean) * scale)
            slope += scale * (float(correct) - p)
            information += scale * scale * p * (1.0 - p)
        change = slope / information
        mean -= change
        if abs(change) < 1e-9:
            break
    return Gauss(mean, 1.0 / information)
