"""What answers say against an item: classical and Rasch item statistics, and whether it was memorised rather than understood.

Thresholds are the usual ones: infit mean square up to 1.3 (Wright and Linacre 1994), facility from .2, discrimination above 0
(Haladyna and Rodriguez, "Developing and Validating Test Items", 2013), distractors chosen by at least one in fifty.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from questions.domain.ability import Z80, Gauss, moderated

MISFIT, TOO_HARD, NEGATIVE = "misfit", "too-hard", "negative-discrimination"
DEAD, MEMORISED = "dead-distractor", "memorised"
FEW, MANY = 30, 50
"""First sights that a statistic needs; shares of options need more of them."""
INFIT = 1.3
FACILITY = 0.2
CHOSEN = 0.02
REPEATS, VARIANTS = 10, 10
REMEMBERED = 0.8
"""Share of repeats answered right from which an item may be known by heart."""
SHORTFALL = 0.25
"""So much lower is the share on unseen questions of the same concept when it is."""


@dataclass(frozen=True, slots=True)
class FirstSight:
    """``learner`` is what was believed of them before, ``options`` what they chose."""

    learner: Gauss
    correct: bool
    options: tuple[str, ...] = ()


Findings = dict[str, dict[str, float | int | str]]
"""Figures by kind of flag."""


def findings(sights: Sequence[FirstSight], item: Gauss, distractors: Sequence[str]) -> Findings:
    """What first sights say against an item of this difficulty; ``distractors`` are ids of its wrong options."""
    found: Findings = {}
    n = len(sights)
    if n < FEW:
        return found
    right = sum(sight.correct for sight in sights)
    misfit = infit(sights, item)
    if misfit > INFIT:
        found[MISFIT] = {"infit": round(misfit, 2), "answers": n}
    if right / n < FACILITY:
        found[TOO_HARD] = {"facility": round(right / n, 2), "answers": n}
    slope = discrimination(sights)
    # The whole 80 % interval by Fisher's transformation must be below 0.
    if slope is not None and math.atanh(max(slope, -0.999999)) + Z80 / math.sqrt(n - 3) < 0.0:
        found[NEGATIVE] = {"correlation": round(slope, 2), "answers": n}
    told = [sight for sight in sights if sight.options]
    if len(told) >= MANY:
        chosen = {option: sum(option in sight.options for sight in told) for option in distractors}
        dead = [option for option in distractors if chosen[option] < CHOSEN * len(told)]
        if dead:
            found[DEAD] = {"options": ", ".join(sorted(dead)), "dead": len(dead), "answers": len(told)}
    return found


def infit(sights: Sequence[FirstSight], item: Gauss) -> float:
    """Squared residuals over their expectation, each by its information; about 1 where the model holds."""
    residual = expected = 0.0
    for sight in sights:
        p = moderated(sight.learner.mean - item.mean, sight.learner.variance + item.variance)
        residual += (float(sight.correct) - p) ** 2
        expected += p * (1.0 - p)
    return residual / expected


def discrimination(sights: Sequence[FirstSight]) -> float | None:
    """Correlation of right answers with what was believed of the learner; None where one of the two does not vary."""
    n = len(sights)
    mean_a = math.fsum(sight.learner.mean for sight in sights) / n
    mean_c = sum(sight.correct for sight in sights) / n
    across = math.fsum((s.learner.mean - mean_a) * (s.correct - mean_c) for s in sights)
    spread = math.fsum((s.learner.mean - mean_a) ** 2 for s in sights) * n * mean_c * (1.0 - mean_c)
    return across / math.sqrt(spread) if spread > 1e-12 else None


def memorised(repeats: tuple[int, int], variants: tuple[int, int]) -> Mapping[str, float | int] | None:
    """Known by heart and not understood: right on ``repeats`` of an item, wrong on unseen questions of its concept afterwards.

    Both are (answers, right ones), of the same learners. None where the counts do not say so at 95 % (two proportions).
    """
    (n, right), (m, known) = repeats, variants
    if n < REPEATS or m < VARIANTS or right / n < REMEMBERED:
        return None
    gap = right / n - known / m
    pooled = (right + known) / (n + m)
    error = math.sqrt(pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m))
    if gap < SHORTFALL or gap < 1.6448536269514722 * error:
        return None
    return {"repeats": n, "repeats_right": right, "variants": m, "variants_right": known}
