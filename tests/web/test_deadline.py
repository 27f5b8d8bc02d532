"""The deadline is the server's: nothing counts after it, nothing typed is lost, and looking closes nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from questions.actions import sessions
from questions.models import Answer, LearnerState, PracticeSession, RefusedAnswer, User
from tests.cast import NOON, right, wrong
from tests.web.pages import Page, Visitor, fields_of

MINUTES = timedelta(minutes=12)
DEADLINE = NOON + MINUTES


def in_time(visitor: Visitor, page: Page) -> Page:
    """The first question answered right, and the second page."""
    return visitor.press(page, "Next", **fields_of(page.served, right(page.served)))


def test_an_answer_after_the_deadline_does_not_count_and_is_kept(
    visitor: Visitor, exam_page: Page, clock: time_machine.Coordinates, mock: PracticeSession
):
    page = in_time(visitor, exam_page)
    before = (
        list(Answer.objects.values()),
        list(LearnerState.objects.values()),
        PracticeSession.objects.values().get(),
    )
    late = fields_of(page.served, right(page.served))
    clock.move_to(DEADLINE + timedelta(seconds=4))
    refused = visitor.press(page, "Next", **late)
    assert refused.status == 409
    assert refused.messages == ["The time was up before this answer arrived, so it does not count. It is kept."]
    now = (list(Answer.objects.values()), list(LearnerState.objects.values()), PracticeSession.objects.values().get())
    assert now == before
    kept = RefusedAnswer.objects.get()
    assert (kept.served, kept.response, kept.code) == (page.served, right(page.served), "deadline-passed")
    result = visitor.get(f"/sessions/{mock.pk}/result/")
    assert "1 of 6 right" in result.text
    assert "1 answer came after the end and is not counted." in result.text


def test_an_answer_on_its_way_at_the_last_second_counts(
    visitor: Visitor, exam_page: Page, clock: time_machine.Coordinates
):
    clock.move_to(DEADLINE + timedelta(seconds=1))
    assert in_time(visitor, exam_page).status == 200
    assert Answer.objects.count() == 1


@pytest.mark.parametrize("response", [{"option": ["\x00"]}, {"option": ["x" * 5000]}, {"pair_\x00": "x"}], ids=repr)
def test_a_late_answer_of_rubbish_is_refused_all_the_same(
    response: dict[str, str], visitor: Visitor, exam_page: Page, clock: time_machine.Coordinates
):
    clock.move_to(DEADLINE + timedelta(seconds=4))
    refused = visitor.press(exam_page, "Next", forged=True, **response)
    assert refused.status == 409
    assert Answer.objects.count() == 0


def test_after_the_deadline_the_next_look_shows_the_result_and_writes_nothing(
    visitor: Visitor, exam_page: Page, clock: time_machine.Coordinates, mock: PracticeSession
):
    page = in_time(visitor, exam_page)
    clock.move_to(DEADLINE + timedelta(minutes=30))
    rows = (list(PracticeSession.objects.values()), list(LearnerState.objects.values()))
    for path in ("", "review/", "result/"):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            shown = visitor.get(f"/sessions/{mock.pk}/{path}")
        assert shown.path == f"/sessions/{mock.pk}/result/"
        assert "1 of 6 right in 12 minutes" in shown.text
        assert f"finished 2 Mar 2026, {DEADLINE:%H:%M}" in shown.text
        assert {query["sql"].split()[0] for query in captured.captured_queries} == {"SELECT"}
    assert "CANARY" in visitor.get(page.path).html
    assert (list(PracticeSession.objects.values()), list(LearnerState.objects.values())) == rows
    assert "in progress" not in visitor.get("/").text


def test_the_sweep_closes_it_at_its_deadline_and_the_result_stays(
    visitor: Visitor, exam_page: Page, clock: time_machine.Coordinates, mock: PracticeSession
):
    in_time(visitor, exam_page)
    clock.move_to(DEADLINE + timedelta(hours=1))
    seen = visitor.get(f"/sessions/{mock.pk}/result/")
    assert sessions.close_expired(now=DEADLINE + timedelta(hours=1)) == 1
    mock.refresh_from_db()
    assert (mock.state, mock.finished_at) == ("finished", DEADLINE)
    again = visitor.get(f"/sessions/{mock.pk}/result/")
    assert [e.text for e in again.tree.all("main")] == [e.text for e in seen.tree.all("main")]
    assert "1 answer so far, 1 right" in visitor.get("/progress/").text


def test_a_question_of_an_exam_whose_time_is_up_leads_back_to_the_result(
    visitor: Visitor, exam_page: Page, clock: time_machine.Coordinates
):
    clock.move_to(DEADLINE + timedelta(minutes=1))
    page = visitor.get(exam_page.path)
    assert page.by_id("verdict") is not None
    links = {a.text: a.attributes["href"] for a in page.tree.all("a")}
    assert links["Back to the result"].endswith("/result/#question-1")
    assert links["Next"].endswith("/items/2/")
    assert not {"Flag", "Continue", "Next"} & set(page.buttons())


def test_a_new_mock_exam_can_start_when_the_last_one_ran_out(
    visitor: Visitor, mock: PracticeSession, clock: time_machine.Coordinates
):
    clock.move_to(DEADLINE + timedelta(minutes=1))
    page = visitor.press(visitor.get("/practice/"), "Start the mock exam", form="short")
    assert "Question 1 of 3" in page.text
    mock.refresh_from_db()
    assert (mock.state, mock.finished_at) == ("finished", DEADLINE)


def test_submitting_late_ends_at_the_deadline(
    visitor: Visitor, exam_page: Page, clock: time_machine.Coordinates, mock: PracticeSession
):
    review = visitor.press(exam_page, "Navigator")
    clock.move_to(DEADLINE + timedelta(hours=2))
    assert visitor.press(review, "Finish").path.endswith("/result/")
    mock.refresh_from_db()
    assert mock.finished_at == DEADLINE


def deadline_of(page: Page) -> datetime:
    """What the page's clock counts down to."""
    clock = page.by_id("clock")
    assert clock is not None
    return datetime.fromisoformat(clock.attributes["data-deadline"])


@pytest.mark.parametrize(("allowance", "minutes"), [("1", 12), ("1.5", 18), ("2", 24)])
def test_a_time_allowance_gives_more_time(allowance: str, minutes: int, visitor: Visitor):
    page = visitor.press(visitor.get("/practice/"), "Start the mock exam", form="full", allowance=allowance)
    assert timedelta(0) <= deadline_of(page) - NOON - timedelta(minutes=minutes) < timedelta(minutes=1)


def test_the_allowance_of_the_settings_is_offered_first(visitor: Visitor, learner: User):
    settings = visitor.get("/settings/")
    visitor.press(settings, "Save", allowance="2")
    learner.refresh_from_db()
    assert learner.allowance == 2
    page = visitor.press(visitor.get("/practice/"), "Start the mock exam", form="full")
    assert deadline_of(page) - NOON >= 2 * MINUTES


def test_the_clock_of_the_page_is_corrected_by_the_servers(visitor: Visitor, exam_page: Page):
    clock = exam_page.by_id("clock")
    assert clock is not None
    told = datetime.fromisoformat(clock.attributes["data-server-now"])
    assert timedelta(0) <= told - NOON < timedelta(minutes=1)
    assert exam_page.response["Server-Time"].isdigit()
    assert "Time left 11" in clock.text


def test_a_time_that_the_browser_sends_means_nothing(
    visitor: Visitor, exam_page: Page, clock: time_machine.Coordinates
):
    clock.move_to(DEADLINE + timedelta(seconds=10))
    fields = fields_of(exam_page.served, wrong(exam_page.served))
    refused = visitor.press(
        exam_page, "Next", forged=True, received_at=NOON.isoformat(), now=NOON.isoformat(), **fields
    )
    assert (refused.status, Answer.objects.count()) == (409, 0)
