"""Simulated tests that choose their next question: how long until the standard error is reached, and how true that is. Pure.

A bank of 300 items, a = exp N(0, .3), b ~ N(0, 1), four domains; learners ~ N(0, 1), one after the other, since exposure is
shared. Each test stops at a posterior standard deviation of .30 or after 150 items. Every way of choosing meets the same bank,
learners and luck. ``noise`` lets it know only estimates of the items: a exp N(0, .2), b + N(0, .4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from questions.domain import cat
from questions.domain.memory_arrays import Array

ITEMS, LEARNERS, MOST = 300, 400, 150
SHARES = np.array([0.28, 0.26, 0.22, 0.24])
A_ERROR, B_ERROR = 0.2, 0.4


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one way of choosing did over all learners."""

    policy: str
    title: str
    items: float
    items_se: float
    items_p90: float
    most_exposed: float
    never_used: float
    blueprint_error: float
    believed_error: float
    true_error: float
    unfinished: float

    def as_json(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


class Room:
    """One policy's run: the bank as it is believed, and what the policy keeps between learners."""

    def __init__(self, pool: cat.Pool, rng: np.random.Generator):
        self.pool, self.rng = pool, rng
        self.exposure = cat.Exposure.of(len(pool.a))
        self.form = rng.permutation(len(pool.a))

    def free(self, test: cat.Test) -> Array:
        """Items not asked yet."""
        free = np.ones(len(self.pool.a), bool)
        free[test.asked] = False
        return free

    def balanced(self, test: cat.Test, free: Array) -> Array:
        """Those of the domain that lacks most."""
        counts = np.bincount(self.pool.domain[test.asked], minlength=len(SHARES)).astype(float)
        there = np.bincount(self.pool.domain[free], minlength=len(SHARES)) > 0
        return free & (self.pool.domain == cat.next_domain(counts, SHARES, there))

    def most_telling(self, test: cat.Test, free: Array) -> int:
        """Greatest information at the expected ability."""
        point = int(np.argmin(np.abs(cat.GRID - test.mean)))
        return int(np.argmax(np.where(free, self.pool.information[:, point], -np.inf)))


def _random(room: Room, test: cat.Test) -> int:
    return int(room.rng.choice(np.flatnonzero(room.free(test))))


def _linear(room: Room, test: cat.Test) -> int:
    free = room.balanced(test, room.free(test))
    return int(room.form[free[room.form]][0])


def _information(room: Room, test: cat.Test) -> int:
    return room.most_telling(test, room.free(test))


def _balanced(room: Room, test: cat.Test) -> int:
    return room.most_telling(test, room.balanced(test, room.free(test)))


def _engine(room: Room, test: cat.Test) -> int:
    found = cat.choose(test, room.pool, SHARES, room.exposure)
    assert found is not None  # a test ends long before the bank does
    return found


ENGINE = "engine"
POLICIES: dict[str, tuple[str, Callable[[Room, cat.Test], int]]] = {
    "random": ("random", _random),
    "linear": ("linear form, balanced", _linear),
    "information": ("maximum information", _information),
    "balanced": ("+ content balancing", _balanced),
    ENGINE: ("this engine", _engine),
}


def compare(*, seed: int, guess: float, noise: bool, learners: int = LEARNERS, items: int = ITEMS) -> Iterator[Outcome]:
    """Every policy in turn."""
    for policy in POLICIES:
        yield run_policy(policy, seed=seed, guess=guess, noise=noise, learners=learners, items=items)


def run_policy(policy: str, *, seed: int, guess: float, noise: bool, learners: int, items: int) -> Outcome:
    """All learners under one policy. Peers believe the estimates as they are; the engine knows their standard errors."""
    rng = np.random.default_rng(seed)
    a, b = np.exp(rng.normal(0, 0.3, items)), rng.normal(0, 1, items)
    domain = np.searchsorted(np.cumsum(SHARES), (np.arange(items) + 0.5) / items)
    ability, luck = rng.normal(0, 1, learners), rng.random((learners, items))
    c = np.full(items, guess)
    truth = cat.Pool(a, b, c, domain)
    believed = truth
    if noise:
        believed = cat.Pool(a * np.exp(rng.normal(0, A_ERROR, items)), b + rng.normal(0, B_ERROR, items), c, domain)
        if policy == ENGINE:
            believed = cat.shrunk(believed, A_ERROR, B_ERROR)
    title, choose = POLICIES[policy]
    room = Room(believed, np.random.default_rng(seed + 1))
    lengths, errors, misses, blueprint = (np.zeros(learners) for _ in range(4))
    for learner, theta in enumerate(ability):
        test = cat.Test.of()
        while test.error > cat.TARGET and len(test.asked) < min(MOST, items):
            item = choose(room, test)
            chance = c[item] + (1 - c[item]) / (1 + np.exp(-a[item] * (theta - b[item])))
            test.learn(believed, item, bool(luck[learner, item] < chance))
        room.exposure.add(test.asked)
        counts = np.bincount(domain[test.asked], minlength=len(SHARES)) / max(1, len(test.asked))
        blueprint[learner] = np.abs(counts - SHARES).max()
        lengths[learner], errors[learner], misses[learner] = len(test.asked), test.error, test.mean - theta
    served = room.exposure.served / learners
    return Outcome(
        policy,
        title,
        items=float(lengths.mean()),
        items_se=float(lengths.std() / np.sqrt(learners)),
        items_p90=float(np.quantile(lengths, 0.9)),
        most_exposed=float(served.max()),
        never_used=float((served == 0).mean()),
        blueprint_error=float(blueprint.mean()),
        believed_error=float(np.sqrt((errors**2).mean())),
        true_error=float(np.sqrt((misses**2).mean())),
        unfinished=float((errors > cat.TARGET).mean()),
    )
