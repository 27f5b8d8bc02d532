"""One answer: what is stored, what is sent twice, what is refused, and what happens when two come at once."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from questions.actions import answer, estimates, people, sessions
from questions.domain import ability, memory, rules, scoring
from questions.domain.rules import GRACE, Refusal
from questions.models import (
    Answer,
    LearnerState,
    MemoryState,
    PracticeSession,
    RefusedAnswer,
    ServedItem,
    belief_to_json,
)
from tests.cast import NOON, answers_of, at_once, make_user, right, wrong

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
MS = timedelta(milliseconds=1)


def everything(learner) -> list[list[dict]]:
    """All rows of a learner's practice, to see that nothing changed."""
    return [
        list(rows.order_by("pk").values())
        for rows in (
            PracticeSession.objects.filter(learner=learner),
            ServedItem.objects.filter(session__learner=learner),
            Answer.objects.filter(learner=learner),
            MemoryState.objects.filter(learner=learner),
            LearnerState.objects.filter(learner=learner),
        )
    ]


def code_of(deed) -> str:
    """The code with which a deed is refused; empty when it is done."""
    try:
        deed()
    except (Refusal, scoring.BadResponse) as refused:
        return refused.code
    return ""


# --- Study ---------------------------------------------------------------------------------------------------------------


def test_a_study_answer_is_graded_logged_and_remembered_at_once(study, learner, give):
    served = study.served.get()
    operation, at = uuid.uuid4(), NOON + MINUTE
    answered = give(served, at=at, operation_id=operation, took_ms=5400, confidence="sure")

    stored = Answer.objects.values().get()
    item = served.version.value
    expected, guess = ability.update(ability.Belief(), item.tags, served.difficulty, correct=True, at=at.timestamp())
    assert stored == {
        "id": answered.answer.pk,
        "served_id": served.pk,
        "learner_id": learner.pk,
        "item_id": served.item_id,
        "version_id": served.version_id,
        "revision": 1,
        "seq": 1,
        "shown_order": served.shown_order,
        "response": scoring.parse(item, right(served)).as_json(),
        "operation_id": operation,
        "correct": True,
        "right": item.select_count,
        "total": item.select_count,
        "predicted": guess.p,
        "offset": guess.offset,
        "offset_variance": guess.variance - served.item_variance,
        "chosen_concept": "",
        "engine": ability.ENGINE,
        "memory_fit_id": None,
        "confidence": "sure",
        "took_ms": 5400,
        "received_at": at,
    }
    state = LearnerState.objects.get(learner=learner)
    assert (state.seq, state.belief, state.updated_at) == (1, expected, at)
    kept = MemoryState.objects.get(learner=learner, item=served.item_id)
    assert kept.memory == memory.review(None, correct=True, at=at) == answered.memory
    assert (answered.replayed, RefusedAnswer.objects.count()) == (False, 0)


def test_a_wrong_answer_comes_back_tomorrow_and_a_guess_sooner_than_knowledge(study, learner, give):
    due = []
    for response, confidence in ((wrong, ""), (right, "unsure"), (right, "")):
        served = sessions.serve_next(learner=learner, session_id=study.pk, now=NOON)
        due.append(give(served, response(served), at=NOON, confidence=confidence).memory.due - NOON)
    assert [days.days for days in due] == [1, 1, 2]
    assert [row.correct for row in answers_of(learner)] == [False, True, True]


def test_i_do_not_know_yet_is_an_answer_and_a_wrong_one(study, learner, give):
    answered = give(study.served.get(), {"unknown": True})
    assert (answered.answer.correct, answered.answer.response) == (False, {"unknown": True})
    assert MemoryState.objects.get().lapses == 1


def test_the_second_sight_of_an_item_is_a_repeat(learner, give):
    memories = []
    for day in range(2):
        at = NOON + day * timedelta(days=30)
        started = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=at, tags=["leaves"])
        while served := sessions.serve_next(learner=learner, session_id=started.pk, now=at):
            memories.append(give(served, at=at).memory.reps)
    assert memories == [1, 1, 1, 2, 2, 2]
    state = LearnerState.objects.get(learner=learner)
    assert estimates.replay(learner).belief == state.belief


def test_an_answer_can_be_named_by_session_and_position(study, learner):
    answered = answer.record_answer(
        learner=learner,
        session_id=study.pk,
        position=1,
        response=right(study.served.get()),
        operation_id=uuid.uuid4(),
        received_at=NOON,
    )
    assert answered.answer.served == study.served.get()


@pytest.mark.parametrize("names", [{}, {"position": 1}, {"session_id": uuid.UUID(int=1)}])
def test_an_answer_to_nothing_in_particular_is_a_mistake_of_the_caller(learner, names):
    with pytest.raises(TypeError):
        answer.record_answer(learner=learner, response={}, operation_id=uuid.uuid4(), received_at=NOON, **names)


# --- Sent again ------------------------------------------------------------------------------------------------------------


def test_the_same_operation_again_returns_the_first_result_and_writes_nothing(study, learner, give):
    served, operation = study.served.get(), uuid.uuid4()
    first = give(served, operation_id=operation)
    before = everything(learner)
    again = give(served, operation_id=operation, at=NOON + timedelta(days=3), confidence="unsure")
    assert (again.replayed, again.answer, again.memory) == (True, first.answer, first.memory)
    assert everything(learner) == before


def test_an_operation_is_known_even_after_the_deadline(mock, learner, give):
    served, operation = mock.served.first(), uuid.uuid4()
    first = give(served, operation_id=operation)
    sessions.finish(learner=learner, session_id=mock.pk, now=NOON + 5 * MINUTE)
    assert give(served, operation_id=operation, at=NOON + timedelta(days=1)).answer == first.answer
    assert RefusedAnswer.objects.count() == 0


def test_an_operation_id_is_good_for_one_answer(study, learner, give):
    served, operation = study.served.get(), uuid.uuid4()
    give(served, operation_id=operation)
    following = sessions.serve_next(learner=learner, session_id=study.pk, now=NOON)
    before = everything(learner)
    for item, response in ((served, wrong(served)), (served, {"unknown": True}), (following, None)):
        assert code_of(lambda i=item, r=response: give(i, r, operation_id=operation)) == "operation-reused"
    assert code_of(lambda: give(served, {"options": "?"}, operation_id=operation)) == "operation-reused"
    assert everything(learner) == before


def test_two_learners_may_use_the_same_operation_id(study, other, give):
    operation = uuid.uuid4()
    give(study.served.get(), operation_id=operation)
    theirs = sessions.start_study(learner=other, operation_id=operation, now=NOON)
    assert give(theirs.served.get(), operation_id=operation).replayed is False


# --- Refused -----------------------------------------------------------------------------------------------------------------


def test_in_study_the_first_answer_stands(study, learner, give):
    served = study.served.get()
    give(served, wrong(served))
    before = everything(learner)
    assert code_of(lambda: give(served)) == "already-answered"
    assert everything(learner) == before


def test_somebody_elses_item_does_not_exist_for_me(study, mock, other, give):
    for served in (study.served.get(), mock.served.first()):
        with pytest.raises(ServedItem.DoesNotExist):
            give(served, learner=other)
    with pytest.raises(ServedItem.DoesNotExist):
        answer.record_answer(
            learner=study.learner, served_id=study.served.get().pk, session_id=mock.pk, response={},
            operation_id=uuid.uuid4(), received_at=NOON,
        )  # fmt: skip
    assert Answer.objects.count() == RefusedAnswer.objects.count() == 0


@pytest.mark.parametrize(
    ("response", "code"),
    [
        ({"options": ["ffffffff"]}, "foreign-choice"),
        ({"options": []}, "wrong-count"),
        ({"options": None}, "malformed-response"),
        ({"correct": True}, "malformed-response"),
        ([], "malformed-response"),
        (None, "malformed-response"),
    ],
)
def test_a_response_that_the_question_cannot_have_changes_nothing(learner, give, response, code):
    started = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON, tags=["service"])
    served = started.served.get()
    before = everything(learner)
    with pytest.raises(scoring.BadResponse) as refused:
        answer.record_answer(
            learner=learner,
            served_id=served.pk,
            response=response,
            operation_id=uuid.uuid4(),
            received_at=NOON,
        )
    assert refused.value.code == code
    assert everything(learner) == before
    assert RefusedAnswer.objects.count() == 0


def test_a_choice_of_another_question_is_refused(mock, learner, give):
    one, two = (mock.served.filter(version__kind="choice"))[:2]
    before = everything(learner)
    assert code_of(lambda: give(one, right(two))) == "foreign-choice"
    assert everything(learner) == before


@pytest.mark.parametrize(
    ("late", "code"),
    [
        (-MS, ""),
        (0 * MS, ""),
        (GRACE, ""),
        (GRACE + MS, "deadline-passed"),
        (timedelta(days=400), "deadline-passed"),
    ],
)
def test_an_answer_counts_up_to_the_deadline_and_its_grace_and_not_a_millisecond_longer(
    mock, learner, give, late, code
):
    served, operation = mock.served.first(), uuid.uuid4()
    before = everything(learner)
    at = mock.deadline + late
    assert code_of(lambda: give(served, at=at, operation_id=operation)) == code
    assert Answer.objects.count() == (not code)
    if code:
        assert everything(learner) == before
        assert code_of(lambda: give(served, at=at, operation_id=operation)) == code
        assert RefusedAnswer.objects.values().get() == {
            "id": RefusedAnswer.objects.get().pk,
            "served_id": served.pk,
            "learner_id": learner.pk,
            "operation_id": operation,
            "response": right(served),
            "code": code,
            "received_at": at,
        }


@pytest.mark.parametrize(("late", "open_then"), [(-MS, True), (0 * MS, True), (GRACE, True), (GRACE + MS, False)])
def test_the_writing_statement_itself_knows_the_deadline_and_the_state(mock, study, learner, late, open_then):
    def takes(own):
        return PracticeSession.objects.filter(answer.open_at(mock.deadline + late), pk=own.pk).exists()

    assert (takes(mock), takes(study)) == (open_then, True)
    for own in (mock, study):
        sessions.finish(learner=learner, session_id=own.pk, now=NOON)
    assert (takes(mock), takes(study)) == (False, False)


def test_an_answer_received_in_time_counts_however_late_it_is_processed(mock, learner, give):
    # The clock of the call is when the answer was received; nothing reads another one.
    assert give(mock.served.first(), at=mock.deadline - MS).answer.received_at == mock.deadline - MS


def test_an_answer_to_a_finished_session_is_kept_and_does_not_count(study, learner, give):
    served = study.served.get()
    sessions.finish(learner=learner, session_id=study.pk, now=NOON)
    before = everything(learner)
    assert code_of(lambda: give(served)) == "session-finished"
    assert everything(learner) == before
    assert RefusedAnswer.objects.get().code == "session-finished"


@pytest.mark.parametrize("response", [{"options": ["\u0000"]}, {"options": ["\ud800"]}, "x" * 5000])
def test_what_no_question_can_have_and_no_database_can_hold_is_refused_all_the_same(mock, learner, give, response):
    assert code_of(lambda: give(mock.served.first(), response, at=mock.deadline + MINUTE)) == "deadline-passed"
    assert code_of(lambda: give(mock.served.first(), response)) in {"foreign-choice", "malformed-response"}
    assert Answer.objects.count() == 0


# --- Mock exams ------------------------------------------------------------------------------------------------------------


def test_in_a_mock_exam_every_change_is_a_revision_and_nothing_is_believed_yet(mock, learner, give):
    served = mock.served.first()
    for response in (wrong(served), {"unknown": True}, right(served)):
        assert give(served, response).memory is None
    rows = Answer.objects.order_by("seq").values_list("seq", "revision", "correct", "predicted")
    assert list(rows) == [(1, 1, False, None), (2, 2, False, None), (3, 3, True, None)]
    state = LearnerState.objects.get(learner=learner)
    assert (state.seq, state.belief) == (3, ability.Belief())
    assert MemoryState.objects.count() == 0


def test_the_exam_room_saves_half_made_answers(mock, give):
    served = mock.served.filter(version__kind__in=["multiple", "ordering"]).first()
    half = {"options": right(served)["options"][:1]}
    assert give(served, half).answer.response == half
    assert give(served, half).answer.correct is False


# --- Cost ------------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_one_answer_costs_six_statements_whatever_the_history(learner, give):
    counts = []
    for day in (0, 1, 40):
        at = NOON + day * timedelta(days=1)
        started = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=at, length=8)
        while served := sessions.serve_next(learner=learner, session_id=started.pk, now=at):
            response = right(served)
            with CaptureQueriesContext(connection) as statements:
                answer.record_answer(
                    learner=learner, served_id=served.pk, response=response, operation_id=uuid.uuid4(),
                    received_at=at,
                )  # fmt: skip
            counts.append([row["sql"].split()[0] for row in statements])
    first, later = (["SELECT", "BEGIN", "UPDATE", "INSERT", memory, "COMMIT"] for memory in ("INSERT", "UPDATE"))
    assert counts == [first] * 8 + [later] * 16


# --- At once -----------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_same_answer_sent_eight_times_at_once_is_stored_once(study, learner, give):
    served, operation = study.served.get(), uuid.uuid4()
    results = at_once(*[lambda: give(served, operation_id=operation)] * 8)
    (stored,) = Answer.objects.all()
    assert [result.answer.pk for result in results] == [stored.pk] * 8
    assert sorted(result.replayed for result in results) == [False] + [True] * 7
    assert LearnerState.objects.get(learner=learner).seq == 1
    assert MemoryState.objects.get().reps == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_tabs_that_answer_at_once_one_is_told_that_the_other_was_first(study, learner, give):
    served = study.served.get()
    results = at_once(lambda: give(served), lambda: give(served, wrong(served)))
    refused = [result for result in results if isinstance(result, Refusal)]
    assert [refusal.code for refusal in refused] == ["already-answered"]
    assert Answer.objects.count() == LearnerState.objects.get(learner=learner).seq == 1


@pytest.mark.django_db(transaction=True)
def test_eight_answers_of_one_learner_at_once_are_all_stored_in_one_order(mock, learner, give):
    studies = [
        sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON, tags=tags)
        for tags in (["leaves"], ["water"])
    ]
    items = [*mock.served.all(), *(started.served.get() for started in studies)]
    results = at_once(*[lambda s=served: give(s) for served in items])
    assert [type(result).__name__ for result in results] == ["Answered"] * 8
    assert [row.seq for row in answers_of(learner)] == list(range(1, 9))
    state = LearnerState.objects.get(learner=learner)
    assert state.seq == 8
    assert belief_to_json(estimates.replay(learner).belief) == state.beliefs
    assert estimates.rebuild_progress(learner, now=NOON) is False


@pytest.mark.django_db(transaction=True)
def test_answers_of_many_learners_at_once_do_not_disturb_each_other(bank, give):
    learners = [make_user(f"learner-{n}") for n in range(8)]
    started = [sessions.start_study(learner=who, operation_id=uuid.uuid4(), now=NOON) for who in learners]
    items = [one.served.get() for one in started]
    results = at_once(*[lambda s=served: give(s) for served in items])
    assert [type(result).__name__ for result in results] == ["Answered"] * 8
    assert set(LearnerState.objects.values_list("seq", flat=True)) == {1}


@pytest.mark.django_db(transaction=True)
def test_an_acknowledged_answer_is_graded_and_one_that_is_not_graded_is_told_so(bank, give):
    for _ in range(30):
        learner = people.start_guest(now=NOON)
        started = sessions.start_mock(learner=learner, operation_id=uuid.uuid4(), now=NOON, form="short")
        served = started.served.first()
        result, finished = at_once(
            lambda s=served: give(s),
            lambda who=learner, s=started: sessions.finish(learner=who, session_id=s.pk, now=NOON + 2 * MINUTE),
        )
        assert finished.state == rules.FINISHED
        graded = estimates.final_answers(finished)
        state = LearnerState.objects.get(learner=learner)
        if isinstance(result, Refusal):
            assert (result.code, graded, state.belief.answered) == ("session-finished", [], 0)
            assert RefusedAnswer.objects.get(learner=learner).code == "session-finished"
        else:
            assert (graded, state.belief.answered) == ([result.answer], 1)
        assert estimates.rebuild_progress(learner, now=NOON) is False


def test_a_confidence_that_is_none_is_refused_at_once(study, give):
    with pytest.raises(scoring.BadResponse) as refused:
        give(study.served.get(), confidence="maybe")
    assert refused.value.code == "bad-confidence"
    assert Answer.objects.count() == 0
