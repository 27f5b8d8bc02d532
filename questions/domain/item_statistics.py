"""What answers say against an item: misfit of the model, options that nobody chooses, and what was memorised only.

The statistics are those of ``calibration.misfit``. Thresholds are the usual ones: infit mean square up to 1.3 (Wright and
Linacre 1994), facility from .2, discrimination above 0 (Haladyna and Rodriguez, "Developing and Validating Test Items", 2013),
distractors chosen by at least one in fifty.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from questions.domain import calibration
from questions.domain.ability import Z80, Gauss, moderated

MISFIT, TOO_HARD, NEGATIVE = "misfit", "too-hard", "negative-discrimination"
DEAD, MEMORISED = "dead-distractor", "memorised"
FEW, MANY = calibration.ENOUGH_ANSWERS, 50
"""First sights that a statistic needs; shares of options need more of them."""
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
    means = np.array([sight.learner.mean for sight in sights])
    chances = [moderated(one.learner.mean - item.mean, one.learner.variance + item.variance) for one in sights]
    correct = np.array([float(sight.correct) for sight in sights])
    (fit,) = calibration.misfit(np.zeros(n, int), np.array(chances), means, correct)
    if fit.infit > calibration.HIGH_INFIT:
        found[MISFIT] = {"infit": round(fit.infit, 2), "answers": n}
    if fit.facility < calibration.LOW_FACILITY:
        found[TOO_HARD] = {"facility": round(fit.facility, 2), "answers": n}
    # By chance half of all useless items lie below 0; here the whole 80 % interval must (Fisher's transformation).
    if math.atanh(max(fit.discrimination, -0.999999)) + Z80 / math.sqrt(n - 3) < 0.0:
        found[NEGATIVE] = {"correlation": round(fit.discrimination, 2), "answers": n}
    told = [sight for sight in sights if sight.options]
    if len(told) >= MANY:
        chosen = {option: sum(option in sight.options for sight in told) for option in distractors}
        dead = [option for option in distractors if chosen[option] < CHOSEN * len(told)]
        if dead:
            found[DEAD] = {"options": ", ".join(sorted(dead)), "dead": len(dead), "answers": len(told)}
    return found


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
