"""Sweeps that Celery beat runs. Each calls one action, may run twice, at once or late, and nobody waits for it.

Each leaves a sign of life under its name, so that the operator page can tell when it last ran.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from celery import shared_task
from django.utils import timezone

from questions.actions import (
    calibration,
    estimates,
    facts,
    item_flags,
    monitors,
    people,
    readiness,
    refit,
    reminders,
    sessions,
)


def _sweep(name: str, deed: Callable[..., Any]) -> Any:
    now: datetime = timezone.now()
    done = deed(now=now)
    people.leave_heartbeat(name, now=now)
    return done


@shared_task
def close_expired_sessions() -> int:
    """Finish sessions whose time is up."""
    return _sweep("close_expired_sessions", sessions.close_expired)


@shared_task
def refresh_estimates() -> int:
    """Replay learners who answered since the last time."""
    return _sweep("refresh_estimates", estimates.refresh_estimates)


@shared_task
def drain_answers() -> int:
    """Move item and tag difficulties by the answers that began to count."""
    return _sweep("drain_answers", calibration.drain_answers)


@shared_task
def refit_difficulties() -> bool:
    """Estimate all difficulties anew, up to the last midnight."""
    return _sweep("refit_difficulties", calibration.refit_difficulties)


@shared_task
def settle_readiness() -> int:
    """Hold what was expected of mock exams against their outcome."""
    return _sweep("settle_readiness", readiness.settle_readiness)


@shared_task
def record_readiness() -> int:
    """Write down how ready those are who practised."""
    return _sweep("record_readiness", readiness.record_readiness)


@shared_task
def guard_engine() -> bool:
    """Take an engine back that predicts worse than the one before it."""
    return _sweep("guard_engine", monitors.guard_engine) is not None


@shared_task
def report_calibration() -> int:
    """Report how well the engine predicted each past day."""
    return _sweep("report_calibration", monitors.report_calibration)


@shared_task
def flag_items() -> int:
    """Open and close the flags on items that answers speak against."""
    return _sweep("flag_items", item_flags.flag_items)


@shared_task
def fit_memories() -> int:
    """Fit the memories of learners whose log has grown."""
    return _sweep("fit_memories", refit.fit_memories)


@shared_task
def propose_refit() -> bool:
    """Register a refitted engine that wins on the last seven days."""
    return _sweep("propose_refit", refit.propose_refit) is not None


@shared_task
def quarantine_items() -> int:
    """Withdraw what rests on a fact that fell, and tell who learned it."""
    swept = _sweep("quarantine_items", facts.quarantine)
    return len(swept.quarantined) + len(swept.restored) + swept.told


@shared_task
def send_reminders() -> int:
    """Mail those who asked for it and have not practised by the evening of their day."""
    return _sweep("send_reminders", reminders.send_reminders)


@shared_task
def beat() -> None:
    """Leave a sign of life."""
    people.leave_heartbeat("worker", now=timezone.now())
