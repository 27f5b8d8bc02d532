"""Sweeps that Celery beat runs. Each calls one action, may run twice, at once or late, and nobody waits for it."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from questions.actions import estimates, facts, people, reminders, sessions


@shared_task
def close_expired_sessions() -> int:
    """Finish sessions whose time is up."""
    return sessions.close_expired(now=timezone.now())


@shared_task
def refresh_estimates() -> int:
    """Replay learners who answered since the last time."""
    return estimates.refresh_estimates(now=timezone.now())


@shared_task
def calibrate_items() -> int:
    """Estimate item difficulties from new answers."""
    return estimates.calibrate_items(now=timezone.now())


@shared_task
def quarantine_items() -> int:
    """Withdraw what rests on a fact that fell, and tell who learned it."""
    swept = facts.quarantine(now=timezone.now())
    return len(swept.quarantined) + len(swept.restored) + swept.told


@shared_task
def send_reminders() -> int:
    """Mail those who asked for it and have not practised by the evening of their day."""
    return reminders.send_reminders(now=timezone.now())


@shared_task
def beat() -> None:
    """Leave a sign of life."""
    people.leave_heartbeat("worker", now=timezone.now())
