"""The plan to the exam date, by hand-counted cases; and the learner's own calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.domain import dates, memory, plan
from questions.domain.plan import Standing

TODAY = date(2026, 3, 2)


def standing(
    due: int = 0, unseen: int = 0, seen: int = 0, coming: dict[tuple[int, int], int] | None = None
) -> Standing:
    """So many due now and unseen."""
    return Standing({(0, 0): due} | (coming or {}), unseen, seen)


def made(of: Standing, **more: Any) -> plan.Plan:
    """A plan with a minute a question."""
    usual: dict[str, Any] = {"today": TODAY, "exam_date": None, "minutes_a_day": None, "seconds": 60.0, "done": 0}
    return plan.make(of, **(usual | more))


def in_days(days: int) -> date:
    return TODAY + timedelta(days=days)


def test_the_gaps_reckoned_with_are_those_of_a_question_answered_right_each_time():
    at, state, gaps = datetime(2026, 1, 1, tzinfo=UTC), None, []
    for _ in plan.GAPS:
        state = memory.review(state, correct=True, at=at)
        gaps.append((state.due - at).days)
        at = state.due
    assert tuple(gaps) == plan.GAPS


@pytest.mark.parametrize(
    ("times", "seconds"),
    [
        ([], 60.0),
        ([20, 30, 40, 50], 60.0),  # too few to know a pace
        ([20, 30, 40, 50, 60], 40.0),
        ([1, 1, 2, 3, 90], 20.0),  # clicked through: nobody reads that fast tomorrow
        ([20, 30, 40, 50, 60, 5000, 0, -3], 40.0),  # somebody was away; clocks that run backwards
    ],
)
def test_the_pace_is_the_median_of_answers_given_in_one_sitting(times: list[float], seconds: float):
    assert plan.usual_seconds(times) == seconds


def test_minutes_and_questions_are_whole_and_at_least_one():
    assert [plan.about_minutes(n, 45) for n in (0, 1, 12, 20)] == [1, 1, 9, 15]
    assert [plan.questions_a_day(minutes, 90) for minutes in (1, 2, 20)] == [1, 1, 13]


def test_without_date_and_minutes_nothing_is_planned():
    found = made(standing(due=12, unseen=40))
    assert {found.days_left, found.a_day, found.met_by_exam, found.all_met_on} == {None}
    assert found.left == 0


def test_today_takes_what_is_due_first_and_fills_the_rest_with_new_questions():
    found = made(standing(due=12, unseen=100), minutes_a_day=20)
    assert (found.a_day, found.reviews, found.new, found.minutes_left) == (20, 12, 8, 20)
    later = made(standing(due=2, unseen=100), minutes_a_day=20, done=10)
    assert (later.reviews, later.new) == (2, 8)
    done = made(standing(due=2, unseen=100), minutes_a_day=20, done=25)
    assert (done.reviews, done.new, done.left) == (0, 0, 0)


def test_a_day_never_holds_more_than_its_minutes_however_much_is_due():
    found = made(standing(due=300, unseen=100), minutes_a_day=20)
    assert (found.reviews, found.new) == (20, 0)


def test_what_is_met_comes_back_and_takes_its_place():
    # Ten a day: 10 new, 10 new, then on the third day the first ten are back, on the fourth the next ten.
    assert plan.look_ahead(standing(unseen=20), days=2, today=10, a_day=10) == (20, 1)
    assert plan.look_ahead(standing(unseen=21), days=4, today=10, a_day=10) == (20, None)
    assert plan.look_ahead(standing(unseen=21), days=5, today=10, a_day=10) == (21, 4)


def test_what_is_due_later_is_reckoned_with_on_its_day():
    coming = {(1, 4): 10}
    assert plan.look_ahead(standing(unseen=15, coming=coming), days=2, today=10, a_day=10) == (10, None)
    assert plan.look_ahead(standing(unseen=15), days=2, today=10, a_day=10) == (15, 1)


def test_the_plan_says_whether_all_is_met_before_the_exam():
    in_time = made(standing(unseen=30, seen=10), minutes_a_day=20, exam_date=in_days(30))
    assert (in_time.days_left, in_time.met_by_exam, in_time.all_met_on) == (30, 30, in_days(1))
    assert (in_time.seen_share, in_time.exam_share) == (25.0, 100.0)
    short = made(standing(unseen=300), minutes_a_day=10, exam_date=in_days(3))
    assert (short.met_by_exam, short.all_met_on) == (20, None)
    assert short.new_a_day == 100


def test_on_the_day_of_the_exam_and_after_it_nothing_is_planned():
    for days in (0, -1):
        found = made(standing(due=5, unseen=30), minutes_a_day=20, exam_date=in_days(days))
        assert (found.left, found.new_a_day, found.is_over) == (0, None, days < 0)


def step(of: Standing, *, running: bool = False, answered: int = 50, **more: Any) -> tuple[str, int, int]:
    found = plan.next_step(made(of, **more), running=running, answered=answered, due=of.due)
    return found.kind, found.questions, found.minutes


def test_one_thing_is_next():
    assert step(standing(due=12), running=True) == ("continue", 0, 0)
    assert step(standing(unseen=9), answered=0) == ("begin", 10, 10)
    assert step(standing(due=12, unseen=9)) == ("review", 12, 12)
    assert step(standing(due=80)) == ("review", 20, 20)
    assert step(standing(unseen=9)) == ("free", 10, 10)
    assert step(standing(due=12, unseen=9), minutes_a_day=5) == ("review", 5, 5)
    assert step(standing(unseen=9), minutes_a_day=5) == ("meet", 5, 5)
    assert step(standing(due=12, unseen=9), minutes_a_day=5, done=5) == ("done", 0, 0)
    assert step(standing(), minutes_a_day=5) == ("free", 10, 10)
    assert step(standing(due=3), minutes_a_day=5, exam_date=in_days(-1)) == ("review", 3, 3)


@given(
    due=st.integers(0, 200),
    unseen=st.integers(0, 400),
    seen=st.integers(0, 400),
    minutes=st.none() | st.integers(1, 600),
    days=st.none() | st.integers(-30, 400),
    done=st.integers(0, 200),
    seconds=st.floats(1, 600),
)
def test_no_plan_promises_more_than_there_is(due, unseen, seen, minutes, days, done, seconds):
    exam = None if days is None else in_days(days)
    of = standing(due=due, unseen=unseen, seen=seen)
    found = made(of, minutes_a_day=minutes, exam_date=exam, done=done, seconds=seconds)
    assert 0 <= found.reviews <= due
    assert 0 <= found.new <= unseen
    assert found.a_day is None or found.left <= max(0, found.a_day - done)
    assert found.met_by_exam is None or found.new <= found.met_by_exam <= unseen
    assert found.all_met_on is None or exam is None or TODAY <= found.all_met_on < exam
    assert 0 <= found.seen_share <= (found.exam_share or 100) <= 100
    following = plan.next_step(found, running=False, answered=1, due=due)
    assert following.questions <= plan.AT_ONCE


def test_a_day_is_where_the_learner_is():
    late = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    assert dates.local_day(late, "UTC") == TODAY
    assert dates.local_day(late, "Europe/Berlin") == in_days(1)
    assert dates.local_day(late, "America/New_York") == TODAY
    assert dates.start_of(TODAY, "Europe/Berlin") == datetime(2026, 3, 1, 23, tzinfo=UTC)
    assert dates.start_of(date(2026, 3, 30), "Europe/Berlin") == datetime(2026, 3, 29, 22, tzinfo=UTC), "summer time"


@pytest.mark.parametrize(
    "name", ["", "Nowhere/Atlantis", "../../etc/passwd", "/etc/passwd", "Europe", "x" * 300, "a\x00b"]
)
def test_a_zone_that_nobody_knows_is_utc(name: str):
    assert dates.zone(name).key == "UTC"


@pytest.mark.parametrize(
    ("style", "words"), [("day", "2 Mar 2026"), ("month", "Mar 2, 2026"), ("iso", "2026-03-02"), ("?", "2 Mar 2026")]
)
def test_a_day_is_written_as_the_learner_likes(style: str, words: str):
    assert dates.written(TODAY, style) == words
