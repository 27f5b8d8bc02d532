"""Keyboard shortcuts do what is printed about them, and nothing while they are off."""

from __future__ import annotations

import re
import uuid

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from questions.actions import sessions
from questions.models import Answer, PracticeSession, User
from tests.browser.test_offline import question, served_study

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bank")]


@pytest.fixture
def matching(learner: User) -> str:
    """The address of a matching item of a study session."""
    session = sessions.start_study(learner=learner, operation_id=uuid.UUID(int=3), now=timezone.now(), length=8)
    return served_study(session, "matching")


def press(page: Page, keys: str) -> None:
    for key in keys.split():
        page.keyboard.press(key)


def struck(page: Page) -> list[bool]:
    return [box.is_checked() for box in page.locator("input[name=struck]").all()]


def test_x_waits_for_the_option_that_is_struck_out_whatever_is_in_focus(tab: Page, running: PracticeSession) -> None:
    tab.goto(question(running))
    choices = tab.locator("input[name=option]")
    press(tab, "a")
    expect(choices.nth(0)).to_be_focused()
    press(tab, "x")
    expect(tab.locator("#live")).to_have_text("Strike out which option? X again: the one in focus.")
    assert struck(tab) == [False] * 4
    press(tab, "c")
    assert struck(tab) == [False, False, True, False]
    expect(choices.nth(0)).to_be_checked()
    expect(choices.nth(0)).to_be_focused()
    press(tab, "x x")
    assert struck(tab) == [True, False, True, False]
    press(tab, "x Escape b")
    assert struck(tab) == [True, False, True, False]
    expect(choices.nth(1)).to_be_checked()
    press(tab, "x f b")  # any other key does what it always does
    expect(tab.locator("#flag")).to_have_attribute("aria-pressed", "true")
    assert struck(tab) == [True, False, True, False]


def test_x_twice_without_an_option_in_focus_strikes_nothing_out(tab: Page, running: PracticeSession) -> None:
    tab.goto(question(running))
    press(tab, "x x")
    expect(tab.locator("#live")).to_have_text("No option is in focus")
    press(tab, "b")
    expect(tab.locator("input[name=option]").nth(1)).to_be_checked()
    assert struck(tab) == [False] * 4


def test_a_matching_item_is_answered_by_the_keys_that_are_printed(tab: Page, matching: str) -> None:
    tab.goto(matching)
    before = Answer.objects.count()
    pairs = tab.locator("select[name^=pair_]")
    assert pairs.count() == 3
    expect(tab.locator(".keys-hint")).to_have_text(
        re.compile(r"1 – 3 pair · A – [B-E] choose · Enter check · \? all keys")
    )
    press(tab, "1 b 2 c 3 a")
    assert [pair.evaluate("e => e.selectedIndex") for pair in pairs.all()] == [2, 3, 1]
    expect(pairs.nth(2)).to_be_focused()
    press(tab, "1 a")
    expect(pairs.nth(0)).to_be_focused()
    press(tab, "ArrowDown")
    assert [pair.evaluate("e => e.selectedIndex") for pair in pairs.all()] == [2, 3, 1]
    press(tab, "s")
    expect(tab.get_by_label("Sure", exact=True)).to_be_checked()
    assert [pair.evaluate("e => e.selectedIndex") for pair in pairs.all()] == [2, 3, 1]
    press(tab, "Enter")
    expect(tab.locator("#verdict")).to_be_focused()
    answer = Answer.objects.latest("pk")
    assert Answer.objects.count() == before + 1
    prompts = [prompt.id for prompt in answer.version.value.prompts]
    shown = answer.shown_order
    assert answer.response == {"pairs": dict(zip(prompts, (shown[1], shown[2], shown[0]), strict=True))}


def test_a_matching_item_of_an_exam_is_saved_by_letters_and_enter_goes_on(tab: Page, running: PracticeSession) -> None:
    path = question(running, "matching")
    tab.goto(path)
    press(tab, "1 b")
    expect(tab.locator("#save-state")).to_have_text("Saved")
    press(tab, "Enter")
    tab.wait_for_url(lambda url: not url.endswith(path))
    answer = Answer.objects.get()
    assert list(answer.response["pairs"].values()) == [answer.shown_order[1]]


def test_the_help_says_what_the_keys_of_this_question_do(tab: Page, running: PracticeSession) -> None:
    said = {}
    for kind in ("choice", "ordering", "matching"):
        tab.goto(question(running, kind))
        press(tab, "?")
        rows = tab.locator("#help dl")
        expect(rows).to_be_visible()
        said[kind] = re.sub(r"\s+", " ", rows.inner_text())
    assert "X then its letter strike out an option" in said["choice"]
    assert "X X strike out the option in focus" in said["choice"]
    assert "choose an option" in said["choice"]
    assert "strike out" not in said["ordering"]
    assert "place a step, or take it back" in said["ordering"]
    assert re.search("1 – 3 go to a pair A – [B-E] choose for the pair in focus", said["matching"])


def test_the_help_opens_and_closes_by_its_key_and_space_presses_close(tab: Page, running: PracticeSession) -> None:
    tab.goto(question(running))
    box = tab.locator("[data-shortcuts-switch]")
    press(tab, "?")
    expect(tab.get_by_role("button", name="Close")).to_be_focused()
    press(tab, "?")
    expect(tab.locator("#help")).to_be_hidden()
    press(tab, "? Space")
    expect(tab.locator("#help")).to_be_hidden()
    expect(box).to_be_checked()


def test_shortcuts_that_are_off_are_printed_nowhere_and_the_help_still_opens(tab: Page, matching: str) -> None:
    tab.goto(matching)
    expect(tab.locator(".keys-hint")).to_be_visible()
    press(tab, "?")
    tab.locator("[data-shortcuts-switch]").uncheck()
    press(tab, "?")
    expect(tab.locator("#help")).to_be_hidden()
    expect(tab.locator(".keys-hint")).to_be_hidden()
    tab.reload()
    expect(tab.locator(".keys-hint")).to_be_hidden()
    tab.locator("select[name^=pair_]").first.focus()
    press(tab, "2")
    expect(tab.locator("select[name^=pair_]").first).to_be_focused()
    tab.locator("h1").evaluate("() => document.activeElement.blur()")
    press(tab, "?")
    expect(tab.locator("#help")).to_be_visible()
    expect(tab.locator("[data-shortcuts-switch]")).not_to_be_checked()
    tab.locator("[data-shortcuts-switch]").check()
    press(tab, "?")
    expect(tab.locator(".keys-hint")).to_be_visible()
