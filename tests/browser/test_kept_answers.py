"""One answer, one operation: what is cleared, refused, changed in another tab or kept on the device is never mistaken."""

from __future__ import annotations

import re
import uuid

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from questions.actions import sessions
from questions.models import Answer, PracticeSession, User
from tests.browser.test_offline import chosen, question, served_study, unsent

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


def test_a_refusal_that_the_page_says_is_not_said_again_elsewhere_and_not_sent_again(
    tab: Page, running: PracticeSession
) -> None:
    path = question(running)
    tab.goto(path)
    tab.locator(".option-label").first.click()
    expect(tab.locator("#save-state")).to_have_text("Saved")
    used = str(Answer.objects.get().operation_id)
    # An operation id that was used for another answer, however that comes about.
    tab.evaluate(
        """used => addEventListener("submit", (event) => { event.target.elements.operation_id.value = used; }, true)""",
        used,
    )
    posts: list[str] = []
    tab.on("request", lambda request: posts.append(request.url) if request.url.endswith("/answer/") else None)
    tab.get_by_role("button", name="Clear my answer").click()
    expect(tab.locator(".message-error")).to_contain_text("used for another answer")
    tab.wait_for_timeout(3500)  # longer than an answer of another page may still be on its way
    tab.goto("/practice/")
    tab.wait_for_timeout(3500)
    expect(unsent(tab)).to_be_empty()
    assert len(posts) == 1
    assert [answer.response for answer in Answer.objects.all()] == [chosen(running, path, 0)]


def test_refusals_name_their_exam_leave_the_buttons_free_and_go_together(tab: Page, running: PracticeSession) -> None:
    tab.set_viewport_size({"width": 360, "height": 640})
    paths = [question(running), question(running, "multiple")]
    tab.route("**/answer/", lambda route: route.fulfill(status=500))
    for path, said in zip(paths, ("Not sent yet", "2 answers not sent yet"), strict=True):
        tab.goto(path)
        tab.locator(".option-label").first.click()
        expect(unsent(tab)).to_contain_text(f"{said}: the server could not take it")
    tab.unroute("**/answer/")

    refused: list[str] = []

    def refuse(route: Route) -> None:
        refused.append(route.request.url)
        route.fulfill(status=409, content_type="text/html", body='<p class="message-error">The exam is over.</p>')

    tab.route("**/answer/", refuse)
    tab.get_by_role("button", name="Send now").click()
    first, second = (path.split("/")[-2] for path in paths)
    expect(unsent(tab)).to_contain_text(f"Questions {first}, {second} of “Full mock” were not taken: The exam is over.")
    expect(unsent(tab)).to_contain_text(re.compile(rf"You chose: {first}: A\..*; {second}: A\."))
    assert len(refused) == 2
    bar = tab.locator(".unsent").bounding_box()
    for control in tab.locator(".actions button:visible, #save-state").all():
        control.focus() if control.evaluate("e => e.matches('button')") else control.scroll_into_view_if_needed()
        box = control.bounding_box()
        assert box is not None
        assert bar is not None
        assert box["y"] + box["height"] <= bar["y"]
    tab.goto("/practice/")
    tab.get_by_role("button", name="Dismiss").click()
    expect(unsent(tab)).to_be_empty()
    tab.reload()
    expect(unsent(tab)).to_be_empty()
    assert len(refused) == 2


def comes_back(page: Page) -> None:
    """The learner looks at this tab again."""
    page.bring_to_front()
    page.evaluate("dispatchEvent(new Event('focus'))")


def test_a_tab_that_is_looked_at_again_shows_what_another_tab_chose(tab: Page, running: PracticeSession) -> None:
    path = question(running)
    tab.goto(path)
    tab.locator(".option-label").nth(0).click()
    expect(tab.locator("#save-state")).to_have_text("Saved")
    other = tab.context.new_page()
    other.goto(path)
    other.locator(".option-label").nth(1).click()
    expect(other.locator("#save-state")).to_have_text("Saved")
    other.wait_for_function("!Object.keys(localStorage).some((key) => key.startsWith('unsent '))")

    comes_back(tab)
    expect(unsent(tab)).to_contain_text("Changed in another tab or on another device")
    expect(tab.locator("input[name=option]").nth(1)).to_be_checked()
    expect(tab.locator("#save-state")).to_have_text("Saved")
    assert tab.url.endswith(path)
    assert [answer.response for answer in Answer.objects.order_by("pk")] == [
        chosen(running, path, 0),
        chosen(running, path, 1),
    ]
    other.get_by_role("button", name="Clear my answer").click()
    expect(other.locator("#save-state")).to_be_empty()
    comes_back(tab)
    expect(tab.locator("input[name=option]:checked")).to_have_count(0)


def test_a_tab_that_is_looked_at_again_stays_as_it_is_when_nothing_changed(tab: Page, running: PracticeSession) -> None:
    tab.goto(question(running))
    tab.locator(".option-label").nth(0).click()
    expect(tab.locator("#save-state")).to_have_text("Saved")
    tab.evaluate("document.body.dataset.same = ''")
    with tab.expect_response(lambda reply: "/items/" in reply.url and reply.request.method == "GET"):
        comes_back(tab)
    tab.wait_for_timeout(300)
    expect(tab.locator("body[data-same]")).to_have_count(1)
    expect(unsent(tab)).to_be_empty()


def test_a_tab_of_an_exam_that_another_tab_finished_leads_to_the_result(tab: Page, running: PracticeSession) -> None:
    tab.goto(question(running))
    other = tab.context.new_page()
    other.goto(f"/sessions/{running.pk}/review/")
    other.get_by_role("button", name="Finish").click()
    other.wait_for_url(re.compile("/result/$"))
    comes_back(tab)
    expect(tab.locator("#answer-form")).to_have_count(0)
    expect(unsent(tab)).to_contain_text("Changed in another tab")


@pytest.fixture
def study_question(learner: User) -> str:
    """The address of a study question with radio buttons."""
    session = sessions.start_study(learner=learner, operation_id=uuid.UUID(int=3), now=timezone.now(), length=8)
    return served_study(session)


def test_the_bar_says_which_answer_waits_and_when_the_screen_shows_another(tab: Page, study_question: str) -> None:
    tab.goto(study_question)
    before = Answer.objects.count()
    texts = [" ".join(text.split()) for text in tab.locator(".option-text").all_inner_texts()]
    tab.context.set_offline(True)
    tab.locator(".option-label").nth(0).click()
    tab.get_by_role("button", name="Check answer").click()
    expect(unsent(tab)).to_contain_text(f"Kept: A. {texts[0]}")
    expect(unsent(tab)).not_to_contain_text("Not the choice on the screen")
    tab.locator(".option-label").nth(1).click()
    expect(unsent(tab)).to_contain_text(f"Kept: A. {texts[0]}")
    expect(unsent(tab)).to_contain_text("Not the choice on the screen: check that one to keep it instead.")
    tab.get_by_role("button", name="Check answer").click()
    expect(unsent(tab)).to_contain_text(f"Kept: B. {texts[1]}")
    expect(unsent(tab)).not_to_contain_text("Not the choice on the screen")
    tab.get_by_role("button", name="I don’t know yet").click()
    expect(unsent(tab)).to_contain_text("Kept: no answer")
    tab.get_by_role("button", name="Check answer").click()
    expect(unsent(tab)).to_contain_text(f"Kept: B. {texts[1]}")
    tab.context.set_offline(False)
    expect(tab.locator("#verdict")).to_be_visible()
    assert Answer.objects.count() == before + 1
    answer = Answer.objects.latest("pk")
    assert answer.response == {"options": [answer.shown_order[1]]}


def test_in_a_mock_exam_the_choice_on_the_screen_is_the_one_that_waits(tab: Page, running: PracticeSession) -> None:
    tab.goto(question(running))
    tab.context.set_offline(True)
    for place, letter in ((0, "A"), (2, "C")):
        tab.locator(".option-label").nth(place).click()
        expect(unsent(tab)).to_contain_text(f"Kept: {letter}.")
    tab.context.set_offline(False)
    expect(unsent(tab)).to_contain_text("Saved: your answer to question")
    assert [answer.response for answer in Answer.objects.all()] == [chosen(running, question(running), 2)]


def test_saved_is_not_said_while_a_newer_choice_is_on_its_way(tab: Page, running: PracticeSession) -> None:
    tab.goto(question(running, "multiple"))
    replies: list[Route] = []
    tab.route("**/answer/", lambda route: replies.append(route) if not replies else route.continue_())
    state = tab.locator("#save-state")
    tab.locator(".option-label").nth(0).click()
    tab.wait_for_timeout(400)  # the first choice is sent, and its reply waits
    assert len(replies) == 1
    tab.locator(".option-label").nth(3).click()
    replies[0].continue_()
    tab.wait_for_timeout(100)
    expect(state).not_to_have_text("Saved", timeout=50)
    expect(state).to_have_text("Saved")
    shown = running.served.get(version__kind="multiple", position=int(tab.url.rstrip("/").split("/")[-1])).shown_order
    assert sorted(Answer.objects.latest("pk").response["options"]) == sorted([shown[0], shown[3]])


def test_a_choice_made_in_the_moment_before_leaving_is_not_lost(tab: Page, running: PracticeSession) -> None:
    tab.goto(question(running))
    tab.evaluate(
        """() => { document.querySelectorAll('input[name=option]')[2].click(); location.assign('/notes/'); }"""
    )
    tab.wait_for_url("**/notes/")
    tab.wait_for_timeout(4500)  # what may have been on its way is taken for lost after three seconds
    answer = Answer.objects.latest("pk")
    assert answer.response == {"options": [answer.shown_order[2]]}


def test_an_exam_says_why_a_choice_was_not_saved(tab: Page, running: PracticeSession) -> None:
    tab.goto(question(running, "multiple"))
    for option in tab.locator(".option-label").all():
        option.click()
    expect(tab.locator("#save-state")).to_have_text(re.compile("Not saved: .+"))
