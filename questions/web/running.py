"""Unfinished sessions, told apart in words: on Today some of them, on a page of their own all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from questions import queries
from questions.domain import dates, rules
from questions.models import PracticeSession, User
from questions.queries import OpenSession
from questions.web import presentation
from questions.web.people import learner_of, received_at
from questions.web.practice import count

SHOWN = 5
"""So many are shown on Today."""
TOPICS_NAMED = 3
FOCUSES = {
    rules.DUE: "what is due",
    rules.MISSED: "what you missed",
    rules.UNSEEN: "new questions",
    rules.CONFUSIONS: "confusions",
    rules.BOOKMARKED: "bookmarked questions",
}


@never_cache
@login_required
@require_safe
def open_sessions(request: HttpRequest) -> HttpResponse:
    """Every session that waits to be finished, newest first."""
    learner, now = learner_of(request), received_at(request)
    assert learner is not None
    shown = rows(queries.open_sessions(learner, now), queries.tag_names(), learner, now)
    return render(request, "sessions.html", {"nav_current": "home", "open_sessions": shown})


def rows(
    running: Sequence[OpenSession], names: Mapping[str, str], learner: User, now: datetime
) -> list[dict[str, Any]]:
    """Context of ``_open_session.html``; ``names`` are those of tags by slug."""
    return [
        {
            "session": row.session,
            "answered": row.answered,
            "total": row.total,
            "remaining": presentation.duration(row.remaining) if row.remaining else "",
            "about": about(row.session, names),
            "begun": begun(row.session.started_at, learner, now),
        }
        for row in running
    ]


def about(session: PracticeSession, names: Mapping[str, str]) -> str:
    """What a session is on, in words; empty for study of everything."""
    if session.mode == rules.MOCK:
        return session.title
    focus = " for ".join(queries.in_words(concept) for concept in session.pair) or FOCUSES.get(session.focus, "")
    topics = [names.get(slug, slug) for slug in session.tags]
    if len(topics) > TOPICS_NAMED:
        topics = [*topics[: TOPICS_NAMED - 1], f"{len(topics) - TOPICS_NAMED + 1} more topics"]
    section = queries.in_words(session.section.partition("#")[2])
    return ", ".join(filter(None, (focus, *topics, section and f"the notes on {section}")))


def begun(at: datetime, learner: User, now: datetime) -> str:
    """When a session began: how long ago on the same day, else the day."""
    day = dates.local_day(at, learner.time_zone)
    if day != dates.local_day(now, learner.time_zone):
        return f"begun on {dates.written(day, learner.date_style)}"
    minutes = max(timedelta(), now - at) // timedelta(minutes=1)
    if not minutes:
        return "begun just now"
    return f"begun {count(minutes, 'minute') if minutes < 60 else count(minutes // 60, 'hour')} ago"
