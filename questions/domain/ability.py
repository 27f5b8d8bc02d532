"""What a learner knows: Gaussian beliefs of ability, overall and by tag, moved one answer at a time.

A Rasch-type model whose terms are all Gaussian, updated by one extended-Kalman step an answer. With learner u, item i with
tags T, weight w = 1/|T|:

    z = mu + th_u + sum_t w * th_ut - b_i          (logits)
    V = v_u + sum_t w^2 * v_ut + v_i               (variance of z)
    p = sigma(z / sqrt(1 + pi * V / 8))            (MacKay 1992, "The Evidence Framework", eq. for moderated outputs)
    m_j += v_j * w_j * (y - p) / (1 + h * V),  v_j *= 1 - h * w_j^2 * v_j / (1 + h * V),  h = p * (1 - p)

Item difficulty b_i is read only here; ``calibration`` estimates it from the log. Repeats of an item are memorised, not only
known, so they carry less weight than first sights.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace

ENGINE = "belief-1"


@dataclass(frozen=True, slots=True)
class Parameters:
    """Every constant of the filter. Means in logits, variances and drifts in logits squared.

    Raises ValueError for a value that is not finite or out of its range.
    """

    mu: float = 0.4
    """Logit of the chance that an average learner answers a middling item right (0.4: about 60 %)."""
    learner_variance: float = 0.8
    tag_variance: float = 0.3
    """Of a learner's own part of a tag."""
    item_variance: float = 0.49
    """Of a difficulty that only its author has estimated."""
    tag_difficulty_variance: float = 0.4
    """Of d_t, what the items of a tag have in common (read by ``calibration`` only)."""
    drift: float = 0.001
    """Added to the learner's variance before each answer, never beyond ``learner_variance``."""
    tag_drift: float = 0.004
    """The same for the learner's part of each tag of the answered item."""
    repeat_weight: float = 0.3
    """What a repeat of an item counts beside a first sight."""
    guess: float = 0.0
    """Chance c of a right answer without knowledge: p' = c + (1 - c) * p."""

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if not math.isfinite(value) or (one.name != "mu" and value < 0):
                raise ValueError(f"{one.name} must be a finite number of at least 0, not {value}")
        for name in ("learner_variance", "tag_variance", "item_variance"):
            if getattr(self, name) == 0:
                raise ValueError(f"{name} must be above 0")
        if self.repeat_weight > 1 or self.guess >= 1:
            raise ValueError("repeat_weight must be at most 1 and guess below 1")

    def as_json(self) -> dict[str, float]:
        """Columns by name, floats with all their digits."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, float]) -> Parameters:
        """Inverse of :meth:`as_json`; a column that is missing keeps its default.

        Raises ValueError for an unknown column.
        """
        unknown = set(stored) - {one.name for one in fields(cls)}
        if unknown:
            raise ValueError(f"no such parameter: {', '.join(sorted(unknown))}")
        return cls(**{name: float(value) for name, value in stored.items()})


DEFAULT = Parameters()
MU = DEFAULT.mu
LEARNER_VARIANCE = DEFAULT.learner_variance
TAG_VARIANCE = DEFAULT.tag_variance
ITEM_VARIANCE = DEFAULT.item_variance
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
    """All that is believed of one learner, read under the constants ``parameters``: those of the engine that serves them."""

    overall: Gauss = field(default_factory=lambda: Gauss(0.0, LEARNER_VARIANCE))
    tags: Mapping[str, TagBelief] = field(default_factory=dict)
    answered: int = 0
    correct: int = 0
    parameters: Parameters = DEFAULT

    def tag(self, slug: str, parameters: Parameters | None = None) -> TagBelief:
        """The belief of one tag; the prior where nothing was answered yet."""
        known = self.tags.get(slug)
        return known if known is not None else TagBelief(variance=(parameters or self.parameters).tag_variance)


def newcomer(parameters: Parameters = DEFAULT) -> Belief:
    """What is believed of a learner who has answered nothing."""
    return Belief(Gauss(0.0, parameters.learner_variance), parameters=parameters)


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


def estimate(belief: Belief, tags: Sequence[str], item: Gauss, parameters: Parameters | None = None) -> Estimate:
    """Chance that the learner answers an item of difficulty ``item`` under these tags; by the belief's own constants unless
    others are named.
    """
    parameters = parameters or belief.parameters
    weight = 1.0 / len(tags) if tags else 0.0
    known = [belief.tag(tag, parameters) for tag in tags]
    offset = parameters.mu + belief.overall.mean + weight * math.fsum(tag.mean for tag in known)
    variance = belief.overall.variance + weight * weight * math.fsum(tag.variance for tag in known) + item.variance
    knows = moderated(offset - item.mean, variance)
    return Estimate(parameters.guess + (1.0 - parameters.guess) * knows, offset, variance)


def update(
    belief: Belief,
    tags: Sequence[str],
    item: Gauss,
    *,
    correct: bool,
    at: float,
    repeat: bool = False,
    parameters: Parameters | None = None,
) -> tuple[Belief, Estimate]:
    """Belief after one answer given ``at`` (UNIX seconds), and the estimate made before seeing it."""
    parameters = parameters or belief.parameters
    before = _drift(belief, tags, parameters)
    guess = estimate(before, tags, item, parameters)
    slope, h = observation(guess.p, parameters.guess, parameters.repeat_weight if repeat else 1.0)
    step = slope * (float(correct) - guess.p) / (1.0 + h * guess.variance)
    shrink = h / (1.0 + h * guess.variance)
    overall = before.overall
    moved = Gauss(
        overall.mean + overall.variance * step,
        overall.variance * (1.0 - shrink * overall.variance),
    )
    weight = 1.0 / len(tags) if tags else 0.0
    changed = dict(before.tags)
    for slug in tags:
        tag = before.tag(slug, parameters)
        changed[slug] = TagBelief(
            tag.mean + tag.variance * weight * step,
            tag.variance * (1.0 - shrink * weight * weight * tag.variance),
            tag.answered + 1,
            tag.correct + correct,
            max(tag.last, at),
        )
    return Belief(moved, changed, before.answered + 1, before.correct + correct, parameters), guess


def observation(p: float, guess: float, trust: float = 1.0) -> tuple[float, float]:
    """Slope of one answer's evidence per unit of (y - p), and its information h, both in logits.

    With guessing chance c and s = (p - c) / (1 - c): slope = s / p, h = (1 - c) * s * (1 - s) * s / p, which is 1 and
    p * (1 - p) at c = 0 (the information of the three-parameter model, Birnbaum 1968). ``trust`` (0-1) weighs both.
    """
    if guess == 0.0:
        return trust, p * (1.0 - p) * trust
    knows = (p - guess) / (1.0 - guess)
    slope = trust * knows / p
    return slope, slope * (1.0 - guess) * knows * (1.0 - knows)


def _drift(belief: Belief, tags: Iterable[str], parameters: Parameters) -> Belief:
    """Beliefs widen a little with each answer, as learners change; never beyond what was believed at the start."""
    wider = min(parameters.learner_variance, belief.overall.variance + parameters.drift)
    changed = dict(belief.tags)
    for slug in tags:
        tag = belief.tag(slug, parameters)
        changed[slug] = replace(tag, variance=min(parameters.tag_variance, tag.variance + parameters.tag_drift))
    return replace(belief, overall=replace(belief.overall, variance=wider), tags=changed)


@dataclass(frozen=True, slots=True)
class Mastery:
    """Chance (0-1) of answering a middling item of a tag, with its 80 % interval."""

    p: float
    low: float
    high: float


def mastery(belief: Belief, tag: str, parameters: Parameters | None = None) -> Mastery:
    """How a learner stands on a tag: one term of overall ability and one of the tag, difficulty 0."""
    parameters = parameters or belief.parameters
    known = belief.tag(tag, parameters)
    z = parameters.mu + belief.overall.mean + known.mean
    spread = Z80 * math.sqrt(belief.overall.variance + known.variance)
    return Mastery(
        moderated(z, belief.overall.variance + known.variance),
        sigmoid(z - spread),
        sigmoid(z + spread),
    )
