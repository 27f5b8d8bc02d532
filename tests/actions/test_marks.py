"""What a learner leaves on a question: kept once, kept whole, and nobody else's business."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from questions.actions import marks, people
from questions.domain import rules
from questions.models import Bookmark, PrivateNote, Report, ServedItem
from tests.cast import NOON, at_once, make_user

pytestmark = pytest.mark.django_db


def test_a_bookmark_is_set_once_and_taken_back(study, learner):
    served = study.served.get()
    for _ in range(2):
        marks.set_bookmark(learner=learner, served_id=served.pk, marked=True, now=NOON)
    assert list(Bookmark.objects.values_list("learner", "item")) == [(learner.pk, served.item_id)]
    marks.set_bookmark(learner=learner, served_id=served.pk, marked=False, now=NOON)
    assert Bookmark.objects.count() == 0


def test_every_edit_of_a_private_note_is_kept_and_the_newest_counts(study, learner):
    served = study.served.get()
    for text in ("Heat!", "Heat!", "Heat, 80 degrees.\r\nNot more."):
        marks.write_note(learner=learner, served_id=served.pk, text=text, now=NOON)
    assert [note.text for note in PrivateNote.objects.all()] == ["Heat, 80 degrees.\nNot more.", "Heat!"]


def test_an_empty_note_clears_and_loses_nothing(study, learner):
    served = study.served.get()
    assert marks.write_note(learner=learner, served_id=served.pk, text="  ", now=NOON) is None
    marks.write_note(learner=learner, served_id=served.pk, text="Heat!", now=NOON)
    cleared = marks.write_note(learner=learner, served_id=served.pk, text="", now=NOON)
    assert cleared is not None
    assert (cleared.text, PrivateNote.objects.count()) == ("", 2)


def test_a_note_or_report_that_is_too_long_is_refused_with_both_lengths(study, learner):
    served = study.served.get()
    with pytest.raises(rules.Refusal, match="4000 characters; this one has 4001"):
        marks.write_note(learner=learner, served_id=served.pk, text="x" * 4001, now=NOON)
    with pytest.raises(rules.Refusal, match="2000 characters; this one has 2001"):
        marks.report_problem(
            learner=learner, served_id=served.pk, kind="typo", text="x" * 2001, operation_id=uuid.uuid4(), now=NOON
        )


def test_a_report_sent_twice_is_one_report_on_the_version_that_was_shown(study, learner):
    served = study.served.get()
    operation = uuid.uuid4()
    for _ in range(2):
        report = marks.report_problem(
            learner=learner, served_id=served.pk, kind="wrong-key", text="Why?", operation_id=operation, now=NOON
        )
    assert Report.objects.get() == report
    assert (report.version_id, report.kind, report.text, report.state) == (
        served.version_id,
        "wrong-key",
        "Why?",
        "open",
    )
    with pytest.raises(rules.Refusal, match="one of wrong-key, unclear, outdated, typo"):
        marks.report_problem(
            learner=learner, served_id=served.pk, kind="dull", text="", operation_id=uuid.uuid4(), now=NOON
        )


def test_an_instructor_answers_a_report_once_with_words(study, learner, instructor, other):
    report = marks.report_problem(
        learner=learner, served_id=study.served.get().pk, kind="typo", text="", operation_id=uuid.uuid4(), now=NOON
    )
    with pytest.raises(PermissionDenied):
        marks.answer_report(report=report, by=other, accepted=True, answer="Yes.", now=NOON)
    with pytest.raises(rules.Refusal, match="Say what the learner is to know"):
        marks.answer_report(report=report, by=instructor, accepted=True, answer=" ", now=NOON)
    marks.answer_report(report=report, by=instructor, accepted=True, answer="Mended.", now=NOON + timedelta(1))
    assert (report.state, report.answer, report.answered_by) == ("accepted", "Mended.", instructor)
    with pytest.raises(rules.Refusal, match="was accepted already"):
        marks.answer_report(report=report, by=instructor, accepted=False, answer="No.", now=NOON)


def test_struck_out_options_are_kept_in_shown_order_and_foreign_ids_are_left_out(study, learner):
    served = study.served.get()
    first, second = served.shown_order[:2]
    marks.strike_out(learner=learner, served_id=served.pk, struck=[second, "elsewhere", first])
    served.refresh_from_db()
    assert served.struck == [first, second]


@pytest.mark.parametrize("deed", ["bookmark", "note", "report", "strike"])
def test_nobody_marks_somebody_elses_question(study, other, deed):
    served = study.served.get()
    deeds = {
        "bookmark": lambda: marks.set_bookmark(learner=other, served_id=served.pk, marked=True, now=NOON),
        "note": lambda: marks.write_note(learner=other, served_id=served.pk, text="Mine", now=NOON),
        "report": lambda: marks.report_problem(
            learner=other, served_id=served.pk, kind="typo", text="", operation_id=uuid.uuid4(), now=NOON
        ),
        "strike": lambda: marks.strike_out(learner=other, served_id=served.pk, struck=served.shown_order),
    }
    with pytest.raises(ServedItem.DoesNotExist):
        deeds[deed]()


def test_a_guests_marks_come_along_to_the_account(guest):
    from questions.actions import sessions

    session = sessions.start_study(learner=guest, operation_id=uuid.uuid4(), now=NOON, length=2)
    served = session.served.get()
    marks.set_bookmark(learner=guest, served_id=served.pk, marked=True, now=NOON)
    marks.write_note(learner=guest, served_id=served.pk, text="Heat!", now=NOON)
    marks.report_problem(learner=guest, served_id=served.pk, kind="typo", text="", operation_id=uuid.uuid4(), now=NOON)
    account = make_user("robin")
    people.adopt_guest(learner=account, guest=guest, now=NOON)
    assert (
        Bookmark.objects.get().learner == PrivateNote.objects.get().learner == Report.objects.get().learner == account
    )


@pytest.mark.django_db(transaction=True)
def test_two_clicks_on_the_bookmark_at_once_are_one(study, learner):
    served = study.served.get()

    def click() -> bool:
        return marks.set_bookmark(learner=learner, served_id=served.pk, marked=True, now=NOON)

    assert at_once(click, click, click) == [True, True, True]
    assert Bookmark.objects.count() == 1
