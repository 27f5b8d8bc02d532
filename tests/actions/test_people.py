"""Guests and what becomes of them, roles, demo people, and the worker's sign of life."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group

from questions.actions import estimates, people, sessions
from questions.models import (
    Answer,
    Heartbeat,
    LearnerState,
    MemoryState,
    PracticeSession,
    RefusedAnswer,
    User,
)
from tests.cast import NOON, answers_of, at_once, right, wrong

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def study_some(learner: User, give, count: int, at=NOON, response=right, **more) -> PracticeSession:
    own = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=at, **more)
    for _ in range(count):
        served = sessions.serve_next(learner=learner, session_id=own.pk, now=at)
        give(served, response(served), at=at)
    return own


def test_a_guest_practises_without_credentials(guest, give):
    assert (guest.is_guest, guest.has_usable_password(), guest.email) == (True, False, "")
    study_some(guest, give, 3)
    assert LearnerState.objects.get(learner=guest).belief.answered == 3


def test_a_guest_who_signs_up_is_the_same_person_with_the_same_progress(guest, give):
    study_some(guest, give, 3)
    before = LearnerState.objects.values().get(learner=guest)
    claimed = people.claim_guest(guest, now=NOON + DAY)
    assert (claimed.pk, claimed.is_guest, claimed.claimed_at) == (guest.pk, False, NOON + DAY)
    assert people.claim_guest(guest, now=NOON + 9 * DAY).claimed_at == NOON + DAY
    assert LearnerState.objects.values().get(learner=guest) == before
    assert Answer.objects.filter(learner=guest).count() == 3


def test_claiming_makes_nobody_a_claimed_guest_who_never_was_one(learner):
    assert people.claim_guest(learner, now=NOON).claimed_at is None


def test_who_signs_in_takes_the_guests_practice_along(guest, learner, give):
    study_some(learner, give, 3, response=wrong, tags=["water"])
    own = [answer.pk for answer in answers_of(learner)]
    study_some(guest, give, 4, at=NOON + DAY, length=8)
    mock = sessions.start_mock(learner=guest, operation_id=uuid.uuid4(), now=NOON + DAY, form="short")
    for served in mock.served.all():
        give(served, at=NOON + DAY)
    theirs = [answer.pk for answer in answers_of(guest)]

    people.adopt_guest(learner=learner, guest=guest, now=NOON + DAY + MINUTE)

    assert not User.objects.filter(pk=guest.pk).exists()
    answers = answers_of(learner)
    assert [answer.pk for answer in answers] == own + theirs
    assert [answer.seq for answer in answers] == list(range(1, 11))
    mock.refresh_from_db()
    assert (mock.learner, mock.state, mock.finished_at) == (learner, "finished", NOON + DAY + MINUTE)
    state = LearnerState.objects.get(learner=learner)
    assert mock.closed_seq == 11 <= state.seq
    assert state.belief.answered == 10
    assert state.belief == estimates.replay(learner).belief
    assert estimates.rebuild_progress(learner, now=NOON) is False
    assert set(MemoryState.objects.values_list("item", flat=True)) == {answer.item_id for answer in answers}
    assert LearnerState.objects.filter(learner_id=guest.pk).count() == 0


def test_practice_goes_on_in_the_sessions_that_were_adopted(guest, learner, give):
    own = study_some(guest, give, 2, length=8)
    waiting = sessions.serve_next(learner=guest, session_id=own.pk, now=NOON)
    people.adopt_guest(learner=learner, guest=guest, now=NOON)
    served = sessions.serve_next(learner=learner, session_id=own.pk, now=NOON)
    assert served == waiting
    give(served, learner=learner)
    assert answers_of(learner)[-1].seq == LearnerState.objects.get(learner=learner).seq
    assert estimates.rebuild_progress(learner, now=NOON) is False


def test_adopting_twice_does_nothing_the_second_time(guest, learner, give):
    study_some(guest, give, 2)
    people.adopt_guest(learner=learner, guest=guest, now=NOON)
    before = LearnerState.objects.values().get(learner=learner)
    people.adopt_guest(learner=learner, guest=guest, now=NOON + DAY)
    assert LearnerState.objects.values().get(learner=learner) == before


def test_nobody_adopts_an_account_or_themselves(guest, learner, other, give):
    study_some(other, give, 2)
    people.adopt_guest(learner=learner, guest=other, now=NOON)
    people.adopt_guest(learner=guest, guest=guest, now=NOON)
    assert Answer.objects.filter(learner=other).count() == 2
    assert User.objects.filter(pk__in=[guest.pk, learner.pk, other.pk]).count() == 3


def test_a_guest_who_did_nothing_leaves_nothing(guest, learner):
    people.adopt_guest(learner=learner, guest=guest, now=NOON)
    assert not User.objects.filter(pk=guest.pk).exists()
    assert LearnerState.objects.get(learner=learner).belief.answered == 0


def test_late_answers_of_a_guest_are_kept_by_the_account(guest, learner, give):
    own = study_some(guest, give, 1)
    served = sessions.serve_next(learner=guest, session_id=own.pk, now=NOON)
    sessions.finish(learner=guest, session_id=own.pk, now=NOON)
    with pytest.raises(Exception, match="finished"):
        give(served)
    people.adopt_guest(learner=learner, guest=guest, now=NOON)
    assert RefusedAnswer.objects.get().learner == learner


def test_a_guests_mock_exam_is_submitted_even_while_the_account_runs_its_own(guest, learner, mock, give):
    theirs = sessions.start_mock(learner=guest, operation_id=uuid.uuid4(), now=NOON)
    people.adopt_guest(learner=learner, guest=guest, now=NOON + MINUTE)
    states = dict(PracticeSession.objects.filter(learner=learner).values_list("pk", "state"))
    assert states == {mock.pk: "open", theirs.pk: "finished"}


@pytest.mark.django_db(transaction=True)
def test_two_sign_ins_at_once_adopt_a_guest_once(guest, learner, give):
    study_some(guest, give, 3)
    results = at_once(*[lambda: people.adopt_guest(learner=learner, guest=guest, now=NOON)] * 3)
    assert results == [None] * 3
    assert [answer.seq for answer in answers_of(learner)] == [1, 2, 3]
    assert LearnerState.objects.get(learner=learner).belief.answered == 3
    assert estimates.rebuild_progress(learner, now=NOON) is False


# --- Roles and others --------------------------------------------------------------------------------------------------


def test_an_instructor_may_author_and_review_and_no_more(instructor, learner):
    rights = sorted(instructor.get_all_permissions())
    assert rights == sorted(f"questions.{name}" for name in people.INSTRUCTOR_PERMISSIONS)
    assert (instructor.is_staff, instructor.is_superuser) == (True, False)
    assert (learner.is_staff, learner.get_all_permissions()) == (False, set())


def test_the_group_of_instructors_is_there_after_a_migration_and_mended_when_changed(bank):
    group = Group.objects.get(name=people.INSTRUCTORS)
    group.permissions.clear()
    assert people.ensure_roles() == group
    assert group.permissions.count() == len(people.INSTRUCTOR_PERMISSIONS)


def test_the_demo_people_exist_once_and_in_development_only(bank, settings):
    first = people.ensure_demo(now=NOON)
    assert [role for role, _, _ in first] == ["learner", "instructor"]
    assert people.ensure_demo(now=NOON) == first
    for _, email, password in first:
        assert User.objects.get(email=email).check_password(password)
    assert User.objects.filter(is_staff=True).count() == 1
    settings.DEMO_ACCOUNTS = False
    with pytest.raises(RuntimeError, match="development mode only"):
        people.ensure_demo(now=NOON)


def test_a_sign_of_life_is_the_newest_one():
    for minute in range(3):
        people.leave_heartbeat("worker", now=NOON + minute * MINUTE)
    assert list(Heartbeat.objects.values_list("name", "at")) == [("worker", NOON + 2 * MINUTE)]
