"""The filter over a whole log: beliefs of every learner, difficulties that move with each answer, choice of parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from questions.domain.ability import Belief, Estimate, Gauss, Parameters, estimate, newcomer, update
from questions.domain.calibration import Answers, Floats, refit, served, step
from questions.domain.evaluation_log import Row, exams, folds, subset
from questions.domain.evaluation_metrics import losses

TUNED_ON = 60_000
"""Rows that a choice of parameters looks at, at most."""
EXAM = 40
ENOUGH_EXAMS = 20
FOLDS = 3

START = Parameters(
    learner_variance=1.2,
    tag_variance=0.1,
    item_variance=0.7,
    tag_difficulty_variance=0.4,
    drift=0.0,
    tag_drift=0.0,
    repeat_weight=1.0,
)
CANDIDATES = [
    replace(START, tag_variance=variance, drift=drift, tag_drift=tag_drift, guess=guess)
    for variance, drift, tag_drift, guess in (
        *((0.02, 0.0, 0.0, 0.0), (0.1, 0.0, 0.0, 0.0), (0.3, 0.0, 0.0, 0.0)),
        *((0.02, 0.001, 0.0, 0.0), (0.1, 0.001, 0.002, 0.0), (0.3, 0.001, 0.004, 0.0)),
        *((0.1, 0.002, 0.004, 0.0), (0.4, 0.002, 0.01, 0.0)),
        *((0.02, 0.0, 0.0, 0.1), (0.1, 0.0, 0.0, 0.1)),
    )
]
COARSE, LIVELY = CANDIDATES[0], CANDIDATES[7]
"""The grid's extremes: next to no topics and no drift; the strongest topics and the fastest drift."""
TOPICAL = replace(START, tag_variance=0.4, tag_drift=0.02)
"""A learner who stays as they are, with topics that change: tried on exams for ``evaluation_blend`` only."""
FALLBACK = CANDIDATES[4]
"""For logs of too few learners to choose by."""
SLOW = 0.001
"""Drift that a belief for readiness may have at most: what an exam weeks away sees does not follow the last answers."""
AS_GOOD = 1.01
"""Errors of set-aside exams within this ratio of the least count as equal; then the next answer decides."""


class Papers(NamedTuple):
    """Pseudo-exams of fit learners: how many, the answers of all of them in a row (0/1), and the chances foreseen by the
    filter of each parameters tried.
    """

    exams: int
    correct: Floats
    foreseen: Mapping[Parameters, Floats]


class Chosen(NamedTuple):
    """Parameters for the next answer and for a slow belief, and the pseudo-exams that were foreseen on the way."""

    quick: Parameters
    slow: Parameters
    papers: Papers


class Filter:
    """Learner, learner x tag, tag difficulty d_t and item b_i, all Gaussian, moved together by each answer."""

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self.beliefs: dict[str, Belief] = {}
        self.items: dict[str, Gauss] = {}
        self.tags: dict[str, Gauss] = {}
        self.seen: set[tuple[str, str]] = set()

    def fit(self, rows: Sequence[Row]) -> None:
        """Difficulties from the fit rows; the learners themselves are forgotten."""
        mean = min(max(sum(row.correct for row in rows) / max(len(rows), 1), 0.01), 0.99)
        self.parameters = replace(self.parameters, mu=math.log(mean / (1.0 - mean)))
        self.beliefs, self.seen = {}, set()
        answers, items, tags = as_arrays(rows, self.parameters.repeat_weight)
        found = refit(answers, self.parameters)
        pairs = zip(found.item_mean.tolist(), found.item_variance.tolist(), strict=True)
        self.items = {name: Gauss(*pair) for name, pair in zip(items, pairs, strict=True)}
        pairs = zip(found.tag_mean.tolist(), found.tag_variance.tolist(), strict=True)
        self.tags = {name: Gauss(*pair) for name, pair in zip(tags, pairs, strict=True)}

    def terms(self, item: str, tags: Sequence[str]) -> tuple[Gauss, list[Gauss]]:
        """b_i and the d_t of its tags; their priors where nothing is known."""
        unmet = Gauss(0.0, self.parameters.tag_difficulty_variance)
        return (
            self.items.get(item, Gauss(0.0, self.parameters.item_variance)),
            [self.tags.get(slug, unmet) for slug in tags],
        )

    def belief(self, user: str) -> Belief:
        """What is believed of a learner now."""
        return self.beliefs.get(user) or newcomer(self.parameters)

    def guess(self, user: str, item: str, tags: Sequence[str]) -> tuple[Estimate, Gauss]:
        """The estimate for one question and the difficulty it was made with. Changes nothing."""
        difficulty = served(*self.terms(item, tags))
        return estimate(self.belief(user), tags, difficulty, self.parameters), difficulty

    def predict(self, user: str, item: str, tags: tuple[str, ...], ts: float | None) -> float:
        """Chance of a right answer."""
        return self.guess(user, item, tags)[0].p

    def update(self, user: str, item: str, tags: tuple[str, ...], correct: int, ts: float | None, rating: int) -> None:
        """Learner, item and tags after one answer."""
        repeat = (user, item) in self.seen
        self.seen.add((user, item))
        own, shared = self.terms(item, tags)
        self.beliefs[user], guess = update(
            self.belief(user),
            tags,
            served(own, shared),
            correct=bool(correct),
            at=ts or 0.0,
            repeat=repeat,
            parameters=self.parameters,
        )
        trust = self.parameters.repeat_weight if repeat else 1.0
        self.items[item], moved = step(
            own, shared, guess, correct=bool(correct), trust=trust, parameters=self.parameters
        )
        self.tags.update(zip(tags, moved, strict=True))


def as_arrays(rows: Sequence[Row], repeat_weight: float) -> tuple[Answers, list[str], list[str]]:
    """A log as arrays with the names of its items and tags, in the order of their numbers."""
    users: dict[str, int] = {}
    items: dict[str, int] = {}
    tags: dict[str, int] = {}
    seen: set[tuple[str, str]] = set()
    learner, item, weight, answer, tag = [], [], [], [], []
    for place, row in enumerate(rows):
        learner.append(users.setdefault(row.user, len(users)))
        item.append(items.setdefault(row.item, len(items)))
        weight.append(repeat_weight if (row.user, row.item) in seen else 1.0)
        seen.add((row.user, row.item))
        for slug in row.tags:
            answer.append(place)
            tag.append(tags.setdefault(slug, len(tags)))
    arrays = Answers(
        np.array(learner, np.int64),
        np.array(item, np.int64),
        np.array([row.correct for row in rows], float),
        np.array(weight, float),
        np.array(answer, np.int64),
        np.array(tag, np.int64),
        len(users),
        len(items),
        len(tags),
    )
    return arrays, list(items), list(tags)


def crossed(rows: Sequence[Row], count: int, parameters: Parameters) -> Iterator[tuple[list[int], Filter]]:
    """By fold: places of its rows, and a filter whose difficulties come from the learners of the other folds."""
    fold = folds(rows, count)
    for this in range(count):
        model = Filter(parameters)
        model.fit([row for row in rows if fold[row.user] != this])
        yield [place for place, row in enumerate(rows) if fold[row.user] == this], model


def choose(rows: Sequence[Row], tell: Callable[[str], None] = lambda _: None) -> Chosen:
    """Parameters for the next answer (least log loss) and for a slow belief (least error of set-aside exams).

    Both by learners whose answers did not make the difficulties. With too few exams or learners the slow ones are those of
    the next answer.
    """
    rows = subset(rows, TUNED_ON)
    if len({row.user for row in rows}) < 2 * FOLDS:
        return Chosen(FALLBACK, FALLBACK, Papers(0, np.empty(0), {}))
    tried, papers = [], Papers(0, np.empty(0), {})
    for parameters in (*CANDIDATES, TOPICAL):
        loss, foreseen, correct = _try(rows, parameters)
        error = _exam_error(foreseen, correct)
        papers = Papers(len(correct), correct.ravel(), {**papers.foreseen, parameters: foreseen.ravel()})
        if parameters != TOPICAL:
            tried.append((loss, error, parameters))
        name = f"{parameters.tag_variance:g}/{parameters.drift:g}/{parameters.tag_drift:g}/{parameters.guess:g}"
        tell(f"filter {name}: log loss {loss:.4f}, error of exams {error:.4f}")
    quick = min(tried, key=lambda it: it[0])[2]
    still = [it for it in tried if it[2].drift <= SLOW]
    least = min(it[1] for it in still)
    if math.isinf(least):
        return Chosen(quick, quick, papers)
    return Chosen(quick, min((it for it in still if it[1] <= AS_GOOD * least), key=lambda it: it[0])[2], papers)


def _try(rows: Sequence[Row], parameters: Parameters) -> tuple[float, Floats, Floats]:
    """Mean log loss of the walk; each learner's last answers as foreseen when the first of them came, and as given (both
    exams x items).
    """
    chances = np.empty(len(rows))
    foreseen: list[list[float]] = []
    correct: list[list[int]] = []
    papers = exams(rows, EXAM)
    begins = {places[0]: user for user, places in papers.items()}
    for places, model in crossed(rows, FOLDS, parameters):
        for place in places:
            row = rows[place]
            if place in begins:
                paper = [rows[it] for it in papers[row.user]]
                foreseen.append([model.predict(it.user, it.item, it.tags, None) for it in paper])
                correct.append([it.correct for it in paper])
            chances[place] = model.predict(row.user, row.item, row.tags, row.ts)
            model.update(*row)
    shape = (len(correct), EXAM)
    return (
        float(losses([row.correct for row in rows], chances).mean()),
        np.array(foreseen, float).reshape(shape),
        np.array(correct, float).reshape(shape),
    )


def _exam_error(foreseen: Floats, correct: Floats) -> float:
    """Spread (0-1) of observed minus expected score; a common bias is put right later."""
    if len(correct) < ENOUGH_EXAMS:
        return math.inf
    return float(np.std(correct.mean(axis=1) - foreseen.mean(axis=1)))
