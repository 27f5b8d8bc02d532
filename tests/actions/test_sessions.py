"""Sessions from start to end: what is served, what is flagged, who is let in, and what happens when two come at once."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import timedelta

import pytest

from questions import queries
from questions.actions import estimates, review, sessions
from questions.domain import rules, selection
from questions.domain.rules import GRACE, Refusal
from questions.models import (
    Answer,
    Exam,
    ItemVersion,
    LearnerState,
    MemoryState,
    PracticeSession,
    RefusedAnswer,
    ServedItem,
)
from tests.cast import NOON, at_once, make_user, right, wrong

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MS = timedelta(milliseconds=1)


def start_study(learner, at=NOON, **more):
    return sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=at, **more)


def start_mock(learner, at=NOON, **more):
    return sessions.start_mock(learner=learner, operation_id=uuid.uuid4(), now=at, **more)


def code_of(deed) -> str:
    try:
        deed()
    except Refusal as refused:
        return refused.code
    return ""


def practise(learner, give, at, response=right, **more) -> list[ServedItem]:
    """A whole study session; its served items."""
    started = start_study(learner, at, **more)
    while served := sessions.serve_next(learner=learner, session_id=started.pk, now=at):
        give(served, response(served), at=at)
    return list(started.served.all())


# --- Study ---------------------------------------------------------------------------------------------------------------


def test_a_study_session_serves_its_first_item_at_once(learner):
    started = start_study(learner, length=5)
    assert (started.mode, started.state, started.length, started.deadline) == ("study", "open", 5, None)
    first = started.served.get()
    assert (first.position, first.version.state, first.reason["code"]) == (1, "approved", "new")
    assert sorted(first.shown_order) == sorted(option.id for option in first.version.value.options)


def test_a_session_is_not_longer_than_what_there_is(learner):
    assert start_study(learner, length=50).length == 8
    assert start_study(learner, length=50, tags=["leaves"]).length == 3


@pytest.mark.parametrize("length", [0, -1, 51])
def test_a_session_of_no_or_of_too_many_questions_is_refused(learner, length):
    assert code_of(lambda: start_study(learner, length=length)) == "bad-length"
    assert PracticeSession.objects.count() == 0


def test_tags_nobody_wrote_questions_for_are_refused(learner):
    assert code_of(lambda: start_study(learner, tags=["coffee"])) == "nothing-to-practise"


def test_without_a_bank_it_is_said_how_to_load_one(db):
    learner = make_user("robin")
    for start in (start_study, start_mock):
        with pytest.raises(queries.NoExam, match="load_bank"):
            start(learner)


def test_a_start_sent_twice_is_one_session(learner):
    for start in (sessions.start_study, sessions.start_mock):
        operation = uuid.uuid4()
        first = start(learner=learner, operation_id=operation, now=NOON)
        again = start(learner=learner, operation_id=operation, now=NOON + DAY)
        assert (again, list(again.served.all())) == (first, list(first.served.all()))


def test_an_operation_that_started_a_mock_exam_starts_no_study(mock, learner):
    assert (
        code_of(lambda: sessions.start_study(learner=learner, operation_id=mock.operation_id, now=NOON))
        == "operation-reused"
    )


def test_the_item_that_waits_is_served_until_it_is_answered(study, learner, give):
    first = sessions.serve_next(learner=learner, session_id=study.pk, now=NOON)
    assert sessions.serve_next(learner=learner, session_id=study.pk, now=NOON + DAY) == first
    give(first)
    second = sessions.serve_next(learner=learner, session_id=study.pk, now=NOON)
    assert (second.position, study.served.count()) == (2, 2)


def test_a_whole_session_serves_every_item_once_and_is_finished_then(study, learner, give):
    while served := sessions.serve_next(learner=learner, session_id=study.pk, now=NOON + MINUTE):
        give(served)
    assert Counter(study.served.values_list("position", flat=True)) == Counter(range(1, 9))
    assert len(set(study.served.values_list("item", flat=True))) == 8
    study.refresh_from_db()
    assert (study.state, study.finished_at) == ("finished", NOON + MINUTE)
    assert code_of(lambda: sessions.serve_next(learner=learner, session_id=study.pk, now=NOON)) == ("session-finished")


def test_a_session_on_tags_serves_only_those(learner, give):
    served = practise(learner, give, NOON, tags=["water"], length=8)
    assert [set(row.version.tag_slugs) & {"water"} for row in served] == [{"water"}] * 4


def test_the_parts_of_a_case_study_are_served_one_after_the_other(learner, give):
    for _ in range(3):
        parts = [row.version.case_part for row in practise(make_user(uuid.uuid4().hex), give, NOON, length=8)]
        first = parts.index(1)
        assert parts[first : first + 2] == [1, 2]
        assert sum(parts) == 3


def test_a_session_of_one_question_does_not_begin_a_case_study(bank, give):
    for n in range(10):
        (row,) = practise(make_user(f"hasty-{n}"), give, NOON, length=1)
        assert row.version.case_part == 0


def test_what_is_due_comes_first_and_says_since_when(learner, give):
    (first,) = practise(learner, give, NOON, wrong, length=1)
    after = start_study(learner, NOON + 3 * DAY).served.get()
    assert (after.item, after.reason) == (first.item, {"code": "due", "days": 2})


def test_reviews_and_unseen_questions_take_turns(learner, other, give):
    for who in (learner, other):
        practise(who, give, NOON, wrong, tags=["water"], length=4)
        codes = [row.reason["code"] for row in practise(who, give, NOON + 3 * DAY, length=8)]
        turns = [code for code in codes if code != "case"]
        assert [code == "due" for code in turns[:4]] == [True, False, True, False]
        assert Counter(turns)["due"] == 4


def test_a_reason_names_the_tag_as_it_was_called_then(learner):
    reason = start_study(learner, tags=["service"]).served.get().reason
    assert reason["tag_name"] in {"Service", "Water", "Leaves"}


def test_a_session_serves_the_versions_that_are_approved_when_it_serves(study, learner, give, instructor):
    first = study.served.get()
    review.retire(ItemVersion.objects.get(pk=first.version_id), by=instructor, now=NOON, why="Wrong.")
    assert give(first).answer.correct is True
    while served := sessions.serve_next(learner=learner, session_id=study.pk, now=NOON):
        assert served.version.state == "approved"
        give(served)
    assert study.served.count() == 8


@pytest.mark.django_db(transaction=True)
def test_eight_requests_for_the_next_item_at_once_get_the_same_one(study, learner, give):
    for position in range(2, 9):
        give(sessions.serve_next(learner=learner, session_id=study.pk, now=NOON))
        results = at_once(*[lambda: sessions.serve_next(learner=learner, session_id=study.pk, now=NOON)] * 8)
        assert {(result.pk, result.position) for result in results} == {(study.served.last().pk, position)}
        assert study.served.count() == position


# --- Mock exams ------------------------------------------------------------------------------------------------------------


def test_a_mock_exam_is_fixed_at_its_start_by_blueprint_time_and_form(mock):
    assert (mock.length, mock.deadline - mock.started_at) == (6, 12 * MINUTE)
    assert list(mock.served.values_list("position", flat=True)) == [1, 2, 3, 4, 5, 6]
    assert {row.reason["code"] for row in mock.served.all()} == {"blueprint"}
    assert {row.version.state for row in mock.served.all()} == {"approved"}


def test_a_shorter_form_and_a_longer_time_can_be_had(learner):
    short = start_mock(learner, form="short", allowance=1.5)
    assert (short.length, short.deadline - NOON, short.title) == (3, 9 * MINUTE, "Short mock")


def test_the_time_allowance_of_the_settings_counts_where_none_is_named(bank):
    patient = make_user("patient", allowance=2.0)
    assert start_mock(patient).deadline == NOON + 24 * MINUTE


def test_what_cannot_be_started_is_refused_with_what_can(learner):
    with pytest.raises(Refusal, match=r"Choose one of: full, short\.") as refused:
        start_mock(learner, form="endless")
    assert refused.value.code == "unknown-form"
    assert code_of(lambda: start_mock(learner, allowance=1.2)) == "bad-allowance"
    ItemVersion._base_manager.update(state="retired")
    assert code_of(lambda: start_mock(learner)) == "nothing-to-practise"
    assert PracticeSession.objects.count() == 0


def test_one_mock_exam_runs_at_a_time(mock, learner, other):
    assert code_of(lambda: start_mock(learner)) == "mock-open"
    assert start_mock(other).state == "open"
    sessions.finish(learner=learner, session_id=mock.pk, now=NOON + MINUTE)
    assert start_mock(learner, NOON + MINUTE).state == "open"


def test_a_mock_exam_whose_time_is_up_makes_room_for_another(mock, learner, give):
    give(mock.served.first())
    assert code_of(lambda: start_mock(learner, mock.deadline + GRACE)) == "mock-open"
    start_mock(learner, mock.deadline + GRACE + MS)
    mock.refresh_from_db()
    assert (mock.state, mock.finished_at) == ("finished", mock.deadline)
    assert LearnerState.objects.get(learner=learner).belief.answered == 1


def test_a_second_mock_exam_asks_what_the_first_one_did_not(mock, learner, give):
    for served in mock.served.all():
        give(served)
    sessions.finish(learner=learner, session_id=mock.pk, now=NOON + MINUTE)
    seen = set(mock.served.values_list("item", flat=True))
    for _ in range(3):
        again = start_mock(learner, NOON + DAY, form="short")
        assert len(set(again.served.values_list("item", flat=True)) - seen) >= 1
        sessions.finish(learner=learner, session_id=again.pk, now=NOON + DAY)


def test_the_next_open_question_of_a_mock_exam_is_the_first_without_an_answer(mock, learner, give):
    def waiting():
        return sessions.serve_next(learner=learner, session_id=mock.pk, now=NOON)

    first, second, *rest = mock.served.all()
    assert waiting() == first
    give(first)
    assert waiting() == second
    for served in (second, *rest):
        give(served)
    assert waiting() is None
    give(second, {"unknown": True})
    assert waiting() == second
    mock.refresh_from_db()
    assert mock.state == "open"


@pytest.mark.django_db(transaction=True)
def test_a_double_click_on_start_is_one_mock_exam(learner):
    operation = uuid.uuid4()
    results = at_once(*[lambda: sessions.start_mock(learner=learner, operation_id=operation, now=NOON)] * 6)
    assert {result.pk for result in results} == {PracticeSession.objects.get().pk}
    assert ServedItem.objects.count() == 6


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_start_a_mock_exam_at_once_get_one_and_a_refusal(learner):
    results = at_once(*[lambda: start_mock(learner)] * 2)
    assert sorted(type(result).__name__ for result in results) == ["PracticeSession", "Refusal"]
    (refusal,) = (result for result in results if isinstance(result, Refusal))
    assert (refusal.code, PracticeSession.objects.count()) == ("mock-open", 1)


@pytest.mark.django_db(transaction=True)
def test_two_starts_of_study_by_a_newcomer_at_once_are_two_sessions(learner):
    LearnerState.objects.all().delete()
    results = at_once(*[lambda: start_study(learner)] * 2)
    assert {result.mode for result in results} == {"study"}
    assert (PracticeSession.objects.count(), LearnerState.objects.count()) == (2, 1)


# --- Flags -----------------------------------------------------------------------------------------------------------------


def test_a_flag_is_set_and_taken_back_and_keeps_its_time(mock, learner):
    served = mock.served.first()
    marks = []
    for minute, flagged in enumerate([True, True, False, False, True]):
        row = sessions.set_flag(learner=learner, served_id=served.pk, flagged=flagged, now=NOON + minute * MINUTE)
        marks.append(row.flagged_at and (row.flagged_at - NOON) // MINUTE)
    assert marks == [0, 0, None, None, 4]
    assert [place.flagged for place in queries.places(mock)] == [True] + [False] * 5


def test_nobody_flags_after_the_end_or_for_somebody_else(mock, learner, other):
    served = mock.served.first()

    def flag(who, at):
        return sessions.set_flag(learner=who, served_id=served.pk, flagged=True, now=at)

    assert code_of(lambda: flag(learner, mock.deadline + GRACE + MS)) == "deadline-passed"
    with pytest.raises(ServedItem.DoesNotExist):
        flag(other, NOON)
    sessions.finish(learner=learner, session_id=mock.pk, now=NOON)
    assert code_of(lambda: flag(learner, NOON)) == "session-finished"
    assert ServedItem.objects.exclude(flagged_at=None).count() == 0


# --- The end -----------------------------------------------------------------------------------------------------------------


def test_when_a_mock_exam_closes_its_final_answers_are_believed(mock, learner, give):
    first, second, third, *_ = mock.served.all()
    give(first, wrong(first))
    give(first)
    give(second, wrong(second))
    give(third)
    give(third, {"unknown": True})
    finished = sessions.finish(learner=learner, session_id=mock.pk, now=NOON + 5 * MINUTE)
    assert (finished.state, finished.finished_at, finished.closed_seq) == ("finished", NOON + 5 * MINUTE, 6)
    belief = LearnerState.objects.get(learner=learner).belief
    assert (belief.answered, belief.correct) == (2, 1)
    assert dict(MemoryState.objects.values_list("item", "lapses")) == {first.item_id: 0, second.item_id: 1}


def test_finishing_twice_is_finishing_once(mock, study, learner, give):
    give(mock.served.first())
    for own in (mock, study):
        first = sessions.finish(learner=learner, session_id=own.pk, now=NOON + MINUTE)
        state = LearnerState.objects.values().get(learner=learner)
        again = sessions.finish(learner=learner, session_id=own.pk, now=NOON + DAY)
        assert (again.finished_at, again.closed_seq) == (first.finished_at, first.closed_seq)
        assert LearnerState.objects.values().get(learner=learner) == state


def test_a_mock_exam_that_nobody_submitted_ended_at_its_deadline(mock, learner):
    late = sessions.finish(learner=learner, session_id=mock.pk, now=NOON + 30 * DAY)
    assert late.finished_at == mock.deadline


def test_nobody_finishes_or_reads_on_in_somebody_elses_session(mock, study, other):
    for own in (mock, study):
        for deed in (sessions.finish, sessions.serve_next):
            with pytest.raises(PracticeSession.DoesNotExist):
                deed(learner=other, session_id=own.pk, now=NOON)
    assert set(PracticeSession.objects.values_list("state", flat=True)) == {"open"}


def test_a_session_whose_time_is_up_serves_nothing(mock, learner):
    after = mock.deadline + GRACE + MS
    assert code_of(lambda: sessions.serve_next(learner=learner, session_id=mock.pk, now=after)) == ("deadline-passed")


@pytest.mark.django_db(transaction=True)
def test_six_submits_at_once_are_one_end(mock, learner, give):
    for served in mock.served.all():
        give(served)
    results = at_once(
        *[lambda n=n: sessions.finish(learner=learner, session_id=mock.pk, now=NOON + n * MINUTE) for n in range(6)]
    )
    assert len({(result.state, result.finished_at, result.closed_seq) for result in results}) == 1
    state = LearnerState.objects.get(learner=learner)
    assert (state.seq, state.belief.answered) == (7, 6)
    assert estimates.rebuild_progress(learner, now=NOON) is False


# --- The sweep -----------------------------------------------------------------------------------------------------------


def ends() -> list:
    return list(PracticeSession.objects.order_by("pk").values_list("pk", "state", "finished_at", "closed_seq"))


def test_the_sweep_closes_what_is_over_and_nothing_else(bank, give):
    learners = [make_user(f"learner-{n}") for n in range(3)]
    late, running, idle = start_mock(learners[0]), start_mock(learners[1], NOON + MINUTE), start_study(learners[2])
    give(late.served.first())
    assert sessions.close_expired(now=late.deadline + GRACE) == 0
    assert sessions.close_expired(now=late.deadline + GRACE + MS) == 1
    assert sessions.close_expired(now=late.deadline + GRACE + MS) == 0
    states = {row.pk: (row.state, row.finished_at) for row in PracticeSession.objects.all()}
    assert states == {
        late.pk: ("finished", late.deadline),
        running.pk: ("open", None),
        idle.pk: ("open", None),
    }
    assert LearnerState.objects.get(learner=learners[0]).belief.answered == 1


def test_study_that_was_left_alone_for_two_weeks_is_closed(learner, give):
    left, used = start_study(learner), start_study(learner)
    give(used.served.get())
    sessions.serve_next(learner=learner, session_id=used.pk, now=NOON + DAY)
    fortnight = NOON + 14 * DAY
    assert sessions.close_expired(now=fortnight) == 0
    assert sessions.close_expired(now=fortnight + MS) == 1
    left.refresh_from_db()
    used.refresh_from_db()
    assert (left.state, left.finished_at, used.state) == ("finished", fortnight + MS, "open")


def test_a_full_sweep_takes_the_oldest_first_and_the_next_one_the_rest(bank):
    started = [start_mock(make_user(f"learner-{n}"), NOON - n * MINUTE) for n in range(3)]
    assert sessions.close_expired(now=NOON + DAY, limit=2) == 2
    assert [PracticeSession.objects.get(pk=row.pk).state for row in started] == ["open", "finished", "finished"]
    assert sessions.close_expired(now=NOON + DAY, limit=2) == 1


@pytest.mark.django_db(transaction=True)
def test_four_sweeps_and_a_late_answer_at_once_give_the_rows_of_one_sweep(bank, give):
    started = [start_mock(make_user(f"learner-{n}")) for n in range(4)]
    for own in started:
        give(own.served.first())
    after = NOON + 20 * MINUTE
    results = at_once(
        *[lambda: sessions.close_expired(now=after)] * 4,
        lambda: give(started[0].served.last(), at=after),
    )
    assert isinstance(results[-1], Refusal)
    assert [row[1:3] for row in ends()] == [("finished", NOON + 12 * MINUTE)] * 4
    assert {row.belief.answered for row in LearnerState.objects.all()} == {1}
    assert (Answer.objects.count(), RefusedAnswer.objects.count()) == (4, 1)
    before = ends()
    assert sessions.close_expired(now=after + DAY) == 0
    assert ends() == before


def test_a_session_that_closed_does_not_open_again_when_the_clock_is_set_back(mock, learner, give):
    sessions.close_expired(now=mock.deadline + DAY)
    before = ends()
    assert code_of(lambda: give(mock.served.first(), at=NOON)) == "session-finished"
    sessions.close_expired(now=NOON)
    sessions.finish(learner=learner, session_id=mock.pk, now=NOON)
    assert ends() == before
    assert rules.is_over(PracticeSession.objects.get().sitting, NOON) is True


def test_a_question_withdrawn_while_it_is_chosen_is_not_served(learner) -> None:
    session = PracticeSession(learner=learner, exam=Exam.objects.get(), mode=rules.STUDY, length=1, seed=1)
    candidate = queries.candidates(learner, session.exam)[0]
    ItemVersion.objects.filter(item_id=candidate.id).update(state=ItemVersion.RETIRED)
    with pytest.raises(rules.Refusal) as refused:
        sessions.served_rows(session, [(candidate, selection.Reason(selection.NEW))], 1, NOON)
    assert refused.value.code == "busy"
