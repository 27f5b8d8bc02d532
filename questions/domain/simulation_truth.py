"""Simulated learners as they are in truth: what they know, how they forget. Pure numpy; ``simulation.py`` has them practise.

300 questions, 20 tags, so many answers a day. What a learner knows beforehand goes by learner, tag and question (41 % on
average); a guess is right with chance .2. Two truths, neither of which the engine believes in:

- ``perturbed``: FSRS-6 with every learner's own parameters (x exp N(0, .15)) and every question's own stability
  (x exp N(0, .35)); a lucky guess is a lapse in truth, though it looks like knowledge.
- ``two-curve``: no FSRS at all. A fast trace fades within days, a slow one within months and grows with each answer, the
  more the further the fast one has faded (spacing); either suffices to recall (after the two-component models of memory of
  Wozniak, Gorzelanczyk & Murakowski 1995). What was known beforehand stays known.

Policies meet the same learners with the same luck: the n-th answer of a learner to a question draws the same number under each
of them. A simulation proves the logic of a policy, not that people learn.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from questions.domain import memory_arrays
from questions.domain.memory_arrays import Array

Picks = NDArray[np.intp]
ITEMS, TAGS, GUESS = 300, 20, 0.2
PERTURBED, TWO_CURVE = "perturbed", "two-curve"
TRUTHS = (PERTURBED, TWO_CURVE)
DRAWS = 48
"""Numbers drawn for each learner and question; more answers than that to one question draw the last one again."""
FSRS = np.array(memory_arrays.DEFAULT)
MEAN_KNOWN, SPREAD_LEARNER, SPREAD_TAG, SPREAD_ITEM = -0.33, 0.6, 0.8, 0.8
"""Logit of what an average learner knows beforehand, and its standard deviations; .41 on average."""


class Truth(ABC):
    """Learners as they are: what they know, and how that moves with an answer. Arrays are (learners, questions)."""

    def __init__(self, seed: int, learners: int, items: int = ITEMS, tags: int = TAGS):
        self.rng = np.random.default_rng(seed)
        self.tag = np.arange(items) % tags
        logit = MEAN_KNOWN + self.rng.normal(0, SPREAD_LEARNER, (learners, 1))
        logit = logit + self.rng.normal(0, SPREAD_TAG, (learners, tags))[:, self.tag]
        logit = logit + self.rng.normal(0, SPREAD_ITEM, (1, items))
        self.known = self.rng.random((learners, items)) < 1.0 / (1.0 + np.exp(-logit))
        self.recalls = self.rng.random((learners, items, DRAWS)).astype(np.float32)
        self.guesses = self.rng.random((learners, items, DRAWS)).astype(np.float32)
        self.times = np.zeros((learners, items), int)
        self.last = np.zeros((learners, items))

    @abstractmethod
    def recall(self, day: float) -> Array:
        """Chance of knowing each question on a day, guesses apart."""

    @abstractmethod
    def learn(self, rows: Picks, picks: Picks, day: float, knew: NDArray[np.bool_]) -> None:
        """Move what is answered."""

    def answer(self, picks: Picks, day: int) -> NDArray[np.bool_]:
        """Whether the answers of a day to (learners, so many) questions are right."""
        rows = np.arange(len(picks))[:, None]
        draw = np.minimum(self.times[rows, picks], DRAWS - 1)
        knew = self.recalls[rows, picks, draw] < self.recall(day)[rows, picks]
        right = knew | (self.guesses[rows, picks, draw] < GUESS)
        self.learn(rows, picks, day, knew)
        self.times[rows, picks] += 1
        self.last[rows, picks] = day
        return np.asarray(right)


class Perturbed(Truth):
    """FSRS-6 with other parameters than the engine's."""

    def __init__(self, seed: int, learners: int, items: int = ITEMS, tags: int = TAGS):
        super().__init__(seed, learners, items, tags)
        self.w = FSRS[:, None, None] * np.exp(self.rng.normal(0, 0.15, (21, learners, 1)))
        self.factor = np.exp(self.rng.normal(0, 0.35, (1, items)))
        self.stability, self.difficulty = np.ones((learners, items)), np.full((learners, items), 5.0)

    def recall(self, day: float) -> Array:
        """FSRS's curve; a question never answered is known or not."""
        kept = memory_arrays.recall(self.w, self.stability * self.factor, day - self.last)
        return np.where(self.times > 0, kept, self.known.astype(float))

    def learn(self, rows: Picks, picks: Picks, day: float, knew: NDArray[np.bool_]) -> None:
        """FSRS's step on what the learner knew, not on what they guessed."""
        factor, begun = self.factor[0][picks], self.times[rows, picks] > 0
        new = memory_arrays.first(self.w, knew)
        before = self.stability[rows, picks] * factor, self.difficulty[rows, picks]
        moved = memory_arrays.after(self.w, *before, day - self.last[rows, picks], knew)
        self.stability[rows, picks] = np.where(begun, moved[0] / factor, new[0])
        self.difficulty[rows, picks] = np.where(begun, moved[1], new[1])


class TwoCurve(Truth):
    """Two traces; either suffices."""

    def __init__(self, seed: int, learners: int, items: int = ITEMS, tags: int = TAGS):
        super().__init__(seed, learners, items, tags)

        def spread(width: float) -> Array:
            own = self.rng.normal(0, width, (learners, 1)) + self.rng.normal(0, width, (1, items))
            return np.asarray(np.exp(own))

        self.fast, self.slow, self.gain = 1.5 * spread(0.2), 60.0 * spread(0.3), spread(0.2)
        self.strength = np.zeros((learners, items))

    def _fast(self, day: float) -> Array:
        return np.where(self.times > 0, np.exp(-(day - self.last) / self.fast), 0.0)

    def recall(self, day: float) -> Array:
        """Either trace: an exponential of days, or a share of a slow power curve."""
        slow = self.strength / np.sqrt(1.0 + (day - self.last) / self.slow)
        return np.where(self.known, 1.0, 1.0 - (1.0 - self._fast(day)) * (1.0 - slow))

    def learn(self, rows: Picks, picks: Picks, day: float, knew: NDArray[np.bool_]) -> None:
        """The slow trace grows by a share of what it lacks, the more the further the fast one has faded."""
        grown = np.where(knew, 0.5, 0.35) * self.gain[rows, picks] * np.sqrt(1.0 - self._fast(day)[rows, picks])
        self.strength[rows, picks] += np.clip(grown, 0.0, 0.95) * (1.0 - self.strength[rows, picks])


def truth_of(name: str, seed: int, learners: int, items: int = ITEMS) -> Truth:
    """Learners of the named truth."""
    return {PERTURBED: Perturbed, TWO_CURVE: TwoCurve}[name](seed, learners, items)
