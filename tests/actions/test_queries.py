"""What is read back: results, progress, what may be seen when; and that reading costs the same however much there is."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from questions import queries
from questions.actions import sessions
from questions.domain.rules import GRACE, Refusal
from questions.models import Answer, Item, ItemVersion, PracticeSession, ServedItem, User
from questions.queries import Place, Share
from tests.cast import NOON, right, wrong

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MS = timedelta(milliseconds=1)


def study_all(learner: User, give, at=NOON, response=right):
    own = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=at, length=8)
    while served := sessions.serve_next(learner=learner, session_id=own.pk, now=at):
        give(served, response(served), at=at)
    return queries.own_session(learner, own.pk)


# --- Results -------------------------------------------------------------------------------------------------------------


def test_a_mock_exams_result_counts_the_newest_answer_of_each_question(mock, learner, give):
    one, two, three, four, five, six = mock.served.all()
    give(one, wrong(one))
    give(one)
    give(two)
    give(two, wrong(two))
    give(three)
    give(three, {"unknown": True})
    give(four)
    sessions.set_flag(learner=learner, served_id=five.pk, flagged=True, now=NOON)
    end = NOON + 7 * MINUTE
    result = queries.result_of(sessions.finish(learner=learner, session_id=mock.pk, now=end), now=end)

    assert (result.overall.correct, result.overall.total, result.overall.percent) == (2, 6, 33)
    assert [(row.position, row.correct, row.answered, row.flagged) for row in result.items] == [
        (1, True, True, False),
        (2, False, True, False),
        (3, False, False, False),
        (4, True, True, False),
        (5, False, False, True),
        (6, False, False, False),
    ]
    assert [row.ask for row in result.items] == [row.version.value.ask for row in (one, two, three, four, five, six)]
    assert (result.pass_percent, result.pass_note) == (72, "A line of our own on raw percent.")
    assert (result.finished_at, result.took, result.late) == (end, 7 * MINUTE, 0)


def test_a_result_is_told_by_domain_by_section_and_by_tag(learner, give):
    water = ["water-on-a-mountain", "two-signs-of-scald", "steps-of-a-pot", "heat-for-each", "tea-house.night"]
    own = study_all(
        learner, give, response=lambda row: wrong(row) if row.version.item.slug in water[:2] else right(row)
    )
    result = queries.result_of(own, now=NOON)
    assert result.overall == Share("", "All questions", 6, 8)
    assert result.by_domain == (Share("d1", "Leaves", 3, 3), Share("d2", "Water", 3, 5))
    assert result.by_section == (Share("1.1", "1.1 Choose leaves", 3, 3), Share("2.1", "2.1 Heat water", 3, 5))
    assert result.by_tag == (
        Share("water", "Water", 2, 4),
        Share("leaves", "Leaves", 3, 3),
        Share("service", "Service", 4, 4),
    )
    assert (result.pass_percent, result.pass_note) == (None, "")


def test_a_share_is_rounded_down_and_nothing_is_no_percent():
    assert [Share("", "", *figures).percent for figures in ((2, 3), (719, 1000), (72, 100), (0, 0))] == [66, 71, 72, 0]


def test_there_is_no_result_before_the_end_and_one_at_the_end_whoever_noticed(mock, give):
    give(mock.served.first())
    for moment in (NOON, mock.deadline, mock.deadline + GRACE):
        with pytest.raises(Refusal) as refused:
            queries.result_of(mock, now=moment)
        assert refused.value.code == "not-finished"
    result = queries.result_of(mock, now=mock.deadline + GRACE + MS)
    assert (result.overall.correct, result.finished_at, result.took) == (1, mock.deadline, 12 * MINUTE)
    assert mock.state == "open"


def test_late_answers_are_counted_beside_the_result(mock, give):
    late = mock.deadline + MINUTE
    for served in mock.served.all()[:2]:
        with pytest.raises(Refusal):
            give(served, at=late)
    result = queries.result_of(mock, now=late)
    assert (result.overall.correct, result.late) == (0, 2)


# --- Places and open sessions ------------------------------------------------------------------------------------------


def test_the_navigator_shows_what_is_answered_flagged_and_current(mock, learner, give):
    one, two, three = mock.served.all()[:3]
    give(one)
    give(two)
    give(two, {"unknown": True})
    sessions.set_flag(learner=learner, served_id=three.pk, flagged=True, now=NOON)
    assert queries.places(mock, current=2)[:3] == [
        Place(one.pk, 1, answered=True, flagged=False, chosen=3, total=3),
        Place(two.pk, 2, answered=False, flagged=False, current=True),
        Place(three.pk, 3, answered=False, flagged=True),
    ]
    assert [place.position for place in queries.places(mock)] == [1, 2, 3, 4, 5, 6]


def test_open_sessions_are_those_one_can_go_on_with(mock, study, learner, other, give):
    give(mock.served.first())
    running = queries.open_sessions(learner, NOON + 2 * MINUTE)
    assert {row.session.pk: (row.answered, row.total, row.remaining) for row in running} == {
        mock.pk: (1, 6, 10 * MINUTE),
        study.pk: (0, 8, None),
    }
    after = mock.deadline + GRACE + MS
    assert [row.session.pk for row in queries.open_sessions(learner, after)] == [study.pk]
    sessions.finish(learner=learner, session_id=study.pk, now=after)
    assert queries.open_sessions(learner, after) == queries.open_sessions(other, NOON) == []


def test_somebody_elses_session_is_none_of_mine(mock, other):
    with pytest.raises(type(mock).DoesNotExist):
        queries.own_session(other, mock.pk)
    assert list(queries.served_items(other)) == []


# --- What may be seen --------------------------------------------------------------------------------------------------


def test_in_study_the_key_is_seen_once_answered_and_the_same_way_at_once_and_later(study, learner, give):
    served = study.served.get()
    row = queries.served_items(learner).get(pk=served.pk)
    before = queries.view_of(row, now=NOON)
    assert (before.feedback, before.section, before.due, before.response) == (None, None, None, None)
    answered = give(served, wrong(served))
    now = queries.answered_view(answered, now=NOON)
    later = queries.view_of(queries.served_items(learner).get(pk=served.pk), now=NOON + DAY)
    for view in (now, later):
        assert (view.feedback.correct, view.due) == (False, answered.memory.due)
        assert [option.id for option in view.feedback.options] == served.shown_order
        assert view.section is not None
    assert (now.feedback, now.response, now.reason) == (later.feedback, later.response, later.reason)


def test_in_a_mock_exam_no_key_is_seen_before_the_end_and_every_key_after_it(mock, learner, give):
    answered = give(mock.served.first())
    assert queries.answered_view(answered, now=NOON).feedback is None

    def seen(at):
        rows = queries.served_items(learner).filter(session=mock)
        return [queries.view_of(row, now=at).feedback is not None for row in rows]

    assert seen(NOON) == seen(mock.deadline + GRACE) == [False] * 6
    assert seen(mock.deadline + GRACE + MS) == [True] * 6
    sessions.finish(learner=learner, session_id=mock.pk, now=NOON + MINUTE)
    assert seen(NOON + MINUTE) == [True] * 6
    unanswered = queries.view_of(queries.served_items(learner).filter(session=mock).last(), now=NOON + MINUTE)
    assert (unanswered.response, unanswered.feedback.verdict) == (None, "Not known yet")


# --- Progress ------------------------------------------------------------------------------------------------------------


def test_progress_is_told_for_every_tag_weakest_first_and_untouched_ones_last(learner, give):
    assert [(row.slug, row.is_new, row.ability_percent) for row in queries.progress_by_tag(learner, NOON)] == [
        ("leaves", True, 58),
        ("service", True, 58),
        ("water", True, 58),
    ]
    own = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON, tags=["water"], length=4)
    while served := sessions.serve_next(learner=learner, session_id=own.pk, now=NOON):
        give(served, wrong(served), at=NOON)
    rows = {row.slug: row for row in queries.progress_by_tag(learner, NOON + DAY)}
    assert {slug: (row.answered, row.correct, row.due, row.items) for slug, row in rows.items()} == {
        "water": (4, 0, 4, 4),
        "leaves": (1, 0, 1, 3),
        "service": (1, 0, 1, 4),
    }
    assert next(iter(rows)) == "water"
    assert all(row.low < row.ability_percent < row.high for row in rows.values())
    assert {row.last_seen for row in rows.values()} == {NOON}
    assert queries.due_count(learner, NOON + DAY) == 4
    assert queries.due_count(learner, NOON) == 0


def test_what_is_not_served_any_more_is_not_due(learner, give):
    study_all(learner, give, response=wrong)
    assert queries.due_count(learner, NOON + DAY) == 8
    ItemVersion._base_manager.filter(item__slug="green-for-one").update(state="retired")
    assert queries.due_count(learner, NOON + DAY) == 7
    assert "green-for-one" not in {
        Item.objects.get(pk=c.id).slug for c in queries.candidates(learner, queries.current_exam())
    }
    leaves = next(row for row in queries.progress_by_tag(learner, NOON + DAY) if row.slug == "leaves")
    assert (leaves.due, leaves.items, leaves.answered) == (2, 2, 3)


# --- Cost ------------------------------------------------------------------------------------------------------------------


def enlarge_bank(by: int) -> None:
    version = ItemVersion.objects.get(item__slug="water-on-a-mountain", state="approved")
    for n in range(by):
        slug = f"{version.item.slug}-{n}"
        item = Item.objects.create(exam=version.item.exam, slug=slug, created_at=NOON)
        body = replace(version.value, slug=slug).body()
        ItemVersion.objects.create(
            item=item, number=1, state="approved", kind=version.kind, domain=version.domain,
            tag_slugs=version.tag_slugs, body=body, digest=slug, created_at=NOON,
        )  # fmt: skip


def lengthen_history(learner: User, times: int) -> None:
    """So many copies of the learner's only session."""
    (own,) = PracticeSession.objects.filter(learner=learner)
    served, answers = list(own.served.all()), list(Answer.objects.filter(learner=learner))
    for _ in range(times):
        own.pk, own.operation_id = uuid.uuid4(), uuid.uuid4()
        PracticeSession.objects.bulk_create([own])
        for row, answer in zip(served, answers, strict=True):
            row.pk, row.session = uuid.uuid4(), own
            answer.pk, answer.served, answer.operation_id = None, row, uuid.uuid4()
        ServedItem.objects.bulk_create(served)
        Answer.objects.bulk_create(answers)


def costs(learner: User, at) -> dict[str, int]:
    """Statements of each read that a page or an API call makes."""
    exam = queries.current_exam()
    finished = PracticeSession.objects.select_related("exam").filter(learner=learner, state="finished").first()
    started = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=at, length=8)
    served = started.served.get()
    reads = {
        "candidates": lambda: queries.candidates(learner, exam),
        "progress_by_tag": lambda: queries.progress_by_tag(learner, at),
        "due_count": lambda: queries.due_count(learner, at),
        "open_sessions": lambda: queries.open_sessions(learner, at),
        "item": lambda: queries.view_of(queries.served_items(learner).get(pk=served.pk), now=at),
        "places": lambda: queries.places(started),
        "first_unanswered": lambda: queries.first_unanswered(started),
        "serve_next": lambda: sessions.serve_next(learner=learner, session_id=started.pk, now=at),
        "result": lambda: queries.result_of(finished, now=at),
    }
    counts = {}
    for name, read in reads.items():
        with CaptureQueriesContext(connection) as statements:
            read()
        counts[name] = len(statements)
    return counts


def test_no_read_costs_more_statements_with_a_long_history_or_a_large_bank(learner, other, give):
    for who in (learner, other):
        study_all(who, give)
    lengthen_history(other, 24)
    assert [Answer.objects.filter(learner=who).count() for who in (learner, other)] == [8, 200]
    small = costs(learner, NOON + DAY)
    assert small == {
        "candidates": 2,
        "progress_by_tag": 4,
        "due_count": 1,
        "open_sessions": 1,
        "item": 1,
        "places": 1,
        "first_unanswered": 1,
        "serve_next": 2,
        "result": 3,
    }
    assert costs(other, NOON + DAY) == small
    enlarge_bank(60)
    assert costs(other, NOON + 2 * DAY) == small
