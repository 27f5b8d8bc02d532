"""Practising in a real browser: with the keyboard, without JavaScript, on a phone, over closed tabs and past the deadline."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from questions.models import Answer, PracticeSession

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bank")]


@pytest.fixture
def quiet(page: Page) -> Page:
    """A page that may not complain: no script error, no refused style or script, no request to anywhere else."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: complaints.append(request.url) if "//localhost:" not in request.url else None)
    yield page
    assert complaints == []


def start_studying(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Try five questions").click()
    expect(page.locator("#answer-form")).to_be_visible()
    page.wait_for_load_state()  # with its scripts


def start_mock(page: Page) -> PracticeSession:
    page.goto("/practice/")
    page.get_by_label("Full mock").check(force=True)
    # The operation is the seed of the draw: this one draws every kind of question.
    page.locator("form[action='/practice/mock/'] input[name=operation_id]").evaluate(
        "field => { field.value = '00000000-0000-0000-0000-000000000005' }"
    )
    page.get_by_role("button", name="Start the mock exam").click()
    expect(page.locator("#clock")).to_be_visible()
    page.wait_for_load_state()  # with its scripts
    return PracticeSession.objects.get()


def go_to_kind(page: Page, session: PracticeSession, kind: str) -> int:
    served = session.served.filter(version__kind=kind).order_by("position").first()
    assert served is not None
    page.goto(f"/sessions/{session.pk}/items/{served.position}/")
    return served.position


def test_a_whole_session_by_keyboard_alone(quiet: Page) -> None:
    start_studying(quiet)
    for number in range(1, 6):
        expect(quiet.locator(".count")).to_have_text(f"{number} of 5")
        if quiet.locator("input[name=option][type=radio]").count():
            quiet.keyboard.press("2")
            expect(quiet.locator("input[name=option]").nth(1)).to_be_checked()
            quiet.keyboard.press("Enter")
        else:
            quiet.get_by_role("button", name="I don’t know yet").focus()
            quiet.keyboard.press("Enter")
        expect(quiet.locator("#verdict")).to_be_focused()
        quiet.keyboard.press("Enter")
    expect(quiet).to_have_url(re.compile("/result/$"))
    assert Answer.objects.count() == 5


def test_every_kind_is_answered_flagged_and_struck_out_by_keyboard(quiet: Page) -> None:
    session = start_mock(quiet)
    shown = {row.version.kind: row.shown_order for row in session.served.select_related("version")}
    choices = quiet.locator("input[name=option]")

    go_to_kind(quiet, session, "choice")
    for key in ("x", "3"):
        quiet.keyboard.press(key)
    expect(quiet.locator("input[name=struck]").nth(2)).to_be_checked()
    quiet.keyboard.press("b")
    expect(choices.nth(1)).to_be_checked()
    quiet.keyboard.press("f")
    expect(quiet.locator("#flag")).to_have_attribute("aria-pressed", "true")
    expect(choices.nth(1)).to_be_checked()  # flagging leaves the choice alone

    go_to_kind(quiet, session, "multiple")
    for key in ("1", "4"):
        quiet.keyboard.press(key)
    expect(choices.nth(0)).to_be_checked()
    expect(choices.nth(3)).to_be_checked()
    step_on(quiet)

    go_to_kind(quiet, session, "ordering")
    for key in ("2", "1", "3"):
        quiet.keyboard.press(key)
    step_on(quiet)

    position = go_to_kind(quiet, session, "matching")
    for place in range(3):
        quiet.keyboard.press(str(place + 1))
        quiet.keyboard.press("ArrowDown")
        quiet.locator("h1").evaluate("() => document.activeElement.blur()")
    step_on(quiet)

    quiet.goto(f"/sessions/{session.pk}/items/{position}/")
    newest = {a.version.kind: a.response for a in Answer.objects.order_by("pk").select_related("version")}
    assert sorted(newest["multiple"]["options"]) == sorted([shown["multiple"][0], shown["multiple"][3]])
    assert newest["ordering"]["options"] == [shown["ordering"][number] for number in (1, 0, 2)]
    assert set(newest["matching"]["pairs"].values()) == {shown["matching"][0]}
    assert session.served.filter(flagged_at__isnull=False).count() == 1


def step_on(page: Page) -> None:
    """Enter goes to the next question, and takes the answer along."""
    before = page.url
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url != before)


def test_a_whole_session_without_javascript(browser: Browser, live_server: Any) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=live_server.url)
    page = context.new_page()
    start_studying(page)
    for _ in range(5):
        if page.locator("input[name=option][type=radio]").count():
            page.locator("input[name=option]").first.check()
            page.get_by_role("button", name="Check answer").click()
        else:
            page.get_by_role("button", name="I don’t know yet").click()
        expect(page.locator("#verdict")).to_be_visible()
        page.locator("form[action$='/next/'] button").click()
    expect(page).to_have_url(re.compile("/result/$"))
    context.close()
    assert Answer.objects.count() == 5


def test_a_closed_tab_loses_nothing_of_a_mock_exam(page: Page) -> None:
    session = start_mock(page)
    position = go_to_kind(page, session, "choice")
    page.locator(".option-label").nth(2).click()
    expect(page.locator("#save-state")).to_have_text("Saved")
    page.close()

    again = page.context.new_page()
    again.goto(f"/sessions/{session.pk}/items/{position}/")
    expect(again.locator("input[name=option]").nth(2)).to_be_checked()
    answer = Answer.objects.get()
    assert answer.response == {"options": [answer.shown_order[2]]}


def test_all_kinds_are_saved_in_the_exam_room_as_they_are_clicked(quiet: Page) -> None:
    session = start_mock(quiet)
    go_to_kind(quiet, session, "multiple")
    quiet.locator(".option-label").nth(0).click()
    quiet.locator(".option-label").nth(3).click()
    expect(quiet.locator("#save-state")).to_have_text("Saved")
    go_to_kind(quiet, session, "matching")
    for place in range(3):
        quiet.locator("select[name^=pair_]").nth(place).select_option(index=place + 1)
    expect(quiet.locator("#save-state")).to_have_text("Saved")
    go_to_kind(quiet, session, "ordering")
    for _ in range(3):
        quiet.get_by_role("button", name="Place next").first.click()
    expect(quiet.locator("#save-state")).to_have_text("Saved")
    quiet.wait_for_timeout(600)  # the last change is saved after a moment of quiet
    newest = {
        answer.version.kind: answer.response for answer in Answer.objects.order_by("pk").select_related("version")
    }
    shown = {row.version.kind: row.shown_order for row in session.served.select_related("version")}
    assert sorted(newest["multiple"]["options"]) == sorted([shown["multiple"][0], shown["multiple"][3]])
    prompts = session.served.select_related("version").get(version__kind="matching").version.value.prompts
    assert newest["matching"]["pairs"] == dict(zip((p.id for p in prompts), shown["matching"], strict=True))
    assert newest["ordering"]["options"] == shown["ordering"][:3]


def test_at_the_deadline_the_exam_submits_itself(page: Page) -> None:
    session = start_mock(page)
    now = timezone.now()
    PracticeSession.objects.update(started_at=now - timedelta(minutes=12), deadline=now + timedelta(seconds=3))
    go_to_kind(page, session, "choice")
    page.locator(".option-label").nth(0).click()
    expect(page).to_have_url(re.compile("/result/$"), timeout=15000)
    assert Answer.objects.count() == 1
    expect(page.get_by_text("of 6 right")).to_be_visible()


def test_two_tabs_on_one_question_count_once_and_the_second_is_told(page: Page) -> None:
    start_studying(page)
    other = page.context.new_page()
    other.goto(page.url)
    for tab in (page, other):
        tab.get_by_role("button", name="I don’t know yet").click()
        expect(tab.locator("#verdict")).to_be_visible()
    expect(other.get_by_text("This question is answered already; the first answer stands.")).to_be_visible()
    assert Answer.objects.count() == 1


def test_a_flag_shows_in_the_navigator(page: Page) -> None:
    session = start_mock(page)
    page.keyboard.press("f")
    expect(page.locator("#flag")).to_have_attribute("aria-pressed", "true")
    page.goto(f"/sessions/{session.pk}/review/")
    expect(page.locator(".navigator .mark-flag")).to_have_count(1)


def test_signing_up_keeps_what_a_guest_answered(page: Page) -> None:
    start_studying(page)
    page.get_by_role("button", name="I don’t know yet").click()
    expect(page.locator("#verdict")).to_be_visible()
    page.goto("/accounts/signup/")
    page.get_by_label("Email").fill("robin@tea.example")
    page.locator("input[type=password]").first.fill("a-cup-of-tea-at-noon")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    answer = Answer.objects.select_related("learner").get()
    assert (answer.learner.email, answer.learner.is_guest) == ("robin@tea.example", False)
