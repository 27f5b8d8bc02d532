"""A test that chooses its next question: as short as its standard error allows, balanced, wearing no item out. Pure.

Items follow the three-parameter logistic model P = c + (1 - c) sigma(a (theta - b)); Rasch's is a = 1, c = 0. What is believed
of a learner is a posterior over the points of ``GRID`` (expected a posteriori, Bock & Mislevy 1982). Four rules choose:

- *information*: Fisher information averaged over the posterior (van der Linden 1998), which is wide at the start and so does
  not chase the first guesses;
- *content*: the domain that lacks most of its share of the blueprint comes next (Kingsbury & Zara 1989);
- *exposure*: no item is given to more than ``CAP`` of the learners. An item bears a price that rises with every learner who
  gets it beyond its share and falls otherwise, and is asked of those whom it tells most at that price (the dual of the shadow
  test's exposure bound, van der Linden & Veldkamp 2004); a count stops what the price does not;
- *honest stopping*: item parameters are estimates. They are shrunk towards their population (``shrunk``: the seemingly best
  items are partly lucky ones), and the doubt in a difficulty flattens the item's curve, so that the posterior's standard
  deviation includes it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from questions.domain.memory_arrays import Array

GRID = np.linspace(-4.0, 4.0, 81)
CAP = 0.30
"""No item goes to a larger share of the learners."""
WARM = 40
"""While fewer learners than this were tested, counts are held against so many."""
PRICE_STEP = 0.02
"""By how much (in information) an item's price moves with a learner."""
TARGET = 0.30
"""Standard error (logits) at which a test stops."""
MOST = 65


@dataclass(frozen=True, slots=True)
class Pool:
    """Items as arrays of one length: discrimination, difficulty (logits), guessing, number of the domain."""

    a: Array
    b: Array
    c: Array
    domain: NDArray[np.intp]
    chance: Array = field(init=False)
    information: Array = field(init=False)

    def __post_init__(self) -> None:
        climb = 1.0 / (1.0 + np.exp(-self.a[:, None] * (GRID - self.b[:, None])))
        guess = self.c[:, None]
        chance = guess + (1.0 - guess) * climb
        slope = self.a[:, None] * (1.0 - guess) * climb * (1.0 - climb)
        object.__setattr__(self, "chance", chance)
        object.__setattr__(self, "information", slope**2 / (chance * (1.0 - chance)))


def doubted(pool: Pool, variance: Array) -> Pool:
    """The pool with the doubt in each difficulty (variance, logits squared) spread over its curve (MacKay 1992)."""
    return Pool(pool.a / np.sqrt(1.0 + math.pi * pool.a**2 * variance / 8.0), pool.b, pool.c, pool.domain)


def shrunk(pool: Pool, log_a_error: float, b_error: float) -> Pool:
    """Estimates drawn to their population by their standard errors, empirical Bayes; what doubt remains is in the curves."""

    def toward(values: Array, error: float) -> tuple[Array, float]:
        spread = max(float(values.var()) - error**2, 0.0)
        trust = spread / (spread + error**2) if error > 0 else 1.0
        return values.mean() + trust * (values - values.mean()), trust * error**2

    log_a, rest_a = toward(np.log(pool.a), log_a_error)
    b, rest_b = toward(pool.b, b_error)
    # A doubt in log a moves a (theta - b) by its share of the distance, about 1 logit: as one in b of that size would.
    return doubted(Pool(np.exp(log_a), b, pool.c, pool.domain), np.full(len(b), rest_b + rest_a))


@dataclass(slots=True)
class Exposure:
    """What the items of a pool were served so far: counts, prices and the number of learners tested."""

    served: Array
    price: Array
    learners: int = 0
    cap: float = CAP

    @classmethod
    def of(cls, items: int, cap: float = CAP) -> Exposure:
        """Nothing served yet."""
        return cls(np.zeros(items), np.zeros(items), 0, cap)

    @property
    def open(self) -> NDArray[np.bool_]:
        """Items that the learner now tested may get."""
        return np.asarray(self.served + 1.0 <= self.cap * max(self.learners + 1, WARM))

    def add(self, asked: Sequence[int]) -> None:
        """A learner's test has ended."""
        given = np.zeros(len(self.served))
        given[list(asked)] = 1.0
        self.served += given
        self.learners += 1
        self.price = np.maximum(0.0, self.price + PRICE_STEP * (given - self.cap))


@dataclass(slots=True)
class Test:
    """One learner's test as it stands."""

    posterior: Array
    asked: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, mean: float = 0.0, variance: float = 1.0) -> Test:
        """What is believed before the first answer."""
        weight = np.exp(-0.5 * (GRID - mean) ** 2 / variance)
        return cls(weight / weight.sum())

    @property
    def mean(self) -> float:
        """Expected ability (logits)."""
        return float(self.posterior @ GRID)

    @property
    def error(self) -> float:
        """Standard deviation of the posterior (logits)."""
        return math.sqrt(max(0.0, float(self.posterior @ GRID**2) - self.mean**2))

    def learn(self, pool: Pool, item: int, right: bool) -> None:
        """Take an answer in."""
        chance = pool.chance[item]
        weight = self.posterior * (chance if right else 1.0 - chance)
        self.posterior = weight / weight.sum()
        self.asked.append(item)


def next_domain(counts: Array, shares: Array, there: NDArray[np.bool_]) -> int:
    """The domain that lacks most of its share, of those that are ``there``."""
    lack = shares / shares.sum() * (counts.sum() + 1.0) - counts
    return int(np.argmax(np.where(there, lack, -np.inf)))


def gains(
    test: Test, pool: Pool, shares: Array, counts: Array, free: NDArray[np.bool_], price: Array | float = 0.0
) -> Array:
    """What each ``free`` item of the domain that lacks most would tell at its price; -inf for all others.

    ``shares`` are the blueprint's by domain, ``counts`` what was asked of each.
    """
    there = np.bincount(pool.domain[free], minlength=len(shares)) > 0
    wanted = free & (pool.domain == next_domain(counts, shares, there))
    return np.where(wanted, pool.information @ test.posterior - price, -np.inf)


def choose(test: Test, pool: Pool, shares: Array, exposure: Exposure) -> int | None:
    """The next item, by all the rules; None when every item was asked. ``shares`` are the blueprint's by domain."""
    free = np.ones(len(pool.a), bool)
    free[test.asked] = False
    if not free.any():
        return None
    free &= exposure.open if (free & exposure.open).any() else True
    counts = np.bincount(pool.domain[test.asked], minlength=len(shares)).astype(float)
    return int(np.argmax(gains(test, pool, shares, counts, free, exposure.price)))
