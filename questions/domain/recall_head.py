"""The recall head: what the circumstances of a review add to FSRS's chance of recall, learned answer by answer.

FSRS knows an item's history and nothing of the learner's day. Three small logistic regressions correct it, one for each kind
of question: spaced (a night or more since the last review), same-day, and first sight. Their weights are Gaussian beliefs of
each learner, moved by one extended-Kalman step an answer (the step of ``ability``; Fahrmeir & Tutz, Multivariate Statistical
Modelling Based on Generalized Linear Models, 1994, ch. 8), so that no batch is needed and drift is followed.

    p = sigmoid((offset + x . m) / sqrt(1 + pi V / 8)),   V = x' P x,   h = p (1 - p)
    m += P x (y - p) / (1 + h V),   P -= P x x' P h / (1 + h V)

Spaced: the offset is logit R; x = 1; two averages of y - R, each drawn to zero: over the learner's latest spaced reviews, those
of items that were last seen at about the same time counting most, and over this item; the learner's share of right answers
of late, over a short and a longer time, and the last result; the pause since it; the last result of this item.
Same-day: the offset is logit R a day on; x = 1, that offset, the last result, and how often the item was asked and missed
today. First sight: x = 1, and the share of right answers at other first sights of late.

Times are seconds since any moment. Pure arithmetic: no clock, no randomness.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from questions.domain.memory import DEFAULT, Parameters, advance, recall
from questions.domain.memory_fit import MINIMUM, fit_learner
from questions.domain.memory_log import AGAIN, GOOD, Review, night_days

Row = tuple[str, str, tuple[str, ...], int, float | None, int]
"""Learner, item, tags, 1 for a right answer else 0, time in seconds, rating 1-4."""
Vector = npt.NDArray[np.float64]

SPACED, SAME_DAY, FIRST = "spaced", "same-day", "first"
LONG_PAUSE = 12.0
"""Logarithm of seconds (two days) from which on pauses are alike."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Constants of the head. Chosen on the first half of one log of one person; the loss is flat around all of them."""

    variances: tuple[tuple[str, tuple[float, ...]], ...] = (
        (SPACED, (0.05, 1.0, 1.0, 0.1, 0.1, 0.1, 0.01, 0.1)),
        (SAME_DAY, (1.0, 1.0, 1.0, 1.0, 1.0)),
        (FIRST, (1.0, 1.0)),
    )
    """What the weights of a new learner may differ from the prior mean, by kind."""
    drift: float = 0.0003
    """Variance that each weight gains with an answer of its kind, but for the spaced constant: it has no drift."""
    window: int = 60
    """Spaced reviews remembered of a learner."""
    memory: float = 20.0
    """A spaced review counts e times less this many spaced reviews later."""
    nearness: float = 7200.0
    """... and e times less this many seconds between the last times that the two items were seen."""
    prior: float = 3.0
    """Reviews without surprise that each average starts with."""
    usual: float = 0.7
    """Share of right answers that a new learner's averages start from."""
    short: float = 5.0
    longer: float = 20.0
    first_sights: float = 20.0
    """Answers over which the averages of all answers, and that of first sights, decay."""
    newcomer: float = 10.0
    """Learners at which the mean of their weights counts half as the prior of another one."""


@dataclass(slots=True)
class Regression:
    """Gaussian belief of the weights of one logistic regression."""

    mean: Vector
    covariance: Vector
    drift: Vector
    answers: int = 0

    def expect(self, offset: float, x: Vector) -> tuple[float, float, Vector]:
        """Chance of a right answer, variance of its logit, and P x, with the drift of one answer."""
        px = self.covariance @ x + self.drift * x
        variance = float(x @ px)
        return _sigmoid((offset + float(self.mean @ x)) / math.sqrt(1 + math.pi * variance / 8)), variance, px

    def learn(self, offset: float, x: Vector, correct: int) -> None:
        """One extended-Kalman step."""
        p, variance, px = self.expect(offset, x)
        h = p * (1 - p)
        self.mean = self.mean + px * ((correct - p) / (1 + h * variance))
        self.covariance = self.covariance - px[:, None] * px * (h / (1 + h * variance))
        self.covariance.flat[:: len(px) + 1] += self.drift
        self.answers += 1


@dataclass(slots=True)
class Card:
    """One learner's memory of one item: FSRS's state, today's answers, and surprises (sums of y - R) at spaced reviews."""

    state: tuple[float, float]
    last: float
    correct: int
    today: int = 1
    missed: int = 0
    surprise: float = 0.0
    spaced: int = 0


@dataclass(slots=True)
class Learner:
    """What the head keeps of one learner; ``recent`` has a row (surprise, when the item had been seen last) for each
    of the latest spaced reviews, oldest first."""

    regressions: dict[str, Regression]
    parameters: Parameters
    recent: Vector = field(default_factory=lambda: np.empty((0, 2)))
    cards: dict[str, Card] = field(default_factory=dict)
    last: float = -math.inf
    correct: float = 0.0
    short: float = 0.0
    longer: float = 0.0
    first_sights: float = 0.5


class RecallHead:
    """Predicts answers of any number of learners, prequentially: :meth:`predict`, then :meth:`update` with the answer.

    ``parameters`` are those of FSRS for learners without a fit of their own.
    """

    def __init__(
        self, parameters: Parameters = DEFAULT, settings: Settings | None = None, fit_own: bool = True
    ) -> None:
        self.parameters = parameters
        self.settings = settings or Settings()
        self.fit_own = fit_own
        self.learners: dict[str, Learner] = {}
        self._fading = np.exp(-np.arange(self.settings.window - 1, -1, -1) / self.settings.memory)
        self._variances = {kind: np.array(values) for kind, values in self.settings.variances}
        self._means = {kind: np.zeros(len(values)) for kind, values in self._variances.items()}

    def fit(self, rows: Iterable[Row]) -> None:
        """Learn from a log in order of time; its learners go on from where it ends.

        A learner with enough spaced reviews gets FSRS parameters of their own from here on, if those win on a time split.
        The prior of further learners is the mean of these learners' weights, drawn to zero when they are few.
        """
        reviews: dict[str, list[Review]] = {}
        for user, item, tags, correct, at, rating in rows:
            self.update(user, item, tags, correct, at, rating)
            if at is not None:
                reviews.setdefault(user, []).append(Review(user, item, at, _rating(correct, rating)))
        for user, own in reviews.items() if self.fit_own else ():
            if len(own) > MINIMUM:
                self._take(user, own)
        count = len(self.learners)
        for kind in self._means:
            weights = [learner.regressions[kind].mean for learner in self.learners.values()]
            if weights:
                self._means[kind] = np.mean(weights, axis=0) * (count / (count + self.settings.newcomer))

    def predict(self, user: str, item: str, tags: tuple[str, ...], ts: float | None) -> float:
        """Chance of a right answer at ``ts``; changes nothing."""
        learner = self.learners.get(user) or self._new()
        kind, offset, x, _ = self._features(learner, item, learner.last if ts is None else ts)
        return learner.regressions[kind].expect(offset, x)[0]

    def update(
        self, user: str, item: str, tags: tuple[str, ...], correct: int, ts: float | None, rating: int | None = None
    ) -> None:
        """Learn from an answer. Without a time it counts as given together with the learner's last one."""
        learner = self.learners.get(user)
        if learner is None:
            learner = self.learners[user] = self._new()
        at = (0.0 if learner.last == -math.inf else learner.last) if ts is None else ts
        kind, offset, x, recalled = self._features(learner, item, at)
        learner.regressions[kind].learn(offset, x, correct)
        self._absorb(learner, item, kind, correct, _rating(correct, rating), at, recalled)

    def _new(self) -> Learner:
        settings = self.settings
        regressions = {}
        for kind, variances in self._variances.items():
            drift = np.full(len(variances), settings.drift)
            if kind == SPACED:
                drift[0] = 0.0
            regressions[kind] = Regression(self._means[kind].copy(), np.diag(variances), drift)
        usual = settings.usual
        return Learner(regressions, self.parameters, correct=usual, short=usual, longer=usual)

    def _features(self, learner: Learner, item: str, at: float) -> tuple[str, float, Vector, float]:
        """Kind, offset, features, and R of FSRS (of little meaning at first sight)."""
        card = learner.cards.get(item)
        if card is None:
            return FIRST, 0.0, np.array([1.0, learner.first_sights - 0.5]), learner.first_sights
        usual = self.settings.usual
        days = night_days(at - card.last)
        if days < 1:
            tomorrow = _logit(recall(card.state[0], 1.0, learner.parameters)) - 1.0
            asked, missed = math.log1p(card.today) - 1.0, math.log1p(card.missed) - 0.5
            return SAME_DAY, tomorrow, np.array([1.0, tomorrow, card.correct - usual, asked, missed]), 1.0
        recalled = recall(card.state[0], days, learner.parameters)
        pause = min(math.log1p(max(at - learner.last, 0.0)), LONG_PAUSE)
        x = np.array(
            [
                1.0,
                self._neighbours(learner, card.last),
                card.surprise / (card.spaced + self.settings.prior),
                learner.short - usual,
                learner.longer - usual,
                learner.correct - usual,
                pause / 3 - 1,
                card.correct - usual,
            ]
        )
        return SPACED, _logit(recalled), x, recalled

    def _neighbours(self, learner: Learner, last: float) -> float:
        """Mean surprise of the latest spaced reviews, of items last seen near ``last`` above all."""
        recent = learner.recent
        count = len(recent)
        if not count:
            return 0.0
        settings = self.settings
        fading = self._fading[-count:]
        weights = np.exp(np.abs(recent[:, 1] - last) * (-1 / settings.nearness)) * fading
        return float(weights @ recent[:, 0] / (weights.sum() + settings.prior))

    def _absorb(
        self, learner: Learner, item: str, kind: str, correct: int, rating: int, at: float, recalled: float
    ) -> None:
        settings = self.settings
        card = learner.cards.get(item)
        if card is None:
            learner.first_sights += (correct - learner.first_sights) / settings.first_sights
            state = advance(None, rating, 0.0, learner.parameters)
            learner.cards[item] = Card(state, at, correct, missed=1 - correct)
        else:
            if kind == SPACED:
                surprise = correct - recalled
                learner.recent = np.vstack((learner.recent[-settings.window + 1 :], (surprise, card.last)))
                card.surprise += surprise
                card.spaced += 1
                card.today = card.missed = 0
            card.state = advance(card.state, rating, night_days(at - card.last), learner.parameters)
            card.last, card.correct = max(at, card.last), correct
            card.today += 1
            card.missed += 1 - correct
        learner.last, learner.correct = max(at, learner.last), correct
        learner.short += (correct - learner.short) / settings.short
        learner.longer += (correct - learner.longer) / settings.longer

    def _take(self, user: str, reviews: list[Review]) -> None:
        """Go on with parameters fitted to this learner, if they are accepted: every memory is reckoned anew with them."""
        found = fit_learner(reviews, self.parameters)
        if not found.accepted:
            return
        learner = self.learners[user]
        learner.parameters = found.parameters
        states: dict[str, tuple[tuple[float, float], float]] = {}
        for review in sorted(reviews, key=lambda review: review.at):
            before, last = states.get(review.item, (None, review.at))
            after = advance(before, review.rating, night_days(review.at - last), found.parameters)
            states[review.item] = after, review.at
        for item, (state, _) in states.items():
            learner.cards[item].state = state


def _rating(correct: int, rating: int | None) -> int:
    """The rating of a log that has one, as far as it agrees with the result; else by result."""
    if not correct:
        return AGAIN
    return rating if rating in (2, 3, 4) else GOOD


def _logit(p: float) -> float:
    p = min(max(p, 1e-4), 1 - 1e-4)
    return math.log(p / (1 - p))


def _sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z)) if z > -30 else math.exp(z)
