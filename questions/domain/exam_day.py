"""What an answer is worth for the day of the exam: expected recall on that day, and the price of an answer until then.

Practice until an exam is a budget: so many answers a day, so many days, each of them better spent on one question than on
another, today or later. That is a restless bandit; its Lagrangian relaxation (Whittle 1988, "Restless bandits: activity
allocation in a changing world") splits it into one small problem a question. Every answer costs a price; for a question in a
state of memory, ``t`` days before the exam,

    V_t(state) = max( practise now:  -price + E[V_{t-1}(state after the answer)],
                      wait:           V_{t-1}(the same state, one day older) ),      V_0 = recall on the day of the exam

The price is the one at which the answers that are still to be had are just used up. Then ``worth`` = practise - wait of a
question says how much answering it *today* is better than leaving it for later: it already knows that a review shortly before
the exam may be worth more than one today. Memory is FSRS-6 (``memory_arrays``), states lie on a grid (stability, difficulty,
days since the last answer) and are interpolated; a question never met has one figure, the chance that it is known already, and
a right answer to it may be a guess. The same tables tell what recall to expect on the day at a given pace (``forecast``).

Relaxed means: the budget holds over all days together, not on each; the forecast is therefore a little too good, by less than
a point where it was simulated (``manage.py simulate_learners``).

Units: days, chances 0-1, worth and price in expected recall on the day (one question = 1).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from questions.domain import ability, memory_arrays
from questions.domain.memory_arrays import Array

HORIZON = 120
"""Days looked ahead; a later exam is planned for as if it were so far away."""
PRICES = np.array([0.0, 0.002, 0.006, 0.012, 0.02, 0.032, 0.048, 0.07, 0.1, 0.14, 0.2, 0.3, 0.45, 0.65, 1.0])
STABILITIES = np.geomspace(0.05, 1500.0, 24)
DIFFICULTIES = np.array([1.0, 4.0, 7.0, 10.0])
AGES = np.expm1(np.linspace(0.0, np.log1p(365.0), 22))
KNOWN = np.linspace(0.0, 1.0, 21)
"""Grid of the chance that a question never met is known."""
GUESS = 0.2
"""Chance of guessing a question right that is not known."""
CAUTION = 1.0
"""Standard deviations by which a tag is believed weaker than its mean where new questions are ranked; tried in simulation."""
STEPS = 6
"""A forecast takes a sixth of the time that is left in one step; finer steps moved it by half a point."""
KEPT = (*range(31), *range(33, 60, 3), *range(60, HORIZON + 1, 6))
"""Numbers of days left that tables are kept for; others use the next smaller one."""
WORTH, VALUE, USED = 0, 1, 2

_LOG_S, _LOG_E = np.log(STABILITIES), np.log1p(AGES)
_SHAPE = (len(STABILITIES), len(DIFFICULTIES), len(AGES))
_MET = len(STABILITIES) * len(DIFFICULTIES) * len(AGES)


def _cells(grid: Array, value: Array) -> tuple[NDArray[np.intp], Array]:
    """(index of the cell, share of its upper end) of values on an even grid, clipped to it."""
    place = np.clip((value - grid[0]) / (grid[1] - grid[0]), 0.0, len(grid) - 1)
    cell = np.minimum(place.astype(np.intp), len(grid) - 2)
    return cell, place - cell


@dataclass(frozen=True, slots=True)
class States:
    """Questions as one learner stands to them, as arrays of one length. ``known`` counts where ``met`` is False (chance that
    the question is known, guessing taken off), ``stability``, ``difficulty`` and ``age`` (days since the last answer) where
    it is True. ``weight`` is what a question counts on the day, ``cost`` what an answer takes; 1 is usual for both.
    """

    met: NDArray[np.bool_]
    known: Array
    stability: Array
    difficulty: Array
    age: Array
    weight: Array
    cost: Array

    def recall_in(self, days: float, w: Any = memory_arrays.DEFAULT) -> Array:
        """Chance of each being known ``days`` from now if it is not practised."""
        kept = memory_arrays.recall(w, np.where(self.met, self.stability, 1.0), self.age + days)
        return np.where(self.met, kept, self.known)


class Corners(NamedTuple):
    """Where states lie on the grid: (corners, questions) of places and shares. Questions never met lie behind the others."""

    place: NDArray[np.intp]
    share: Array


def corners(states: States) -> Corners:
    """The grid's corners about each state, for linear interpolation."""
    s, ds = _cells(_LOG_S, np.log(np.where(states.met, states.stability, 1.0)))
    d, dd = _cells(DIFFICULTIES, states.difficulty)
    e, de = _cells(_LOG_E, np.log1p(states.age))
    base = (s * _SHAPE[1] + d) * _SHAPE[2] + e
    steps, shares = np.array([0]), np.ones((1, len(base)))
    for step, share in ((_SHAPE[1] * _SHAPE[2], ds), (_SHAPE[2], dd), (1, de)):
        steps = np.concatenate([steps, steps + step])
        shares = np.concatenate([shares * (1.0 - share), shares * share])
    k, dk = _cells(KNOWN, states.known)
    place = np.where(states.met, base + steps[:, None], _MET)
    share = np.where(states.met, shares, 0.0)
    place[:2] = np.where(states.met, place[:2], _MET + k + np.array([[0], [1]]))
    share[:2] = np.where(states.met, share[:2], np.stack([1.0 - dk, dk]))
    return Corners(place, share)


class Table:
    """Worth, value and expected answers by days left, price and state; built once for a vector of parameters (~0.1 s)."""

    def __init__(self, w: tuple[float, ...] = memory_arrays.DEFAULT, guess: float = GUESS):
        grid = np.meshgrid(STABILITIES, DIFFICULTIES, AGES, indexing="ij")
        stability, difficulty, age = (part.ravel() for part in grid)
        self.older, self.fresh_at = _to_older(), _cells(_LOG_E, np.log1p(np.ones(1)))
        chance = memory_arrays.recall(w, stability, age)[:, None]
        practise = chance * _to_fresh(*memory_arrays.after(w, stability, difficulty, age, True))
        practise += (1.0 - chance) * _to_fresh(*memory_arrays.after(w, stability, difficulty, age, False))
        right, wrong = (_to_fresh(*memory_arrays.first(w, np.array([right]))) for right in (True, False))
        chance = (KNOWN + (1.0 - KNOWN) * guess)[:, None]
        begin = chance * right + (1.0 - chance) * wrong
        self.practise, self.begin = practise, begin
        older, fresh_at = self.older, self.fresh_at
        value = np.repeat(memory_arrays.recall(w, stability, age)[:, None], len(PRICES), axis=1)
        used = np.zeros_like(value)
        value_new = np.repeat(KNOWN[:, None], len(PRICES), axis=1)
        used_new = np.zeros_like(value_new)
        # Axes: days left; worth, value, used; price; state (those never met last).
        self._kept: NDArray[np.float32] = np.zeros((len(KEPT), 3, len(PRICES), _MET + len(KNOWN)), np.float32)
        self._kept[0, VALUE] = np.concatenate([value, value_new]).T
        for left in range(1, HORIZON + 1):
            fresh, fresh_used = _fresh(value, fresh_at), _fresh(used, fresh_at)
            worth_new = begin @ fresh - PRICES - value_new
            used_new = np.where(worth_new > 0.0, 1.0 + begin @ fresh_used, used_new)
            value_new = value_new + np.maximum(worth_new, 0.0)
            wait, wait_used = _aged(value, older), _aged(used, older)
            worth = practise @ fresh - PRICES - wait
            used = np.where(worth > 0.0, 1.0 + practise @ fresh_used, wait_used)
            value = wait + np.maximum(worth, 0.0)
            if left in KEPT:
                here = self._kept[KEPT.index(left)]
                for kind, pair in enumerate(((worth, worth_new), (value, value_new), (used, used_new))):
                    here[kind] = np.concatenate(pair).T

    def figures(self, left: int) -> NDArray[np.float32]:
        """(worth, value, used) by (price, state) so many days before the exam."""
        return self._kept[bisect_right(KEPT, min(max(left, 0), HORIZON)) - 1]


def _to_older() -> Array:
    """Interpolation of a day's waiting on the grid of ages."""
    cell, share = _cells(_LOG_E, np.log1p(AGES + 1.0))
    matrix, rows = np.zeros((len(AGES), len(AGES))), np.arange(len(AGES))
    matrix[rows, cell] += 1.0 - share
    matrix[rows, cell + 1] += share
    return matrix


def _to_fresh(stability: Array, difficulty: Array) -> Array:
    """Interpolation of the states after an answer on the grid of (stability, difficulty)."""
    s, ds = _cells(_LOG_S, np.log(stability))
    d, dd = _cells(DIFFICULTIES, difficulty)
    width = len(DIFFICULTIES)
    matrix, rows = np.zeros((len(s), len(STABILITIES) * width)), np.arange(len(s))
    for up, share_s in ((0, 1.0 - ds), (1, ds)):
        for over, share_d in ((0, 1.0 - dd), (1, dd)):
            matrix[rows, (s + up) * width + d + over] += share_s * share_d
    return matrix


def _fresh(figures: Array, at: tuple[NDArray[np.intp], Array]) -> Array:
    """The figures of states one day after an answer: (stability x difficulty, price)."""
    cell, share = int(at[0][0]), float(at[1][0])
    cube = figures.reshape(*_SHAPE, -1)
    found = (1.0 - share) * cube[:, :, cell] + share * cube[:, :, cell + 1]
    return np.asarray(found.reshape(-1, found.shape[-1]))


def _aged(figures: Array, older: Array) -> Array:
    cube = figures.reshape(-1, len(AGES), figures.shape[-1])
    return np.asarray((older @ cube).reshape(figures.shape))


@lru_cache(maxsize=4)
def table(w: tuple[float, ...] = memory_arrays.DEFAULT, guess: float = GUESS) -> Table:
    """The table of these parameters, built at first use and kept."""
    return Table(w, guess)


class _Groups:
    """Questions by what they count and cost: in each group price and time are the same multiple of the usual ones."""

    def __init__(self, states: States, left: int, tables: Table):
        self.states, self.figures = states, tables.figures(left)
        self.at = corners(states)
        _, first, of = np.unique(states.weight + 1j * states.cost, return_index=True, return_inverse=True)
        self.of: NDArray[np.intp] = of.ravel()
        self.weight, self.cost = states.weight[first], states.cost[first]
        self.price = self.cost / np.maximum(self.weight, 1e-9)
        groups, width = len(first), self.figures.shape[2]
        where = (self.of[None, :] * width + self.at.place).ravel()
        mass = np.bincount(where, weights=self.at.share.ravel(), minlength=groups * width)
        self.used = mass.reshape(groups, width) @ self.figures[USED].T

    def price_for(self, answers: float) -> float:
        """The price at which all questions take just so many usual answers' time; 0 where there is more time than use for it.

        The time falls with the price, in straight lines between the prices that the table holds for each group.
        """
        prices = np.unique(PRICES[None, :] / self.price[:, None])
        taken = np.zeros_like(prices)
        for cost, share, used in zip(self.cost, self.price, self.used, strict=True):
            taken += cost * np.interp(prices * share, PRICES, used)
        return float(np.interp(-answers, -taken, prices))

    def worth(self, price: float) -> Array:
        found = np.zeros(len(self.of))
        for group, (weight, cost, share) in enumerate(zip(self.weight, self.cost, self.price, strict=True)):
            place = np.clip(price * share, 0.0, PRICES[-1])
            cell = min(int(np.searchsorted(PRICES, place, side="right")) - 1, len(PRICES) - 2)
            up = (place - PRICES[cell]) / (PRICES[cell + 1] - PRICES[cell])
            by_state = (1.0 - up) * self.figures[WORTH, cell] + up * self.figures[WORTH, cell + 1]
            mine = self.of == group
            worth = (by_state[self.at.place[:, mine]] * self.at.share[:, mine]).sum(axis=0)
            found[mine] = worth * weight / cost
        return found


def worth(states: States, *, left: int, answers: float, tables: Table | None = None) -> Array:
    """What answering each question today is worth rather than leaving it, in recall on the day per usual answer's time.

    ``left`` days (1: the exam is tomorrow), ``answers`` still to be had until then, today's included. Negative: better later,
    or never. Ranks the questions of today.
    """
    groups = _Groups(states, left, tables or table())
    return groups.worth(groups.price_for(answers))


def known_before(
    belief: ability.Belief, tags: Sequence[Sequence[str]], mean: Array, variance: Array, caution: float = CAUTION
) -> Array:
    """Chance that questions never met are known already: one figure for each set of tags and difficulty (mean, variance).

    Each tag is believed ``caution`` of its own standard deviations weaker than its mean: where little is known of a topic,
    asking in it also tells whether its other questions need asking (optimism in the face of uncertainty, Lai & Robbins 1985).
    """
    parts: dict[tuple[str, ...], tuple[float, float]] = {}
    for slugs in {tuple(slugs) for slugs in tags}:
        guess = ability.estimate(belief, slugs, ability.Gauss(0.0, 0.0))
        doubt = math.fsum(math.sqrt(belief.tag(slug).variance) for slug in slugs) / max(1, len(slugs))
        parts[slugs] = (guess.offset - caution * doubt, guess.variance)
    offset, spread = np.array([parts[tuple(slugs)] for slugs in tags]).reshape(-1, 2).T
    z = (offset - mean) / np.sqrt(1.0 + math.pi * (spread + variance) / 8.0)
    return known_of(1.0 / (1.0 + np.exp(-z)))


def known_of(chance: Array, guess: float = GUESS) -> Array:
    """Chance of knowing, from the chance of a right answer."""
    return np.asarray(np.clip((chance - guess) / (1.0 - guess), 0.0, 1.0))


def forecast(states: States, *, left: int, a_day: Sequence[float], tables: Table | None = None) -> list[float]:
    """Share (0-1) of the questions to be known on the day ``left`` days ahead, for each number of answers a day.

    Expectations flow through the grid instead of chance: each day the answers go to the states where they are worth most, and
    what is answered moves on by the chance of a right answer. Questions count and cost alike here.
    """
    tables = tables or table()
    at, count = corners(states), max(1, len(states.met))
    mass = np.bincount(at.place.ravel(), weights=at.share.ravel(), minlength=_MET + len(KNOWN)).astype(float)
    return [_flow(mass, min(left, HORIZON), pace, tables) / count for pace in a_day]


def _flow(mass: Array, left: int, a_day: float, tables: Table) -> float:
    """Questions to be known on the day; far from it several days are taken in one step."""
    while left > 0:
        step = max(1, left // STEPS)
        figures = tables.figures(left)
        worth, price = _at_price(figures, mass, a_day * left)
        room, order = a_day * step, np.argsort(-worth, kind="stable")
        order = order[
            : np.searchsorted(-worth[order], price)
        ]  # the day has its answers, so all that gains is in question
        before = np.cumsum(mass[order]) - mass[order]
        taken = np.zeros_like(mass)
        taken[order] = np.clip(room - before, 0.0, mass[order])
        waits = (mass - taken)[:_MET].reshape(-1, len(AGES))
        fresh = taken[:_MET] @ tables.practise + taken[_MET:] @ tables.begin
        cell, share = int(tables.fresh_at[0][0]), float(tables.fresh_at[1][0])
        waits = waits @ tables.older
        waits[:, cell] += (1.0 - share) * fresh
        waits[:, cell + 1] += share * fresh
        for _ in range(step - 1):
            waits = waits @ tables.older
        mass = np.concatenate([waits.ravel(), (mass - taken)[_MET:]])
        left -= step
    return float(mass @ tables.figures(0)[VALUE, 0])


def _at_price(figures: NDArray[np.float32], mass: Array, answers: float) -> tuple[Array, float]:
    """Worth by state at the price at which the mass takes so many answers, and that price."""
    used = figures[USED] @ mass
    place = float(np.interp(-answers, -used, np.arange(len(PRICES))))
    cell = min(int(place), len(PRICES) - 2)
    up = place - cell
    price = (1.0 - up) * PRICES[cell] + up * PRICES[cell + 1]
    return (1.0 - up) * figures[WORTH, cell] + up * figures[WORTH, cell + 1], float(price)
