"""A study session from start to result by forms alone, and every way of sending something that cannot be taken."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from questions.actions import sessions
from questions.models import Answer, LearnerState, MemoryState, PracticeSession, RefusedAnswer, ServedItem, User
from tests.cast import NOON, Give, answers_of, right, wrong
from tests.web.pages import Page, Visitor, chosen, fields_of, foreign

Question = Callable[[str], Page]


@pytest.fixture
def question(visitor: Visitor, study: PracticeSession, give: Give) -> Question:
    """The page of a question of this kind, not yet answered: ``question("ordering")``."""

    def _question(kind: str) -> Page:
        served = study.served.get()
        while served.version.kind != kind:
            give(served, {"unknown": True})
            later = sessions.serve_next(learner=study.learner, session_id=study.pk, now=NOON)
            assert later is not None
            served = later
        return visitor.get(f"/sessions/{study.pk}/items/{served.position}/")

    return _question


def stored() -> tuple[list[Any], ...]:
    """All that an answer could change."""
    return tuple(
        list(model.objects.order_by("pk").values())  # type: ignore[attr-defined]
        for model in (Answer, MemoryState, LearnerState, PracticeSession, ServedItem, RefusedAnswer)
    )


def test_a_session_with_every_kind_runs_to_its_result_by_forms_alone(visitor: Visitor, learner: User):
    page = visitor.press(visitor.get("/practice/"), "Start studying", length="10")
    kinds, marks = [], []
    for number in range(8):
        assert f"Question {number + 1} of 8" in page.text
        assert "CANARY" not in page.html
        served = page.served
        kinds.append(served.version.kind)
        if case := served.version.value.case:
            assert case.text in page.text
            assert f"part {case.part} of {case.of}" in page.text
        if number == 3:
            page = visitor.press(page, "I don’t know yet")
            marks.append(False)
        else:
            marks.append(number % 2 == 0)
            response = right(served) if marks[-1] else wrong(served)
            page = visitor.press(page, "Check answer", **fields_of(served, response))
        verdict = page.by_id("verdict")
        assert verdict is not None
        assert verdict.text.startswith("Not known yet" if number == 3 else "Correct" if marks[-1] else "Not correct")
        for option in served.version.value.options:
            if not served.version.value.prompts:
                assert option.rationale in page.text, "every option says why or why not"
        assert "Read it in the notes" in page.text
        page = visitor.press(page, "Continue" if number < 7 else "See the result")
    assert set(kinds) == {"choice", "multiple", "ordering", "matching"}
    assert page.path.endswith("/result/")
    assert f"{sum(marks)} of 8 right" in page.text
    assert "72 %" not in page.text
    assert [answer.correct for answer in answers_of(learner)] == marks


@pytest.mark.parametrize("kind", ["choice", "multiple", "ordering", "matching"])
def test_feedback_stands_when_the_page_is_opened_again(kind: str, question: Question, visitor: Visitor):
    page = question(kind)
    told = visitor.press(page, "Check answer", **fields_of(page.served, wrong(page.served)))
    again = visitor.get(page.path)
    assert told.path == again.path
    assert [element.text for element in told.tree.all("main")] == [element.text for element in again.tree.all("main")]
    assert "Check answer" not in again.buttons()


@pytest.mark.parametrize("kind", ["choice", "multiple", "ordering", "matching"])
def test_an_incomplete_answer_is_refused_and_what_was_chosen_is_kept(kind: str, question: Question, visitor: Visitor):
    page = question(kind)
    before = stored()
    full = fields_of(page.served, right(page.served))
    if kind in ("ordering", "matching"):
        full[list(full)[1]] = ""
    else:
        full = {"option": list(full["option"])[:-1]}
    refused = visitor.press(page, "Check answer", **full)
    assert refused.status == 422
    problem = refused.by_id("problem")
    assert problem is not None
    assert (
        problem.text
        == {
            "choice": "Choose one answer first.",
            "multiple": "Select 2: you selected 1.",
            "ordering": "Fill all 3 steps: 2 filled so far.",
            "matching": "Match all 3 rows: 2 matched so far.",
        }[kind]
    )
    assert stored() == before
    form, _ = refused.form("Check answer")
    if kind == "ordering":  # the steps that were chosen move up
        steps = [value for value in full.values() if value]
        full = dict(zip(full, [*steps, ""], strict=True))
    assert chosen(form, full)
    assert "CANARY" not in refused.html


def test_choosing_too_many_is_refused(question: Question, visitor: Visitor):
    page = question("multiple")
    refused = visitor.press(page, "Check answer", option=page.served.shown_order[:3])
    assert (refused.status, "Select 2: you selected 3." in refused.text) == (422, True)


def test_the_same_step_twice_is_refused(question: Question, visitor: Visitor):
    page = question("ordering")
    step = page.served.shown_order[0]
    refused = visitor.press(page, "Check answer", order_1=step, order_2=step, order_3=page.served.shown_order[1])
    assert (refused.status, "Each choice can be used once." in refused.text) == (422, True)


@pytest.mark.parametrize("kind", ["choice", "multiple", "ordering", "matching"])
def test_a_choice_of_another_question_changes_nothing(kind: str, question: Question, visitor: Visitor):
    page = question(kind)
    before = stored()
    refused = visitor.press(page, "Check answer", forged=True, **foreign(page))
    assert refused.status == 422
    assert "not a choice of this question" in refused.text or "not of this question" in refused.text
    assert stored() == before


@pytest.mark.parametrize(
    "forged",
    [
        {"option": ["\x00"]},
        {"option": ["<script>"]},
        {"order_1": "zz", "order_x": "zz", "order_99999999999": "zz"},
        {"pair_": "zz"},
        {"pair_zz": "\x00"},
        {"option": ["x" * 5000]},
        {"operation_id": "not-a-uuid"},
        {"operation_id": ""},
    ],
    ids=str,
)
@pytest.mark.parametrize("button", ["Check answer", "I don’t know yet"])
def test_a_damaged_form_changes_nothing(forged: Any, button: str, first_question: Page, visitor: Visitor):
    if button != "Check answer" and "operation_id" not in forged:
        return
    before = stored()
    refused = visitor.press(first_question, button, forged=True, **forged)
    assert refused.status in (400, 422)
    assert refused.by_id("problem") is not None
    assert stored() == before


def test_two_tabs_answer_the_same_question_and_the_first_answer_stands(visitor: Visitor, study: PracticeSession):
    one, two = visitor.get(f"/sessions/{study.pk}/"), visitor.get(f"/sessions/{study.pk}/")
    visitor.press(one, "Check answer", **fields_of(one.served, right(one.served)))
    before = stored()
    refused = visitor.press(two, "Check answer", **fields_of(two.served, wrong(two.served)))
    assert refused.status == 409
    assert refused.messages == ["This question is answered already; the first answer stands."]
    verdict = refused.by_id("verdict")
    assert verdict is not None
    assert verdict.text == "Correct"
    assert stored() == before


def test_the_same_form_sent_twice_is_one_answer(visitor: Visitor, first_question: Page):
    fields = fields_of(first_question.served, right(first_question.served))
    one = visitor.press(first_question, "Check answer", **fields)
    before = stored()
    two = visitor.press(first_question, "Check answer", **fields)
    assert (one.path, one.status, two.path, two.status) == (one.path, 200, one.path, 200)
    assert [e.text for e in one.tree.all("main")] == [e.text for e in two.tree.all("main")]
    assert stored() == before


def test_a_finished_session_takes_no_answer(visitor: Visitor, first_question: Page, study: PracticeSession):
    visitor.press(first_question, "Flag")
    sessions.finish(learner=study.learner, session_id=study.pk, now=NOON)
    refused = visitor.press(
        first_question, "Check answer", **fields_of(first_question.served, right(first_question.served))
    )
    assert refused.status == 409
    assert "finished" in refused.messages[0]
    assert Answer.objects.count() == 0
    assert [row.code for row in RefusedAnswer.objects.all()] == ["session-finished"]
    assert visitor.press(first_question, "Flag").status == 409
    assert ServedItem.objects.get().flagged_at is not None
    assert visitor.get(f"/sessions/{study.pk}/").path == f"/sessions/{study.pk}/result/"


def test_nothing_of_another_learner_is_there(other: User, first_question: Page, study: PracticeSession):
    kim = Visitor(other)
    before = stored()
    home = kim.get("/practice/")
    token = kim.press(home, "Start studying", length="5").served.session
    assert token.learner == other
    before = stored()
    for path in ("", "review/", "result/", "items/1/"):
        assert kim.get(f"/sessions/{study.pk}/{path}").status == 404, path
    page = kim.get(f"/sessions/{token.pk}/")
    for path in ("items/1/answer/", "items/1/flag/", "next/", "submission/"):
        sent = kim.press(page, "Check answer", action=f"/sessions/{study.pk}/{path}", forged=True, flagged="1")
        assert sent.status == 404, path
    assert stored() == before


@pytest.mark.parametrize("position", [0, 2, 9, 10**30])
def test_a_question_that_was_not_served_is_not_there(position: int, visitor: Visitor, first_question: Page):
    before = stored()
    path = first_question.path.replace("/1/", f"/{position}/")
    assert visitor.get(path).status == 404
    assert visitor.press(first_question, "Check answer", action=f"{path}answer/").status == 404
    assert stored() == before


def test_starting_with_the_same_operation_twice_starts_once(visitor: Visitor):
    page = visitor.get("/practice/")
    one, two = visitor.press(page, "Start studying", length="5"), visitor.press(page, "Start studying", length="5")
    assert one.path == two.path
    assert (PracticeSession.objects.count(), ServedItem.objects.count()) == (1, 1)


def test_the_same_operation_cannot_start_a_mock_exam_too(visitor: Visitor):
    page = visitor.get("/practice/")
    operation = page.form("Start studying")[0].values["operation_id"]
    visitor.press(page, "Start studying", length="5")
    refused = visitor.press(page, "Start the mock exam", operation_id=operation)
    assert (refused.path, refused.messages) == (
        "/practice/",
        ["This operation id started another session. Use a new one."],
    )
    assert PracticeSession.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"length": "0"}, "Length:"),
        ({"length": "51"}, "Length:"),
        ({"length": "ten"}, "Length:"),
        ({"operation_id": "x"}, "Operation id:"),
        ({"tag": ["no-such-topic"]}, "no-such-topic"),
        ({"tag": ["leaves", "\x00"]}, "Tag:"),
    ],
    ids=str,
)
def test_a_start_that_cannot_be_says_why_and_starts_nothing(fields: Any, said: str, visitor: Visitor):
    page = visitor.press(visitor.get("/practice/"), "Start studying", forged=True, **fields)
    assert (page.path, page.status) == ("/practice/", 200)
    assert len(page.messages) == 1
    assert said in page.messages[0]
    assert PracticeSession.objects.count() == 0


def test_a_session_on_chosen_topics_serves_only_those(visitor: Visitor):
    page = visitor.press(visitor.get("/practice/"), "Start studying", tag=["water"], length="5")
    while "/items/" in page.path:
        assert "water" in page.served.version.tag_slugs
        page = visitor.press(
            visitor.press(page, "I don’t know yet"), "Continue" if "4 of 4" not in page.text else "See"
        )
    assert "0 of 4 right" in page.text


def test_continuing_without_an_answer_stays_at_the_question(
    visitor: Visitor, first_question: Page, study: PracticeSession
):
    page = visitor.press(first_question, "Check answer", action=f"/sessions/{study.pk}/next/")
    assert page.path == first_question.path
    assert ServedItem.objects.count() == 1


def test_the_next_question_asked_for_twice_is_served_once(visitor: Visitor, first_question: Page):
    told = visitor.press(first_question, "I don’t know yet")
    one, two = visitor.press(told, "Continue"), visitor.press(told, "Continue")
    assert (one.path, ServedItem.objects.count()) == (two.path, 2)


def test_a_session_goes_on_where_it_was(visitor: Visitor, study: PracticeSession, give: Give, learner: User):
    for _ in range(3):
        served = sessions.serve_next(learner=learner, session_id=study.pk, now=NOON)
        assert served is not None
        give(served)
    assert visitor.get(f"/sessions/{study.pk}/").path == f"/sessions/{study.pk}/items/3/"
    told = visitor.get(f"/sessions/{study.pk}/items/3/")
    page = visitor.press(told, "Continue")
    assert page.path == f"/sessions/{study.pk}/items/4/"
    again = Visitor(learner)
    home = again.get("/")
    assert "3 of 8 answered" in home.text
    assert again.get(f"/sessions/{study.pk}/").path == page.path


def test_the_reason_of_each_question_is_told(first_question: Page, visitor: Visitor):
    assert "Why this question now:" in first_question.text
    told = visitor.press(first_question, "I don’t know yet")
    assert "Came now because:" in told.text
    assert "Comes back" in told.text


def test_a_flag_is_set_and_taken_back(first_question: Page, visitor: Visitor):
    page = visitor.press(first_question, "Flag")
    assert ServedItem.objects.get().flagged_at is not None
    assert "Flagged" in page.buttons()
    page = visitor.press(page, "Flagged")
    assert ServedItem.objects.get().flagged_at is None
    assert "Flag" in page.buttons()


def test_htmx_gets_the_question_with_its_feedback_and_not_the_whole_page(first_question: Page, visitor: Visitor):
    told = visitor.press(
        first_question, "Check answer", htmx=True, **fields_of(first_question.served, right(first_question.served))
    )
    assert (told.status, told.path) == (200, f"{first_question.path}answer/")
    assert told.by_id("verdict") is not None
    assert told.by_id("item") is not None
    assert told.tree.all("html") == []


def test_htmx_gets_what_was_wrong_in_place(first_question: Page, visitor: Visitor):
    refused = visitor.press(first_question, "Check answer", htmx=True)
    assert (refused.status, refused.by_id("problem") is not None, refused.tree.all("html")) == (422, True, [])


def test_a_form_without_its_token_is_refused(visitor: Visitor, first_question: Page):
    before = stored()
    refused = visitor.press(first_question, "Check answer", forged=True, csrfmiddlewaretoken="x" * 64)
    assert (refused.status, "The form had expired" in refused.text) == (403, True)
    assert stored() == before


def test_an_operation_used_for_another_question_is_refused(visitor: Visitor, first_question: Page):
    operation = str(uuid.uuid4())
    told = visitor.press(first_question, "I don’t know yet", operation_id=operation)
    page = visitor.press(told, "Continue")
    refused = visitor.press(page, "I don’t know yet", operation_id=operation)
    assert refused.status == 409
    assert "operation id was used" in refused.messages[0]
    assert Answer.objects.count() == 1
