"""What follows from the log: progress can be rebuilt to the last bit, and item difficulties come out of the answers."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta

import pytest

from questions.actions import estimates, sessions
from questions.domain.ability import Belief, Gauss
from questions.models import (
    Answer,
    Item,
    ItemVersion,
    LearnerState,
    MemoryState,
    ServedItem,
    User,
    belief_to_json,
)
from tests.cast import NOON, at_once, make_user, right, wrong

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def progress(learner: User) -> tuple:
    """All that follows from a learner's log."""
    state = LearnerState.objects.get(learner=learner)
    rows = MemoryState.objects.filter(learner=learner).order_by("item_id")
    return state.beliefs, state.engine, [(row.item_id, row.memory) for row in rows]


def practise_at_random(learner: User, give, rng: random.Random, days: int) -> int:
    """Study and mock exams as people do them, interleaved, with changes of mind; how many answers were given."""
    given = 0

    def answer_one(served, at) -> None:
        nonlocal given
        response = rng.choice([right, right, wrong, lambda _: {"unknown": True}])(served)
        give(served, response, at=at, confidence=rng.choice(["", "sure", "unsure"]))
        given += 1

    for day in range(days):
        at = NOON + day * DAY * rng.choice([1, 1, 5])
        operation = uuid.UUID(int=rng.getrandbits(128))
        study = sessions.start_study(learner=learner, operation_id=operation, now=at, length=rng.randint(1, 8))
        mock = None
        if rng.random() < 0.6:
            operation = uuid.UUID(int=rng.getrandbits(128))
            mock = sessions.start_mock(
                learner=learner, operation_id=operation, now=at, form=rng.choice(["full", "short"])
            )
        for _ in range(rng.randint(2, 10)):
            at += timedelta(seconds=rng.randint(1, 60))
            if mock is not None and rng.random() < 0.5:
                answer_one(rng.choice(list(mock.served.all())), at)
            elif served := sessions.serve_next(learner=learner, session_id=study.pk, now=at):
                answer_one(served, at)
            else:
                break
        if mock is not None:
            late = rng.random() < 0.3
            sessions.close_expired(now=at + DAY) if late else sessions.finish(
                learner=learner, session_id=mock.pk, now=at
            )
    return given


@pytest.mark.parametrize("seed", range(4))
def test_rebuilt_from_the_log_progress_is_what_is_stored_to_the_last_bit(learner, other, give, seed):
    rng = random.Random(seed)
    given = practise_at_random(learner, give, rng, days=5)
    stored, seq = progress(learner), LearnerState.objects.get(learner=learner).seq
    assert Answer.objects.filter(learner=learner).count() == given > 0
    assert estimates.rebuild_progress(learner, now=NOON) is False
    assert progress(learner) == stored
    state = LearnerState.objects.get(learner=learner)
    assert (state.seq, state.refreshed_seq) == (seq, seq)
    assert progress(other)[2] == []


def test_a_corrupted_state_is_mended(learner, give):
    practise_at_random(learner, give, random.Random(11), days=3)
    sound, seq = progress(learner), LearnerState.objects.get(learner=learner).seq
    spare = MemoryState.objects.first()
    untouched = Item.objects.exclude(memories__learner=learner).first()

    def lose_a_memory():
        MemoryState.objects.filter(pk=spare.pk).delete()

    def dream_one_up():
        spare.pk, spare.item = None, untouched or spare.item
        if untouched:
            spare.save(force_insert=True)

    for fault in (
        lambda: LearnerState.objects.filter(learner=learner).update(beliefs={}),
        lambda: LearnerState.objects.filter(learner=learner).update(beliefs=belief_to_json(Belief(Gauss(9.0, 0.1)))),
        lambda: MemoryState.objects.filter(learner=learner).update(stability=77.0),
        lambda: MemoryState.objects.filter(learner=learner).update(due=NOON + 900 * DAY),
        lambda: MemoryState.objects.filter(learner=learner).delete(),
        lose_a_memory,
        dream_one_up,
    ):
        fault()
        changed = progress(learner) != sound
        assert estimates.rebuild_progress(learner, now=NOON) is changed
        assert progress(learner) == sound
        seq += changed
        assert LearnerState.objects.get(learner=learner).seq == seq
        assert estimates.rebuild_progress(learner, now=NOON) is False


def test_a_learner_whose_state_is_lost_gets_it_back(learner, give, study):
    give(study.served.get())
    sound = progress(learner)
    LearnerState.objects.filter(learner=learner).delete()
    assert estimates.rebuild_progress(learner, now=NOON) is True
    assert progress(learner) == sound


def test_practice_goes_on_after_a_rebuild(learner, give, study):
    give(study.served.get())
    LearnerState.objects.filter(learner=learner).update(beliefs={})
    estimates.rebuild_progress(learner, now=NOON)
    while served := sessions.serve_next(learner=learner, session_id=study.pk, now=NOON):
        give(served)
    assert estimates.rebuild_progress(learner, now=NOON) is False


def test_an_open_mock_exam_is_not_believed_by_a_rebuild_either(mock, learner, give):
    give(mock.served.first())
    assert estimates.rebuild_progress(learner, now=NOON) is False
    assert LearnerState.objects.get(learner=learner).belief == Belief()


def test_the_sweep_looks_at_those_who_answered_and_at_nobody_twice(learner, other, give, study):
    make_user("idle")
    assert estimates.refresh_estimates(now=NOON) == 0
    give(study.served.get())
    assert [estimates.refresh_estimates(now=NOON) for _ in range(3)] == [1, 0, 0]
    theirs = sessions.start_study(learner=other, operation_id=uuid.uuid4(), now=NOON)
    give(theirs.served.get())
    give(sessions.serve_next(learner=learner, session_id=study.pk, now=NOON))
    LearnerState.objects.filter(learner=other).update(beliefs={})
    assert [estimates.refresh_estimates(now=NOON, limit=1) for _ in range(3)] == [1, 1, 0]
    assert estimates.refresh_estimates(now=NOON) == 0
    assert LearnerState.objects.get(learner=other).belief.answered == 1


@pytest.mark.django_db(transaction=True)
def test_rebuilding_while_the_learner_answers_loses_nothing(learner, give, mock):
    tags = [["leaves"], ["water"], ["service"]]
    studies = [sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON, tags=tag) for tag in tags]
    items = [study.served.get() for study in studies] + list(mock.served.all()[:2])
    LearnerState.objects.filter(learner=learner).update(beliefs=belief_to_json(Belief(Gauss(9.0, 0.1))))
    results = at_once(
        *[lambda s=served: give(s) for served in items],
        *[lambda: estimates.rebuild_progress(learner, now=NOON)] * 3,
    )
    assert [type(result).__name__ for result in results[:5]] == ["Answered"] * 5
    assert Answer.objects.count() == 5
    estimates.rebuild_progress(learner, now=NOON)
    assert LearnerState.objects.get(learner=learner).belief == estimates.replay(learner).belief
    assert LearnerState.objects.get(learner=learner).belief.answered == 3


def test_a_story_that_stood_in_once_has_its_own_schedule_when_another_stands_in_for_it(learner, give, study):
    unserved = ItemVersion.objects.filter(state="approved").exclude(served__session=study)
    first, second, third = unserved.order_by("item__slug")[:3]
    for position, (version, home) in enumerate([(first, None), (second, first), (third, second)], start=20):
        served = ServedItem.objects.create(
            session=study, position=position, item=version.item, version=version, stands_for=home and home.item,
            shown_order=[option.id for option in version.value.options], reason={"code": "due"},
            item_mean=0.0, item_variance=0.5, served_at=NOON,
        )  # fmt: skip
        give(served, at=NOON + timedelta(days=position))
    homes = dict(MemoryState.objects.filter(learner=learner).values_list("item", "home"))
    assert homes == {first.item_id: None, second.item_id: None, third.item_id: second.item_id}
    assert estimates.rebuild_progress(learner, now=NOON + timedelta(days=30)) is False
