"""Readiness by day: written down for those who practised, kept as it was, and what it says beside the outcome of mock exams."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from questions import queries
from questions.actions import engine, readiness, sessions
from questions.domain.ability import Belief, Gauss, TagBelief
from questions.domain.engine import DEFAULT
from questions.models import LearnerState, PracticeSession, ReadinessPoint, User, belief_to_json
from tests.actions.test_engine import approved
from tests.cast import NOON, Give, right, wrong

KNOWN = Belief(
    Gauss(0.9, 0.02),
    {slug: TagBelief(0.2, 0.02, 40, 30, NOON.timestamp()) for slug in ("leaves", "water", "service")},
    120,
    90,
)


@pytest.fixture
def practised(learner: User) -> User:
    """A learner of whom much is known."""
    LearnerState.objects.update_or_create(
        learner=learner, defaults={"beliefs": belief_to_json(KNOWN), "seq": 120, "updated_at": NOON}
    )
    return learner


def points(learner: User) -> list[tuple[str, int]]:
    return [(f"{point.day:%m-%d}", point.seq) for point in queries.readiness_points(learner)]


def test_readiness_is_the_blueprints_mean_and_says_when_it_knows_enough(practised: User, other: User):
    told = queries.ready_now(practised)
    assert told is not None
    assert told.enough
    assert 0.0 < told.score_low < told.score < told.score_high < 1.0
    assert told.passing_low < told.passing < told.passing_high
    newcomer = queries.ready_now(other)
    assert newcomer is not None
    assert not newcomer.enough
    assert newcomer.score_high - newcomer.score_low > told.score_high - told.score_low


def test_it_is_written_down_once_a_day_for_those_who_practised(practised: User, other: User):
    assert readiness.record_readiness(now=NOON) == 1
    assert readiness.record_readiness(now=NOON) == 0  # nobody answered since
    LearnerState.objects.filter(learner=practised).update(seq=121, updated_at=NOON + timedelta(hours=2))
    assert readiness.record_readiness(now=NOON + timedelta(hours=3)) == 1
    LearnerState.objects.filter(learner=practised).update(seq=122, updated_at=NOON + timedelta(days=1))
    assert (
        readiness.record_readiness(now=NOON + timedelta(days=3)) == 1
    )  # the worker was away; the day is that of the answers
    assert points(practised) == [("03-02", 121), ("03-03", 122)]
    assert points(other) == []


def test_what_was_written_under_an_earlier_day_stays(practised: User):
    readiness.record_readiness(now=NOON)
    before = ReadinessPoint.objects.get().score
    shifted = Belief(Gauss(-1.0, 0.02), KNOWN.tags, 130, 90)
    LearnerState.objects.filter(learner=practised).update(
        seq=130, beliefs=belief_to_json(shifted), updated_at=NOON + timedelta(days=1)
    )
    readiness.record_readiness(now=NOON + timedelta(days=1))
    first, second = queries.readiness_points(practised)
    assert first.score == before > second.score


def test_a_mock_exam_is_held_against_what_was_expected_of_it(practised: User, give: Give):
    mock: PracticeSession = sessions.start_mock(learner=practised, operation_id=uuid.UUID(int=5), now=NOON, form="full")
    for number, served in enumerate(mock.served.select_related("version", "session").order_by("position")):
        give(served, wrong(served) if number % 3 == 0 else right(served))
    assert queries.outcomes(practised) == []
    sessions.finish(learner=practised, session_id=mock.pk, now=NOON + timedelta(minutes=5))
    readiness.settle_readiness(now=NOON + timedelta(minutes=6))
    (outcome,) = queries.outcomes(practised)
    assert (outcome.title, outcome.day, outcome.reached) == ("Full mock", NOON.date(), 4 / 6)
    assert outcome.low <= outcome.expected <= outcome.high


def test_it_carries_the_name_of_the_engine_that_told_it_not_of_the_one_that_judged_the_last_answer(practised: User):
    engine.make_champion(approved(replace(DEFAULT, name="belief-1.new")), by=None, now=NOON)
    readiness.record_readiness(now=NOON)
    assert [point.engine for point in queries.readiness_points(practised)] == ["belief-1.new"]
