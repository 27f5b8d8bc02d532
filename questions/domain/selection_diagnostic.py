"""Which question next to find out where a learner stands: a test that chooses, on the product's own beliefs.

The filter's belief of the learner is the posterior; an item is Rasch's with guessing, its difficulty less what is believed of
its tags, and the doubt in both flattens its curve. Domains keep their shares, topics not asked in this session come first, and
chance decides among the few items that tell most, so that not everybody meets the same ones.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from questions.domain import ability, cat, exam_day
from questions.domain.reasons import DIAGNOSTIC, Reason
from questions.domain.selection_exam import Practised

AMONG = 5
"""Chance decides among so many (randomesque selection, Kingsbury & Zara 1989)."""


def pick(
    left: Sequence[Practised],
    belief: ability.Belief,
    recent: Sequence[Practised],
    weights: Mapping[str, float],
    rng: random.Random,
) -> tuple[int, Reason]:
    """(place of the item in ``left``, reason); ``recent`` is what was asked in this session."""
    asked = Counter(tag for item in recent for tag in item.tags)
    fewest = [min((asked[tag] for tag in item.tags), default=0) for item in left]
    domains = sorted({item.domain for item in [*left, *recent]})
    shares = np.array([weights.get(domain, 0.0) for domain in domains])
    shares = shares if shares.sum() > 0 else np.ones(len(domains))
    counts = Counter(item.domain for item in recent)
    test = cat.Test.of(belief.overall.mean, belief.overall.variance)
    pool = _pool(left, belief, domains)
    free = np.array([number == min(fewest) for number in fewest])
    tells = cat.gains(test, pool, shares, np.array([float(counts[domain]) for domain in domains]), free)
    best = sorted(np.flatnonzero(np.isfinite(tells)).tolist(), key=lambda place: (-tells[place], left[place].id))[
        :AMONG
    ]
    place = rng.choice(best)
    tags = left[place].tags
    return place, Reason(DIAGNOSTIC, tag=tags[0] if tags else "", first=True)


def _pool(items: Sequence[Practised], belief: ability.Belief, domains: Sequence[str]) -> cat.Pool:
    rows = []
    for item in items:
        share = 1.0 / max(1, len(item.tags))
        offset = belief.parameters.mu + share * math.fsum(belief.tag(tag).mean for tag in item.tags)
        doubt = share**2 * math.fsum(belief.tag(tag).variance for tag in item.tags) + item.difficulty.variance
        rows.append((item.difficulty.mean - offset, doubt))
    difficulty, doubt = np.array(rows).T
    number = np.array([domains.index(item.domain) for item in items])
    one = np.ones(len(items))
    return cat.doubted(cat.Pool(one, difficulty, exam_day.GUESS * one, number), doubt)
