"""The nightly fits: a candidate is proposed only when it wins on later answers, and a memory fit only when it does."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from questions import queries
from questions.actions import engine, refit
from questions.domain import ability, memory_fit
from questions.domain.engine import DEFAULT
from questions.models import EngineVersion, MemoryFit, User
from tests.cast import NOON, at_once
from tests.logs import crowd, log_answers, served_versions, skilled

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TODAY = f"{NOON:%Y%m%d}"


def three_weeks(middle: float, people: int = 16, until: Any = NOON, seed: int = 5) -> list[User]:
    """People of this middling ability practise every second day for three weeks."""
    rng = random.Random(seed)
    truth, found = skilled(rng, spread=0.3, middle=middle), crowd(people)
    for learner in found:
        log_answers(learner, truth, at=until - 21 * DAY, rounds=14, pause=1.5 * DAY, rng=rng)
    return found


def test_people_who_know_more_than_the_engine_thinks_move_its_constants(bank: object) -> None:
    three_weeks(middle=2.5)
    version = refit.propose_refit(now=NOON)
    assert version is not None
    assert (version.name, version.state) == (f"{ability.ENGINE}.{TODAY}", "pending")
    assert version.value.filter.mu > DEFAULT.filter.mu
    assert (version.evidence["against"], version.evidence["days"]) == (ability.ENGINE, 7)
    told = version.evidence["filter"]
    assert told["learners"] == 16
    assert told["answers"] >= refit.LEAST_ANSWERS
    assert 0 < told["low"] < told["gain"] < told["high"]
    assert list(version.events.values_list("state", "by")) == [("candidate", None), ("pending", None)]


def test_a_second_run_of_the_night_proposes_nothing_more(bank: object) -> None:
    three_weeks(middle=2.5)
    assert refit.propose_refit(now=NOON) is not None
    before = list(EngineVersion.objects.values())
    assert refit.propose_refit(now=NOON) is None
    assert list(EngineVersion.objects.values()) == before


def test_what_does_not_win_on_later_answers_is_not_proposed(bank: object, monkeypatch: pytest.MonkeyPatch) -> None:
    three_weeks(middle=0.4)
    worse = replace(DEFAULT.filter, mu=-1.0)
    monkeypatch.setattr(refit.shadow, "tune", lambda *_: worse)
    monkeypatch.setattr(memory_fit, "MARGIN", 9.0)
    assert refit.propose_refit(now=NOON) is None
    assert EngineVersion.objects.count() == 0


def test_memories_that_win_are_proposed_with_the_constants_that_the_champion_has(
    bank: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    three_weeks(middle=0.4)
    worse = replace(DEFAULT.filter, mu=-1.0)
    monkeypatch.setattr(refit.shadow, "tune", lambda *_: worse)
    version = refit.propose_refit(now=NOON)
    assert version is not None
    assert version.value.filter == DEFAULT.filter
    assert version.value.recall != DEFAULT.recall
    assert version.evidence["filter"]["low"] < 0
    assert version.evidence["memory"]["accepted"] is True


def test_few_answers_or_few_learners_propose_nothing(bank: object) -> None:
    three_weeks(middle=2.5, people=9)
    assert refit.propose_refit(now=NOON) is None


def test_a_newer_refit_decides_the_one_that_still_waits_but_nothing_that_a_person_proposed(bank: object) -> None:
    three_weeks(middle=2.5)
    first = refit.propose_refit(now=NOON)
    by_hand = engine.propose(replace(DEFAULT, name="by-hand"), evidence={}, now=NOON)
    EngineVersion.objects.filter(pk=by_hand.pk).update(state="candidate")
    second = refit.propose_refit(now=NOON + DAY)
    assert first is not None
    assert second is not None
    states = dict(EngineVersion.objects.values_list("name", "state"))
    assert states == {first.name: "rejected", second.name: "pending", "by-hand": "candidate"}


@pytest.mark.django_db(transaction=True)
def test_two_refits_at_once_propose_one_candidate(bank: object) -> None:
    three_weeks(middle=2.5)
    results = at_once(*[lambda: refit.propose_refit(now=NOON)] * 2)
    assert [result for result in results if isinstance(result, Exception)] == []
    assert EngineVersion.objects.count() == 1


# --- Memories --------------------------------------------------------------------------------------------------------------


def long_log(rounds: int) -> User:
    """Somebody who repeats the bank every other day, and remembers nearly all of it."""
    (learner,) = crowd(1, f"long-{User.objects.count()}")
    rng = random.Random(2)
    log_answers(learner, lambda *_: rng.random() > 0.08, at=NOON - 2 * rounds * DAY, rounds=rounds, pause=2 * DAY)
    return learner


def test_a_fit_is_stored_with_what_was_measured_whether_it_won_or_not(
    bank: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    learner = long_log(60)
    assert refit.fit_memories(now=NOON) == 1
    lost = MemoryFit.objects.get()
    assert (lost.learner, lost.accepted, lost.reviews) == (learner, False, 60 * len(served_versions()))
    assert lost.parameters == list(DEFAULT.recall)
    assert lost.evidence["loss"] > lost.evidence["incumbent_loss"] - memory_fit.MARGIN
    monkeypatch.setattr(memory_fit, "MARGIN", -9.0)  # now everything wins
    other = long_log(61)
    assert refit.fit_memories(now=NOON) == 1
    won = MemoryFit.objects.get(learner=other)
    assert (won.accepted, len(won.parameters)) == (True, 21)
    assert queries.known_of(other).recall == tuple(won.parameters)
    assert queries.known_of(learner).recall == DEFAULT.recall


def test_a_second_run_fits_nothing_until_the_log_has_grown(bank: object) -> None:
    learner = long_log(60)
    assert [refit.fit_memories(now=NOON), refit.fit_memories(now=NOON)] == [1, 0]
    log_answers(learner, lambda *_: True, at=NOON, rounds=4)
    assert refit.fit_memories(now=NOON + 5 * DAY) == 0
    log_answers(learner, lambda *_: True, at=NOON + 5 * DAY, rounds=4)
    assert refit.fit_memories(now=NOON + 9 * DAY) == 1


def test_a_short_log_is_not_tried_and_the_longest_come_first(bank: object) -> None:
    few, more = long_log(55), long_log(60)
    log_answers(crowd(1, "short")[0], lambda *_: True, at=NOON, rounds=memory_fit.MINIMUM // 8 - 1)
    assert refit.fit_memories(now=NOON, limit=1) == 1
    assert MemoryFit.objects.get().learner == more
    assert refit.fit_memories(now=NOON, limit=1) == 1
    assert set(MemoryFit.objects.values_list("learner", flat=True)) == {few.pk, more.pk}
