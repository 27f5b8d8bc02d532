"""Dates as the learner writes them: ``{% load dates %}``, then ``{{ value|day:learner }}`` or ``{{ value|moment:learner }}``.

A date stays as it is; a moment is shown in the active time zone, which ``web.middleware.LearnersClock`` sets.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import template
from django.utils import timezone

from questions.domain.dates import DAY, written

register = template.Library()


@register.filter
def day(value: Any, learner: Any = None) -> str:
    """The day, in the learner's style; nobody's is the usual one. Nothing for what is no date."""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return written(value, getattr(learner, "date_style", DAY)) if isinstance(value, date) else ""


@register.filter
def moment(value: Any, learner: Any = None) -> str:
    """The day and the time of day, hours from 0 to 23."""
    if not isinstance(value, datetime):
        return day(value, learner)
    shown = timezone.localtime(value) if timezone.is_aware(value) else value
    return f"{day(shown, learner)}, {shown:%H:%M}"
