"""Plain models to measure the engine against: means and Elo. They need no library."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from questions.domain.ability import Parameters, sigmoid
from questions.domain.evaluation_filter import Filter, choose
from questions.domain.evaluation_log import Model, Row, folds, subset, walk
from questions.domain.evaluation_metrics import losses

SHRINK = 5.0
"""Answers that the mean of everybody counts as in a learner's or an item's mean."""


class Mean:
    """Share of right answers: of everybody, or of each learner or item shrunk to it. ``by`` is everybody, user or item."""

    def __init__(self, by: str) -> None:
        self.by = by
        self.mean = 0.5
        self.right: dict[str, float] = defaultdict(float)
        self.answers: dict[str, int] = defaultdict(int)

    def _key(self, user: str, item: str) -> str:
        return user if self.by == "user" else item

    def fit(self, rows: Sequence[Row]) -> None:
        """Of learners only the mean of all is kept: those to be measured are others."""
        self.mean = sum(row.correct for row in rows) / len(rows)
        if self.by == "item":
            for row in rows:
                self.update(*row)

    def predict(self, user: str, item: str, tags: tuple[str, ...], ts: float | None) -> float:
        """The mean."""
        key = self._key(user, item)
        known = 0 if self.by == "everybody" else self.answers.get(key, 0)
        return (self.right.get(key, 0.0) * (known > 0) + SHRINK * self.mean) / (known + SHRINK)

    def update(self, user: str, item: str, tags: tuple[str, ...], correct: int, ts: float | None, rating: int) -> None:
        """Count one answer."""
        key = self._key(user, item)
        self.right[key] += correct
        self.answers[key] += 1


class Elo:
    """Ability and difficulty moved by K(n) = a / (1 + b n) times the surprise (Pelanek 2016)."""

    GRID = [(a, b) for a in (0.4, 0.8, 1.4) for b in (0.02, 0.06, 0.15)]

    def __init__(self, a: float | None = None, b: float | None = None) -> None:
        self.gain = None if a is None or b is None else (a, b)
        self.mu = 0.0
        self.ability: dict[str, float] = defaultdict(float)
        self.answers: dict[str, int] = defaultdict(int)
        self.difficulty: dict[str, float] = defaultdict(float)
        self.asked: dict[str, int] = defaultdict(int)

    def fit(self, rows: Sequence[Row]) -> None:
        """Without a gain given, the one with the least log loss on a third of the fit learners."""
        if self.gain is None:
            self.gain = self._tuned(rows)
        mean = min(max(sum(row.correct for row in rows) / len(rows), 0.01), 0.99)
        self.mu = math.log(mean / (1.0 - mean))
        for row in rows:
            self.update(*row)

    def _tuned(self, rows: Sequence[Row]) -> tuple[float, float]:
        rows = subset(rows, 60_000)
        fold = folds(rows, 3)
        inner = [row for row in rows if fold[row.user] > 0]
        apart = [row for row in rows if fold[row.user] == 0]
        if not inner:
            return 0.8, 0.06

        def loss(gain: tuple[float, float]) -> float:
            model = Elo(*gain)
            model.fit(inner)
            return float(losses([row.correct for row in apart], walk(model, apart)).mean())

        return min(self.GRID, key=loss)

    def predict(self, user: str, item: str, tags: tuple[str, ...], ts: float | None) -> float:
        """sigma(mu + ability - difficulty)."""
        return sigmoid(self.mu + self.ability.get(user, 0.0) - self.difficulty.get(item, 0.0))

    def update(self, user: str, item: str, tags: tuple[str, ...], correct: int, ts: float | None, rating: int) -> None:
        """Move both sides by the surprise."""
        assert self.gain is not None
        a, b = self.gain
        surprise = correct - self.predict(user, item, tags, ts)
        self.ability[user] += a / (1.0 + b * self.answers[user]) * surprise
        self.difficulty[item] -= a / (1.0 + b * self.asked[item]) * surprise
        self.answers[user] += 1
        self.asked[item] += 1


class TunedFilter(Filter):
    """The belief filter alone, its parameters chosen on the fit rows."""

    def __init__(self) -> None:
        super().__init__(Parameters())

    def fit(self, rows: Sequence[Row]) -> None:
        """Choose, then calibrate."""
        self.parameters = choose(rows).quick
        super().fit(rows)


def baselines() -> dict[str, Model]:
    """Fresh models by the name that a table shows."""
    return {
        "global mean": Mean("everybody"),
        "user mean": Mean("user"),
        "item mean": Mean("item"),
        "Elo": Elo(),
        "filter alone": TunedFilter(),
    }
