"""Simulated learners practise until an exam: what each way to choose questions leaves them with on the day. Pure numpy.

Learners are those of ``simulation_truth``. Every policy believes in FSRS-6 with default parameters, sees right and wrong only,
and ranks the questions of a day; the first so many are asked, none twice a day. Peers stand for what others do: Leitner's boxes
(doubling gaps), SM-2 (Wozniak 1990), FSRS with what is due first (Anki), half of each day new, greatest gain at once, and
coverage first and gain then. The engine's ranks are those of the product (``exam_day.worth``, ``exam_day.known_before``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from questions.domain import ability, exam_day, memory_arrays
from questions.domain.memory_arrays import Array
from questions.domain.simulation_truth import FSRS, GUESS, ITEMS, TAGS, Picks, Truth, truth_of

DIFFICULTY = ability.Gauss(0.0, 0.49)
"""The engine knows nothing of a simulated question's difficulty."""
BOXES = np.array([0, 1, 2, 4, 8, 16])
"""Days that a question waits in each of Leitner's boxes."""


class Ledger:
    """What a policy may see: right and wrong, when, and what FSRS-6, Leitner's boxes, SM-2 and the filter make of it."""

    def __init__(self, truth: Truth, days: int, budget: int, seed: int):
        shape = truth.known.shape
        self.tag, self.days, self.budget = truth.tag, days, budget
        self.rng = np.random.default_rng(seed)
        self.day, self.given, self.batch = 0, 0, budget
        self.times, self.last = np.zeros(shape, int), np.zeros(shape)
        self.stability, self.difficulty = np.ones(shape), np.full(shape, 5.0)
        self.box, self.ease, self.gap, self.streak = (
            np.zeros(shape, int), np.full(shape, 2.5), np.zeros(shape), np.zeros(shape, int)
        )  # fmt: skip
        self.first, self.first_right = np.zeros((shape[0], TAGS)), np.zeros((shape[0], TAGS))
        self.beliefs = [ability.Belief() for _ in range(shape[0])]
        self.names = [(f"t{number}",) for number in range(TAGS)]

    @property
    def age(self) -> Array:
        """Days since each question was answered."""
        return self.day - self.last

    def known(self) -> Array:
        """Chance that a question is known beforehand, by shares right in its tag; what peers without a filter can reckon."""
        mean = (self.first_right.sum(1, keepdims=True) + 2.1) / (self.first.sum(1, keepdims=True) + 4.0)
        return exam_day.known_of((self.first_right + 4.0 * mean) / (self.first + 4.0), GUESS)[:, self.tag]

    def see(self, picks: Picks, right: NDArray[np.bool_], *, filtered: bool) -> None:
        """Take the answers in; the filter costs time and is only kept for who asks it."""
        rows = np.arange(len(picks))[:, None]
        new = self.times[rows, picks] == 0
        if filtered:
            for learner, item, first, correct in zip(
                np.repeat(rows[:, 0], picks.shape[1]), picks.ravel(), new.ravel(), right.ravel(), strict=True
            ):
                self.beliefs[learner], _ = ability.update(
                    self.beliefs[learner],
                    self.names[self.tag[item]],
                    DIFFICULTY,
                    correct=bool(correct),
                    at=0.0,
                    repeat=not first,
                )
        begin = memory_arrays.first(FSRS, right)
        moved = memory_arrays.after(
            FSRS, self.stability[rows, picks], self.difficulty[rows, picks], self.age[rows, picks], right
        )
        self.stability[rows, picks] = np.where(new, begin[0], moved[0])
        self.difficulty[rows, picks] = np.where(new, begin[1], moved[1])
        np.add.at(self.first, (rows, self.tag[picks]), new)
        np.add.at(self.first_right, (rows, self.tag[picks]), new & right)
        self.box[rows, picks] = np.where(right, np.minimum(self.box[rows, picks] + 1, len(BOXES) - 1), 1)
        grade = np.where(right, 4, 1)
        ease = np.maximum(1.3, self.ease[rows, picks] + 0.1 - (5 - grade) * (0.08 + (5 - grade) * 0.02))
        streak = np.where(right, self.streak[rows, picks] + 1, 0)
        gap = np.where(streak <= 1, 1.0, np.where(streak == 2, 6.0, np.round(self.gap[rows, picks] * ease)))
        self.ease[rows, picks], self.streak[rows, picks], self.gap[rows, picks] = ease, streak, gap
        self.times[rows, picks] += 1
        self.last[rows, picks] = self.day
        self.given += picks.shape[1]


Rank = Callable[[Ledger], Array]


def _due_first(ledger: Ledger, gap: Any) -> Array:
    """Longest overdue first, then unseen ones, then what comes back soonest."""
    overdue = ledger.age - gap
    return np.where(ledger.times > 0, overdue + np.where(overdue >= 0, 1e3, -1e3), 0.0)


def _random(ledger: Ledger) -> Array:
    return ledger.rng.random(ledger.times.shape)


def _leitner(ledger: Ledger) -> Array:
    return _due_first(ledger, BOXES[ledger.box])


def _sm2(ledger: Ledger) -> Array:
    return _due_first(ledger, ledger.gap)


def _fsrs_due(ledger: Ledger) -> Array:
    return _due_first(ledger, np.maximum(1.0, np.round(ledger.stability)))


def _half_new(ledger: Ledger) -> Array:
    return _with_unseen(_fsrs_due(ledger), ledger)


def _greedy(ledger: Ledger) -> Array:
    """Gain in recall on the day of the exam, if nothing else were to come."""
    left = ledger.days - ledger.day
    chance = memory_arrays.recall(FSRS, ledger.stability, ledger.age)
    now = memory_arrays.recall(FSRS, ledger.stability, ledger.age + left)
    right, wrong = (
        memory_arrays.recall(
            FSRS, memory_arrays.after(FSRS, ledger.stability, ledger.difficulty, ledger.age, good)[0], left
        )
        for good in (True, False)
    )
    known = ledger.known()
    begin = known + (1.0 - known) * GUESS
    new = begin * memory_arrays.recall(FSRS, FSRS[2], left) + (1.0 - begin) * memory_arrays.recall(FSRS, FSRS[0], left)
    return np.where(ledger.times > 0, chance * right + (1.0 - chance) * wrong - now, new - known)


def _spread(ledger: Ledger) -> Array:
    return _fsrs_due(ledger) if ledger.day < ledger.days / 2 else _greedy(ledger)


def _engine(ledger: Ledger) -> Array:
    """The product's own choice: worth of an answer today; half of them unseen until half the time is gone."""
    left, items = ledger.days - ledger.day, len(ledger.tag)
    nothing, one = np.zeros(TAGS), np.ones(items)
    doubt = np.full(TAGS, DIFFICULTY.variance)
    found = np.empty(ledger.times.shape)
    for row, belief in enumerate(ledger.beliefs):
        known = exam_day.known_before(belief, ledger.names, nothing, doubt)[ledger.tag]
        states = exam_day.States(
            ledger.times[row] > 0, known, ledger.stability[row], ledger.difficulty[row], ledger.age[row], one, one
        )
        found[row] = exam_day.worth(states, left=left, answers=ledger.budget * ledger.days - ledger.given)
    return _with_unseen(found, ledger) if ledger.day < ledger.days / 2 else found


def _with_unseen(rank: Array, ledger: Ledger) -> Array:
    """The same ranks, with the best unseen questions before all others: half of what is asked now."""
    unseen = np.where(ledger.times == 0, rank + ledger.rng.random(rank.shape) * 1e-6, -np.inf)
    place = np.argsort(np.argsort(-unseen, axis=1), axis=1)
    return np.where((ledger.times == 0) & (place < ledger.batch // 2), rank + 1e6, rank)


ENGINE = "engine"
POLICIES: dict[str, tuple[str, Rank]] = {
    "random": ("random", _random),
    "leitner": ("Leitner, due first", _leitner),
    "sm2": ("SM-2, due first", _sm2),
    "fsrs": ("FSRS-6 due (R=.9), new after", _fsrs_due),
    "half-new": ("FSRS-6 due, half the day new", _half_new),
    "greedy": ("greatest gain on the day", _greedy),
    "spread": ("FSRS-6 due half the time, then gain", _spread),
    ENGINE: ("this engine", _engine),
}
NO_STUDY = "no-study"
BATCHES = 5
"""The engine's beliefs move within a day as well; in the simulation it ranks anew this often a day."""


@dataclass(frozen=True, slots=True)
class Result:
    """One policy: share of the questions known on the day and share ever asked, for each learner; ``forecast`` is what the
    engine expected on the first day (None for others).
    """

    policy: str
    title: str
    recalled: Array
    seen: Array
    forecast: float | None = None

    def as_json(self, than: Result | None = None) -> dict[str, Any]:
        """Means and standard errors over learners; the difference is paired by learner."""
        found: dict[str, Any] = {
            "policy": self.policy,
            "title": self.title,
            "recalled": float(self.recalled.mean()),
            "se": standard_error(self.recalled),
            "seen": float(self.seen.mean()),
        }
        if self.forecast is not None:
            found["forecast"] = self.forecast
        if than is not None and than.policy != self.policy:
            apart = than.recalled - self.recalled
            found["engine_ahead"], found["engine_ahead_se"] = float(apart.mean()), standard_error(apart)
        return found


def standard_error(values: Array) -> float:
    """Standard error of the mean; 0 of a single value."""
    return float(values.std(ddof=1) / math.sqrt(len(values))) if len(values) > 1 else 0.0


def practise(truth: Truth, policy: str, *, days: int, budget: int, seed: int) -> Result:
    """Have the learners practise; ``truth`` is used up by it."""
    title, rank = POLICIES[policy]
    own = policy == ENGINE
    ledger = Ledger(truth, days, budget, seed)
    expected = _expected(ledger) if own else None
    for day in range(days):
        ledger.day = day
        asked = np.zeros(truth.known.shape, bool)
        room = min(budget, truth.known.shape[1])
        while room > 0:
            ledger.batch = min(room, max(5, -(-budget // BATCHES)) if own else room)
            order = np.where(asked, -np.inf, rank(ledger) + ledger.rng.random(asked.shape) * 1e-6)
            picks = np.argpartition(-order, ledger.batch - 1, axis=1)[:, : ledger.batch]
            ledger.see(picks, truth.answer(picks, day), filtered=own)
            np.put_along_axis(asked, picks, True, axis=1)
            room -= ledger.batch
    return Result(policy, title, truth.recall(days).mean(axis=1), (ledger.times > 0).mean(axis=1), expected)


def _expected(ledger: Ledger) -> float:
    """What the engine promises on the first day, before any answer."""
    items = len(ledger.tag)
    nothing, one = np.zeros(items), np.ones(items)
    tags = [ledger.names[tag] for tag in ledger.tag]
    known = exam_day.known_before(ability.Belief(), tags, nothing, one * DIFFICULTY.variance, caution=0.0)
    states = exam_day.States(np.zeros(items, bool), known, one, one, nothing, one, one)
    return exam_day.forecast(states, left=ledger.days, a_day=[ledger.budget])[0]


def compare(*, truth: str, days: int, budget: int, learners: int, seed: int, items: int = ITEMS) -> Iterator[Result]:
    """Every policy in turn on the same learners; no study first, the engine last."""
    idle = truth_of(truth, seed, learners, items)
    yield Result(NO_STUDY, "no study", idle.recall(days).mean(axis=1), np.zeros(learners))
    for policy in POLICIES:
        yield practise(truth_of(truth, seed, learners, items), policy, days=days, budget=budget, seed=seed)
