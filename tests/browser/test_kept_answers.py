"""One answer, one operation: what is cleared, refused, changed in another tab or kept on the device is never mistaken."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from questions.models import Answer, PracticeSession
from tests.browser.test_offline import chosen, question, unsent

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bank")]


@pytest.mark.parametrize("kind", ["choice", "multiple", "ordering", "matching"])
def test_an_answer_is_cleared_on_the_page_on_which_it_was_chosen(
    kind: str, tab: Page, running: PracticeSession
) -> None:
    tab.goto(question(running, kind))
    if kind == "matching":
        tab.locator("select[name^=pair_]").first.select_option(index=1)
    elif kind == "ordering":
        tab.get_by_role("button", name="Place next").first.click()
    else:
        tab.locator(".option-label").first.click()
    expect(tab.locator("#save-state")).to_have_text("Saved")
    tab.get_by_role("button", name="Clear my answer").click()
    expect(tab.locator("#save-state")).to_be_empty()
    expect(tab.locator(".message-error")).to_have_count(0)
    expect(unsent(tab)).to_be_empty()
    assert Answer.objects.latest("pk").response == {"unknown": True}
    assert Answer.objects.count() == 2


def test_clearing_before_the_choice_was_saved_clears_it_too(tab: Page, running: PracticeSession) -> None:
    tab.goto(question(running))
    tab.evaluate("document.querySelector('input[name=option]').click()")
    tab.get_by_role("button", name="Clear my answer").click()
    expect(tab.locator("input[name=option]:checked")).to_have_count(0)
    expect(tab.locator(".message-error")).to_have_count(0)
    assert [answer.response for answer in Answer.objects.order_by("-pk")][:1] == [{"unknown": True}]


def test_an_answer_that_was_saved_is_not_stored_again_by_next(tab: Page, running: PracticeSession) -> None:
    path = question(running)
    tab.goto(path)
    tab.locator(".option-label").nth(1).click()
    expect(tab.locator("#save-state")).to_have_text("Saved")
    tab.locator("[data-next]").click()
    tab.wait_for_url(lambda url: not url.endswith(path))
    assert [answer.response for answer in Answer.objects.all()] == [chosen(running, path, 1)]
