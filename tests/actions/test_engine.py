"""The registry of engine versions: who decides what, which version judges whom, and that a replay uses the one that did."""

from __future__ import annotations

import random
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from questions import queries
from questions.actions import engine, estimates, people, sessions
from questions.domain import ability, memory
from questions.domain.engine import DEFAULT, EngineParameters, place_of
from questions.domain.rules import Refusal
from questions.models import (
    Answer,
    EngineDeployment,
    EngineEvent,
    EngineVersion,
    LearnerState,
    MemoryFit,
    MemoryState,
    PracticeSession,
    ReadinessRecord,
    User,
)
from tests.actions.test_estimates import practise_at_random, progress
from tests.cast import NOON, PASSWORD, Give, at_once, make_user, right, wrong

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SLOW = tuple(value * 1.1 if place == 0 else value for place, value in enumerate(memory.DEFAULT))
BOLD = EngineParameters(
    "belief-1.bold", ability.Parameters(mu=0.9, learner_variance=1.4, tag_variance=0.2), memory=SLOW
)
SHY = EngineParameters("belief-1.shy", ability.Parameters(mu=0.1, drift=0.01))


@pytest.fixture
def operator(bank: object) -> User:
    """Somebody whose one permission is to operate the engine."""
    user = make_user("oda", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="operate_engine"))
    return User.objects.get(pk=user.pk)


def approved(parameters: EngineParameters, by: User | None = None) -> EngineVersion:
    """A version that went the whole way."""
    version = engine.propose(parameters, evidence={"told": 1}, now=NOON, by=by)
    engine.submit(version, now=NOON, by=by)
    return engine.approve(version, by=by, now=NOON, why="It wins.")


def serving() -> tuple[str, str | None, float]:
    """Champion, challenger and share."""
    found = queries.serving()
    return found.champion.name, found.challenger and found.challenger.name, found.share


def refused(deed: Any) -> str:
    """The code of the refusal that this ends with."""
    with pytest.raises(Refusal) as refusal:
        deed()
    return refusal.value.code


# --- The registry ----------------------------------------------------------------------------------------------------------


def test_a_version_goes_from_candidate_over_pending_to_approved_and_each_step_is_written_down(operator: User) -> None:
    version = approved(BOLD, operator)
    assert EngineVersion.objects.get(name=BOLD.name).value == BOLD
    assert list(version.events.values_list("state", "by", "at", "why")) == [
        ("candidate", operator.pk, NOON, ""),
        ("pending", operator.pk, NOON, ""),
        ("approved", operator.pk, NOON, "It wins."),
    ]


def test_the_states_are_independent_and_not_a_sequence(operator: User) -> None:
    version = engine.propose(BOLD, evidence={}, now=NOON)
    assert engine.possible(version) == ["pending", "rejected"]
    engine.reject(version, by=operator, now=NOON, why="Not now.")
    assert engine.possible(version) == ["approved"]
    engine.approve(version, by=operator, now=NOON, why="After all.")
    assert engine.possible(version) == ["rejected", "retired"]
    engine.retire(version, by=operator, now=NOON, why="Old.")
    assert engine.possible(version) == []


def test_what_a_state_does_not_allow_is_refused_and_leaves_no_line_in_the_record(operator: User) -> None:
    version = engine.propose(BOLD, evidence={}, now=NOON)
    assert refused(lambda: engine.approve(version, by=operator, now=NOON)) == "wrong-state"
    assert refused(lambda: engine.retire(version, by=operator, now=NOON, why="x")) == "wrong-state"
    assert refused(lambda: engine.reject(version, by=operator, now=NOON, why=" ")) == "reason-missing"
    assert EngineEvent.objects.count() == 1


def test_only_operators_decide(learner: User, instructor: User) -> None:
    version = engine.propose(BOLD, evidence={}, now=NOON)
    for person in (learner, instructor):
        for deed in (
            lambda by=person: engine.propose(SHY, evidence={}, now=NOON, by=by),
            lambda by=person: engine.submit(version, by=by, now=NOON),
            lambda by=person: engine.reject(version, by=by, now=NOON, why="x"),
            lambda by=person: engine.make_champion(version, by=by, now=NOON),
            lambda by=person: engine.start_canary(version, share=0.1, by=by, now=NOON),
            lambda by=person: engine.end_canary(by=by, now=NOON),
            lambda by=person: engine.roll_back(by=by, now=NOON, why="x"),
        ):
            with pytest.raises(PermissionDenied):
                deed()
    assert (EngineVersion.objects.count(), EngineDeployment.objects.count()) == (1, 0)


def test_a_name_is_given_to_one_version_that_never_changes(operator: User) -> None:
    version = engine.propose(BOLD, evidence={"first": True}, now=NOON)
    assert engine.propose(BOLD, evidence={"second": True}, now=NOON) == version
    assert EngineVersion.objects.get().evidence == {"first": True}
    assert refused(lambda: engine.propose(replace(SHY, name=BOLD.name), evidence={}, now=NOON)) == "name-taken"
    assert refused(lambda: engine.propose(replace(SHY, name="x" * 41), evidence={}, now=NOON)) == "bad-name"


def test_what_this_code_cannot_run_is_not_approved(operator: User) -> None:
    version = EngineVersion.objects.create(
        name="from-tomorrow", parameters={"filter": {"warp": 9.0}}, state="pending", made_at=NOON
    )
    assert refused(lambda: engine.approve(version, by=operator, now=NOON)) == "unreadable"


# --- What serves -----------------------------------------------------------------------------------------------------------


def test_before_the_first_deployment_the_engine_of_the_code_serves(learner: User) -> None:
    assert serving() == (ability.ENGINE, None, 0.0)
    assert queries.known_of(learner).engine is DEFAULT


def test_one_pointer_leads_back_to_what_served_before(operator: User) -> None:
    bold, shy = approved(BOLD), approved(SHY)
    engine.start_canary(bold, share=0.1, by=operator, now=NOON)
    assert serving() == (ability.ENGINE, BOLD.name, 0.1)
    engine.start_canary(bold, share=0.5, by=operator, now=NOON)
    engine.make_champion(bold, by=operator, now=NOON)
    engine.start_canary(shy, share=0.05, by=operator, now=NOON)
    engine.make_champion(shy, by=operator, now=NOON)
    assert serving() == (SHY.name, None, 0.0)
    engine.roll_back(by=operator, now=NOON, why="Worse.")
    assert serving() == (BOLD.name, None, 0.0)
    engine.roll_back(by=operator, now=NOON, why="Worse too.")
    assert serving() == (ability.ENGINE, None, 0.0)
    assert refused(lambda: engine.roll_back(by=operator, now=NOON, why="On and on.")) == "nothing-before"
    told = EngineDeployment.objects.order_by("number").values_list(
        "number", "champion__name", "challenger__name", "why"
    )
    assert list(told) == [
        (1, ability.ENGINE, None, "Part of the code."),
        (2, ability.ENGINE, BOLD.name, ""),
        (3, ability.ENGINE, BOLD.name, ""),
        (4, BOLD.name, None, ""),
        (5, BOLD.name, SHY.name, ""),
        (6, SHY.name, None, ""),
        (7, BOLD.name, None, "Worse."),
        (8, ability.ENGINE, None, "Worse too."),
    ]


def test_a_rollback_passes_over_what_was_rejected_since(operator: User) -> None:
    bold, shy = approved(BOLD), approved(SHY)
    engine.make_champion(bold, by=operator, now=NOON)
    engine.make_champion(shy, by=operator, now=NOON)
    engine.reject(bold, by=operator, now=NOON, why="Too bold.")
    assert engine.roll_back(by=operator, now=NOON, why="Shy.").champion.name == DEFAULT.name


def test_a_canary_ends_with_the_champion_alone_and_back_leads_where_it_led_before(operator: User) -> None:
    bold, shy = approved(BOLD), approved(SHY)
    engine.make_champion(bold, by=operator, now=NOON)
    engine.start_canary(shy, share=0.25, by=operator, now=NOON)
    engine.end_canary(by=operator, now=NOON, why="Enough seen.")
    assert serving() == (BOLD.name, None, 0.0)
    assert refused(lambda: engine.end_canary(by=operator, now=NOON)) == "no-canary"
    engine.roll_back(by=operator, now=NOON, why="Worse.")
    assert serving() == (ability.ENGINE, None, 0.0)


def test_only_approved_versions_serve_and_what_serves_is_neither_rejected_nor_retired(operator: User) -> None:
    waiting = engine.propose(SHY, evidence={}, now=NOON)
    bold = approved(BOLD)
    assert refused(lambda: engine.make_champion(waiting, by=operator, now=NOON)) == "not-approved"
    assert refused(lambda: engine.start_canary(waiting, share=0.1, by=operator, now=NOON)) == "not-approved"
    assert refused(lambda: engine.start_canary(bold, share=0.9, by=operator, now=NOON)) == "bad-share"
    engine.start_canary(bold, share=0.1, by=operator, now=NOON)
    assert refused(lambda: engine.reject(bold, by=operator, now=NOON, why="x")) == "serves"
    engine.make_champion(bold, by=operator, now=NOON)
    assert refused(lambda: engine.make_champion(bold, by=operator, now=NOON)) == "serves"
    assert refused(lambda: engine.start_canary(bold, share=0.1, by=operator, now=NOON)) == "serves"
    assert refused(lambda: engine.retire(bold, by=operator, now=NOON, why="x")) == "serves"


def test_who_decided_on_an_older_state_is_asked_to_look_again(operator: User) -> None:
    bold = approved(BOLD)
    seen = engine.first_deployment(now=NOON).number
    engine.start_canary(bold, share=0.1, by=operator, now=NOON, seen=seen)
    assert refused(lambda: engine.roll_back(by=operator, now=NOON, why="x", seen=seen)) == "moved"
    engine.make_champion(bold, by=operator, now=NOON)
    assert refused(lambda: engine.make_champion(bold, by=operator, now=NOON, seen=seen)) == "moved"
    assert refused(lambda: engine.end_canary(by=operator, now=NOON, seen=seen)) == "moved"


@pytest.mark.django_db(transaction=True)
def test_of_two_operators_at_once_one_deploys(operator: User) -> None:
    versions = [approved(BOLD), approved(SHY)]
    engine.first_deployment(now=NOON)
    results = at_once(
        *[lambda v=version: engine.make_champion(v, by=operator, now=NOON, seen=1) for version in versions * 2]
    )
    assert [type(result).__name__ for result in results].count("EngineDeployment") == 1
    assert {result.code for result in results if isinstance(result, Refusal)} == {"moved"}
    assert list(EngineDeployment.objects.values_list("number", flat=True)) == [2, 1]


@pytest.mark.django_db(transaction=True)
def test_the_first_deployment_is_made_once(bank: object) -> None:
    results = at_once(*[lambda: engine.first_deployment(now=NOON)] * 4)
    assert {result.number for result in results if not isinstance(result, Exception)} == {1}
    assert (EngineDeployment.objects.count(), EngineVersion.objects.count()) == (1, 1)


# --- Whom a version judges -------------------------------------------------------------------------------------------------


def answer_one(learner: User, give: Give, at: Any = NOON) -> Answer:
    """One study answer."""
    study = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=at, length=1)
    return give(study.served.select_related("version", "session").get(), at=at, learner=learner).answer


def test_the_challenger_judges_its_share_of_learners_and_always_the_same_ones(operator: User, give: Give) -> None:
    engine.start_canary(approved(BOLD), share=0.25, by=operator, now=NOON)
    crowd = [make_user(f"pupil-{n}") for n in range(16)]
    expected = {one.pk: BOLD.name if place_of(one.pk, BOLD.name) < 0.25 else ability.ENGINE for one in crowd}
    assert set(expected.values()) == {BOLD.name, ability.ENGINE}
    for at in (NOON, NOON + DAY):
        assert {one.pk: answer_one(one, give, at).engine for one in crowd} == expected
    assert {row.learner_id: row.engine for row in LearnerState.objects.filter(learner__in=crowd)} == expected
    assert {one.pk: queries.known_of(one).engine.name for one in crowd} == expected


def test_an_answer_is_judged_by_the_engine_whose_name_it_carries(learner: User, operator: User, give: Give) -> None:
    engine.make_champion(approved(BOLD), by=operator, now=NOON)
    stored = answer_one(learner, give)
    served = stored.served
    tags = tuple(stored.version.tag_slugs)
    belief, guess = ability.update(
        ability.newcomer(BOLD.filter),
        tags,
        served.difficulty,
        correct=True,
        at=NOON.timestamp(),
        parameters=BOLD.filter,
    )
    assert (stored.engine, stored.predicted, stored.offset) == (BOLD.name, guess.p, guess.offset)
    assert LearnerState.objects.get(learner=learner).belief_under(BOLD.filter) == belief
    assert MemoryState.objects.get().memory == memory.review(None, correct=True, at=NOON, parameters=SLOW)


def test_the_stack_of_a_version_is_not_fetched_with_each_answer(learner: User, operator: User, give: Give) -> None:
    large = replace(
        BOLD, name="belief-1.large", stack={"weights": [0.5] * 999}, readiness={"residual": {"bias": 0.0, "sd": 0.1}}
    )
    engine.make_champion(approved(large), by=operator, now=NOON)
    assert answer_one(learner, give).engine == large.name
    assert queries.known_of(learner).engine == replace(large, stack=None)
    assert queries.serving().champion == large


def test_a_rollback_holds_from_the_next_answer_on(learner: User, operator: User, give: Give) -> None:
    engine.make_champion(approved(BOLD), by=operator, now=NOON)
    before = answer_one(learner, give)
    engine.roll_back(by=operator, now=NOON, why="Worse.")
    assert (before.engine, answer_one(learner, give).engine) == (BOLD.name, ability.ENGINE)


@pytest.mark.parametrize(
    "broken",
    [{"filter": {"mu": "?"}}, {"filter": {"warp": 1.0}}, [], {"filter": {}, "memory": [1.0]}, "x", {}, {"filter": "x"}],
)
def test_where_the_registry_cannot_be_read_the_default_engine_serves(learner: User, give: Give, broken: Any) -> None:
    version = EngineVersion.objects.create(name="broken", parameters=broken, state="approved", made_at=NOON)
    EngineDeployment.objects.create(number=1, champion=version, since=NOON)
    assert answer_one(learner, give).engine == ability.ENGINE
    assert serving() == (ability.ENGINE, None, 0.0)


def test_a_challenger_that_cannot_be_read_judges_nobody(learner: User, give: Give) -> None:
    champion = approved(BOLD)
    broken = EngineVersion.objects.create(name="broken", parameters=[], state="approved", made_at=NOON)
    EngineDeployment.objects.create(number=1, champion=champion, challenger=broken, share=0.5, since=NOON)
    assert serving() == (BOLD.name, None, 0.0)


def test_the_registry_costs_an_answer_no_statement(learner: User, operator: User, give: Give) -> None:
    def statements() -> int:
        study = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON, length=1)
        served = study.served.select_related("version", "session__learner").get()
        with CaptureQueriesContext(connection) as captured:
            give(served)
        return len(captured)

    statements()  # a repeat updates its memory, a first sight inserts it; both are one statement
    before = statements()
    engine.start_canary(approved(BOLD), share=0.5, by=operator, now=NOON)
    MemoryFit.objects.create(learner=learner, parameters=list(SLOW), accepted=True, reviews=400, made_at=NOON)
    assert statements() == before


# --- Replay ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_a_replay_over_changes_of_version_and_of_memory_is_what_is_stored_to_the_last_bit(
    learner: User, operator: User, give: Give, seed: int
) -> None:
    rng = random.Random(seed)
    versions = [approved(BOLD), approved(SHY)]

    def change_something(n: int) -> None:
        match rng.randrange(4):
            case 0:
                engine.make_champion(versions[n % 2], by=operator, now=NOON)
            case 1:
                engine.start_canary(versions[n % 2], share=0.5, by=operator, now=NOON)
            case 2:
                engine.roll_back(by=operator, now=NOON, why="Worse.")
            case _:
                MemoryFit.objects.create(
                    learner=learner, parameters=list(SLOW), accepted=rng.random() < 0.7, reviews=n, made_at=NOON
                )

    for n in range(8):
        practise_at_random(learner, give, rng, days=1)
        try:
            change_something(n)
        except Refusal:
            continue
    stored = progress(learner)
    assert estimates.rebuild_progress(learner, now=NOON, mend=False) is False
    assert estimates.rebuild_progress(learner, now=NOON) is False
    assert progress(learner) == stored
    assert len(set(Answer.objects.values_list("engine", "memory_fit"))) > 1


def test_a_mock_exam_is_believed_by_the_engines_that_its_answers_carry(
    mock: PracticeSession, learner: User, operator: User, give: Give
) -> None:
    first, second, *_ = mock.served.select_related("version", "session")
    give(first, right(first))
    engine.make_champion(approved(BOLD), by=operator, now=NOON)
    give(second, wrong(second))
    engine.roll_back(by=operator, now=NOON, why="Worse.")
    sessions.finish(learner=learner, session_id=mock.pk, now=NOON + 5 * MINUTE)
    assert list(Answer.objects.order_by("pk").values_list("engine", flat=True)) == [ability.ENGINE, BOLD.name]
    assert LearnerState.objects.get(learner=learner).engine == BOLD.name
    assert estimates.rebuild_progress(learner, now=NOON, mend=False) is False


def test_an_answer_whose_engine_is_gone_is_not_replayed_by_another_and_holds_nobody_else_up(
    learner: User, other: User, give: Give
) -> None:
    stored = answer_one(learner, give)
    answer_one(other, give)
    Answer._base_manager.filter(pk=stored.pk).update(engine="belief-0")
    before = progress(learner)
    with pytest.raises(queries.UnknownEngine):
        estimates.replay(learner)
    assert estimates.refresh_estimates(now=NOON) == 2
    assert LearnerState.objects.get(learner=other).refreshed_seq == 1
    assert progress(learner) == before


@pytest.mark.parametrize("stored", [None, {"filter": {"warp": 1.0}}])
def test_a_mock_exam_closes_although_an_engine_that_judged_in_it_is_gone(
    mock: PracticeSession, learner: User, give: Give, stored: Any
) -> None:
    first = mock.served.select_related("version", "session").first()
    assert first is not None
    given = give(first).answer
    Answer._base_manager.filter(pk=given.pk).update(engine="from-tomorrow")
    if stored is not None:
        EngineVersion.objects.create(name="from-tomorrow", parameters=stored, state="approved", made_at=NOON)
    assert sessions.finish(learner=learner, session_id=mock.pk, now=NOON + MINUTE).state == "finished"
    assert LearnerState.objects.get(learner=learner).belief.answered == 1


def test_a_memory_fit_judges_the_answers_that_come_after_it(learner: User, give: Give) -> None:
    answer_one(learner, give)
    refused_one = MemoryFit.objects.create(
        learner=learner, parameters=list(SLOW), accepted=False, reviews=1, made_at=NOON
    )
    assert answer_one(learner, give).memory_fit_id is None
    fit = MemoryFit.objects.create(learner=learner, parameters=list(SLOW), accepted=True, reviews=2, made_at=NOON)
    assert refused_one.pk < fit.pk
    assert answer_one(learner, give).memory_fit_id == fit.pk
    assert queries.known_of(learner).recall == SLOW
    assert estimates.rebuild_progress(learner, now=NOON, mend=False) is False
    fit.parameters[0] = "?"
    MemoryFit._base_manager.filter(pk=fit.pk).update(parameters=fit.parameters)
    assert answer_one(learner, give).memory_fit_id is None


def test_a_guest_takes_their_memory_fits_and_forecasts_along_and_a_leaver_leaves_none(
    guest: User, learner: User, give: Give
) -> None:
    for person in (guest, learner):
        MemoryFit.objects.create(learner=person, parameters=list(SLOW), accepted=True, reviews=400, made_at=NOON)
        answer_one(person, give)
    mock = sessions.start_mock(learner=guest, operation_id=uuid.uuid4(), now=NOON)
    people.adopt_guest(learner=learner, guest=guest, now=NOON + MINUTE)
    assert sorted(learner.memory_fits.values_list("reviews", flat=True)) == [400, 800]
    assert list(learner.readiness_records.values_list("session", flat=True)) == [mock.pk]
    assert estimates.rebuild_progress(learner, now=NOON, mend=False) is False
    people.delete_account(learner=learner, typed=learner.email, password=PASSWORD)
    assert (MemoryFit.objects.count(), ReadinessRecord.objects.count()) == (0, 0)


def test_a_learner_with_a_memory_fit_can_be_deleted_by_a_cascade_too(learner: User, give: Give) -> None:
    MemoryFit.objects.create(learner=learner, parameters=list(SLOW), accepted=True, reviews=400, made_at=NOON)
    answer_one(learner, give)
    learner.delete()
    assert (MemoryFit.objects.count(), Answer.objects.count()) == (0, 0)
