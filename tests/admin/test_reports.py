"""Instructors read what learners report, and answer it once."""

from __future__ import annotations

import uuid

import pytest

from questions.actions import marks
from questions.models import PracticeSession, Report, User
from tests.admin.desk import Desk
from tests.cast import NOON

LIST = "/admin/questions/report/"


@pytest.fixture
def report(study: PracticeSession) -> Report:
    """A learner's report on the question in front of them."""
    return report_on(study, "Since May it is <90> degrees.")


def report_on(study: PracticeSession, text: str) -> Report:
    """One more."""
    served = study.served.get()
    return marks.report_problem(
        learner=study.learner, served_id=served.pk, kind="outdated", text=text, operation_id=uuid.uuid4(), now=NOON
    )


def page(report: Report) -> str:
    """Where it is answered."""
    return f"{LIST}{report.pk}/change/"


def test_the_list_shows_what_is_said_of_which_question_and_not_by_whom(desk: Desk, report: Report, learner: User):
    shown = desk.get(f"{LIST}?state__exact=open").content.decode()
    assert "Since May it is &lt;90&gt; degrees." in shown
    assert report.version.item.slug in shown
    assert learner.email not in shown
    assert "Since May" not in desk.get(f"{LIST}?state__exact=accepted").content.decode()


def test_the_page_shows_the_question_as_it_was_with_its_key(desk: Desk, report: Report, learner: User):
    shown = desk.get(page(report)).content.decode()
    assert "Since May it is &lt;90&gt; degrees." in shown
    assert report.version.value.ask in shown
    assert f"/admin/questions/item/{report.version.item_id}/change/?version=1" in shown
    assert learner.email not in shown


@pytest.mark.parametrize("verdict", ["accepted", "declined"])
def test_an_answer_reaches_the_learner_and_the_next_report_comes_up(
    verdict: str, desk: Desk, report: Report, study: PracticeSession, instructor: User
):
    other = report_on(study, "And another thing.")
    reply = desk.post(page(report), {"verdict": verdict, "answer": "Thank you."})
    assert (reply.status_code, reply["Location"]) == (302, page(other))
    report.refresh_from_db()
    assert (report.state, report.answer, report.answered_by) == (verdict, "Thank you.", instructor)
    reply = desk.post(page(other), {"verdict": verdict, "answer": "Again."})
    assert reply["Location"] == LIST
    shown = desk.get(page(report)).content.decode()
    assert "Thank you." in shown
    assert "Accept the report" not in shown


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"verdict": "accepted", "answer": "  "}, "Say what the learner is to know."),
        ({"verdict": "", "answer": "Because."}, "Accept the report, or decline it."),
    ],
)
def test_an_answer_without_words_or_verdict_is_shown_again(sent: dict[str, str], said: str, desk: Desk, report: Report):
    reply = desk.post(page(report), sent)
    assert reply.status_code == 409
    assert said in reply.content.decode()
    assert sent["answer"].strip() in reply.content.decode()
    report.refresh_from_db()
    assert report.state == "open"


def test_a_report_is_answered_once(desk: Desk, report: Report):
    desk.post(page(report), {"verdict": "accepted", "answer": "Yes."})
    late = desk.post(page(report), {"verdict": "declined", "answer": "No."})
    assert (late.status_code, "was accepted already" in late.content.decode()) == (409, True)
    report.refresh_from_db()
    assert (report.state, report.answer) == ("accepted", "Yes.")


def test_who_may_not_review_reads_and_answers_nothing(report: Report, learner: User):
    author = learner
    author.is_staff = True
    author.save()
    from django.contrib.auth.models import Permission

    author.user_permissions.add(Permission.objects.get(codename="view_report"))
    desk = Desk(author)
    shown = desk.get(page(report)).content.decode()
    assert "Waits for somebody who may review questions." in shown
    assert desk.post(page(report), {"verdict": "accepted", "answer": "Yes."}).status_code == 403
    author.user_permissions.clear()
    assert Desk(author).get(page(report)).status_code == 403


def test_what_is_not_there_is_not_found(desk: Desk):
    assert desk.get(f"{LIST}999999/change/").status_code == 404
    assert desk.get(f"{LIST}abc/change/").status_code == 404
