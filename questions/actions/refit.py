"""Nightly fits: of the engine's constants, as a candidate for the registry; and of learners' memories.

A candidate is registered only when it predicts the last seven days better than the champion, fitted on what came before them
(Kohavi: never judge on what you tuned on). It then waits for an operator. A learner's memory fit judges their later answers
from the moment it is accepted; earlier ones keep what judged them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from django.db.models import Count

from questions import queries
from questions.actions import engine, estimates
from questions.actions.calibration import horizon
from questions.domain import memory_fit, monitoring, rules, shadow
from questions.domain.shadow import Trial
from questions.models import Answer, EngineVersion, MemoryFit, User, writing
from questions.queries.trials import reviews_of, trials_of

JUDGED = timedelta(days=7)
LEARNERS = 2000
"""Learners whose logs a fit reads: those who answered last."""
LEAST_ANSWERS, LEAST_LEARNERS = 500, 10
"""Answers of the judged days, and learners in them, without which nothing is decided."""
MORE = 1.1
"""A learner's memory is fitted again once the log has grown so much."""


def propose_refit(*, now: datetime) -> EngineVersion | None:
    """The nightly refit of the engine: register a candidate that wins and ask for its approval; None when none does.

    Once a day: the candidate is named after the last midnight, up to which the log is read.
    """
    until = horizon(now).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    champion = queries.serving().champion
    name = f"{champion.name.partition('.')[0]}.{until:%Y%m%d}"
    if EngineVersion.objects.filter(name=name).exists():
        return None
    logs, reviews = {}, []
    for user in _newest_learners(until):
        answers = [answer for answer in estimates.events_of(user) if answer.received_at < until]
        logs[user.pk] = trials_of(answers)
        reviews += reviews_of(user.pk, answers)
    split = (until - JUDGED).timestamp()
    later = frozenset(trial.answer for trials in logs.values() for trial in trials if trial.at >= split)
    if (
        len(later) < LEAST_ANSWERS
        or sum(any(t.answer in later for t in rows) for rows in logs.values()) < LEAST_LEARNERS
    ):
        return None
    candidate, evidence = champion, {}
    earlier = frozenset(trial.answer for trials in logs.values() for trial in trials if trial.at < split)
    tuned = replace(champion, name=name, filter=shadow.tune(_before(logs, split), champion, earlier))
    if tuned.filter != champion.filter:
        own, theirs = shadow.losses(logs, tuned, later), shadow.losses(logs, champion, later)
        losses = {learner: list(zip(theirs[learner], own[learner], strict=True)) for learner in own}
        compared = monitoring.compare(losses, np.random.default_rng(int(f"{until:%Y%m%d}")))
        evidence["filter"] = asdict(compared) | {"days": JUDGED.days, "against": champion.name}
        if compared.low > 0.0:
            candidate = tuned
    fitted = memory_fit.fit_deployment(reviews, champion.recall)
    evidence["memory"] = {key: value for key, value in fitted.as_json().items() if key != "parameters"}
    if fitted.accepted:
        candidate = replace(candidate, name=name, memory=fitted.parameters)
    if candidate is champion:
        return None
    try:
        version = engine.propose(candidate, evidence=evidence, now=now, why="The nightly refit.")
        engine.submit(version, now=now, why="It predicts the last seven days better than the champion.")
    except rules.Refusal:  # another worker was there first
        return None
    _make_way(version, now)
    return version


def _newest_learners(until: datetime) -> list[User]:
    newest = User.objects.filter(answers__received_at__lt=until).annotate(given=Count("answers"))
    return sorted(newest.order_by("-state__updated_at", "pk")[:LEARNERS], key=lambda user: user.pk)


def _before(logs: Mapping[int, list[Trial]], moment: float) -> dict[int, list[Trial]]:
    return {learner: [trial for trial in trials if trial.at < moment] for learner, trials in logs.items()}


def _make_way(version: EngineVersion, now: datetime) -> None:
    """An older refit that still waits is decided by the newer one: it knows more."""
    for older in EngineVersion.objects.filter(state=EngineVersion.PENDING, made_at__lt=version.made_at):
        by_refit = older.events.filter(state=EngineVersion.PENDING, by=None).exists()
        if by_refit:
            engine.reject(older, by=None, now=now, why=f"The newer refit {version.name} won as well.")


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
