"""How well the engine predicts: a report for each day, and the guard that takes a worse engine back by itself.

A day's report is made once, after the day, from answers that were judged at once (those of study). The guard compares two
engines on the same answers: what the suspect predicted, and what the reference would have predicted in its place.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from django.db.models.functions import TruncDate

from questions import queries
from questions.actions import engine, estimates
from questions.domain import monitoring, rules, shadow
from questions.domain.engine import EngineParameters
from questions.domain.monitoring import Comparison, Prediction
from questions.models import (
    Answer,
    CalibrationReport,
    EngineDeployment,
    EngineVersion,
    User,
    writing,
)
from questions.queries.trials import EXPLORED, trials_of

log = logging.getLogger(__name__)
DAY = timedelta(days=1)
LOOK_BACK = 35
"""Days whose reports are made up for when the worker was away."""
BASELINE = 28
"""Days before a day whose predictions its own are compared with."""
STEADY = 200
"""Answers on each side from which drift is told."""
WATCH = timedelta(days=7)
"""So long a new champion is compared with the one before."""
GUARD_ANSWERS, GUARD_LEARNERS = 100, 5
"""The guard decides nothing on less."""
GUARD_DRAWS = 4000
"""Of the bootstrap: the ends of its interval lie far out."""
ALL, EXPLORED_ONLY = CalibrationReport.ALL, CalibrationReport.EXPLORED


# --- The report of a day -----------------------------------------------------------------------------------------------------


def report_calibration(*, now: datetime) -> int:
    """The nightly report: every past day with answers that has none yet; returns how many rows were written."""
    today = now.astimezone(UTC).date()
    since = datetime.combine(today - LOOK_BACK * DAY, time(), UTC)
    done = set(CalibrationReport.objects.filter(day__gte=since.date()).values_list("day", flat=True))
    judged = Answer.objects.filter(served__session__mode=rules.STUDY, received_at__gte=since)
    days = judged.annotate(day=TruncDate("received_at", tzinfo=UTC)).values_list("day", flat=True).distinct()
    rows = [row for day in sorted(set(days) - done) if day < today for row in _report(day, now)]
    with writing():
        CalibrationReport.objects.bulk_create(rows, ignore_conflicts=True)  # another worker's row says the same
    return len(rows)


def _report(day: date, now: datetime) -> list[CalibrationReport]:
    rows = []
    for sample in (ALL, EXPLORED_ONLY):
        for name, found in sorted(_predictions(day, day, sample).items()):
            pairs = [(row.p, row.correct) for row in found if row.p is not None and 0.0 <= row.p <= 1.0]
            if not pairs:
                continue
            told = monitoring.calibration(pairs)
            before = [row.p for row in _predictions(day - BASELINE * DAY, day - DAY, sample).get(name, [])]
            then = [p for p in before if p is not None and 0.0 <= p <= 1.0]
            steady = min(len(then), len(pairs)) >= STEADY
            rows.append(
                CalibrationReport(
                    day=day,
                    engine=name,
                    sample=sample,
                    n=told.n,
                    log_loss=told.log_loss,
                    ece=told.ece,
                    auc=told.auc,
                    bins=[asdict(one) for one in told.bins],
                    drift=monitoring.psi(then, [p for p, _ in pairs]) if steady else None,
                    quality=monitoring.faults(found),
                    made_at=now,
                )
            )
    return rows


def _predictions(first: date, last: date, sample: str) -> dict[str, list[Prediction]]:
    """Study answers of these days (UTC) by engine, in the order in which they were stored."""
    begin, end = datetime.combine(first, time(), UTC), datetime.combine(last + DAY, time(), UTC)
    rows = Answer.objects.filter(served__session__mode=rules.STUDY, received_at__gte=begin, received_at__lt=end)
    if sample == EXPLORED_ONLY:
        rows = rows.filter(EXPLORED)
    found: dict[str, list[Prediction]] = defaultdict(list)
    columns = ("engine", "learner_id", "predicted", "correct", "took_ms")
    for name, learner, p, correct, took in rows.order_by("pk").values_list(*columns).iterator(chunk_size=2000):
        found[name].append(Prediction(learner, p, correct, took))
    return found


# --- The guard ---------------------------------------------------------------------------------------------------------------


def guard_engine(*, now: datetime) -> EngineDeployment | None:
    """The sweep: take a challenger back, or a champion of these days, that predicts worse than the one before it, beyond the
    error of the comparison, or that spoils the data. Returns the rollback, if there was one.
    """
    current = queries.current_deployment()
    pair = _suspect(current, now)
    if current is None or pair is None:
        return None
    suspect, reference = pair
    seen = _judged_by(suspect.name, current.since)
    why = _faulty(suspect, seen)
    if not why:
        compared = _compare(current, suspect, reference, seen)
        watched = {name: asdict(found) for name, found in compared.items()}
        if watched != current.watched:
            with writing():
                EngineDeployment.objects.filter(pk=current.pk).update(watched=watched)
        why = _worse(suspect, reference, compared)
    if not why:
        return None
    try:
        done = engine.roll_back(by=None, now=now, why=why, seen=current.number, guarded=True)
        engine.reject(suspect, by=None, now=now, why=why)
    except rules.Refusal as refusal:  # an operator, or another worker, was there first
        log.info("The guard found the engine moved: %s", refusal)
        return None
    log.warning("The guard rolled the engine back. %s", why)
    return done


def _suspect(current: EngineDeployment | None, now: datetime) -> tuple[EngineVersion, EngineVersion] | None:
    """Who is watched, and against whom: the challenger, or a champion that is new."""
    if current is None:
        return None
    if current.challenger:
        return current.challenger, current.champion
    if (
        current.back
        and not current.guarded
        and now - current.since < WATCH
        and current.back.champion != current.champion
    ):
        return current.champion, current.back.champion
    return None


def _judged_by(name: str, since: datetime) -> list[tuple[int, Prediction, bool]]:
    """Study answers that this engine judged since then: (answer, prediction, explored)."""
    rows = Answer.objects.filter(served__session__mode=rules.STUDY, engine=name, received_at__gte=since)
    explored = set(rows.filter(EXPLORED).values_list("pk", flat=True))
    columns = ("pk", "learner_id", "predicted", "correct", "took_ms")
    return [
        (pk, Prediction(learner, p, correct, took), pk in explored)
        for pk, learner, p, correct, took in rows.order_by("pk").values_list(*columns).iterator(chunk_size=2000)
    ]


def _faulty(suspect: EngineVersion, seen: Sequence[tuple[int, Prediction, bool]]) -> str:
    found = set(monitoring.faults([row for _, row, _ in seen])) & monitoring.ENGINES_OWN if seen else set()
    return f"{suspect.name} spoils the data: its predictions are {', '.join(sorted(found))}." if found else ""


def _compare(
    current: EngineDeployment,
    suspect: EngineVersion,
    reference: EngineVersion,
    seen: Sequence[tuple[int, Prediction, bool]],
) -> dict[str, Comparison]:
    """The two engines on the same answers, by sample; samples too small to say anything are left out."""
    if len(seen) < GUARD_ANSWERS:
        return {}  # whole logs are read below
    engines: Mapping[str, EngineParameters] = queries.engines([suspect.name, reference.name])
    samples = {ALL: {pk for pk, _, _ in seen}, EXPLORED_ONLY: {pk for pk, _, drawn in seen if drawn}}
    learners = {row.learner for _, row, _ in seen}
    logs = {
        user.pk: trials_of(estimates.events_of(user)) for user in User.objects.filter(pk__in=learners).order_by("pk")
    }
    found = {}
    for name, wanted in samples.items():
        counted = frozenset(wanted)
        theirs = shadow.losses(logs, engines[reference.name], counted)
        own = shadow.losses(logs, engines[suspect.name], counted)
        if len(wanted) < GUARD_ANSWERS or len(own) < GUARD_LEARNERS:
            continue
        losses = {learner: list(zip(theirs[learner], own[learner], strict=True)) for learner in own}
        rng = np.random.default_rng(current.number)
        found[name] = monitoring.compare(losses, rng, draws=GUARD_DRAWS, level=monitoring.WATCHED)
    return found


def _worse(suspect: EngineVersion, reference: EngineVersion, compared: Mapping[str, Comparison]) -> str:
    for sample, one in sorted(compared.items(), reverse=True):
        if one.high < 0.0:
            where = "answers served to explore" if sample == EXPLORED_ONLY else "answers"
            return (
                f"{suspect.name} predicts worse than {reference.name}: log loss {one.challenger:.4f} against "
                f"{one.champion:.4f} on the same {one.answers} {where} of {one.learners} learners; the difference is "
                f"{-one.gain:.4f}, {100 * monitoring.WATCHED:g} % interval {-one.high:.4f} to {-one.low:.4f}."
            )
    return ""
