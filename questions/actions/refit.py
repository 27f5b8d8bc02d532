"""Nightly fits: of the engine, as a candidate for the registry; and of learners' memories.

Each part of the engine is fitted on what came before the last seven days and taken only when it predicts those better than the
champion's (never judge on what you tuned on: Kohavi, Tang, Xu 2020). A candidate of which one part won is registered and waits
for an operator. A learner's memory fit judges their later answers from the moment it is accepted; earlier ones keep theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import Count

from questions import queries
from questions.actions import engine, estimates
from questions.actions.calibration import horizon
from questions.domain import forecast, memory_fit, monitoring, rules, shadow
from questions.domain.engine import EngineParameters
from questions.domain.memory_log import Review
from questions.models import Answer, EngineVersion, MemoryFit, ReadinessRecord, User, writing
from questions.queries.operation import ANSWERED
from questions.queries.trials import reviews_of, trials_of

JUDGED = timedelta(days=7)
LEARNERS = 2000
"""Learners whose logs a fit reads: those who answered last."""
LEAST_ANSWERS, LEAST_LEARNERS = 500, 10
"""Answers of the judged days, and learners in them, without which nothing is decided."""
LEAST_OF_STACK = 20_000
"""Answers before them without which the stack is not fitted: it has hundreds of terms."""
MORE = 1.1
"""A learner's memory is fitted again once the log has grown so much."""


@dataclass(frozen=True, slots=True)
class _Logs:
    """What a refit reads: the learners' logs, their reviews, and the answers before and in the judged days."""

    trials: Mapping[int, Sequence[shadow.Trial]]
    reviews: Sequence[Review]
    earlier: frozenset[int]
    later: frozenset[int]
    seed: int

    @property
    def enough(self) -> bool:
        """Whether the judged days can decide anything."""
        judged = sum(any(trial.answer in self.later for trial in trials) for trials in self.trials.values())
        return len(self.later) >= LEAST_ANSWERS and judged >= LEAST_LEARNERS


def propose_refit(*, now: datetime) -> EngineVersion | None:
    """The nightly refit of the engine: register a candidate that wins and ask for its approval; None when none does.

    Once a day: the candidate is named after the last midnight, up to which the log is read.
    """
    until = horizon(now).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    champion = queries.serving().champion
    name = f"{champion.name.partition('.')[0]}.{until:%Y%m%d}"
    if EngineVersion.objects.filter(name=name).exists():
        return None
    logs = _read(until)
    if not logs.enough:
        return None
    candidate: EngineParameters = champion
    evidence: dict[str, Any] = {"against": champion.name, "days": JUDGED.days}
    for fit in (_filter, _stack, _memory, _readiness):
        candidate = fit(candidate, logs, evidence)
    if candidate is champion:
        return None
    try:
        version = engine.propose(replace(candidate, name=name), evidence=evidence, now=now, why="The nightly refit.")
        engine.submit(version, now=now, why="It predicts the last seven days better than the champion.")
    except rules.Refusal:  # another worker was there first
        return None
    _make_way(version, now)
    return version


def _read(until: datetime) -> _Logs:
    split = (until - JUDGED).timestamp()
    trials: dict[int, list[shadow.Trial]] = {}
    reviews: list[Review] = []
    newest = User.objects.filter(answers__received_at__lt=until).annotate(given=Count("answers"))
    for user in sorted(newest.order_by("-state__updated_at", "pk")[:LEARNERS], key=lambda one: one.pk):
        answers = [answer for answer in estimates.events_of(user) if answer.received_at < until]
        trials[user.pk] = trials_of(answers)
        reviews += reviews_of(user.pk, answers)
    every = [trial for rows in trials.values() for trial in rows]
    return _Logs(
        trials,
        reviews,
        frozenset(trial.answer for trial in every if trial.at < split),
        frozenset(trial.answer for trial in every if trial.at >= split),
        int(f"{until:%Y%m%d}"),
    )


def _filter(champion: EngineParameters, logs: _Logs, evidence: dict[str, Any]) -> EngineParameters:
    """The constants of the filter."""
    before = {who: [one for one in rows if one.answer in logs.earlier] for who, rows in logs.trials.items()}
    tuned = replace(champion, filter=shadow.tune(before, champion, logs.earlier))
    if tuned.filter == champion.filter:
        return champion
    own, theirs = (shadow.losses(logs.trials, one, logs.later) for one in (tuned, champion))
    losses = {learner: list(zip(theirs[learner], own[learner], strict=True)) for learner in own}
    return tuned if _wins(losses, logs, evidence, "filter") else champion


def _stack(champion: EngineParameters, logs: _Logs, evidence: dict[str, Any]) -> EngineParameters:
    """The coefficients of the stack, judged against the filter whose state it reads."""
    if len(logs.earlier) < LEAST_OF_STACK:
        return champion
    coefficients = shadow.fit_stack(logs.trials, champion.filter, logs.earlier)
    losses = shadow.stacked(logs.trials, champion.filter, coefficients, logs.later)
    won = _wins(losses, logs, evidence, "stack")
    return replace(champion, stack=coefficients.as_json()) if won else champion


def _wins(
    losses: Mapping[int, Sequence[tuple[float, float]]], logs: _Logs, evidence: dict[str, Any], part: str
) -> bool:
    compared = monitoring.compare(losses, np.random.default_rng(logs.seed))
    evidence[part] = asdict(compared)
    return compared.low > 0.0


def _memory(champion: EngineParameters, logs: _Logs, evidence: dict[str, Any]) -> EngineParameters:
    """The memory parameters of whoever has none of their own; the fit judges itself on a time split."""
    fitted = memory_fit.fit_deployment(logs.reviews, champion.recall)
    evidence["memory"] = {key: value for key, value in fitted.as_json().items() if key != "parameters"}
    return replace(champion, memory=fitted.parameters) if fitted.accepted else champion


def _readiness(champion: EngineParameters, logs: _Logs, evidence: dict[str, Any]) -> EngineParameters:
    """What finished mock exams say beside the expected score, learned on the earlier half and judged on the later one."""
    rows = ReadinessRecord.objects.filter(actual__isnull=False, engine=champion.name).order_by("made_at", "pk")
    known = forecast.residual_of(champion)
    outcomes = [
        (row.predicted - known.bias, row.actual or 0.0, row.luck)
        for row in rows.select_related("session")
        if (row.answered or 0) >= ANSWERED * row.session.length
    ]
    told = forecast.measure(outcomes, known)
    if told is None:
        return champion
    evidence["readiness"] = asdict(told)
    if told.gain <= 0.0:
        return champion
    return replace(champion, readiness={**champion.readiness, "residual": {"bias": told.bias, "sd": told.sd}})


def _make_way(version: EngineVersion, now: datetime) -> None:
    """An older refit that still waits is decided by the newer one: it knows more."""
    for older in EngineVersion.objects.filter(state=EngineVersion.PENDING, made_at__lt=version.made_at):
        by_refit = older.events.filter(state=EngineVersion.PENDING, by=None).exists()
        if by_refit:
            engine.reject(older, by=None, now=now, why=f"The newer refit {version.name} won as well.")


# --- Memories of learners ----------------------------------------------------------------------------------------------------


def fit_memories(*, now: datetime, limit: int = 50) -> int:
    """The nightly fit of learners' memories: those whose log has grown enough since the last try; returns how many were tried.

    The longest logs come first; who is left over is there the next night.
    """
    tried = dict(MemoryFit.objects.order_by("id").values_list("learner_id", "reviews"))  # the newest of each stays
    counts = Answer.objects.values("learner_id").annotate(given=Count("pk")).filter(given__gte=memory_fit.MINIMUM)
    grown = [
        (row["given"], row["learner_id"]) for row in counts if row["given"] >= MORE * tried.get(row["learner_id"], 0)
    ]
    done = 0
    for given, learner in sorted(grown, reverse=True)[:limit]:
        user = User.objects.get(pk=learner)
        known = queries.known_of(user)
        fitted = memory_fit.fit_learner(reviews_of(learner, estimates.events_of(user)), known.recall)
        evidence = {key: value for key, value in fitted.as_json().items() if key not in ("parameters", "accepted")}
        with writing():
            # Of two workers at once, or of the same log again, one row stays.
            _, created = MemoryFit.objects.get_or_create(
                learner=user,
                reviews=given,
                defaults={
                    "parameters": list(fitted.parameters),
                    "accepted": fitted.accepted,
                    "evidence": evidence,
                    "made_at": now,
                },
            )
        done += created
    return done
