"""Whole journeys of a learner that no other file of this folder walks: the first minute, a session by thumb, a browser that
dies in a mock exam and another device that goes on, a forgotten password. The others are in test_practising (by keyboard,
without JavaScript, to the deadline), test_offline (a lost connection) and test_mirror (taking everything along and leaving).
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from questions.models import Answer, PracticeSession, User
from tests.browser.test_looks import signed_in
from tests.cast import PASSWORD

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bank")]


def answer_somehow(page: Page, press: str) -> None:
    """Answer the question that is shown: by its first option where one is enough, else by saying that it is not known."""
    page.wait_for_selector("#answer-form")
    if page.locator("input[name=option][type=radio]").count():
        getattr(page.locator(".option-label").first, press)()
        getattr(page.get_by_role("button", name="Check answer"), press)()
    else:
        getattr(page.get_by_role("button", name="I don’t know yet"), press)()
    expect(page.locator("#verdict")).to_be_visible()


def test_the_first_minute_five_questions_an_account_and_a_plan(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Try five questions").click()
    for _ in range(5):
        answer_somehow(page, "click")
        page.locator("form[action$='/next/'] button").click()
    expect(page).to_have_url(re.compile("/result/$"))
    page.get_by_role("main").get_by_role("link", name="Sign up").click()
    page.get_by_label("Email").fill("robin@tea.example")
    page.locator("input[type=password]").first.fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    exam = timezone.localdate() + timedelta(days=30)
    page.get_by_label("Exam date").fill(exam.isoformat())
    page.get_by_label("Minutes a day").fill("20")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("30 days")).to_be_visible()
    learner = User.objects.get(email="robin@tea.example")
    assert (learner.exam_date, learner.minutes_a_day, learner.answers.count()) == (exam, 20, 5)
    assert isinstance(learner.exam_date, date)


def test_a_session_by_thumb_on_a_small_phone(browser: Browser, live_server: Any, learner: User) -> None:
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
    page = signed_in(browser, live_server, learner, **phone)
    page.goto("/practice/")
    page.get_by_role("button", name="Start studying").tap()
    answered = 0
    while "/result/" not in page.url:
        answer_somehow(page, "tap")
        answered += 1
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        with page.expect_navigation():
            page.locator("form[action$='/next/'] button").tap()
    assert answered == Answer.objects.count() == PracticeSession.objects.get().length
    expect(page.get_by_text(f"of {answered} right")).to_be_visible()
    page.context.close()


def test_a_browser_that_dies_loses_nothing_and_another_device_goes_on(
    launch_browser: Any, live_server: Any, learner: User
) -> None:
    doomed = launch_browser()
    page = signed_in(doomed, live_server, learner)
    page.goto("/practice/")
    page.get_by_label("Full mock").check(force=True)
    page.get_by_role("button", name="Start the mock exam").click()
    session = PracticeSession.objects.get()
    positions = list(session.served.filter(version__kind="choice").values_list("position", flat=True))[:2]
    for place, position in enumerate(positions):
        page.goto(f"/sessions/{session.pk}/items/{position}/")
        page.locator(".option-label").nth(place).click()
        expect(page.locator("#save-state")).to_have_text("Saved")
    doomed.close()

    other = launch_browser()
    page = signed_in(other, live_server, learner)
    page.goto("/")
    page.get_by_role("link", name="Continue").first.click()
    expect(page.locator("#clock")).to_be_visible()
    for place, position in enumerate(positions):
        page.goto(f"/sessions/{session.pk}/items/{position}/")
        expect(page.locator("input[name=option]").nth(place)).to_be_checked()
    page.goto(f"/sessions/{session.pk}/review/")
    page.get_by_role("button", name="Finish").click()
    expect(page).to_have_url(re.compile("/result/$"))
    assert Answer.objects.count() == len(positions)
    other.close()


def test_a_forgotten_password_is_replaced_by_the_link_in_the_mail(page: Page, learner: User) -> None:
    page.goto("/accounts/login/")
    page.get_by_role("link", name="Forgot").click()
    page.get_by_label("Email").fill(learner.email)
    page.get_by_role("button", name="Reset my password").click()
    expect(page.get_by_text("Look into your mail")).to_be_visible()
    (link,) = re.findall(r"https?://[^/]+(/\S+)", mail.outbox[-1].body)
    page.goto(link)
    for field in page.locator("input[type=password]").all():
        field.fill("a-pot-of-tea-at-five")
    page.get_by_role("button", name="Change password").click()
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(learner.email)
    page.locator("input[name=password]").fill("a-pot-of-tea-at-five")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
