"""What rows keep: frozen logs, exact figures, erasure, and the small facts that one row tells."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from questions.actions import review, sessions
from questions.domain import memory
from questions.domain.ability import Belief, Gauss, TagBelief
from questions.models import (
    Answer,
    Frozen,
    ItemVersion,
    LearnerState,
    MemoryState,
    PracticeSession,
    RefusedAnswer,
    ReviewEvent,
    ServedItem,
    User,
    belief_from_json,
    belief_to_json,
    memory_columns,
)
from tests.cast import NOON, make_user

pytestmark = pytest.mark.django_db


# --- Written once ------------------------------------------------------------------------------------------------------


@pytest.fixture
def answered(study, give):
    return give(study.served.get()).answer


def refuses_every_change(row, column: str, value: object) -> None:
    before = type(row).objects.filter(pk=row.pk).values().get()
    setattr(row, column, value)
    table = type(row).objects.filter(pk=row.pk)
    for deed in (
        row.save,
        lambda: row.save(update_fields=[column]),
        row.delete,
        lambda: table.update(**{column: value}),
        lambda: type(row).objects.bulk_update([row], [column]),
        lambda: type(row).objects.update_or_create(pk=row.pk, defaults={column: value}),
        table.delete,
        type(row).objects.all().delete,
    ):
        with pytest.raises(Frozen), transaction.atomic():
            deed()
    assert table.values().get() == before


def test_an_answer_never_changes(answered):
    refuses_every_change(answered, "correct", False)
    refuses_every_change(answered, "response", {"unknown": True})


def test_an_answer_moves_to_another_owner_only(answered, other):
    Answer.objects.filter(pk=answered.pk).update(learner=other, seq=7)
    with pytest.raises(Frozen):
        Answer.objects.filter(pk=answered.pk).update(learner=other, seq=7, correct=False)


def test_a_question_version_keeps_its_content_and_only_its_state_moves(bank):
    version = ItemVersion.objects.filter(state="approved").first()
    refuses_every_change(version, "body", {})
    refuses_every_change(version, "difficulty", 2.0)
    version = ItemVersion.objects.get(pk=version.pk)
    version.state = "retired"
    version.save(update_fields=["state"])
    assert ItemVersion.objects.get(pk=version.pk).state == "retired"


def test_the_record_of_a_review_never_changes(bank):
    refuses_every_change(ReviewEvent.objects.first(), "why", "Another reason.")


def test_an_answer_that_came_too_late_is_kept_as_it_was_sent(study):
    refused = RefusedAnswer.objects.create(
        served=study.served.get(), learner=study.learner, operation_id=uuid.uuid4(),
        response={"options": ["x"]}, code="deadline-passed", received_at=NOON,
    )  # fmt: skip
    refuses_every_change(refused, "response", {})


# --- Erasure -------------------------------------------------------------------------------------------------------------


def test_erasing_a_learner_removes_all_their_rows_and_nobody_elses(study, mock, give, other, instructor):
    give(study.served.get())
    give(mock.served.first())
    theirs = sessions.start_study(learner=other, operation_id=uuid.uuid4(), now=NOON)
    give(theirs.served.get())
    RefusedAnswer.objects.create(
        served=study.served.get(), learner=study.learner, operation_id=uuid.uuid4(), response={},
        code="late", received_at=NOON,
    )  # fmt: skip
    study.learner.delete()
    assert list(Answer.objects.values_list("learner", flat=True)) == [other.pk]
    assert list(PracticeSession.objects.all()) == [theirs]
    assert list(ServedItem.objects.values_list("session", flat=True)) == [theirs.pk]
    assert list(MemoryState.objects.values_list("learner", flat=True)) == [other.pk]
    assert set(LearnerState.objects.values_list("learner", flat=True)) == {other.pk, instructor.pk}
    assert RefusedAnswer.objects.count() == 0


def test_an_instructor_goes_and_their_questions_stay(bank, instructor):
    version = ItemVersion.objects.filter(state="approved").first()
    ItemVersion._base_manager.filter(pk=version.pk).update(created_by=instructor)
    review.retire(version, by=instructor, now=NOON, why="Out of date.")
    instructor.delete()
    version = ItemVersion.objects.get(pk=version.pk)
    assert (version.created_by, version.state) == (None, "retired")
    assert list(version.events.values_list("action", "by")) == [
        ("created", None),
        ("approved", None),
        ("retired", None),
    ]


# --- Exact figures -------------------------------------------------------------------------------------------------------


AWKWARD = [0.1 + 0.2, 1 / 3, -1e-17, 5e-324, 1e22, 123456789.123456789, -0.69314718055994530942, 1.0, 0.0]


def test_a_belief_comes_back_from_the_database_to_the_last_bit(learner):
    rng = random.Random(5)
    beliefs = [Belief()]
    for _ in range(30):
        figure = lambda: rng.choice([rng.gauss(0, 1), rng.random(), *AWKWARD])  # noqa: E731
        tags = {
            f"tag-{n}": TagBelief(figure(), rng.random(), rng.randrange(9), rng.randrange(9), 1.7e9 + figure())
            for n in range(rng.randrange(6))
        }
        beliefs.append(Belief(Gauss(figure(), rng.random()), tags, rng.randrange(99), rng.randrange(99)))
    for belief in beliefs:
        LearnerState.objects.filter(learner=learner).update(beliefs=belief_to_json(belief))
        assert LearnerState.objects.get(learner=learner).belief == belief


def test_an_empty_row_is_the_prior():
    assert belief_from_json({}) == Belief()
    assert belief_from_json(belief_to_json(Belief())) == Belief()


def test_a_memory_comes_back_from_the_database_to_the_last_bit(learner, bank):
    item = ItemVersion.objects.first().item
    rng, state, at = random.Random(5), None, datetime(2026, 3, 2, 12, 0, 0, 123457, tzinfo=UTC)
    row = MemoryState(learner=learner, item=item)
    for _ in range(12):
        state = memory.review(state, correct=rng.random() < 0.7, at=at)
        for name, value in memory_columns(state).items():
            setattr(row, name, value)
        row.save()
        assert MemoryState.objects.get().memory == state
        at += timedelta(days=rng.randrange(30), microseconds=rng.randrange(10**9))


# --- Small facts ---------------------------------------------------------------------------------------------------------


def test_an_exam_knows_its_blueprint_its_tasks_and_its_forms(bank):
    assert bank.weights == {"d1": 40.0, "d2": 40.0}
    assert [bank.domain_of(task) for task in ("1.1", "2.1", "3.1", "9.9", "")] == ["d1", "d2", "d3", "", ""]
    assert bank.form("short") == {"slug": "short", "title": "Short mock", "questions": 3, "minutes": 6}
    assert bank.form("endless") is None


def test_a_session_has_a_title(study, mock):
    assert (study.title, mock.title) == ("Study session", "Full mock")


def test_people_are_called_by_what_they_gave(learner, guest):
    learner.first_name = "Robin"
    assert (learner.display_name, guest.display_name) == ("Robin", "Guest")
    assert User(email="a@tea.example", username="a").display_name == "a@tea.example"
    assert User(username="a").display_name == "a"
    assert make_user("toby").is_guest is False
