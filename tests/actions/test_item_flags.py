"""Flags on items: opened when answers speak against one, kept up to date, closed when they do no longer."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest

from questions.actions import calibration, item_flags
from questions.models import ItemFlag, ItemVersion
from tests.cast import NOON, at_once
from tests.logs import crowd, log_answers, served_versions, skilled

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
HARD = "water-on-a-mountain"


def open_flags() -> set[tuple[str, str]]:
    return set(ItemFlag.objects.filter(closed_at=None).values_list("item__slug", "kind"))


def nobody_gets_the_hard_one(size: int, name: str = "pupil", at: Any = NOON - DAY) -> None:
    truth = skilled(random.Random(8), middle=1.0)
    for learner in crowd(size, name):
        log_answers(learner, lambda who, v: v.item.slug != HARD and truth(who, v), at=at)


def test_what_nobody_gets_right_is_flagged_and_a_second_run_changes_nothing(bank: object) -> None:
    nobody_gets_the_hard_one(32)
    calibration.drain_answers(now=NOON)
    assert item_flags.flag_items(now=NOON) >= 1
    assert (HARD, "too-hard") in open_flags()
    assert ItemFlag.objects.get(kind="too-hard").figures == {"facility": 0.0, "answers": 32}
    before = list(ItemFlag.objects.values())
    assert item_flags.flag_items(now=NOON + DAY) == 0
    assert list(ItemFlag.objects.values()) == before


def test_few_answers_flag_nothing(bank: object) -> None:
    nobody_gets_the_hard_one(29)
    assert item_flags.flag_items(now=NOON) == 0


def test_a_flag_follows_the_answers_and_is_closed_when_they_say_so_no_longer(bank: object) -> None:
    nobody_gets_the_hard_one(32)
    item_flags.flag_items(now=NOON)
    for learner in crowd(3, "later"):
        log_answers(learner, lambda *_: True, at=NOON)
    item_flags.flag_items(now=NOON + DAY)
    assert ItemFlag.objects.get(kind="too-hard").figures == {"facility": 0.09, "answers": 35}
    for learner in crowd(20, "much-later"):
        log_answers(learner, lambda *_: True, at=NOON + DAY)
    item_flags.flag_items(now=NOON + 2 * DAY)
    flag = ItemFlag.objects.get(kind="too-hard")
    assert (flag.opened_at, flag.closed_at) == (NOON, NOON + 2 * DAY)


def test_a_new_version_starts_without_the_flags_of_the_old_one(bank: object) -> None:
    nobody_gets_the_hard_one(32)
    item_flags.flag_items(now=NOON)
    old = ItemVersion.objects.get(item__slug=HARD, state="approved")
    ItemVersion._base_manager.filter(pk=old.pk).update(state="superseded")
    old.pk, old.number, old.state = None, old.number + 1, "approved"
    ItemVersion._base_manager.bulk_create([old])
    item_flags.flag_items(now=NOON + DAY)
    assert (HARD, "too-hard") not in open_flags()


def test_an_option_that_nobody_chooses_is_flagged(bank: object) -> None:
    rng = random.Random(4)
    for learner in crowd(55):
        log_answers(learner, lambda *_: rng.random() < 0.6, at=NOON - DAY)
    item_flags.flag_items(now=NOON)
    # Wrong answers of this log always take the first distractors, so the others are dead.
    choice = {v.item.slug for v in served_versions() if v.kind == "choice" and len(v.value.options) > 2}
    assert {slug for slug, kind in open_flags() if kind == "dead-distractor"} >= choice


def test_what_is_known_by_heart_and_not_understood_is_flagged(bank: object) -> None:
    first, second, *_ = [v for v in served_versions() if v.kind == "choice"]
    ItemVersion._base_manager.filter(pk__in=[first.pk, second.pk]).update(concept="steeping")
    for learner in crowd(12):
        log_answers(learner, lambda *_: True, at=NOON - 9 * DAY, rounds=3, versions=[first])
        log_answers(learner, lambda *_: False, at=NOON - DAY, versions=[second])
    item_flags.flag_items(now=NOON)
    assert open_flags() == {(first.item.slug, "memorised")}
    assert ItemFlag.objects.get().figures == {
        "repeats": 24, "repeats_right": 24, "variants": 12, "variants_right": 0,
    }  # fmt: skip


def test_what_is_understood_too_is_not(bank: object) -> None:
    first, second, *_ = [v for v in served_versions() if v.kind == "choice"]
    ItemVersion._base_manager.filter(pk__in=[first.pk, second.pk]).update(concept="steeping")
    for learner in crowd(12):
        log_answers(learner, lambda *_: True, at=NOON - 9 * DAY, rounds=3, versions=[first])
        log_answers(learner, lambda *_: True, at=NOON - DAY, versions=[second])
    assert item_flags.flag_items(now=NOON) == 0


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_once_raise_each_flag_once(bank: object) -> None:
    nobody_gets_the_hard_one(32)
    results = at_once(*[lambda: item_flags.flag_items(now=NOON)] * 3)
    assert [result for result in results if isinstance(result, Exception)] == []
    assert ItemFlag.objects.filter(kind="too-hard").count() == 1
