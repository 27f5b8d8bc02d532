"""How ready a learner is for the exam, now and over time, and how the forecasts of mock exams came out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models.functions import Coalesce

from questions.domain import ability, dates, forecast
from questions.domain.readiness import Blueprint, Readiness, readiness
from questions.models import Exam, ItemVersion, ReadinessPoint, ReadinessRecord, User
from questions.queries.bank import current_exam
from questions.queries.engine import Known, known_of

Row = tuple[str, Sequence[str], float, float | None, float | None]
"""Of an approved question that was authored: domain, tags, prior mean of the difficulty, its calibrated mean and variance."""


def readiness_of(known: Known, exam: Exam, rows: Iterable[Row] | None = None) -> Readiness | None:
    """What to expect of the exam's covered domains, each question of the bank standing for its domain; None without any.

    One statement where the ``rows`` are not known already.
    """
    paper = blueprint(exam, authored(exam) if rows is None else rows)
    if not paper:
        return None
    return readiness(known.belief, paper, known.engine.filter, forecast.residual_of(known.engine))


def authored(exam: Exam) -> list[Row]:
    """The approved questions that people wrote: generated stories would count one decision many times. One statement."""
    rows = ItemVersion.objects.filter(state=ItemVersion.APPROVED, strand="", item__exam=exam)
    return list(
        rows.values_list("domain", "tag_slugs", "difficulty", "item__calibration__mean", "item__calibration__variance")
    )


def blueprint(exam: Exam, rows: Iterable[Row]) -> Blueprint:
    """The bank as a paper: the covered domains by weight, with their questions as they are served."""
    items: dict[str, list[Any]] = defaultdict(list)
    for domain, tags, prior, mean, variance in rows:
        difficulty = (
            ability.Gauss(prior, ability.ITEM_VARIANCE) if mean is None else ability.Gauss(mean, variance or 0.0)
        )
        items[domain].append((tuple(tags), difficulty))
    return {domain: (weight, items[domain]) for domain, weight in exam.weights.items() if items.get(domain)}


def ready_now(learner: User) -> Readiness | None:
    """The same for a learner of whom nothing was read yet. Three statements."""
    return readiness_of(known_of(learner), current_exam())


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished mock exam: the share (0-1) that was expected with its 80 % interval, and the one that was reached."""

    day: date
    title: str
    expected: float
    low: float
    high: float
    reached: float


def readiness_points(learner: User) -> list[ReadinessPoint]:
    """The learner's readiness by day, oldest first. One statement."""
    return list(ReadinessPoint.objects.filter(learner=learner).order_by("day"))


def outcomes(learner: User, most: int = 20) -> list[Outcome]:
    """The newest mock exams that were foretold and taken to their end, newest first. One statement."""
    rows = (
        ReadinessRecord.objects.filter(learner=learner, actual__isnull=False, answered__gt=0)
        .select_related("session__exam")
        .annotate(over=Coalesce("session__finished_at", "made_at"))
        .order_by("-over")[:most]
    )
    return [
        Outcome(
            dates.local_day(row.over, learner.time_zone),
            row.session.title,
            row.predicted,
            row.low,
            row.high,
            row.actual,
        )
        for row in rows
        if row.actual is not None
    ]


def foretold(session_id: Any) -> ReadinessRecord | None:
    """What was expected of a mock exam when it began. One statement."""
    return ReadinessRecord.objects.filter(session=session_id).first()
