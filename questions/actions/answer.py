"""One answer: graded, logged, remembered. Form, htmx, API and load seeding all end here."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import DataError, IntegrityError
from django.db.models import Exists, FilteredRelation, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from questions import queries
from questions.actions import estimates
from questions.domain import ability, memory, rules, scoring
from questions.models import (
    Answer,
    LearnerState,
    MemoryState,
    PracticeSession,
    RefusedAnswer,
    ServedItem,
    User,
    belief_to_json,
    memory_columns,
    writing,
)
from questions.queries import Answered

TRIES = 20
"""How often a deed starts again because another one of the same learner came between."""
CONFIDENCES = ("", "sure", "unsure")


class Stale(Exception):
    """The learner's state moved between reading and writing; read again."""


def open_at(received_at: datetime) -> Q:
    """Condition on a session row: an answer received then still counts. The law of the deadline, in SQL."""
    return Q(state=rules.OPEN) & (Q(deadline__isnull=True) | Q(deadline__gte=received_at - rules.GRACE))


def record_answer(
    *,
    learner: User,
    response: Any,
    operation_id: UUID,
    received_at: datetime,
    served_id: UUID | None = None,
    session_id: UUID | None = None,
    position: int | None = None,
    took_ms: int | None = None,
    confidence: str = "",
) -> Answered:
    """Grade and log one response to an item that was served to this learner.

    The item is named by ``served_id`` (within ``session_id``, if given) or by its ``position`` in ``session_id``.

    The same ``operation_id`` again returns the first result and writes nothing. Raises ServedItem.DoesNotExist for somebody
    else's item, BadResponse for one that the question cannot have, Refusal when the rules forbid it; only a late one is
    written down then, as a RefusedAnswer.
    """
    named = {"pk": served_id, "session_id": session_id, "position": position}
    where = {name: value for name, value in named.items() if value is not None}
    if not ("pk" in where or {"session_id", "position"} <= set(where)):
        raise TypeError("Name the item by served_id, or by session_id and position.")
    if confidence not in CONFIDENCES:
        raise scoring.BadResponse("bad-confidence", 'Confidence is "sure", "unsure" or left out.')
    for _ in range(TRIES):
        served = _load(learner, where, operation_id)
        if served.operation_known:
            return _replay(learner, served, response, operation_id)
        try:
            return _record(
                learner,
                served,
                response,
                operation_id,
                received_at,
                took_ms,
                confidence,
            )
        except (Stale, IntegrityError):
            continue
    raise rules.Refusal("busy", "Too many answers of yours at once. Wait a moment and send it again.")


def _load(learner: User, where: dict[str, Any], operation_id: UUID) -> Any:
    """Everything one answer needs, in one statement."""
    newest = Answer.objects.filter(served=OuterRef("pk")).order_by("-revision").values("revision")[:1]
    known = Answer.objects.filter(learner=learner, operation_id=operation_id)
    query: QuerySet[ServedItem] = ServedItem.objects.annotate(  # type: ignore[misc]
        known_memory=FilteredRelation("item__memories", condition=Q(item__memories__learner=learner)),
        home_memory=FilteredRelation("stands_for__memories", condition=Q(stands_for__memories__learner=learner)),
        revisions=Coalesce(Subquery(newest), 0),
        operation_known=Exists(known),
        deployed=queries.deployed(),
        own_memory=queries.own_memory(learner),
    ).select_related("session__learner__state", "version__section__note", "known_memory", "home_memory")
    return query.get(session__learner=learner, **where)


def _record(
    learner: User,
    served: Any,
    raw: Any,
    operation_id: UUID,
    received_at: datetime,
    took_ms: int | None,
    confidence: str,
) -> Answered:
    session: PracticeSession = served.session
    _ensure_may_answer(learner, served, raw, operation_id, received_at)
    item = served.version.value
    response = scoring.parse(item, raw, complete=rules.needs_complete_response(session.mode))
    score = scoring.score(item, response)
    state: LearnerState = session.learner.state
    engine = queries.deployment_from(served.deployed).engine_for(learner.pk)
    fit, own_memory = queries.fit_from(served.own_memory)
    believed = state.belief_under(engine.filter)
    changes: dict[str, Any] = {"seq": state.seq + 1, "updated_at": received_at}
    predicted, remembered = None, None
    if rules.absorbs_at_once(session.mode):
        seen = queries.known_memory(served)
        belief, guess = ability.update(
            believed,
            item.tags,
            served.difficulty,
            correct=score.correct,
            at=received_at.timestamp(),
            repeat=seen is not None,
            parameters=engine.filter,
        )
        predicted = guess.p
        changes |= {"beliefs": belief_to_json(belief), "engine": engine.name}
        remembered = memory.review(
            _reviewed(served),
            correct=score.correct,
            at=received_at,
            unsure=confidence == "unsure",
            parameters=own_memory or engine.recall,
        )
    else:
        guess = ability.estimate(believed, item.tags, served.difficulty, engine.filter)
    with writing():
        # Two races end in this WHERE: two answers of one learner at once (seq), and an answer against the sweep or the
        # learner's own submit (state and deadline, which also move seq).
        guard = PracticeSession.objects.filter(open_at(received_at), pk=session.pk)
        moved = LearnerState.objects.filter(Exists(guard), pk=learner.pk, seq=state.seq).update(**changes)
        if not moved:
            raise Stale
        answer = Answer.objects.create(
            served=served,
            learner=learner,
            item_id=served.item_id,
            version_id=served.version_id,
            revision=served.revisions + 1,
            seq=state.seq + 1,
            shown_order=served.shown_order,
            response=response.as_json(),
            operation_id=operation_id,
            correct=score.correct,
            right=score.right,
            total=score.total,
            predicted=predicted,
            offset=guess.offset,
            offset_variance=estimates.learners_part(guess, served.difficulty).variance,
            chosen_concept="" if score.correct else scoring.mistaken(item, response),
            engine=engine.name,
            memory_fit_id=fit,
            confidence=confidence,
            took_ms=took_ms,
            received_at=received_at,
        )
        if remembered is not None:
            _remember(learner, served, remembered)
    return Answered(answer, served, item, replayed=False, memory=remembered)


def _ensure_may_answer(learner: User, served: Any, raw: Any, operation_id: UUID, received_at: datetime) -> None:
    session: PracticeSession = served.session
    try:
        rules.ensure_open(session.sitting, received_at)
        rules.ensure_counts(served.withdrawn_at)
    except rules.Refusal as refusal:
        _keep_refused(learner, served, raw, operation_id, received_at, refusal.code)
        raise
    if served.revisions and not rules.may_change_answer(session.mode):
        raise rules.Refusal(
            "already-answered",
            "This question is answered already; the first answer stands.",
        )


def _reviewed(served: Any) -> memory.Memory | None:
    """The memory that this answer reviews: that of the item in whose place it was asked, or its own."""
    known = queries.home_memory(served) if served.stands_for_id else queries.known_memory(served)
    return known.memory if known else None


def _remember(learner: User, served: Any, remembered: memory.Memory) -> None:
    if served.stands_for_id:
        both = {served.stands_for_id: remembered, served.item_id: remembered}
        estimates.store_memories(learner, both, {served.item_id: served.stands_for_id})
        return
    columns = memory_columns(remembered) | {"home": None}
    known = queries.known_memory(served)
    if known is None:
        MemoryState.objects.create(learner=learner, item_id=served.item_id, **columns)
    else:
        MemoryState.objects.filter(pk=known.pk).update(**columns)


def _keep_refused(learner: User, served: Any, raw: Any, operation_id: UUID, at: datetime, code: str) -> None:
    """A late answer does not count, but is kept as sent. Only something of an answer's size and letters is."""
    if len(json.dumps(raw, default=str)) > 4000:
        return
    row = RefusedAnswer(
        served=served,
        learner=learner,
        operation_id=operation_id,
        response=raw,
        code=code,
        received_at=at,
    )
    # PostgreSQL's JSON holds neither NUL nor half a surrogate pair, and no choice of a question does.
    with suppress(DataError), writing():
        RefusedAnswer.objects.bulk_create([row], ignore_conflicts=True)


def _replay(learner: User, served: Any, raw: Any, operation_id: UUID) -> Answered:
    """The first result of an operation that was sent again; Refusal when it carries another answer."""
    answer = Answer.objects.get(learner=learner, operation_id=operation_id)
    item = served.version.value
    try:
        same = scoring.parse(item, raw, complete=False).as_json() == answer.response
    except scoring.BadResponse:
        same = False
    if answer.served_id != served.pk or not same:
        raise rules.Refusal(
            "operation-reused",
            "This operation id was used for another answer. Use a new one for each answer.",
        )
    kept = queries.known_memory(served)
    return Answered(answer, served, item, replayed=True, memory=kept.memory if kept else None)
