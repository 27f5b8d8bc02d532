"""Difficulties of a bank as one value: first sights in, beliefs of items and tags by their names out.

The arithmetic is that of ``calibration``: ``absorb`` takes its ordered step for each answer, ``refit`` its maximum a posteriori
over all of them. The filter's default constants are used throughout, whichever engine serves: difficulties belong to the bank,
and a change of engine must not move them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from questions.domain import calibration
from questions.domain.ability import DEFAULT, Estimate, Gauss, moderated

Name = TypeVar("Name", int, str)
UNMET = Gauss(0.0, DEFAULT.tag_difficulty_variance)
"""A tag of which nothing is known."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One learner's first answer to one item; ``believed`` is their part of z before it, ``prior`` the author's estimate."""

    learner: int
    item: int
    tags: tuple[str, ...]
    believed: Gauss
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


def folded(own: Gauss, tags: Sequence[str], known: Mapping[str, Gauss]) -> Gauss:
    """Difficulty with which an item is served: its own part and that of its tags."""
    return calibration.served(own, [known.get(tag, UNMET) for tag in tags])


def absorb(known: Difficulties, sights: Iterable[Sight]) -> None:
    """Move the difficulties by these answers, one after another."""
    for sight in sights:
        own = known.items.get(sight.item, sight.prior)
        tags = [known.tags.get(tag, UNMET) for tag in sight.tags]
        total = calibration.served(own, tags)
        variance = sight.believed.variance + total.variance
        knows = moderated(sight.believed.mean - total.mean, variance)
        guess = Estimate(DEFAULT.guess + (1.0 - DEFAULT.guess) * knows, sight.believed.mean, variance)
        known.items[sight.item], moved = calibration.step(own, tags, guess, correct=sight.correct)
        known.tags |= zip(sight.tags, moved, strict=True)
        known.count(sight)


def refit(sights: Sequence[Sight]) -> Difficulties:
    """Difficulties from all these answers at once; an item's newest prior counts. Abilities are estimated anew with them."""
    known = Difficulties()
    for sight in sights:
        known.count(sight)
    if not sights:
        return known
    learners = _numbered({sight.learner for sight in sights})
    items, tags = _numbered(set(known.counts)), _numbered({tag for sight in sights for tag in sight.tags})
    priors = {sight.item: sight.prior for sight in sights}
    pairs = [(number, tags[tag]) for number, sight in enumerate(sights) for tag in sight.tags]
    answers = calibration.Answers(
        learner=np.array([learners[sight.learner] for sight in sights]),
        item=np.array([items[sight.item] for sight in sights]),
        correct=np.array([float(sight.correct) for sight in sights]),
        weight=np.ones(len(sights)),
        answer=np.array([number for number, _ in pairs], int),
        tag=np.array([tag for _, tag in pairs], int),
        learners=len(learners),
        items=len(items),
        tags=len(tags),
    )
    found = calibration.refit(
        answers,
        prior_mean=np.array([priors[item].mean for item in items]),
        prior_variance=np.array([priors[item].variance for item in items]),
    )
    known.items = dict(zip(items, _beliefs(found.item_mean, found.item_variance), strict=True))
    known.tags = dict(zip(tags, _beliefs(found.tag_mean, found.tag_variance), strict=True))
    return known


def _numbered(names: Iterable[Name]) -> dict[Name, int]:
    return {name: number for number, name in enumerate(sorted(names))}


def _beliefs(means: calibration.Floats, variances: calibration.Floats) -> list[Gauss]:
    return [Gauss(mean, variance) for mean, variance in zip(means.tolist(), variances.tolist(), strict=True)]
