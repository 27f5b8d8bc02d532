"""The date of the exam in study sessions: what comes next, why, and what chance chose."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from questions import queries
from questions.actions import estimates, people, sessions
from questions.domain import reasons, selection
from questions.models import ServedItem, User
from tests.cast import NOON, wrong

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NEXT_LIMIT = 10
"""Statements of choosing and storing the next item, transaction included."""


def set_date(learner: User, moment: datetime | None) -> None:
    people.change_settings(learner, now=NOON, exam_date=moment and moment.date())
    learner.refresh_from_db()


def start(learner, at=NOON, **choice) -> ServedItem:
    own = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=at, **choice)
    return own.served.get()


def play(learner, give, at=NOON, *, miss=(), **choice) -> list[ServedItem]:
    served, found = start(learner, at, **choice), []
    session = served.session
    while served := sessions.serve_next(learner=learner, session_id=session.pk, now=at):
        give(served, wrong(served) if served.item.slug in miss else None, at=at)
        found.append(served)
    return found


def test_before_the_exam_a_review_says_when_it_was_seen_and_what_would_be_left(learner, give):
    set_date(learner, NOON + 10 * DAY)
    play(learner, give, length=8)
    reason = start(learner, NOON + 4 * DAY).reason
    assert (reason["code"], reason["seen"]) == ("exam", 4)
    assert 0 < reason["recall"] < 100
    assert selection.reason_text(reason).startswith("last seen 4 days ago; left alone, ")


def test_a_moved_date_counts_at_the_next_question(learner, give):
    set_date(learner, NOON + 10 * DAY)
    play(learner, give, length=8)
    left = []
    for days in (6, 60):
        set_date(learner, NOON + days * DAY)
        left.append(start(learner, NOON + 4 * DAY, tags=["leaves"]).reason["recall"])
    assert left[0] > left[1]


def test_on_the_day_itself_and_without_a_date_what_is_due_comes_first(learner, give):
    play(learner, give, length=8)
    for moment in (None, NOON + 20 * DAY, NOON + 2 * DAY):
        set_date(learner, moment)
        assert start(learner, NOON + 20 * DAY).reason["code"] == "due"


def test_what_chance_chose_is_stored_as_such_and_does_not_disturb_what_follows(learner, give, monkeypatch):
    monkeypatch.setattr(selection, "EXPLORATION", 1.0)
    codes = [row.reason for row in play(learner, give, length=8)]
    drawn = [reason for reason in codes if reason["code"] == reasons.EXPLORE]
    assert len(drawn) + sum(reason["code"] == reasons.CASE_PART for reason in codes) == 8
    assert all(reason["random"] is True and reason["first"] is True for reason in drawn)
    assert estimates.rebuild_progress(learner, now=NOON) is False


def test_a_chosen_focus_is_not_left_to_chance(learner, give, monkeypatch):
    monkeypatch.setattr(selection, "EXPLORATION", 1.0)
    play(learner, give, length=4)
    assert start(learner, focus="unseen").reason["code"] in {"new", "weak"}


def test_a_confusion_is_named_where_the_next_question_is_between_the_two(learner, give):
    set_date(learner, NOON + 10 * DAY)
    play(learner, give, length=8, miss={"green-for-one"})
    ((pair, times),) = queries.recent_confusions(learner).items()
    assert times == 1
    named = [row.reason for row in play(learner, give, NOON + 3 * DAY, length=8) if row.reason.get("pair")]
    assert named
    assert {reason["pair"] for reason in named} == {" for ".join(name.replace("-", " ") for name in pair)}


def test_choosing_the_next_question_costs_no_more_statements_with_a_date(learner, give):
    set_date(learner, NOON + 10 * DAY)
    play(learner, give, length=8)
    first = start(learner, NOON + 3 * DAY, length=8)
    give(first, at=NOON + 3 * DAY)
    with CaptureQueriesContext(connection) as captured:
        sessions.serve_next(learner=learner, session_id=first.session_id, now=NOON + 3 * DAY)
    statements = [query["sql"] for query in captured.captured_queries]
    assert len(statements) <= NEXT_LIMIT, "\n".join(statements)
