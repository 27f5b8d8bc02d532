"""A fact falls: what rests on it is asked no longer anywhere, what was learned is told, and all comes back with the fact."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from questions import queries
from questions.actions import estimates, facts, review, sessions
from questions.actions.bank import load_bank, read_bank_files, store_version
from questions.domain import rules
from questions.models import (
    FactChange,
    ItemVersion,
    LearnerState,
    MemoryState,
    Notice,
    PracticeSession,
    RefusedAnswer,
    ServedItem,
)
from tests.cast import NOON, TEST_BANK, make_user, wrong

pytestmark = pytest.mark.django_db
VARIANTS = Path(__file__).parents[1] / "bank_variants"
LATER = NOON + timedelta(days=1)
RESTS = "green-for-one"
"""The item of the test bank that rests on the fact green-tea-heat."""


def files(**statuses: str) -> dict[str, bytes]:
    """The test bank with its tea variants, facts with these statuses ("pot_sizes" for pot-sizes)."""
    found = read_bank_files(TEST_BANK) | {
        path: data for path, data in read_bank_files(VARIANTS).items() if path != "facts.yaml"
    }
    ledger = yaml.safe_load(read_bank_files(TEST_BANK)["facts.yaml"])
    ledger += yaml.safe_load(read_bank_files(VARIANTS)["facts.yaml"])
    for fact in ledger:
        fact["status"] = statuses.get(fact["id"].replace("-", "_"), fact["status"])
    return found | {"facts.yaml": yaml.safe_dump(ledger).encode()}


def state(slug: str = RESTS) -> str:
    return ItemVersion.objects.get(item__slug=slug).state


def session_with(learner, slug: str = RESTS, mode: str = rules.STUDY) -> PracticeSession:
    """A running session in which this item was served."""
    for number in range(50):
        operation = uuid.UUID(int=number + 1)
        if mode == rules.MOCK:
            session = sessions.start_mock(learner=learner, operation_id=operation, now=NOON, form="full")
        else:
            session = sessions.start_study(learner=learner, operation_id=operation, now=NOON, length=8)
        if session.served.filter(item__slug=slug).exists():
            return session
        sessions.finish(learner=learner, session_id=session.pk, now=NOON)
    raise AssertionError(f"{slug} was never served")


def test_a_load_with_a_fallen_fact_withdraws_what_rests_on_it_and_nothing_else(bank):
    report = load_bank(files(green_tea_heat="superseded"), now=LATER)
    assert report.quarantined == [RESTS]
    assert state() == "quarantined"
    assert (
        ItemVersion.objects.filter(state="approved", item__slug__in=["black-for-breakfast", "steps-of-a-pot"]).count()
        == 2
    )
    events = ItemVersion.objects.get(item__slug=RESTS).events.values_list("action", "why")
    assert list(events)[-1] == ("quarantined", "Not current any more: green-tea-heat.")
    assert load_bank(files(green_tea_heat="superseded"), now=LATER).quarantined == []


def test_it_is_served_again_when_the_fact_is_current_again(bank):
    load_bank(files(green_tea_heat="superseded"), now=LATER)
    report = load_bank(files(), now=LATER)
    assert (report.restored, state()) == ([RESTS], "approved")


def test_the_change_of_status_is_written_down_once_with_what_holds_today(bank):
    for _ in range(2):
        load_bank(files(green_tea_heat="superseded"), now=LATER)
    change = FactChange.objects.get()
    assert (change.fact.slug, change.was_status, change.status) == ("green-tea-heat", "current", "superseded")
    assert (change.was_statement, change.today) == (
        "Green tea is brewed with water of at most 80 degrees Celsius.",
        "80 degrees",
    )


def test_what_was_withdrawn_is_offered_neither_in_study_nor_in_a_mock_exam(learner):
    load_bank(files(green_tea_heat="disputed"), now=LATER)
    offered = {candidate.id for candidate in queries.candidates(learner, queries.current_exam())}
    assert ItemVersion.objects.get(item__slug=RESTS).item_id not in offered
    assert len(offered) == 7 + 6


def test_a_question_that_waits_for_its_answer_is_withdrawn_and_the_session_goes_on(learner, give):
    session = session_with(learner)
    served = session.served.get()
    load_bank(files(green_tea_heat="superseded"), now=LATER)
    with pytest.raises(rules.Refusal, match="fact behind it has changed") as refused:
        give(served)
    assert refused.value.code == "withdrawn"
    assert RefusedAnswer.objects.get().code == "withdrawn"
    following = sessions.serve_next(learner=learner, session_id=session.pk, now=NOON)
    assert following is not None
    assert following.item_id != served.item_id
    view = queries.view_of(queries.served_items(learner).get(pk=served.pk), now=NOON)
    assert (view.withdrawn, view.feedback) == (True, None)


def test_a_session_keeps_its_length_when_a_question_was_withdrawn(learner, give):
    session = session_with(learner)
    load_bank(files(green_tea_heat="superseded"), now=NOON)
    given = 0
    while served := sessions.serve_next(learner=learner, session_id=session.pk, now=NOON):
        give(served)
        given += 1
    assert given == session.length
    result = queries.result_of(queries.own_session(learner, session.pk), now=NOON)
    assert (result.overall.total, result.withdrawn) == (session.length, 1)


def test_an_answer_of_a_study_session_stands(learner, give):
    session = session_with(learner)
    served = session.served.get()
    give(served)
    load_bank(files(green_tea_heat="superseded"), now=LATER)
    served.refresh_from_db()
    assert served.withdrawn_at is None
    assert not estimates.rebuild_progress(learner, now=LATER)


def test_a_mock_exam_under_way_does_not_count_it_even_if_it_was_answered(learner, give):
    session = session_with(learner, mode=rules.MOCK)
    served = session.served.get(item__slug=RESTS)
    give(served)
    load_bank(files(green_tea_heat="superseded"), now=NOON)
    sessions.finish(learner=learner, session_id=session.pk, now=NOON)
    result = queries.result_of(queries.own_session(learner, session.pk), now=NOON)
    assert (result.overall.total, result.overall.correct, result.withdrawn) == (session.length - 1, 0, 1)
    assert LearnerState.objects.get(learner=learner).belief.answered == 0
    assert not estimates.rebuild_progress(learner, now=LATER)
    place = next(place for place in queries.places(session) if place.id == served.pk)
    assert place.withdrawn


def test_who_learned_the_old_value_is_told_once_and_nobody_else(learner, give):
    other = make_user("kim")
    give(session_with(learner).served.get())
    load_bank(files(green_tea_heat="superseded"), now=LATER)
    assert facts.quarantine(now=LATER).told == 0
    assert list(Notice.objects.values_list("learner__username", "change__fact__slug")) == [("robin", "green-tea-heat")]
    assert queries.notices(other).count() == 0


def test_who_answered_wrongly_is_told_as_well_for_the_feedback_taught_it(learner, give):
    served = session_with(learner).served.get()
    give(served, wrong(served))
    load_bank(files(green_tea_heat="superseded"), now=LATER)
    assert Notice.objects.get().learner == learner


def test_a_notice_is_read_once_and_by_its_owner_only(learner, give):
    give(session_with(learner).served.get())
    load_bank(files(green_tea_heat="superseded"), now=LATER)
    notice = Notice.objects.get()
    assert facts.mark_read(learner=learner, notice_id=notice.pk, now=LATER).read_at == LATER
    assert facts.mark_read(learner=learner, notice_id=notice.pk, now=LATER + timedelta(1)).read_at == LATER
    assert queries.notices(learner, unread=True).count() == 0
    with pytest.raises(Notice.DoesNotExist):
        facts.mark_read(learner=make_user("kim"), notice_id=notice.pk, now=LATER)


def test_an_instructors_version_is_withdrawn_like_one_of_the_files(bank, instructor):
    value = ItemVersion.objects.get(item__slug=RESTS).value
    own = store_version(replace(value, ask="Which leaf is BEST?"), exam=bank, by=instructor, now=NOON)
    review.approve(own, by=None, now=NOON)
    load_bank(files(green_tea_heat="retired"), now=LATER)
    own.refresh_from_db()
    assert own.state == "quarantined"


def test_a_mended_version_takes_the_place_of_a_withdrawn_one_which_then_stays_away(bank):
    load_bank(files(green_tea_heat="superseded"), now=LATER)
    mended = files(green_tea_heat="superseded")
    entries = yaml.safe_load(mended["items/brewing.yaml"])
    next(entry for entry in entries if entry["id"] == RESTS)["facts"] = []
    mended["items/brewing.yaml"] = yaml.safe_dump(entries).encode()
    load_bank(mended, now=LATER)
    load_bank(files() | {"items/brewing.yaml": mended["items/brewing.yaml"]}, now=LATER)
    states = ItemVersion.objects.filter(item__slug=RESTS).order_by("number").values_list("state", flat=True)
    assert list(states) == ["quarantined", "approved"]


# --- generated variants --------------------------------------------------------------------------------------------------


def test_variants_are_loaded_with_the_bank_and_twice_is_once(bank):
    assert len(load_bank(files(), now=NOON).created) == 6
    assert load_bank(files(), now=NOON).unchanged == 14
    rows = ItemVersion.objects.exclude(strand="").values_list("strand", "concept", "state")
    assert set(rows) == {("pots/samovar", "samovar", "approved"), ("pots/urn", "urn", "approved")}


def test_variants_that_cannot_be_proved_any_more_are_withdrawn_and_return(bank):
    load_bank(files(), now=NOON)
    load_bank(files(pot_sizes="superseded"), now=LATER)
    served = ItemVersion.objects.exclude(strand="").filter(state="approved")
    assert [sorted(version.value.facts) for version in served] == [["pot-fuel"], ["pot-fuel"]]
    load_bank(files(), now=LATER)
    assert ItemVersion.objects.exclude(strand="").filter(state="approved").count() == 6


def test_a_variant_that_is_disproved_is_taken_out_of_running_sessions(learner):
    load_bank(files(), now=NOON)
    version = ItemVersion.objects.get(item__slug="gen-pots-690c932a14")  # five litres, and no socket near
    session = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON, length=2)
    served = ServedItem.objects.create(
        session=session, position=9, item=version.item, version=version, item_mean=0, item_variance=1,
        served_at=NOON, shown_order=[option.id for option in version.value.options],
    )  # fmt: skip
    wider = files()
    wider["scenarios/pots.yaml"] = wider["scenarios/pots.yaml"].replace(
        b"socket: {is: true,", b"socket: {is: false,", 1
    )
    load_bank(wider, now=LATER)
    version.refresh_from_db()
    served.refresh_from_db()
    assert (version.state, served.withdrawn_at) == ("retired", LATER)
    assert "can no longer be proved" in version.events.last().why


def test_a_repeat_is_asked_in_another_story_and_reviews_the_first_one(learner, give):
    load_bank(files(), now=NOON)
    first = ItemVersion.objects.exclude(strand="").filter(concept="samovar").first()
    assert first is not None
    asked = {}
    for day in (0, 3, 9, 40):
        now = NOON + timedelta(days=day)
        session = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=now, length=14)
        while served := sessions.serve_next(learner=learner, session_id=session.pk, now=now):
            give(served, at=now)
            if served.version.strand == first.strand:
                asked.setdefault(day, []).append((served.item_id, served.stands_for_id))
    # First each story for itself; then one stands for another, and each serving reviews one home.
    assert all(home is None for _, home in asked[0])
    memories = {row.item_id: row for row in MemoryState.objects.filter(learner=learner)}
    for item, home in asked[3] + asked[9] + asked[40]:
        if home:
            assert memories[item].home_id in (home, None)
    assert not estimates.rebuild_progress(learner, now=NOON + timedelta(days=41))


def test_a_story_that_stands_in_moves_the_schedule_of_its_home(learner, give):
    load_bank(files(), now=NOON)
    home, other = ItemVersion.objects.filter(strand="pots/samovar").order_by("item_id")[:2]
    session = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON, length=2)

    def serve(version: ItemVersion, position: int, stands_for: ItemVersion | None = None) -> ServedItem:
        return ServedItem.objects.create(
            session=session, position=position, item=version.item, version=version, item_mean=0, item_variance=1,
            stands_for=stands_for and stands_for.item, served_at=NOON,
            shown_order=[option.id for option in version.value.options],
        )  # fmt: skip

    give(serve(home, 8), at=NOON)
    before = MemoryState.objects.get(learner=learner, item=home.item)
    give(serve(other, 9, home), at=NOON + timedelta(days=5))
    after = MemoryState.objects.get(learner=learner, item=home.item)
    stood_in = MemoryState.objects.get(learner=learner, item=other.item)
    assert (after.reps, after.due > before.due, after.home) == (before.reps + 1, True, None)
    assert (stood_in.home, stood_in.due) == (home.item, after.due)
    due = queries.due_count(learner, after.due)
    assert due == MemoryState.objects.filter(learner=learner, home=None, due__lte=after.due).count() == 1
    assert not estimates.rebuild_progress(learner, now=NOON + timedelta(days=6))
