"""What is expected of a mock exam when it begins, and what came of it: so that readiness can be held against the outcome."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef

from questions import queries
from questions.domain import rules
from questions.domain.forecast import forecast
from questions.models import Answer, PracticeSession, ReadinessRecord, ServedItem, writing


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


def _final(session: UUID) -> dict[UUID, bool]:
    """Whether the last answer to each item that counts was right; a cleared one is none."""
    found: dict[UUID, bool] = {}
    rows = Answer.objects.filter(served__session=session, served__withdrawn_at=None).order_by("revision")
    for served, response, correct in rows.values_list("served_id", "response", "correct"):
        found.pop(served, None)
        if not queries.is_blank(response):
            found[served] = correct
    return found
