"""What is expected of a mock exam when it begins, and what came of it: so that readiness can be held against the outcome."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from questions import queries
from questions.domain import dates, rules
from questions.domain.forecast import forecast
from questions.models import (
    Answer,
    LearnerState,
    PracticeSession,
    ReadinessPoint,
    ReadinessRecord,
    ServedItem,
    writing,
)


def expected_of(session: PracticeSession, served: Sequence[ServedItem], now: datetime) -> ReadinessRecord:
    """The record of a mock exam of these items, not yet stored. One statement."""
    known = queries.known_of(session.learner)
    items = [(tuple(row.version.tag_slugs), row.difficulty) for row in served]
    told = forecast(known.belief, items, known.engine)
    return ReadinessRecord(
        session=session,
        learner=session.learner,
        engine=known.engine.name,
        predicted=told.predicted,
        low=told.low,
        high=told.high,
        luck=told.luck,
        made_at=now,
    )


def settle_readiness(*, now: datetime, limit: int = 500) -> int:
    """The sweep: note the outcome of mock exams that have ended since; returns how many."""
    over = PracticeSession.objects.filter(state=rules.FINISHED, pk=OuterRef("session"))
    waiting = ReadinessRecord.objects.filter(Exists(over), actual=None).order_by("pk")[:limit]
    settled = 0
    for record in waiting:
        counted = ServedItem.objects.filter(session=record.session_id, withdrawn_at=None).count()
        final = _final(record.session_id)
        right = sum(final.values())
        with writing():
            settled += ReadinessRecord.objects.filter(pk=record.pk, actual=None).update(
                actual=right / counted if counted else 0.0, answered=len(final)
            )
    return settled


def record_readiness(*, now: datetime, limit: int = 200) -> int:
    """The sweep: write down the readiness of those who answered since it was written last, under their own day; returns how
    many. What was written under a day before stays, as the bank and the engine of that day are gone.
    """
    try:
        exam = queries.current_exam()
    except queries.NoExam:
        return 0
    rows = queries.authored(exam)
    newest = ReadinessPoint.objects.filter(learner=OuterRef("learner")).order_by("-day").values("seq")[:1]
    behind = (
        LearnerState.objects.annotate(written=Coalesce(Subquery(newest), 0))
        .filter(seq__gt=F("written"))
        .select_related("learner")
        .order_by("updated_at")[:limit]
    )
    written = 0
    for state in behind:
        learner = state.learner
        known = queries.known_of(learner)
        told = queries.readiness_of(known, exam, rows)
        if told is None:
            break
        with writing():
            ReadinessPoint.objects.update_or_create(
                learner=learner,
                day=dates.local_day(state.updated_at, learner.time_zone),
                defaults={
                    "seq": state.seq,
                    "engine": known.engine.name,
                    "score": told.score,
                    "low": min(told.score_low, told.score_high),
                    "high": told.score_high,
                    "passing": told.passing,
                    "enough": told.enough,
                },
            )
        written += 1
    return written


def _final(session: UUID) -> dict[UUID, bool]:
    """Whether the last answer to each item that counts was right; a cleared one is none."""
    found: dict[UUID, bool] = {}
    rows = Answer.objects.filter(served__session=session, served__withdrawn_at=None).order_by("revision")
    for served, response, correct in rows.values_list("served_id", "response", "correct"):
        found.pop(served, None)
        if not queries.is_blank(response):
            found[served] = correct
    return found
