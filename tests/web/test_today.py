"""Today: one obvious next thing, the plan to the exam, where one stands, and the two first questions."""

from __future__ import annotations

import re
import uuid
from datetime import date, timedelta

import time_machine

from questions.actions import people, sessions
from questions.models import PracticeSession, User
from tests.cast import NOON, Give, right, wrong
from tests.web.pages import Page, Visitor
from tests.web.test_cost import practise

TODAY = NOON.date()


def after(visitor: Visitor, clock: time_machine.Coordinates, days: int) -> Page:
    """Today, so many days later."""
    clock.move_to(NOON + timedelta(days=days))
    return visitor.get("/")


def primary(page: Page) -> list[str]:
    """What stands out on the page as the thing to do."""
    return [element.text for tag in ("a", "button") for element in page.tree.all(tag, class_="button-primary")]


def answer_all(learner: User, give: Give, length: int = 8) -> PracticeSession:
    """A finished session with so many right answers."""
    session = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON, length=length)
    while served := sessions.serve_next(learner=learner, session_id=session.pk, now=NOON):
        give(served, right(served), at=NOON)
    return session


def test_one_thing_stands_out_whatever_the_day(visitor: Visitor, learner: User, give: Give, clock):
    assert primary(visitor.get("/")) == ["Study 10 questions"]
    answer_all(learner, give, 3)
    assert primary(visitor.get("/")) == ["Study 10 questions"]
    assert primary(after(visitor, clock, 20)) == ["Review 3 questions"]
    people.change_settings(learner, now=NOON, minutes_a_day=2)
    assert primary(visitor.get("/")) == ["Review 2 questions"]
    sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON, length=5)
    assert primary(visitor.get("/")) == ["Continue"]


def test_what_is_due_is_told_with_the_learners_own_pace(visitor: Visitor, learner: User, give: Give, clock):
    session = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON, length=7)
    at = NOON
    while served := sessions.serve_next(learner=learner, session_id=session.pk, now=at):
        at += timedelta(seconds=150)
        give(served, right(served), at=at)
    page = after(visitor, clock, 20)
    assert "7 due, about 18 minutes" in page.text  # seven times two and a half
    page = visitor.press(page, "Review 7 questions")
    assert "Question 1 of 7" in page.text
    assert PracticeSession.objects.latest("started_at").focus == "due"


def test_the_time_that_the_browser_measured_counts_before_the_gaps(visitor: Visitor, learner: User, give: Give, clock):
    session = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON, length=6)
    while served := sessions.serve_next(learner=learner, session_id=session.pk, now=NOON):
        give(served, right(served), at=NOON, took_ms=120_000)
    assert "6 due, about 12 minutes" in after(visitor, clock, 20).text


def test_a_running_mock_exam_comes_before_a_study_session(visitor: Visitor, mock: PracticeSession, learner: User):
    sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON + timedelta(seconds=30), length=5)
    page = visitor.get("/")
    assert "Mock exam in progress" in page.text
    assert primary(page) == ["Continue"]
    assert "Study session 0 of 5 answered · begun just now" in page.text


def test_unfinished_sessions_are_told_apart_and_can_be_finished(
    visitor: Visitor, learner: User, give: Give, clock: time_machine.Coordinates
):
    answer_all(learner, lambda served, response, at: give(served, wrong(served), at=at), 8)
    for days, choice in (
        (9, {}), (2, {"focus": "missed"}), (1, {"tags": ["water", "leaves"]}), (0, {"section": "brewing#leaves"}),
    ):  # fmt: skip
        at = NOON + timedelta(days=12 - days, minutes=-5)
        sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=at, length=3, **choice)
    page = after(visitor, clock, 12)
    assert "The notes on leaves, begun 5 minutes ago." in page.text
    listed = [row.text.split(" Continue")[0] for row in page.tree.all("ul", class_="also-open")[0].all("li")]
    assert listed == [
        "Study session: Leaves, Water 0 of 3 answered · begun on 13 Mar 2026",
        "Study session: what you missed 0 of 3 answered · begun on 12 Mar 2026",
        "Study session 0 of 3 answered · begun on 5 Mar 2026",
    ]
    result = visitor.press(page, "Finish it")
    assert "Study session: your result" in result.text
    running = list(PracticeSession.objects.filter(state="open"))
    assert len(running) == 3
    assert [row.section for row in running] == [""] * 3


def test_all_unfinished_sessions_are_listed_when_today_has_no_room(visitor: Visitor, learner: User):
    for length in range(1, 8):
        sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON, length=length)
    page = visitor.get("/")
    assert len(page.tree.all("ul", class_="also-open")[0].all("li")) == 4
    link = next(a for a in page.tree.all("a") if a.text == "All 7 unfinished sessions")
    page = visitor.get(link.attributes["href"])
    assert [f"0 of {n} answered" in page.text for n in range(1, 8)] == [True] * 7
    while "Finish it: the session begun just now" in page.text.replace(" :", ":"):
        visitor.press(page, "Finish it")
        page = visitor.get(page.path)
    assert "There are none." in page.text
    assert PracticeSession.objects.filter(state="open").count() == 0


def test_a_mock_exam_has_no_button_that_ends_it_from_today(visitor: Visitor, mock: PracticeSession):
    page = visitor.get("/")
    assert "Full mock, begun just now." in page.text
    assert [words for words in page.buttons() if words.startswith("Finish")] == []
    assert "Leave" not in [a.text for a in visitor.get(f"/sessions/{mock.pk}/").tree.all("a")]


def test_the_study_room_has_a_way_out(visitor: Visitor, first_question: Page):
    (leave,) = [a for a in first_question.tree.all("a") if a.text == "Leave"]
    assert "0 of 8 answered" in visitor.get(leave.attributes["href"]).text


def test_the_plan_says_what_today_holds_and_whether_all_is_met_in_time(visitor: Visitor, learner: User, give: Give):
    people.change_settings(learner, now=NOON, exam_date=TODAY + timedelta(days=10), minutes_a_day=5)
    text = visitor.get("/").text
    assert "Exam on 12 Mar 2026 10 days left Today, about 5 minutes 5 new" in text
    assert "You have met 0 questions; 8 are new to you." in text
    assert "At this pace you will have met all of them by 3 Mar 2026, before the exam." in text
    answer_all(learner, give, 5)
    text = visitor.get("/").text
    assert "Today still nothing more Done today 5" in text
    assert "Done for today" in text
    assert primary(visitor.get("/")) == []


def outlook(page: Page) -> list[int]:
    """Minutes a day, questions of 100 known then; more minutes, and with them."""
    found = re.search(r"At (\d+) minutes? a day .*?about (\d+) of 100 .*?; at (\d+) minutes, about (\d+)\.", page.text)
    return [int(figure) for figure in found.groups()] if found else []


def test_the_plan_says_what_to_expect_of_the_day_and_moves_at_once_with_date_and_pace(
    visitor: Visitor, learner: User, give: Give
):
    assert outlook(visitor.get("/")) == []
    found = {}
    for days, minutes in ((30, 1), (30, 5), (2, 1)):
        people.change_settings(learner, now=NOON, exam_date=TODAY + timedelta(days=days), minutes_a_day=minutes)
        found[days, minutes] = outlook(visitor.get("/"))
    assert [figures[0] for figures in found.values()] == [1, 5, 1]
    known = {key: figures[1] for key, figures in found.items()}
    assert known[30, 5] >= known[30, 1] > known[2, 1]
    assert all(0 < figures[1] <= figures[3] <= 100 and figures[2] > figures[0] for figures in found.values())
    people.change_settings(learner, now=NOON, exam_date=TODAY, minutes_a_day=5)
    assert outlook(visitor.get("/")) == []


def test_a_plan_that_does_not_reach_everything_blames_nobody(visitor: Visitor, learner: User):
    people.change_settings(learner, now=NOON, exam_date=TODAY + timedelta(days=2), minutes_a_day=2)
    text = visitor.get("/").text
    assert "At this pace you meet about 4 of them before the exam" in text
    assert "no gap to make up" in text
    for word in ("behind", "overdue", "missed", "late"):
        assert word not in text.casefold().split("weakest")[0].split()


def test_a_date_alone_or_minutes_alone_say_what_they_can(visitor: Visitor, learner: User):
    people.change_settings(learner, now=NOON, exam_date=TODAY + timedelta(days=3))
    assert "About 3 a day would meet them all before the exam" in visitor.get("/").text
    people.change_settings(learner, now=NOON, exam_date=None, minutes_a_day=4)
    assert "At this pace you will have met all of them by 3 Mar 2026" in visitor.get("/").text


def test_on_the_day_of_the_exam_and_after_it(visitor: Visitor, learner: User):
    people.change_settings(learner, now=NOON, exam_date=TODAY, minutes_a_day=10)
    assert "Your exam is today" in visitor.get("/").text
    people.change_settings(learner, now=NOON, exam_date=TODAY - timedelta(days=1))
    assert "Your exam was on 1 Mar 2026" in visitor.get("/").text


def test_done_today_counts_from_the_learners_own_midnight(visitor: Visitor, learner: User, give: Give):
    people.change_settings(learner, now=NOON, minutes_a_day=10, time_zone="Pacific/Auckland")  # it is 1:00 there
    session = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON, length=2)
    for at in (NOON - timedelta(hours=2), NOON - timedelta(minutes=30)):
        served = sessions.serve_next(learner=learner, session_id=session.pk, now=at)
        assert served is not None
        give(served, at=at)
    assert "Done today 1" in visitor.get("/").text


def test_where_somebody_stands_is_said_with_its_range_and_not_before_thirty_answers(
    visitor: Visitor, learner: User, give: Give
):
    practise(learner, 29, give)
    assert "Not enough answers yet to say: 29 of 30." in visitor.get("/").text
    practise(learner, 1, give)
    page = visitor.get("/")
    figure = next(e.text for e in page.tree.all("p", class_="figure"))
    low, high = map(int, figure.removesuffix(" of 100").split("–"))
    assert 0 < low < high < 100
    assert "it is no predicted exam score" in page.text


def test_the_weakest_topics_lead_to_practice_on_them(visitor: Visitor, learner: User, give: Give):
    session = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON, length=2, tags=["water"])
    while served := sessions.serve_next(learner=learner, session_id=session.pk, now=NOON):
        give(served, wrong(served))
    page = visitor.get("/")
    assert [a.attributes["href"] for a in page.tree.all("a") if a.text == "Water"] == ["/practice/?tag=water"]


# --- The two first questions ---


def test_the_two_questions_are_a_card_on_today_and_are_asked_once(visitor: Visitor, learner: User):
    page = visitor.get("/")
    assert "When is your exam?" in page.text
    assert primary(page) == ["Study 10 questions"], "the card does not stand before the questions"
    page = visitor.press(page, "Save", exam_date="2026-06-01", minutes_a_day="15", time_zone="Europe/Berlin")
    assert (page.path, "When is your exam?" in page.text) == ("/", False)
    learner.refresh_from_db()
    assert (learner.exam_date, learner.minutes_a_day, learner.time_zone) == (date(2026, 6, 1), 15, "Europe/Berlin")
    assert learner.onboarded_at is not None
    assert "91 days left" in page.text


def test_both_may_be_skipped_or_left_empty(visitor: Visitor, learner: User, other: User):
    page = visitor.press(visitor.get("/"), "Not now", exam_date="nonsense", forged=True)
    assert "When is your exam?" not in page.text
    elsewhere = Visitor(other)
    assert "When is your exam?" not in elsewhere.press(elsewhere.get("/"), "Save").text
    for user in (learner, other):
        user.refresh_from_db()
        assert (user.exam_date, user.minutes_a_day, user.time_zone) == (None, None, "UTC")
        assert user.onboarded_at is not None


def test_a_wrong_answer_to_them_is_said_and_keeps_what_was_typed(visitor: Visitor, learner: User):
    page = visitor.press(visitor.get("/"), "Save", exam_date="2026-03-01", minutes_a_day="15")
    assert (page.status, page.path) == (422, "/welcome/")
    assert "That day has passed" in page.text
    assert page.form("Save")[0].values["minutes_a_day"] == ["15"]
    assert "Set an exam date" not in visitor.get("/").text


def test_a_zone_that_nobody_knows_is_not_kept(visitor: Visitor, learner: User):
    visitor.press(visitor.get("/"), "Save", time_zone="Mars/Olympus", minutes_a_day="15")
    learner.refresh_from_db()
    assert (learner.minutes_a_day, learner.time_zone) == (15, "UTC")


def test_who_set_a_date_in_the_settings_is_not_asked_again(visitor: Visitor, learner: User):
    visitor.press(visitor.get("/settings/"), "Save", exam_date="2026-06-01")
    assert "When is your exam?" not in visitor.get("/").text


def test_a_topic_says_of_how_many_its_range_is(visitor: Visitor, learner: User, give: Give):
    answer_all(learner, give)
    notes = [span.text for span in visitor.get("/").tree.all("span", class_="note")]
    assert len(notes) == 3
    assert [text for text in notes if not re.fullmatch(r"\d+–\d+ of 100", text)] == []


def test_a_guest_is_asked_after_signing_up(guest: User):
    visitor = Visitor(guest)
    assert "When is your exam?" not in visitor.get("/").text
    page = visitor.press(
        visitor.get("/accounts/signup/"), "Sign up", email="sam@tea.example", password1="a-cup-of-tea-at-noon"
    )
    assert (page.path, "When is your exam?" in page.text) == ("/", True)
    (said,) = page.tree.all("li", class_="message")
    assert "sam@tea.example" in said.text
