"""A fact fell: what a learner with a browser sees of it."""

from __future__ import annotations

import pytest

from questions.actions.bank import load_bank
from questions.domain import rules
from questions.models import Notice, User
from tests.actions.test_facts import LATER, RESTS, files, session_with
from tests.cast import Give
from tests.web.pages import Visitor

pytestmark = pytest.mark.django_db
WITHDRAWN = "A fact that this question rested on has changed, so it is asked no longer and does not count."


def fall() -> None:
    load_bank(files(green_tea_heat="superseded"), now=LATER)


def test_the_home_page_leads_to_what_changed_until_it_was_read(visitor: Visitor, learner: User, give: Give):
    assert "changed" not in visitor.get("/").by_id("main").text
    give(session_with(learner).served.get())
    fall()
    assert "1 fact behind questions that you answered has changed" in visitor.get("/").text
    page = visitor.get("/changes/")
    assert "Green tea is brewed with water of at most 80 degrees Celsius." in page.text
    assert "Today 80 degrees" in page.text
    page = visitor.press(page, "I have read this")
    assert "I have read this" not in page.text
    assert Notice.objects.get().read_at is not None
    assert "1 fact behind" not in visitor.get("/").text


def test_who_learned_nothing_that_fell_is_told_so(visitor: Visitor):
    fall()
    assert "Nothing that you learned here has changed." in visitor.get("/changes/").text


def test_a_withdrawn_question_of_a_study_session_leads_on(visitor: Visitor, learner: User):
    session = session_with(learner)
    fall()
    page = visitor.get(f"/sessions/{session.pk}/items/1/")
    assert WITHDRAWN in page.text
    assert "CANARY" not in page.html
    assert "Flag" not in page.buttons()
    assert "Continue" in page.buttons()
    assert visitor.press(page, "Continue").served.item.slug != RESTS


def test_a_withdrawn_question_of_a_mock_exam_is_passed_by_and_does_not_count(visitor: Visitor, learner: User):
    session = session_with(learner, mode=rules.MOCK)
    place = session.served.get(item__slug=RESTS).position
    fall()
    page = visitor.get(f"/sessions/{session.pk}/items/{place}/")
    assert WITHDRAWN in page.text
    review = visitor.get(f"/sessions/{session.pk}/review/")
    assert "Withdrawn, does not count" in review.text
    assert f"{session.length - 1} of {session.length - 1} questions have no answer yet" in review.text
    result = visitor.press(review, f"Finish with {session.length - 1} unanswered")
    assert f"0 of {session.length - 1} right" in result.text
    assert "1 question was withdrawn meanwhile because a fact changed, and is not counted." in result.text
    assert "CANARY" not in visitor.get(f"/sessions/{session.pk}/items/{place}/").html
