"""Five questions without an account, and what becomes of them when somebody signs up or signs in."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core import mail

from questions.models import Answer, LearnerState, MemoryState, PracticeSession, User
from tests.cast import NOON, PASSWORD, answers_of, make_user, right, wrong
from tests.web.pages import Page, Visitor, fields_of

EMAIL = "sam@tea.example"


def practise(visitor: Visitor, page: Page, count: int = 5) -> Page:
    """Answer ``count`` questions from this one on, the first wrong, the others right."""
    for number in range(count):
        served = page.served
        response = right(served) if number else wrong(served)
        page = visitor.press(page, "Check answer", **fields_of(served, response))
        assert page.by_id("verdict") is not None, page.text
        page = visitor.press(page, "Continue" if number < count - 1 else "See the result")
    return page


@pytest.fixture
def guest_page(stranger: Visitor) -> Page:
    """A stranger has answered the five questions."""
    return practise(stranger, stranger.press(stranger.get("/"), "Try five questions"))


def test_a_stranger_answers_five_questions_and_sees_the_result(stranger: Visitor):
    page = stranger.press(stranger.get("/"), "Try five questions")
    assert "Question 1 of 5" in page.text
    result = practise(stranger, page)
    assert "Study session: your result 80 % 4 of 5 right" in result.text
    guest = User.objects.get()
    assert (guest.is_guest, guest.email, guest.has_usable_password()) == (True, "", False)
    assert "Sign up and your 5 answers come along" in stranger.get("/").text


def test_looking_around_makes_nobody_a_guest(stranger: Visitor):
    for path in ("/", "/practice/", "/notes/", "/notes/brewing/", "/accounts/signup/", "/accounts/login/"):
        assert stranger.get(path).status == 200, path
    assert (User.objects.count(), Session.objects.count()) == (0, 0)
    assert "sessionid" not in stranger.client.cookies


def test_pages_of_practice_ask_a_stranger_to_sign_in_and_then_lead_on(stranger: Visitor, learner: User):
    page = stranger.get("/progress/")
    assert page.path == "/accounts/login/"
    page = stranger.press(page, "Sign in", login=learner.email, password=PASSWORD)
    assert (page.path, page.status) == ("/progress/", 200)


def test_signing_up_keeps_the_guests_progress_in_the_same_person(stranger: Visitor, guest_page: Page):
    guest = User.objects.get()
    before = (list(Answer.objects.values()), list(MemoryState.objects.values()), list(LearnerState.objects.values()))
    page = stranger.press(stranger.get("/accounts/signup/"), "Sign up", email=EMAIL, password1=PASSWORD)
    assert page.status == 200, page.text
    learner = User.objects.get()
    assert (learner.pk, learner.guest_since, learner.email) == (guest.pk, None, EMAIL)
    assert learner.claimed_at is not None
    assert learner.claimed_at >= NOON
    assert learner.has_usable_password()
    after = (list(Answer.objects.values()), list(MemoryState.objects.values()), list(LearnerState.objects.values()))
    assert after == before
    assert "5 answers so far, 4 right" in stranger.get("/progress/").text


def test_who_signed_up_as_a_guest_finds_it_all_after_signing_in_elsewhere(stranger: Visitor, guest_page: Page):
    stranger.press(stranger.get("/accounts/signup/"), "Sign up", email=EMAIL, password1=PASSWORD)
    elsewhere = Visitor()
    elsewhere.press(elsewhere.get("/accounts/login/"), "Sign in", login=EMAIL, password=PASSWORD)
    assert "5 answers so far, 4 right" in elsewhere.get("/progress/").text


def test_a_weak_password_leaves_the_guest_a_guest(stranger: Visitor, guest_page: Page):
    page = stranger.press(stranger.get("/accounts/signup/"), "Sign up", email=EMAIL, password1="tea")
    assert "too short" in page.text
    assert User.objects.get().is_guest
    assert "5 answers so far" in stranger.get("/progress/").text


def test_a_session_begun_as_a_guest_goes_on_after_signing_up(stranger: Visitor):
    page = stranger.press(stranger.get("/"), "Try five questions")
    stranger.press(page, "Check answer", **fields_of(page.served, right(page.served)))
    stranger.press(stranger.get("/accounts/signup/"), "Sign up", email=EMAIL, password1=PASSWORD)
    home = stranger.get("/")
    assert "1 of 5 answered" in home.text
    assert stranger.get(f"/sessions/{PracticeSession.objects.get().pk}/").status == 200


def test_signing_in_adopts_the_guests_answers(stranger: Visitor, guest_page: Page):
    robin = make_user("robin")
    session = PracticeSession.objects.get()
    page = stranger.press(stranger.get("/accounts/login/"), "Sign in", login=robin.email, password=PASSWORD)
    assert page.status == 200
    assert User.objects.get() == robin
    assert [answer.served.session_id for answer in answers_of(robin)] == [session.pk] * 5
    assert MemoryState.objects.filter(learner=robin).count() == 5
    assert "5 answers so far, 4 right" in stranger.get("/progress/").text
    assert stranger.get(f"/sessions/{session.pk}/result/").status == 200


def test_signing_in_with_a_wrong_password_adopts_nothing(stranger: Visitor, guest_page: Page):
    robin = make_user("robin")
    page = stranger.press(stranger.get("/accounts/login/"), "Sign in", login=robin.email, password="not-that-one")
    assert "not correct" in page.text
    assert User.objects.filter(guest_since__isnull=False).count() == 1
    assert answers_of(robin) == []
    assert "5 answers so far" in stranger.get("/progress/").text


def test_an_address_that_is_taken_takes_nothing_over(stranger: Visitor, guest_page: Page):
    robin = make_user("robin")
    page = stranger.press(stranger.get("/accounts/signup/"), "Sign up", email=robin.email, password1=PASSWORD)
    assert page.path == "/accounts/signup/"
    assert User.objects.get(email=robin.email) == robin
    assert answers_of(robin) == []
    assert User.objects.filter(guest_since__isnull=False).count() == 1


def test_where_addresses_are_verified_signing_up_does_not_tell_who_has_an_account(
    stranger: Visitor, learner: User, settings: Any
):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    told = []
    for address in (learner.email, EMAIL):
        visitor = Visitor()
        page = visitor.press(visitor.get("/accounts/signup/"), "Sign up", email=address, password1=PASSWORD)
        told.append((page.path, page.text.replace(address, "")))
    assert told[0] == told[1]
    assert [message.to for message in mail.outbox] == [[learner.email], [EMAIL]]


def test_where_addresses_are_verified_the_guests_progress_waits_behind_the_link(
    stranger: Visitor, guest_page: Page, settings: Any
):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    stranger.press(stranger.get("/accounts/signup/"), "Sign up", email=EMAIL, password1=PASSWORD)
    (link,) = [word for word in mail.outbox[-1].body.split() if "/confirm-email/" in word]
    stranger.press(stranger.get(link.removeprefix("http://testserver")), "Confirm")
    elsewhere = Visitor()
    elsewhere.press(elsewhere.get("/accounts/login/"), "Sign in", login=EMAIL, password=PASSWORD)
    assert "5 answers so far, 4 right" in elsewhere.get("/progress/").text


def test_a_guest_is_led_to_signing_up_and_not_to_a_password_without_an_address(stranger: Visitor, guest_page: Page):
    links = {a.attributes["href"] for a in stranger.get("/settings/").tree.all("a")}
    assert "/accounts/signup/" in links
    assert {link for link in links if link.startswith("/accounts/")} <= {"/accounts/signup/", "/accounts/login/"}


def test_a_guest_who_confirms_an_address_on_the_account_pages_has_an_account(stranger: Visitor, guest_page: Page):
    stranger.press(stranger.get("/accounts/email/"), "Add email", email=EMAIL)
    assert User.objects.get().is_guest
    (link,) = [word for word in mail.outbox[-1].body.split() if "/confirm-email/" in word]
    stranger.press(stranger.get(link.removeprefix("http://testserver")), "Confirm")
    sam = User.objects.get()
    assert (sam.is_guest, sam.claimed_at is not None) == (False, True)
    robin = make_user("robin")
    stranger.press(stranger.get("/accounts/login/"), "Sign in", login=robin.email, password=PASSWORD)
    assert len(answers_of(sam)) == 5, "another account that signs in here takes nothing of this one"


def test_signing_out_leaves_the_account_and_its_answers(visitor: Visitor, first_question: Page, learner: User):
    visitor.press(first_question, "Check answer", **fields_of(first_question.served, right(first_question.served)))
    page = visitor.press(visitor.get("/"), "Sign out")
    assert "Sign in" in page.text
    assert visitor.get(first_question.path).path == "/accounts/login/"
    assert len(answers_of(learner)) == 1
