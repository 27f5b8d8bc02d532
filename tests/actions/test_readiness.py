"""What is expected of a mock exam, held against its outcome."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from questions import queries
from questions.actions import readiness, sessions
from questions.domain.forecast import forecast
from questions.models import PracticeSession, ReadinessRecord, User
from questions.queries.operation import operation
from tests.cast import NOON, Give, right, wrong

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def test_a_mock_exam_begins_with_what_is_expected_of_it(mock: PracticeSession, learner: User) -> None:
    record = ReadinessRecord.objects.get()
    items = [(tuple(row.version.tag_slugs), row.difficulty) for row in mock.served.select_related("version")]
    known = queries.known_of(learner)
    told = forecast(known.belief, items, known.engine)
    assert (record.session, record.learner, record.made_at) == (mock, learner, NOON)
    assert (record.predicted, record.low, record.high, record.luck) == (told.predicted, told.low, told.high, told.luck)
    assert (record.actual, record.engine) == (None, queries.known_of(learner).engine.name)


def test_the_same_start_twice_expects_once_and_study_expects_nothing(learner: User) -> None:
    operation_id = uuid.uuid4()
    for _ in range(2):
        sessions.start_mock(learner=learner, operation_id=operation_id, now=NOON)
    sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON)
    assert ReadinessRecord.objects.count() == 1


def test_the_outcome_is_what_the_result_says(mock: PracticeSession, learner: User, give: Give) -> None:
    first, second, third, fourth, *rest = mock.served.select_related("version", "session")
    give(first)
    give(second, wrong(second))
    give(third, wrong(third))
    give(third, right(third))
    give(fourth)
    give(fourth, {"unknown": True})
    mock.served.filter(pk=rest[0].pk).update(withdrawn_at=NOON)
    assert readiness.settle_readiness(now=NOON) == 0
    sessions.finish(learner=learner, session_id=mock.pk, now=NOON + MINUTE)
    assert [readiness.settle_readiness(now=NOON) for _ in range(2)] == [1, 0]
    record = ReadinessRecord.objects.get()
    result = queries.result_of(queries.own_session(learner, mock.pk), now=NOON + MINUTE)
    assert record.actual == result.overall.correct / result.overall.total == 2 / 5
    assert record.answered == 3


def test_only_mock_exams_that_were_mostly_answered_are_held_against_the_expectation(
    mock: PracticeSession, learner: User, give: Give
) -> None:
    *most, _ = mock.served.select_related("version", "session")
    for served in most:
        give(served)
    sessions.finish(learner=learner, session_id=mock.pk, now=NOON + MINUTE)
    readiness.settle_readiness(now=NOON)
    told = operation(NOON.date()).readiness
    record = ReadinessRecord.objects.get()
    assert told.records == (record,)
    assert told.error == abs(5 / 6 - record.predicted)
    assert told.covered == int(record.low <= 5 / 6 <= record.high)
    again = sessions.start_mock(learner=learner, operation_id=uuid.uuid4(), now=NOON + 2 * MINUTE)
    sessions.finish(learner=learner, session_id=again.pk, now=NOON + 3 * MINUTE)
    readiness.settle_readiness(now=NOON)
    assert len(operation(NOON.date()).readiness.records) == 1


def test_an_exam_of_which_everything_was_withdrawn_came_to_nothing(mock: PracticeSession, learner: User) -> None:
    mock.served.update(withdrawn_at=NOON)
    sessions.finish(learner=learner, session_id=mock.pk, now=NOON + MINUTE)
    readiness.settle_readiness(now=NOON)
    assert ReadinessRecord.objects.values_list("actual", "answered").get() == (0.0, 0)
