"""Which question next when the date of the exam is known: the one whose answer today is worth most recall on that day.

Worth comes from ``exam_day``; this adds what a session needs: half of it unseen until half the time is gone, questions that are
neither hopeless nor known, concepts that are taken for each other, and chance between what is worth about the same, so that no
question is worn out.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np

from questions.domain import exam_day, items, memory_arrays
from questions.domain.ability import Belief, Gauss, mastery
from questions.domain.memory_arrays import Array
from questions.domain.reasons import EXAM, NEW, WEAK, Reason

NEAR = 0.01
"""Questions worth less than this apart (recall on the day) are chosen among by chance."""
CONFUSED = 0.03
"""A question between two concepts that the learner took for each other is worth so much more recall; judgement."""
COST = {items.MULTIPLE: 1.3, items.ORDERING: 1.5, items.MATCHING: 1.6}
"""Time of an answer by kind, that of a single choice being 1; judgement."""
Pairs = Mapping[tuple[str, str], int]
"""How often the learner chose one concept (first) where another (second) was right."""


class Practised(Protocol):
    """What is read of a candidate."""

    @property
    def id(self) -> int: ...
    @property
    def tags(self) -> tuple[str, ...]: ...
    @property
    def domain(self) -> str: ...
    @property
    def difficulty(self) -> Gauss: ...
    @property
    def due(self) -> datetime | None: ...
    @property
    def last_review(self) -> datetime | None: ...
    @property
    def stability(self) -> float: ...
    @property
    def hardness(self) -> float: ...
    @property
    def cost(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Goal:
    """The exam as selection sees it: whole days until it (1: tomorrow), answers a day, whether half the time is gone, the
    blueprint's weights by domain, and the parameters of memory (a few vectors are kept ready, so those of a deployment, not
    of every learner).
    """

    days_left: int
    a_day: float
    half_over: bool
    weights: Mapping[str, float]
    memory: tuple[float, ...] = memory_arrays.DEFAULT


def domain_weights(domains: Sequence[str], weights: Mapping[str, float]) -> dict[str, float]:
    """What a question of each domain counts: the blueprint's share over the bank's, 1 on average; 1 without a blueprint."""
    counts = Counter(domains)
    there = {domain: weights.get(domain, 0.0) for domain in counts}
    whole = sum(there.values())
    if whole <= 0:
        return dict.fromkeys(counts, 1.0)
    return {domain: there[domain] / whole * len(domains) / count for domain, count in counts.items()}


def states_of(
    whole: Sequence[Practised],
    belief: Belief,
    now: datetime,
    weights: Mapping[str, float],
    caution: float = exam_day.CAUTION,
) -> exam_day.States:
    """The items as arrays; ages in whole days, as FSRS counts."""
    mean = np.array([item.difficulty.mean for item in whole])
    variance = np.array([item.difficulty.variance for item in whole])
    each = domain_weights([item.domain for item in whole], weights)
    return exam_day.States(
        met=np.array([item.last_review is not None for item in whole], dtype=np.bool_),
        known=exam_day.known_before(belief, [item.tags for item in whole], mean, variance, caution),
        stability=np.array([item.stability for item in whole]),
        difficulty=np.array([item.hardness for item in whole]),
        age=np.array([0.0 if item.last_review is None else float((now - item.last_review).days) for item in whole]),
        weight=np.array([each[item.domain] for item in whole]),
        cost=np.array([item.cost for item in whole]),
    )


def worth_of(whole: Sequence[Practised], belief: Belief, now: datetime, goal: Goal) -> tuple[exam_day.States, Array]:
    """The items' states and what answering each today is worth."""
    states = states_of(whole, belief, now, goal.weights)
    tables, answers = exam_day.table(goal.memory), goal.a_day * min(goal.days_left, exam_day.HORIZON)
    return states, exam_day.worth(states, left=goal.days_left, answers=answers, tables=tables)


def reason_for(
    item: Practised, state_recall: float, belief: Belief, now: datetime, pair: tuple[str, int] | None
) -> Reason:
    """Why this one: what would be left of it on the day, or how weak its topic is."""
    named, times = pair or ("", 0)
    if item.last_review is not None:
        days = max(0, (now - item.last_review).days)
        return Reason(EXAM, seen=days, recall=round(100 * state_recall), pair=named, times=times)
    answered = [tag for tag in item.tags if belief.tag(tag).answered]
    if not answered:
        return Reason(NEW, tag=item.tags[0] if item.tags else "", pair=named, times=times)
    weakest = min(answered, key=lambda tag: (mastery(belief, tag).p, tag))
    if mastery(belief, weakest).p >= mastery(belief, "").p:
        return Reason(NEW, tag=weakest, pair=named, times=times)
    return Reason(WEAK, tag=weakest, seen=seen_days(belief, weakest, now), pair=named, times=times)


def seen_days(belief: Belief, tag: str, now: datetime) -> int | None:
    """Whole days since the tag was answered; None where that is not known."""
    last = belief.tag(tag).last
    return max(0, int((now.timestamp() - last) // 86400)) if last > 0 else None


def pick(allowed: Sequence[int], worth: Array, whole: Sequence[Practised], rng: random.Random) -> int:
    """The place of the item worth most, by chance among those within ``NEAR`` of it."""
    best = max(worth[place] for place in allowed)
    near = sorted((place for place in allowed if worth[place] >= best - NEAR), key=lambda place: whole[place].id)
    return rng.choice(near)
