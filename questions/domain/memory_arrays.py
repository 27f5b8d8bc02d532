"""FSRS-6 on numpy arrays: the arithmetic of ``memory.py`` for a whole bank, or for many simulated learners, at once.

Formulas: py-fsrs 6 (see ``memory.py``); a test holds the two side by side. ``w`` is the vector of 21 parameters, or an array
whose first axis they are and whose other axes broadcast against the states (a learner's own parameters a row). Stability is in
days, difficulty 1-10; ratings are Again (wrong) and Good (right) only, as the product gives them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from fsrs import Scheduler
from numpy.typing import NDArray

Array = NDArray[np.float64]
DEFAULT: tuple[float, ...] = tuple(Scheduler().parameters)
"""The library's default parameters."""
STABILITY_LEAST = 0.001


def recall(w: Any, stability: Any, days: Any) -> Array:
    """Chance (0-1) of recall ``days`` after a review that left this stability."""
    decay = -w[20]
    factor = 0.9 ** (1.0 / decay) - 1.0
    return np.asarray((1.0 + factor * np.maximum(days, 0.0) / stability) ** decay)


def first(w: Any, right: Any) -> tuple[Array, Array]:
    """(stability, difficulty) after the first answer."""
    stability = np.where(right, w[2], w[0])
    difficulty = np.where(right, w[4] - np.exp(2.0 * w[5]) + 1.0, w[4])
    return np.maximum(stability, STABILITY_LEAST), np.clip(difficulty, 1.0, 10.0)


def after(w: Any, stability: Any, difficulty: Any, days: Any, right: Any) -> tuple[Array, Array]:
    """(stability, difficulty) after an answer ``days`` (whole) since the one before; the same day counts as short-term."""
    missed = 1.0 - recall(w, stability, days)
    grown = stability * (1.0 + np.exp(w[8]) * (11.0 - difficulty) * stability ** -w[9] * (np.exp(w[10] * missed) - 1.0))
    lapsed = w[11] * difficulty ** -w[12] * ((stability + 1.0) ** w[13] - 1.0) * np.exp(w[14] * missed)
    lapsed = np.minimum(lapsed, stability / np.exp(w[17] * w[18]))
    same_day = np.exp(w[17] * (np.where(right, 0.0, -2.0) + w[18])) * stability ** -w[19]
    same_day = stability * np.where(right, np.maximum(same_day, 1.0), same_day)
    found = np.where(np.asarray(days) < 1, same_day, np.where(right, grown, lapsed))
    easiest = w[4] - np.exp(3.0 * w[5]) + 1.0
    moved = difficulty + np.where(right, 0.0, 2.0 * w[6]) * (10.0 - difficulty) / 9.0
    moved = w[7] * easiest + (1.0 - w[7]) * moved
    return np.maximum(found, STABILITY_LEAST), np.clip(moved, 1.0, 10.0)
