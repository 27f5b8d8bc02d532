"""Sweeps that Celery beat runs. Each calls one action, may run twice, at once or late, and nobody waits for it.

Each leaves a sign of life under its name, so that the operator page can tell when it last ran.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from celery import shared_task
from django.utils import timezone

from questions.actions import calibration, estimates, facts, people, reminders, sessions


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
