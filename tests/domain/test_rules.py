"""Deadlines, who may answer when, and what is revealed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.domain import rules
from questions.domain.rules import FINISHED, GRACE, MOCK, OPEN, STUDY, Refusal, Sitting

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
END = START + timedelta(minutes=130)
MS = timedelta(milliseconds=1)
RUNNING = Sitting(MOCK, OPEN, START, END)
STUDYING = Sitting(STUDY, OPEN, START)
SUBMITTED = Sitting(MOCK, FINISHED, START, END, START + timedelta(minutes=40))
STOPPED = Sitting(STUDY, FINISHED, START, None, START + timedelta(minutes=5))


def code_of(sitting: Sitting, at: datetime) -> str:
    """The refusal of an answer received then; empty when it counts."""
    try:
        rules.ensure_open(sitting, at)
    except Refusal as refusal:
        return refusal.code
    return ""


@pytest.mark.parametrize(
    ("after_end", "refusal"),
    [
        (-MS, ""),
        (0 * MS, ""),
        (MS, ""),
        (GRACE - MS, ""),
        (GRACE, ""),
        (GRACE + MS, "deadline-passed"),
        (GRACE + timedelta(microseconds=1), "deadline-passed"),
        (timedelta(days=1), "deadline-passed"),
    ],
)
def test_an_answer_counts_up_to_the_deadline_and_three_seconds_on_its_way(after_end, refusal):
    assert timedelta(seconds=3) == GRACE
    assert code_of(RUNNING, END + after_end) == refusal
    assert rules.expired(RUNNING, END + after_end) is bool(refusal)
    assert rules.is_over(RUNNING, END + after_end) is bool(refusal)


def test_a_finished_session_takes_no_answer_not_even_one_from_before_its_end():
    for sitting, at in product([SUBMITTED, STOPPED], [START, START + timedelta(minutes=41), END + GRACE + MS]):
        assert code_of(sitting, at) == "session-finished"
        assert rules.is_over(sitting, at) is True


def test_study_has_no_clock():
    assert rules.deadline(STUDY, START, 130) is None
    assert code_of(STUDYING, START + timedelta(days=400)) == ""
    assert rules.is_over(STUDYING, START + timedelta(days=400)) is False


@pytest.mark.parametrize(("allowance", "minutes"), [(1.0, 130), (1.5, 195), (2.0, 260)])
def test_a_time_allowance_lengthens_the_mock_exam(allowance, minutes):
    assert rules.deadline(MOCK, START, 130, allowance) == START + timedelta(minutes=minutes)


@pytest.mark.parametrize("allowance", [0, 0.5, -1, 1.25, 3, float("inf"), float("nan")])
def test_no_other_allowance_can_be_claimed(allowance):
    with pytest.raises(Refusal) as refused:
        rules.deadline(MOCK, START, 130, allowance)
    assert refused.value.code == "bad-allowance"


@pytest.mark.parametrize(
    ("sitting", "at", "ended"),
    [
        (RUNNING, END - timedelta(minutes=1), END - timedelta(minutes=1)),
        (RUNNING, END, END),
        (RUNNING, END + MS, END),
        (RUNNING, END + GRACE, END),
        (RUNNING, END + timedelta(days=9), END),
        (SUBMITTED, END + timedelta(days=9), START + timedelta(minutes=40)),
        (STUDYING, START + timedelta(days=3), START + timedelta(days=3)),
        (STOPPED, START + timedelta(days=3), START + timedelta(minutes=5)),
    ],
)
def test_a_session_ended_when_it_was_submitted_or_at_its_deadline_not_when_somebody_noticed(sitting, at, ended):
    assert rules.finish_time(sitting, at) == ended


LATER = END + timedelta(hours=1)


@pytest.mark.parametrize(
    ("sitting", "at", "answered", "revealed"),
    [
        (STUDYING, START, False, False),
        (STUDYING, START, True, True),
        (STOPPED, LATER, False, False),
        (STOPPED, LATER, True, True),
        (RUNNING, START, False, False),
        (RUNNING, START, True, False),
        (RUNNING, END, True, False),
        (RUNNING, END + GRACE, True, False),
        (RUNNING, END + GRACE + MS, False, True),
        (RUNNING, END + GRACE + MS, True, True),
        (SUBMITTED, START, False, True),
        (SUBMITTED, LATER, True, True),
    ],
)
def test_keys_show_in_study_once_answered_and_in_a_mock_exam_only_when_it_is_over(sitting, at, answered, revealed):
    assert rules.reveals_feedback(sitting, at, answered=answered) is revealed


def test_what_the_two_modes_allow():
    figures = [
        rules.may_change_answer,
        rules.needs_complete_response,
        rules.absorbs_at_once,
        rules.serves_all_at_start,
    ]
    assert {mode: [rule(mode) for rule in figures] for mode in rules.MODES} == {
        STUDY: [False, True, True, False],
        MOCK: [True, False, False, True],
    }


@given(st.timedeltas(min_value=timedelta(days=-20000), max_value=timedelta(days=20000)))
def test_no_moment_both_takes_an_answer_and_shows_its_key_in_a_mock_exam(shift):
    at = END + shift
    takes = code_of(RUNNING, at) == ""
    assert takes is not rules.reveals_feedback(RUNNING, at, answered=True)
    assert rules.finish_time(RUNNING, at) <= END
