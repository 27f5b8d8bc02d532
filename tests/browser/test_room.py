"""The exam room and what follows an answer, in a real browser: what is struck out, written and reported stays."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, Route, expect

from questions.actions import sessions
from questions.models import Answer, Bookmark, PracticeSession, PrivateNote, Report, ServedItem, User
from tests.browser.test_looks import faults, signed_in
from tests.cast import Give

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bank")]


@pytest.fixture
def study(learner: User) -> PracticeSession:
    """A study session that has just begun; its seed asks a multiple choice first."""
    return sessions.start_study(learner=learner, operation_id=uuid.UUID(int=3), now=timezone.now(), length=8)


@pytest.fixture
def mock(learner: User) -> PracticeSession:
    """A mock exam that has just begun."""
    return sessions.start_mock(learner=learner, operation_id=uuid.UUID(int=5), now=timezone.now())


@pytest.fixture
def page(browser: Browser, live_server: Any, learner: User) -> Iterator[Page]:
    """The learner's browser, which may not complain."""
    complaints: list[str] = []
    page = signed_in(browser, live_server, learner)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert complaints == []
    page.context.close()


def place(served: ServedItem) -> str:
    return f"/sessions/{served.session_id}/items/{served.position}/"


def choice_of(session: PracticeSession) -> ServedItem:
    served = session.served.select_related("version").filter(version__kind="choice").order_by("position").first()
    assert served is not None
    return served


def answer(page: Page, session: PracticeSession) -> None:
    """Answer the open question, whatever it is."""
    page.goto(f"/sessions/{session.pk}/")
    page.get_by_role("button", name="I don’t know yet").click()
    expect(page.locator("#bookmark")).to_be_visible()


def test_what_is_struck_out_is_struck_out_on_another_device(
    page: Page, mock: PracticeSession, browser: Browser, live_server: Any, learner: User
) -> None:
    served = choice_of(mock)
    page.goto(place(served))
    with page.expect_response(re.compile("/strikes/$")):
        page.locator(".strike").nth(1).click()
    expect(page.locator("#struck-before")).to_have_value(served.shown_order[1])
    assert Answer.objects.count() == 0
    other = signed_in(browser, live_server, learner)
    other.goto(place(served))
    expect(other.locator("input[name=struck]").nth(1)).to_be_checked()
    with other.expect_response(re.compile("/strikes/$")):
        other.locator(".strike").nth(2).click()
    with page.expect_response(re.compile("/strikes/$")):  # this page does not know of it, and undoes nothing
        page.locator(".strike").nth(3).click()
    page.reload()
    assert [box.is_checked() for box in page.locator("input[name=struck]").all()] == [False, True, True, True]
    other.context.close()


def test_how_sure_is_said_by_key_taken_back_and_sent(page: Page, study: PracticeSession) -> None:
    page.goto(f"/sessions/{study.pk}/")
    sure, unsure = page.get_by_label("Sure", exact=True), page.get_by_label("Unsure")
    page.keyboard.press("s")
    expect(sure).to_be_checked()
    sure.click()
    expect(sure).not_to_be_checked()
    page.keyboard.press("u")
    expect(unsure).to_be_checked()
    page.evaluate("document.querySelector('#answer-form').elements.option[0].click()")
    page.get_by_role("button", name="Check answer").click()
    expect(page.locator("#verdict")).to_be_focused()
    assert Answer.objects.get().confidence == "unsure"


def test_marks_come_with_the_feedback_and_stay(page: Page, study: PracticeSession) -> None:
    answer(page, study)
    page.keyboard.press("m")
    expect(page.locator("#bookmark")).to_have_attribute("aria-pressed", "true")
    page.get_by_text("Private note").click()
    page.locator("#note-text").fill("n is no shortcut here")
    page.get_by_role("button", name="Save the note").click()
    expect(page.locator("#note-status")).to_have_text("Saved")
    page.get_by_text("Report a problem").click()
    page.get_by_role("button", name="Send the report").click()
    expect(page.locator("#report-problem")).to_be_focused()
    page.get_by_label("It is outdated").check()
    page.get_by_label("In your own words").fill("Since May")
    page.get_by_role("button", name="Send the report").click()
    expect(page.locator("#report-sent")).to_be_focused()
    page.reload()
    expect(page.locator("#bookmark")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#note-text")).to_have_value("n is no shortcut here")
    expect(page.locator("#report")).to_contain_text("Not answered yet")
    assert (Bookmark.objects.count(), PrivateNote.objects.count(), Report.objects.count()) == (1, 1, 1)


def test_a_note_survives_a_lost_connection_and_a_page_that_is_left(page: Page, study: PracticeSession) -> None:
    answer(page, study)
    address = page.url
    page.get_by_text("Private note").click()
    page.route("**/note/", lambda route: route.abort())
    page.locator("#note-text").fill("Written on a train")
    page.get_by_role("button", name="Save the note").click()
    expect(page.locator("#note-status")).to_contain_text("No connection. What you typed is still here")
    expect(page.locator("#note-text")).to_have_value("Written on a train")
    page.unroute("**/note/")
    page.keyboard.press("Tab")  # out of the field, and the note is not saved by that
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(lambda url: url != address)
    page.goto(address)
    expect(page.locator("#note-text")).to_have_value("Written on a train")


def test_signed_out_meanwhile_nothing_that_was_typed_is_lost(page: Page, study: PracticeSession) -> None:
    answer(page, study)
    page.get_by_text("Report a problem").click()
    page.get_by_label("It has a typo").check()
    page.get_by_label("In your own words").fill("Brewign")

    def signed_out(route: Route) -> None:
        route.fulfill(status=200, content_type="text/html", body="<h1>Sign in</h1>")

    page.route("**/reports/", signed_out)
    page.get_by_role("button", name="Send the report").click()
    expect(page.locator("#report [data-status]")).to_contain_text("Sign in again in another tab")
    expect(page.get_by_label("In your own words")).to_have_value("Brewign")


def test_a_silent_session_goes_on_by_itself_and_tells_all_at_the_end(page: Page, learner: User) -> None:
    session = sessions.start_study(
        learner=learner, operation_id=uuid.UUID(int=3), now=timezone.now(), length=2, feedback="at-end"
    )
    page.goto(f"/sessions/{session.pk}/")
    page.get_by_role("button", name="I don’t know yet").click()
    page.wait_for_url(re.compile("/items/2/$"))
    expect(page.get_by_text("Answer 1 is saved. The reasons come at the end.")).to_be_visible()
    page.go_back()
    expect(page.locator("#verdict")).to_have_text("Saved")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/items/2/$"))
    page.get_by_role("button", name="I don’t know yet").click()
    page.wait_for_url(re.compile("/result/$"))
    page.locator("tbody a").first.click()
    expect(page.locator("#verdict")).to_have_text("Not known yet")


@pytest.mark.parametrize("minutes", [30, 15, 5])
def test_the_exam_says_how_much_time_is_left(minutes: int, page: Page, mock: PracticeSession) -> None:
    now = timezone.now()
    PracticeSession.objects.update(
        started_at=now - timedelta(hours=1), deadline=now + timedelta(minutes=minutes, seconds=4)
    )
    page.goto(place(choice_of(mock)))
    expect(page.locator("#time-note")).to_be_hidden()
    expect(page.locator("#time-note")).to_have_text(f"{minutes} minutes left", timeout=15000)
    expect(page.locator("#live")).to_have_text(f"{minutes} minutes left")


def test_a_hidden_clock_stays_hidden_until_the_last_five_minutes(page: Page, mock: PracticeSession) -> None:
    page.goto(place(choice_of(mock)))
    page.get_by_role("button", name="Hide time").click()
    expect(page.locator("#clock")).to_be_hidden()
    expect(page.locator(".count")).to_be_visible()
    page.goto(f"/sessions/{mock.pk}/review/")
    expect(page.locator("#clock")).to_be_hidden()
    PracticeSession.objects.update(deadline=timezone.now() + timedelta(minutes=5, seconds=3))
    page.reload()
    expect(page.locator("#clock")).to_be_hidden()
    expect(page.locator("#clock")).to_be_visible(timeout=15000)


def test_a_tab_left_behind_does_not_undo_the_other_one(page: Page, mock: PracticeSession) -> None:
    served = choice_of(mock)
    page.goto(place(served))
    other = page.context.new_page()
    other.goto(place(served))
    with other.expect_response(re.compile("/answer/$")):
        other.locator(".option-label").nth(2).click()
    page.locator("[data-next]").click()
    page.wait_for_url(lambda url: not url.endswith(place(served)))
    page.goto(place(served))
    expect(page.locator("input[name=option]").nth(2)).to_be_checked()
    assert Answer.objects.count() == 1


@pytest.mark.parametrize("summary", ["Private note", "Report a problem"])
def test_a_form_opened_at_the_foot_comes_into_view(summary: str, page: Page, study: PracticeSession) -> None:
    answer(page, study)
    page.set_viewport_size({"width": 800, "height": 700})
    opener = page.locator("summary", has_text=summary)
    bar = page.locator(".actions").bounding_box()
    assert bar is not None
    # The opener just above the bar that sticks to the foot, as somebody who reads downwards gets to see it.
    opener.evaluate("(e, foot) => scrollBy(0, e.getBoundingClientRect().bottom - foot)", bar["y"])
    opener.evaluate("e => e.click()")
    form = page.locator("details[open]", has=opener).locator("form")
    expect(form).to_be_visible()
    page.wait_for_timeout(300)
    box, foot = form.bounding_box(), page.locator(".actions").bounding_box()
    assert box is not None
    assert foot is not None
    assert box["y"] + box["height"] <= foot["y"]
    top = page.locator(".room-bar").bounding_box()
    assert top is not None
    assert box["y"] >= top["y"] + top["height"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_fault_in_the_states_after_an_answer(
    theme: str, browser: Browser, live_server: Any, learner: User, instructor: User, study: PracticeSession, give: Give
) -> None:
    page = signed_in(browser, live_server, learner, color_scheme=theme, viewport={"width": 320, "height": 640})
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        found[name] = faults(page)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 320:
            found[name].append(f"{width} wide")

    page.goto(f"/sessions/{study.pk}/")
    look("question")
    answer(page, study)
    page.locator("#bookmark").click()
    page.get_by_text("Private note").click()
    page.get_by_text("Report a problem").click()
    page.get_by_role("button", name="Send the report").click()
    expect(page.locator("#report-problem")).to_be_focused()
    look("open and refused")
    page.get_by_label("It has a typo").check()
    page.get_by_role("button", name="Send the report").click()
    expect(page.locator("#report-sent")).to_be_focused()
    look("reported")
    page.goto("/reports/")
    look("reports")
    while served := sessions.serve_next(learner=learner, session_id=study.pk, now=timezone.now()):
        row = ServedItem.objects.select_related("version", "session").get(pk=served.pk)
        black = [option.id for option in row.version.value.options if option.concept == "black"]
        green = row.item.slug == "green-for-one"
        give(row, {"options": black} if green else {"unknown": True}, at=timezone.now())
    green_for_one = study.served.filter(item__slug="green-for-one").get()
    page.goto(place(green_for_one))
    if green_for_one.position > 1:
        expect(page.locator("#pair")).to_contain_text("would be right")
    look("pair")
    silent = sessions.start_study(
        learner=learner, operation_id=study.pk, now=timezone.now(), length=2, feedback="at-end"
    )
    give(silent.served.select_related("version", "session").get(), {"unknown": True}, at=timezone.now())
    page.goto(f"/sessions/{silent.pk}/items/1/")
    look("saved")
    page.context.close()
    desk = signed_in(browser, live_server, instructor, color_scheme=theme)
    desk.goto(f"/admin/questions/report/{Report.objects.get().pk}/change/")
    found["desk"] = faults(desk)
    desk.context.close()
    assert {name: bad for name, bad in found.items() if bad} == {}
