"""Sessions: start, serve, flag, finish. Each deed owns its transaction and may be sent twice."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Max
from django.db.models.functions import Coalesce

from questions import queries
from questions.actions import estimates, readiness
from questions.actions.answer import TRIES, Stale, open_at
from questions.domain import dates, plan, rules, selection, selection_mock
from questions.models import (
    Exam,
    ItemVersion,
    LearnerState,
    PracticeSession,
    ReadinessRecord,
    ServedItem,
    User,
    writing,
)

IDLE_AFTER = timedelta(days=14)
NOTHING = {
    rules.ADAPTIVE: "There are no approved questions for this choice yet. Choose other tags.",
    rules.DUE: "Nothing is due for this choice. Practise what is new, or come back later.",
    rules.MISSED: "There is nothing that you missed last time in this choice.",
    rules.BOOKMARKED: "You have bookmarked no question in this choice yet.",
    rules.UNSEEN: "You have seen every question of this choice.",
    rules.CONFUSIONS: "You have not taken one concept for another in this choice yet.",
    rules.DIAGNOSTIC: "You have seen every question of this choice; what is left to find out, practice tells.",
}
"""Why there is nothing to practise, by focus."""
Choice = tuple[selection.Candidate, selection.Reason]
Before = tuple[int, int | None, Mapping[str, Any]]
"""An item served earlier in the session, the one it stands for, and its stored reason."""


def start_study(
    *,
    learner: User,
    operation_id: UUID,
    now: datetime,
    length: int = 10,
    tags: Sequence[str] = (),
    focus: str = rules.ADAPTIVE,
    feedback: str = rules.AT_ONCE,
    feel: str = "usual",
    section: str = "",
    pair: Sequence[str] = (),
    exam: Exam | None = None,
) -> PracticeSession:
    """Start a study session and serve its first item. The same operation again returns the same session.

    ``focus`` says what it draws on, ``section`` ("<note>#<anchor>") narrows that like ``tags`` do, ``pair`` names two concepts
    for the focus on confusions.
    """
    if not 1 <= length <= rules.MAX_STUDY_LENGTH:
        raise rules.Refusal(
            "bad-length",
            f"A study session has 1 to {rules.MAX_STUDY_LENGTH} questions.",
        )
    if known := _known(learner, operation_id, rules.STUDY):
        return known
    exam = exam or queries.current_exam()
    available = queries.candidates(learner, exam, tags, section)
    session = PracticeSession(
        learner=learner,
        exam=exam,
        mode=rules.STUDY,
        length=length,
        tags=sorted(set(tags)),
        focus=focus,
        feedback=feedback,
        feel=feel,
        section=section,
        pair=list(pair),
        seed=_seed(operation_id),
        operation_id=operation_id,
        started_at=now,
    )
    pool = queries.pool(session, available, now)
    room = [c for c in available if not c.home and (pool.ids is None or c.id in pool.ids)]
    if not room:
        raise rules.Refusal("nothing-to-practise", NOTHING[focus])
    session.length = min(length, len(room))
    first = _choose(session, available, pool, queries.known_of(learner), [], now)
    return _start(session, [first] if first else [], now)


def start_mock(
    *,
    learner: User,
    operation_id: UUID,
    now: datetime,
    form: str = "full",
    allowance: float | None = None,
    exam: Exam | None = None,
) -> PracticeSession:
    """Start a mock exam: all its items are fixed now, shares by blueprint, unseen before seen.

    Refusal ``mock-open`` when one is running; one whose time is up is closed first.
    """
    if known := _known(learner, operation_id, rules.MOCK):
        return known
    exam = exam or queries.current_exam()
    chosen = exam.form(form)
    if chosen is None:
        names = ", ".join(known_form["slug"] for known_form in exam.format["forms"])
        raise rules.Refusal("unknown-form", f"There is no mock exam {form!r}. Choose one of: {names}.")
    deadline = rules.deadline(
        rules.MOCK,
        now,
        chosen["minutes"],
        learner.allowance if allowance is None else allowance,
    )
    for running in PracticeSession.objects.filter(learner=learner, exam=exam, mode=rules.MOCK, state=rules.OPEN):
        if rules.expired(running.sitting, now):
            finish(learner=learner, session_id=running.pk, now=now)
    seed = _seed(operation_id)
    picked = selection_mock.assemble_mock(
        queries.candidates(learner, exam),
        exam.weights,
        int(chosen["questions"]),
        rng=random.Random(seed),
    )
    if not picked:
        raise rules.Refusal("nothing-to-practise", "There are no approved questions yet.")
    session = PracticeSession(
        learner=learner,
        exam=exam,
        mode=rules.MOCK,
        form=form,
        length=len(picked),
        seed=seed,
        operation_id=operation_id,
        started_at=now,
        deadline=deadline,
    )
    reason = selection.Reason(selection.BLUEPRINT)
    return _start(session, [(candidate, reason) for candidate in picked], now)


def _seed(operation_id: UUID) -> int:
    return operation_id.int % 2**62


def _known(learner: User, operation_id: UUID, mode: str) -> PracticeSession | None:
    """The session that this operation started before, if it did."""
    known = PracticeSession.objects.filter(learner=learner, operation_id=operation_id).first()
    if known is not None and known.mode != mode:
        raise rules.Refusal(
            "operation-reused",
            "This operation id started another session. Use a new one.",
        )
    return known


def _start(session: PracticeSession, chosen: Sequence[Choice], now: datetime) -> PracticeSession:
    served = served_rows(session, chosen, 1, now)
    expected = [readiness.expected_of(session, served, now)] if session.mode == rules.MOCK else []
    try:
        with writing():
            LearnerState.objects.get_or_create(learner=session.learner, defaults={"updated_at": now})
            session.save(force_insert=True)
            ServedItem.objects.bulk_create(served)
            ReadinessRecord.objects.bulk_create(expected)
    except IntegrityError as error:
        # Two starts at once: the same operation twice, or a second mock exam. The constraint decided.
        if known := _known(session.learner, session.operation_id, session.mode):
            return known
        raise rules.Refusal(
            "mock-open",
            "A mock exam of yours is still running. Continue it, or submit it before you start another.",
        ) from error
    return session


def serve_next(*, learner: User, session_id: UUID, now: datetime) -> ServedItem | None:
    """The item to answer now: the one that waits, or a newly chosen one; None when none is left to answer (a study session
    is finished then).

    Raises PracticeSession.DoesNotExist for a foreign session, Refusal for a finished one.
    """
    for _ in range(TRIES):
        session = queries.own_session(learner, session_id)
        rules.ensure_open(session.sitting, now)
        if rules.serves_all_at_start(session.mode):
            return queries.first_unanswered(session)
        # One statement tells what waits and what came before: between two, another request could serve an item.
        served = queries.served_so_far(session)
        if waiting := next((row for row in served if not row.answered and row.withdrawn_at is None), None):
            return waiting
        before = [(row.item_id, row.stands_for_id, row.reason) for row in served]
        withdrawn = sum(row.withdrawn_at is not None and not row.answered for row in served)
        chosen = None
        if len(before) - withdrawn < session.length:
            available = queries.candidates(learner, session.exam, session.tags, session.section)
            pool = queries.pool(session, available, now)
            chosen = _choose(session, available, pool, queries.known_in(session), before, now)
        if chosen is None:
            finish(learner=learner, session_id=session_id, now=now)
            return None
        rows = served_rows(session, [chosen], len(before) + 1, now)
        try:
            with writing():
                if not PracticeSession.objects.filter(open_at(now), pk=session.pk).exists():
                    continue
                return ServedItem.objects.bulk_create(rows)[0]
        except IntegrityError:
            continue  # two requests chose the next item at once; the other one's stands
    raise rules.Refusal("busy", "Too many requests of yours at once. Wait a moment and try again.")


def _choose(
    session: PracticeSession,
    available: Sequence[selection.Candidate],
    pool: queries.Pool,
    known: queries.Known,
    before: Sequence[Before],
    now: datetime,
) -> Choice | None:
    free = pool.ids is None and pool.why is None
    return selection.next_study(
        available,
        known.belief,
        now=now,
        rng=random.Random(session.seed + len(before)),
        served={item for item, _, _ in before} | {home for _, home, _ in before if home},
        recent=_as_served(available, before),
        room=session.length - len(before),
        pool=pool.ids,
        why=pool.why,
        window=selection.WINDOWS[session.feel],
        goal=_goal(session, known, now),
        weights=session.exam.weights,
        confused=queries.recent_confusions(session.learner) if free and known.belief.answered else {},
        explore=selection.EXPLORATION if free else 0.0,
        diagnose=session.focus == rules.DIAGNOSTIC,
    )


def _goal(session: PracticeSession, known: queries.Known, now: datetime) -> selection.Goal | None:
    """The exam that the learner practises for, from the day's date on their own calendar; None without a date to come."""
    learner = session.learner
    today = dates.local_day(now, learner.time_zone)
    if learner.exam_date is None or learner.exam_date <= today:
        return None
    begun = dates.local_day(learner.onboarded_at or learner.date_joined, learner.time_zone)
    return selection.Goal(
        days_left=(learner.exam_date - today).days,
        a_day=plan.questions_a_day(learner.minutes_a_day or plan.USUAL_MINUTES, plan.USUAL_SECONDS),
        half_over=plan.half_over(begun, today, learner.exam_date),
        weights=session.exam.weights,
        memory=known.engine.recall,  # the deployment's: a learner's own would need a table of its own
    )


def _as_served(available: Sequence[selection.Candidate], before: Sequence[Before]) -> list[selection.Candidate]:
    """This session's candidates as they were when served: what was unseen then has a due date by now."""
    by_id = {candidate.id: candidate for candidate in available}
    recent, first_sight = [], False
    for item, _, reason in before:
        if reason.get("code") != selection.CASE_PART:  # a case study's later parts are as new as its first
            first_sight = reason.get("code") in selection.FIRST_SIGHT or bool(reason.get("first"))
        if item in by_id:
            recent.append(replace(by_id[item], due=None) if first_sight else by_id[item])
    return recent


def served_rows(session: PracticeSession, chosen: Sequence[Choice], first: int, now: datetime) -> list[ServedItem]:
    """Rows, not yet stored, that serve the chosen items from position ``first`` on: version, shown order, why, difficulty.

    Refusal ``busy`` when one of them is not approved any more.
    """
    ids = [candidate.id for candidate, _ in chosen]
    approved = ItemVersion.objects.filter(item_id__in=ids, state=ItemVersion.APPROVED)
    versions = {version.item_id: version for version in approved}
    if missing := set(ids) - set(versions):
        # Somebody retired or replaced a question between the choice and now.
        raise rules.Refusal("busy", f"{len(missing)} chosen questions were just withdrawn. Please try again.")
    names = queries.tag_names() if any(reason.tag for _, reason in chosen) else {}
    rows = []
    for position, (candidate, reason) in enumerate(chosen, start=first):
        version = versions[candidate.id]
        order = [option.id for option in version.value.options]
        random.Random(session.seed * 1000 + position).shuffle(order)
        rows.append(
            ServedItem(
                session=session,
                position=position,
                item_id=candidate.id,
                stands_for_id=reason.stands_for or candidate.home or None,
                version=version,
                shown_order=order,
                reason=_in_names(reason, names),
                item_mean=candidate.difficulty.mean,
                item_variance=candidate.difficulty.variance,
                served_at=now,
            )
        )
    return rows


def _in_names(reason: selection.Reason, names: Mapping[str, str]) -> dict[str, object]:
    """The stored form of a reason, with topic and concepts as learners read them today."""
    stored = reason.as_json()
    if reason.tag:
        stored["tag_name"] = names.get(reason.tag, reason.tag)
    if reason.pair:
        stored["pair"] = queries.spelled(reason.pair)
    return stored


def set_flag(*, learner: User, served_id: UUID, flagged: bool, now: datetime) -> ServedItem:
    """Mark an item for review, or unmark it. Raises ServedItem.DoesNotExist, or Refusal when the session is over."""
    with writing():
        served = ServedItem.objects.select_related("session").get(pk=served_id, session__learner=learner)
        rules.ensure_open(served.session.sitting, now)
        if flagged != (served.flagged_at is not None):
            served.flagged_at = now if flagged else None
            served.save(update_fields=["flagged_at"])
    return served


def finish(*, learner: User, session_id: UUID, now: datetime) -> PracticeSession:
    """Close a session; a mock exam's final answers are absorbed then. Sent twice it does nothing the second time.

    An expired session ends at its deadline. Raises PracticeSession.DoesNotExist for a foreign session.
    """
    for _ in range(TRIES):
        session = queries.own_session(learner, session_id)
        if session.state == rules.FINISHED:
            return session
        state = LearnerState.objects.get(learner=learner)
        finished_at = rules.finish_time(session.sitting, now)
        changes: dict[str, Any] = {"seq": state.seq + 1, "updated_at": now}
        absorbed = None
        if not rules.absorbs_at_once(session.mode):
            absorbed = estimates.absorb_mock(session, state)
            changes |= absorbed.columns
        try:
            with writing():
                # The learner's row first: an answer that was on its way finds seq moved and looks at the session again.
                if not LearnerState.objects.filter(pk=learner.pk, seq=state.seq).update(**changes):
                    raise Stale
                closed = PracticeSession.objects.filter(pk=session.pk, state=rules.OPEN)
                if not closed.update(
                    state=rules.FINISHED,
                    finished_at=finished_at,
                    closed_seq=state.seq + 1,
                ):
                    raise Stale
                if absorbed is not None:
                    estimates.store_memories(learner, absorbed.memories, absorbed.homes)
        except Stale:
            continue
        return queries.own_session(learner, session_id)
    raise rules.Refusal("busy", "Too many requests of yours at once. Wait a moment and try again.")


def close_expired(*, now: datetime, limit: int = 500) -> int:
    """The sweep: finish every mock exam whose time is up and every study session left alone for two weeks.

    Oldest first, at most ``limit`` of each kind; returns how many. Safe to run twice, at once or late.
    """
    late = PracticeSession.objects.filter(state=rules.OPEN, deadline__lt=now - rules.GRACE).order_by("deadline")
    idle = (
        PracticeSession.objects.filter(state=rules.OPEN, mode=rules.STUDY)
        .annotate(touched=Coalesce(Max("served__served_at"), "started_at"))
        .filter(touched__lt=now - IDLE_AFTER)
        .order_by("started_at")
    )
    sessions = [
        *late.select_related("learner")[:limit],
        *idle.select_related("learner")[:limit],
    ]
    for session in sessions:
        finish(learner=session.learner, session_id=session.pk, now=now)
    return len(sessions)
