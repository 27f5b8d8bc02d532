"""The whole predictive engine over a log: filter, stack where it wins, recalibration, readiness head.

``engine`` is the factory for a measuring harness; ``Engine`` has ``fit``, ``predict``, ``update`` and ``predict_many``. All
choices (parameters of the filter, whether the stack is used and how much it is shrunk) are made on the fit rows by learners
set apart there, never on the rows that are measured.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from questions.domain.ability import Parameters
from questions.domain.calibration import Floats
from questions.domain.evaluation_blend import Head, weigh
from questions.domain.evaluation_filter import Filter, choose, crossed
from questions.domain.evaluation_log import Row, folds
from questions.domain.evaluation_metrics import losses
from questions.domain.recalibration import Recalibration
from questions.domain.stack import Coefficients, fit
from questions.domain.trace import FEATURES, Trace, features

FOLDS = 4
SHRINKAGE = ((100.0, 0.01), (100.0, 0.0025), (3000.0, 0.0))
"""Ridge penalty and variance of slopes by tag, from free to close to the filter."""
MARGIN = 1.0
"""The stack must beat the filter by this many standard errors (over learners) on learners set apart."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen on the fit rows: log losses there of the filter alone and of the best stack."""

    parameters: Parameters
    stacked: bool
    penalty: float
    slope_variance: float
    filter_loss: float
    stack_loss: float


class Engine:
    """Filter and stack over a log. ``update`` alone changes its state."""

    def __init__(self, tell: Callable[[str], None] = lambda _: None) -> None:
        self.tell = tell
        self.filter = Filter(Parameters())
        self.head = Head()
        self.traces: dict[str, Trace] = {}
        self.recalibration: Recalibration | None = None
        self.choice: Choice | None = None

    def fit(self, rows: Sequence[Row]) -> None:
        """Choose, calibrate, fit. ``rows`` may be plain tuples in the order of ``Row``'s columns."""
        rows = [Row(*row) for row in rows]
        quick, slow, papers = choose(rows, self.tell)
        self.choice = Choice(quick, False, 0.0, 0.0, np.nan, np.nan)
        coefficients = self._stack(rows, quick, slow)
        self.filter = Filter(self.choice.parameters)
        self.filter.fit(rows)
        self.head = Head(weigh(papers, self.choice.parameters))
        self.head.fit(rows)
        self.tell(f"readiness leans {self.head.weights.weight}")
        self.traces = {}
        self.recalibration = Recalibration(coefficients) if coefficients else None

    def predict(self, user: str, item: str, tags: tuple[str, ...], ts: float | None) -> float:
        """Chance that the next answer is right."""
        if self.recalibration is None:
            return self.filter.predict(user, item, tags, ts)
        return self.recalibration.predict(user, self.features(user, item, tags, ts), tags)

    def predict_many(self, rows: Sequence[Row]) -> Floats:
        """Chances of an exam's rows from the slow state (filters alone), learner frozen. Not for the next answer."""
        return self.head.predict(rows, self.filter)

    def update(self, user: str, item: str, tags: tuple[str, ...], correct: int, ts: float | None, rating: int) -> None:
        """Learn from one answer."""
        if self.recalibration is not None:
            self.recalibration.update(user, self.features(user, item, tags, ts), tags, correct=bool(correct))
        self._record(user, item, tags, correct, ts)
        self.filter.update(user, item, tags, correct, ts, rating)
        self.head.update(Row(user, item, tags, correct, ts, rating))

    def features(self, user: str, item: str, tags: tuple[str, ...], ts: float | None) -> list[float]:
        """The stack's inputs for one question. Changes nothing."""
        guess, difficulty = self.filter.guess(user, item, tags)
        trace, belief = self.traces.get(user) or Trace(), self.filter.belief(user)
        return features(trace, belief, guess, item, tags, difficulty, ts, self.filter.parameters)

    def _record(self, user: str, item: str, tags: tuple[str, ...], correct: int, ts: float | None) -> None:
        p = self.filter.predict(user, item, tags, ts)
        self.traces.setdefault(user, Trace()).record(item, tags, correct=bool(correct), p=p, at=ts)

    def _stack(self, rows: Sequence[Row], quick: Parameters, slow: Parameters) -> Coefficients | None:
        """Coefficients if a stack wins over the filter on learners set apart, else None."""
        if len(folds(rows, 1)) < FOLDS:
            return None
        y = np.array([row.correct for row in rows], float)
        x, slow_p = self._crossed_features(rows, slow)
        filter_p = slow_p if quick == slow else self._crossed_features(rows, quick)[1]
        answer = np.repeat(np.arange(len(rows)), [len(row.tags) for row in rows])
        tag = np.array([slug for row in rows for slug in row.tags])
        fold = folds(rows, FOLDS)
        apart = np.array([fold[row.user] == 0 for row in rows])
        places = np.flatnonzero(apart).tolist()
        plain = losses(y[places], filter_p[places])
        inside = ~apart[answer]
        number = np.cumsum(~apart) - 1
        tried = []
        for penalty, slope_variance in SHRINKAGE:
            coefficients = fit(
                x[~apart],
                y[~apart],
                number[answer[inside]],
                tag[inside].tolist(),
                penalty=penalty,
                slope_variance=slope_variance,
            )
            stacked = losses(y[places], _online(coefficients, [rows[place] for place in places], x[places]))
            tried.append((float(stacked.mean()), penalty, slope_variance, stacked))
            self.tell(f"stack {penalty:g}/{slope_variance:g}: {stacked.mean():.4f}, filter {plain.mean():.4f}")
        loss, penalty, slope_variance, stacked = min(tried, key=lambda it: it[0])
        wins = _wins([rows[place].user for place in places], stacked - plain)
        self.choice = Choice(slow if wins else quick, wins, penalty, slope_variance, float(plain.mean()), loss)
        if not wins:
            return None
        return fit(x, y, answer, tag.tolist(), penalty=penalty, slope_variance=slope_variance)

    def _crossed_features(self, rows: Sequence[Row], parameters: Parameters) -> tuple[Floats, Floats]:
        """Features and filter's chances of every row under difficulties of other learners."""
        x, p = np.empty((len(rows), len(FEATURES))), np.empty(len(rows))
        for places, model in crossed(rows, FOLDS, parameters):
            part = Engine()
            part.filter = model
            for place in places:
                row = rows[place]
                x[place] = part.features(row.user, row.item, row.tags, row.ts)
                p[place] = model.predict(row.user, row.item, row.tags, row.ts)
                part.update(*row)
            self.tell(f"features of {len(places)} rows")
        return x, p


def _online(coefficients: Coefficients, rows: Sequence[Row], x: Floats) -> Floats:
    """Chances of rows in order, the recalibration learning as it goes; ``x`` their features."""
    running, out = Recalibration(coefficients), np.empty(len(rows))
    for place, (row, seen) in enumerate(zip(rows, x, strict=True)):
        out[place] = running.predict(row.user, seen, row.tags)
        running.update(row.user, seen, row.tags, correct=bool(row.correct))
    return out


def _wins(users: Sequence[str], difference: Floats) -> bool:
    """Whether the mean difference is below 0 by ``MARGIN`` standard errors, answers of one learner taken together."""
    _, learner = np.unique(list(users), return_inverse=True)
    off = np.bincount(learner, difference - difference.mean())
    error = float(np.sqrt((off**2).sum())) / len(difference)
    return float(difference.mean()) < -MARGIN * error


def engine() -> Engine:
    """An engine with nothing learned yet."""
    return Engine()
