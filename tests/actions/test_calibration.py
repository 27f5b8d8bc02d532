"""Difficulties of items and tags: what answers make of them, and that nothing else does - not when, how often or by whom."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from questions.actions import calibration, estimates, sessions
from questions.domain import difficulty, rules
from questions.domain.ability import DEFAULT, Gauss
from questions.domain.difficulty import Difficulties, Sight
from questions.models import (
    Answer,
    CalibrationCursor,
    ItemCalibration,
    ItemVersion,
    PracticeSession,
    TagDifficulty,
    User,
)
from questions.queries.first_sights import first_sights
from tests.cast import NOON, Give, at_once, make_user, right, wrong

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LATER = NOON + HOUR
HARD = "water-on-a-mountain"


def states() -> tuple[Any, Any]:
    """All difficulties, to the last bit."""
    columns = ("item__slug", "mean", "variance", "own_mean", "own_variance", "answers", "correct")
    return (
        sorted(ItemCalibration.objects.values_list(*columns)),
        sorted(TagDifficulty.objects.values_list("tag__slug", "mean", "variance")),
    )


def counts() -> dict[str, tuple[int, int]]:
    """Answers and right ones of the items that have any."""
    rows = ItemCalibration.objects.filter(answers__gt=0).values_list("item__slug", "answers", "correct")
    return {slug: (answers, correct) for slug, answers, correct in rows}


def from_scratch(now: datetime) -> tuple[Any, Any]:
    """The difficulties that follow from the log alone, by one drain and one refit."""
    for model in (CalibrationCursor, ItemCalibration, TagDifficulty):
        model.objects.all().delete()
    calibration.drain_answers(now=now)
    calibration.refit_difficulties(now=now)
    return states()


def class_answers(give: Give, size: int = 3, response: Any = right, at: datetime = NOON) -> list[User]:
    """Some people study the whole bank."""
    people = [make_user(f"pupil-{User.objects.count()}") for _ in range(size)]
    for learner in people:
        study = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=at, length=8)
        while served := sessions.serve_next(learner=learner, session_id=study.pk, now=at):
            give(served, response(served), at=at)
    return people


def miss_the_hard_one(served: Any) -> dict[str, Any]:
    return wrong(served) if served.version.item.slug == HARD else right(served)


# --- What answers make of it -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sweep", [calibration.drain_answers, calibration.refit_difficulties])
def test_what_everybody_gets_wrong_is_harder_than_what_everybody_gets_right(
    bank: object, give: Give, sweep: Any
) -> None:
    class_answers(give, 3, miss_the_hard_one)
    sweep(now=NOON + DAY)
    assert counts() == {slug: (3, 0 if slug == HARD else 3) for slug in counts()}
    assert len(counts()) == 8
    priors = {row.item_id: row.prior for row in ItemVersion.objects.filter(state="approved")}
    for row in ItemCalibration.objects.select_related("item"):
        assert (row.own_mean > priors[row.item_id].mean) is (row.item.slug == HARD)
        assert 0 < row.own_variance < priors[row.item_id].variance


def test_one_answer_is_one_step_from_what_was_believed_of_its_learner(learner: User, give: Give) -> None:
    study = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON, tags=["leaves"])
    served = study.served.select_related("version", "session").get()
    stored = give(served, wrong(served), at=NOON).answer
    assert calibration.drain_answers(now=LATER) == 1
    known = Difficulties()
    believed = Gauss(stored.offset, stored.offset_variance)
    sight = Sight(learner.pk, served.item_id, tuple(served.version.tag_slugs), believed, False, served.version.prior)
    difficulty.absorb(known, [sight])
    row = ItemCalibration.objects.get(item=served.item_id)
    assert Gauss(row.own_mean, row.own_variance) == known.items[served.item_id]
    assert row.belief == difficulty.folded(known.items[served.item_id], sight.tags, known.tags)
    assert {tag.tag.slug: tag.belief for tag in TagDifficulty.objects.filter(tag__slug__in=known.tags)} == known.tags


def test_an_item_nobody_answered_is_served_with_its_authors_estimate_and_what_its_tags_have_taught(
    bank: object, learner: User, give: Give
) -> None:
    study = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON, tags=["leaves"], length=1)
    served = study.served.get()
    give(served, wrong(served), at=NOON)
    calibration.drain_answers(now=LATER)
    tags = {row.tag.slug: row.belief for row in TagDifficulty.objects.all()}
    for version in ItemVersion.objects.filter(state="approved").exclude(item=served.item_id):
        row = ItemCalibration.objects.get(item=version.item_id)
        assert (row.answers, row.own_mean, row.own_variance) == (0, version.difficulty, DEFAULT.item_variance)
        assert row.belief == difficulty.folded(version.prior, version.tag_slugs, tags)


def test_only_first_sights_count_and_i_do_not_know_tells_nothing_of_the_item(learner: User, give: Give) -> None:
    for at, response in ((NOON, wrong), (NOON + 3 * DAY, right)):
        study = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=at, tags=["leaves"])
        while served := sessions.serve_next(learner=learner, session_id=study.pk, now=at):
            give(served, response(served), at=at)
    calibration.drain_answers(now=NOON + 4 * DAY)
    assert set(counts().values()) == {(1, 0)}
    drained = counts()
    study = sessions.start_study(learner=make_user("unsure"), operation_id=uuid.uuid4(), now=NOON + 4 * DAY)
    give(study.served.get(), {"unknown": True}, at=NOON + 4 * DAY)
    calibration.drain_answers(now=NOON + 5 * DAY)
    assert counts() == drained


def test_a_mock_exam_counts_when_it_has_closed_and_only_the_last_answer_to_each_item(
    mock: PracticeSession, learner: User, give: Give
) -> None:
    first, second, third, *_ = mock.served.all()
    give(first, wrong(first))
    give(first)
    give(second)
    give(second, {"unknown": True})
    give(third, wrong(third))
    assert calibration.drain_answers(now=NOON + 5 * MINUTE) == 0
    sessions.finish(learner=learner, session_id=mock.pk, now=NOON + 6 * MINUTE)
    assert calibration.drain_answers(now=NOON + 7 * MINUTE) == 0, "it closed within the margin"
    assert calibration.drain_answers(now=LATER) == 2
    assert counts() == {first.version.item.slug: (1, 1), third.version.item.slug: (1, 0)}


def test_a_mock_exam_whose_time_is_up_holds_the_drain_until_it_is_closed(
    mock: PracticeSession, other: User, give: Give
) -> None:
    served = mock.served.first()
    assert served is not None
    give(served, wrong(served))
    study = sessions.start_study(learner=other, operation_id=uuid.uuid4(), now=LATER)
    give(study.served.get(), at=LATER)
    assert calibration.horizon(LATER + HOUR) == mock.deadline
    assert calibration.drain_answers(now=LATER + HOUR) == 0
    sessions.close_expired(now=LATER + HOUR)
    assert calibration.drain_answers(now=LATER + HOUR) == 2


def test_served_difficulty_is_the_calibrated_one_and_stays_with_the_served_item(learner: User, give: Give) -> None:
    class_answers(give, 2, wrong)
    early = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON, tags=["leaves"])
    calibration.drain_answers(now=LATER)
    late = sessions.start_mock(learner=learner, operation_id=uuid.uuid4(), now=LATER)
    found = {row.item_id: row.belief for row in ItemCalibration.objects.all()}
    served = list(late.served.all())
    assert [row.difficulty for row in served] == [found[row.item_id] for row in served]
    first = early.served.get()
    assert first.difficulty == first.version.prior
    give(first)
    assert estimates.rebuild_progress(learner, now=NOON) is False


def test_an_edited_item_without_answers_follows_its_author(bank: object, give: Give) -> None:
    version = ItemVersion.objects.filter(state="approved").order_by("pk").first()
    assert version is not None
    calibration.drain_answers(now=NOON)
    ItemVersion._base_manager.filter(pk=version.pk).update(difficulty=1.25)
    calibration.drain_answers(now=NOON + MINUTE)
    assert ItemCalibration.objects.get(item=version.item_id).own_mean == 1.25


def test_answers_from_before_the_log_told_what_was_believed_are_completed_by_a_replay(bank: object, give: Give) -> None:
    class_answers(give, 2, miss_the_hard_one)
    told = first_sights(None, LATER)
    Answer._base_manager.update(offset=None, offset_variance=None)
    untold = first_sights(None, LATER)
    assert {(before.told, after.told) for before, after in zip(told, untold, strict=True)} == {(True, False)}
    for before, after in zip(told, calibration._complete(untold), strict=True):
        assert after.believed.mean == before.sight.believed.mean
        assert after.believed.variance == pytest.approx(before.sight.believed.variance)


def test_the_first_drain_counts_no_answer_twice_that_an_older_method_had_counted(bank: object, give: Give) -> None:
    class_answers(give, 3, miss_the_hard_one)
    calibration.drain_answers(now=LATER)
    once = states()
    CalibrationCursor.objects.all().delete()  # as an upgrade leaves it: estimates, and no place in the log
    calibration.drain_answers(now=LATER)
    assert states() == once


def test_a_log_that_cannot_be_replayed_holds_nobody_elses_answers_up(bank: object, give: Give) -> None:
    lost, _ = class_answers(give, 2, miss_the_hard_one)
    Answer._base_manager.update(offset=None, offset_variance=None)
    Answer._base_manager.filter(learner=lost).update(engine="of-another-code")
    calibration.drain_answers(now=LATER)
    assert set(counts().values()) == {(1, 0), (1, 1)}


# --- And nothing else ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sweep", [calibration.drain_answers, calibration.refit_difficulties])
def test_a_second_run_writes_nothing(bank: object, give: Give, sweep: Any) -> None:
    class_answers(give, 2)
    sweep(now=NOON + DAY)
    before = states(), CalibrationCursor.objects.values().get()
    assert not sweep(now=NOON + DAY)
    assert (states(), CalibrationCursor.objects.values().get()) == before
    assert set(ItemCalibration.objects.values_list("updated_at", flat=True)) == {NOON + DAY}


def live(rng: random.Random, give: Give, steps: int, often: Any) -> datetime:
    """Some people practise, in mock exams too, over days; ``often`` is called with the clock between any two deeds."""
    people = [make_user(f"pupil-{User.objects.count()}-{n}") for n in range(3)]
    now = NOON
    for _ in range(steps):
        now += rng.choice([MINUTE, MINUTE, 10 * MINUTE, HOUR, 9 * HOUR])
        learner = rng.choice(people)
        mock = PracticeSession.objects.filter(learner=learner, mode=rules.MOCK, state=rules.OPEN).first()
        study = PracticeSession.objects.filter(learner=learner, mode=rules.STUDY, state=rules.OPEN).first()
        deed = rng.random()
        try:
            if mock and deed < 0.7:
                served = rng.choice(list(mock.served.select_related("version", "session")))
                give(served, rng.choice([right, wrong, lambda _: {"unknown": True}])(served), at=now, learner=learner)
            elif mock and deed < 0.8:
                sessions.finish(learner=learner, session_id=mock.pk, now=now)
            elif deed > 0.9:
                sessions.start_mock(learner=learner, operation_id=uuid.UUID(int=rng.getrandbits(128)), now=now)
            else:
                study = study or sessions.start_study(
                    learner=learner, operation_id=uuid.UUID(int=rng.getrandbits(128)), now=now, length=8
                )
                if waiting := sessions.serve_next(learner=learner, session_id=study.pk, now=now):
                    give(waiting, rng.choice([right, right, wrong])(waiting), at=now, learner=learner)
        except rules.Refusal:
            pass
        often(now)
    return now


def sweeps(rng: random.Random, away: tuple[datetime, datetime]) -> Any:
    """The worker's sweeps in any order and any number, but none while the worker is away."""

    def often(now: datetime) -> None:
        if away[0] <= now < away[1]:
            return
        every = [calibration.drain_answers, calibration.refit_difficulties, sessions.close_expired]
        for sweep in rng.sample(every, rng.randrange(4)):
            sweep(now=now)

    return often


@pytest.mark.parametrize("seed", range(4))
def test_a_worker_that_was_away_for_a_day_and_caught_up_leaves_what_one_leaves_that_never_was(
    bank: object, give: Give, seed: int
) -> None:
    rng = random.Random(seed)
    away = (NOON + DAY, NOON + 2 * DAY) if seed % 2 else (NOON, NOON)
    end = live(rng, give, 60, sweeps(rng, away)) + DAY
    sessions.close_expired(now=end)
    for sweep in rng.sample([calibration.drain_answers, calibration.refit_difficulties], 2):
        sweep(now=end)
    assert len(first_sights(None, end)) >= 10
    swept = states()
    assert swept == from_scratch(end)
    assert counts() != {}


def test_answers_that_came_late_into_the_database_are_taken_in_by_the_refit(
    learner: User, other: User, give: Give
) -> None:
    for person, at in ((learner, NOON), (other, NOON - HOUR)):
        study = sessions.start_study(learner=person, operation_id=uuid.uuid4(), now=at, tags=["leaves"])
        give(study.served.get(), at=at)
        calibration.drain_answers(now=LATER)
    assert sum(answers for answers, _ in counts().values()) == 1
    calibration.refit_difficulties(now=NOON + DAY)
    assert sum(answers for answers, _ in counts().values()) == 2


def test_who_left_is_out_of_the_difficulties_with_the_next_refit(bank: object, give: Give) -> None:
    person, *_ = class_answers(give, 2)
    calibration.refit_difficulties(now=NOON + DAY)
    person.delete()
    calibration.refit_difficulties(now=NOON + 2 * DAY)
    assert set(counts().values()) == {(1, 1)}


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_while_learners_answer_lose_nothing_and_count_nothing_twice(bank: object, give: Give) -> None:
    class_answers(give, 2, miss_the_hard_one)
    people = [make_user(f"late-{n}") for n in range(3)]
    studies = [sessions.start_study(learner=one, operation_id=uuid.uuid4(), now=LATER, length=3) for one in people]

    def answer_all(study: PracticeSession) -> None:
        while served := sessions.serve_next(learner=study.learner, session_id=study.pk, now=LATER):
            give(served, wrong(served), at=LATER)

    end = LATER + DAY
    results = at_once(
        *[lambda s=study: answer_all(s) for study in studies],
        *[lambda: calibration.drain_answers(now=LATER)] * 3,
        *[lambda: calibration.refit_difficulties(now=end)] * 2,
        *[lambda: calibration.drain_answers(now=end)] * 2,
    )
    assert [result for result in results if isinstance(result, Exception)] == []
    # What was under way while the clock of a worker was a day ahead arrived behind the cursor: the next refit has it.
    calibration.drain_answers(now=end + DAY)
    calibration.refit_difficulties(now=end + DAY)
    swept = states()
    assert sum(answers for answers, _ in counts().values()) == 2 * 8 + 3 * 3
    assert swept == from_scratch(end + DAY)


def test_of_two_workers_that_read_the_same_place_one_writes(bank: object, give: Give) -> None:
    class_answers(give, 1)
    cursor = calibration._cursor()
    assert calibration.drain_answers(now=LATER) == 8
    before = states()
    assert calibration._publish(cursor, calibration._changes(Difficulties()), upto=LATER, base=None, now=LATER) is False
    assert states() == before


def test_a_refit_reads_up_to_the_midnight_before_and_the_drain_adds_the_day(bank: object, give: Give) -> None:
    class_answers(give, 2, wrong)
    calibration.drain_answers(now=NOON + 6 * HOUR)
    class_answers(give, 1, right, at=NOON + DAY)
    calibration.drain_answers(now=NOON + DAY + HOUR)
    calibration.refit_difficulties(now=NOON + DAY + HOUR)
    cursor = CalibrationCursor.objects.get()
    midnight = datetime(2026, 3, 3, tzinfo=UTC)
    assert (cursor.base, cursor.upto) == (midnight, NOON + DAY + HOUR - calibration.MARGIN)
    base = difficulty.refit([row.sight for row in first_sights(None, midnight)])
    difficulty.absorb(base, [row.sight for row in first_sights(midnight, NOON + 2 * DAY)])
    assert {row.item_id: Gauss(row.own_mean, row.own_variance) for row in ItemCalibration.objects.all()} == base.items
