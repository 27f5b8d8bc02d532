"""A mock exam by forms and by htmx: silent until the end, saved at every step, resumed where it was."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
import time_machine

from questions.actions import sessions
from questions.models import Answer, LearnerState, MemoryState, PracticeSession, ServedItem, User
from tests.cast import NOON, Give, answers_of, right, wrong
from tests.web.pages import Page, Visitor, chosen, fields_of, foreign


def start(visitor: Visitor, **fields: str) -> Page:
    """A new mock exam, begun on the practice page."""
    return visitor.press(visitor.get("/practice/"), "Start the mock exam", **fields)


def newest(learner: User) -> dict[int, Any]:
    """The newest stored response at each position."""
    return {answer.served.position: answer.response for answer in answers_of(learner)}


def silent(page: Page) -> Page:
    """The page, which tells neither key nor rationale nor verdict."""
    assert "CANARY" not in page.html
    assert page.by_id("verdict") is None
    assert not re.search(r"\b(Correct|Not correct|Right answer|is-key)\b", page.html)
    return page


def rows(page: Page) -> list[list[str]]:
    """The navigator's table."""
    return [[cell.text for cell in row if cell.tag in ("th", "td")] for row in page.tree.all("tr")[1:]]


def test_a_mock_exam_from_start_to_result_by_forms_alone(visitor: Visitor, learner: User):
    page = silent(start(visitor, form="full"))
    assert "Question 1 of 6" in page.text
    given = {}
    for number in range(1, 7):
        served = page.served
        assert served.position == number
        if number == 3:
            page = silent(visitor.press(page, "Next"))
            continue
        given[number] = right(served) if number < 5 else wrong(served)
        if number == 2:
            page = silent(visitor.press(page, "Flag"))
        page = silent(visitor.press(page, "Review" if number == 6 else "Next", **fields_of(served, given[number])))
    assert page.path.endswith("/review/")
    assert "1 of 6 questions has no answer yet." in page.text
    assert rows(page) == [
        [f"Question {n}", "No answer" if n == 3 else "Answered", "Flagged" if n == 2 else ""] for n in range(1, 7)
    ]
    assert {
        number: response["options" if "options" in response else "pairs"]
        for number, response in newest(learner).items()
    }
    result = visitor.press(page, "Finish with 1 unanswered")
    assert result.path.endswith("/result/")
    assert "Full mock: your result 50 % 3 of 6 right" in result.text
    assert "72 % line" in result.text
    assert "A line of our own on raw percent." in result.text
    asked = result.tree.all("table", class_="asked")[0]
    verdicts = [[cell.text for cell in row if cell.tag == "td"][1].split()[0] for row in asked.all("tr")[1:]]
    assert verdicts == ["Right", "Right", "No", "Right", "Wrong", "Wrong"]
    told = visitor.get(page.path.replace("review", "items/1"))
    verdict = told.by_id("verdict")
    assert verdict is not None
    assert "CANARY" in told.html


def test_the_result_tells_percent_by_domain_section_and_topic(
    visitor: Visitor, learner: User, mock: PracticeSession, give: Give
):
    served = list(mock.served.select_related("version", "session"))
    for row in served:
        give(row, right(row) if row.version.domain == "d1" else wrong(row))
    sessions.finish(learner=learner, session_id=mock.pk, now=NOON)
    page = visitor.get(f"/sessions/{mock.pk}/result/")
    count = {domain: sum(row.version.domain == domain for row in served) for domain in ("d1", "d2")}
    shares = [element.text for element in page.tree.all("ul", class_="bar-list")]
    assert shares[0] == f"Leaves {count['d1']} of {count['d1']} · 100 % Water 0 of {count['d2']} · 0 %"
    assert (
        shares[1] == f"1.1 Choose leaves {count['d1']} of {count['d1']} · 100 % 2.1 Heat water 0 of {count['d2']} · 0 %"
    )
    for name, slug in (("Leaves", "leaves"), ("Water", "water"), ("Service", "service")):
        of = [row.version.domain == "d1" for row in served if slug in row.version.tag_slugs]
        if of:
            assert f"{name} {sum(of)} of {len(of)} · {100 * sum(of) // len(of)} %" in shares[2]
    weakest_first = [int(percent) for percent in re.findall(r"(\d+) %", shares[2])]
    assert weakest_first == sorted(weakest_first)


def test_answers_are_graded_into_progress_only_at_the_end(visitor: Visitor, exam_page: Page):
    before = (list(LearnerState.objects.values_list("beliefs")), MemoryState.objects.count())
    page = visitor.press(exam_page, "Next", **fields_of(exam_page.served, right(exam_page.served)))
    assert (list(LearnerState.objects.values_list("beliefs")), MemoryState.objects.count()) == before
    assert "Nothing to show by topic yet" in silent(visitor.get("/progress/")).text
    visitor.press(visitor.press(page, "Navigator"), "Finish")
    assert "1 answer so far, 1 right" in visitor.get("/progress/").text


def test_autosave_stores_the_choice_and_says_nothing(visitor: Visitor, exam_page: Page, learner: User):
    served = exam_page.served
    for response in (wrong(served), right(served)):
        saved = visitor.autosave(exam_page, operation_id=str(uuid.uuid4()), **fields_of(served, response))
        assert (saved.status, saved.html) == (204, "")
    assert [answer.response for answer in answers_of(learner)] == [wrong(served), right(served)]
    form, _ = visitor.get(exam_page.path).form("Next")
    assert chosen(form, fields_of(served, right(served)))


@pytest.mark.parametrize("kind", ["multiple", "ordering", "matching"])
def test_a_half_made_choice_is_saved_and_shown_again(kind: str, visitor: Visitor, mock: PracticeSession):
    served = next(row for row in mock.served.select_related("version", "session") if row.version.kind == kind)
    page = visitor.get(f"/sessions/{mock.pk}/items/{served.position}/")
    half = fields_of(served, right(served))
    half = {"option": half["option"][:1]} if kind == "multiple" else dict([next(iter(half.items()))])
    visitor.press(page, "Previous" if served.position > 1 else "Next", **half)
    form, _ = visitor.get(page.path).form("Next" if served.position < 6 else "Review")
    assert chosen(form, half)


def test_a_half_made_answer_is_no_answered_one_in_the_navigator(visitor: Visitor, mock: PracticeSession, give: Give):
    for served in mock.served.select_related("version", "session"):
        response = right(served)
        if served.version.kind == "multiple":
            response = {"options": response["options"][:1]}
        elif served.version.kind == "matching":
            response = {"pairs": dict([next(iter(response["pairs"].items()))])}
        elif served.version.kind == "ordering":
            continue
        give(served, response)
    page = silent(visitor.get(f"/sessions/{mock.pk}/review/"))
    status = {
        served.version.kind: cells[1]
        for served, cells in zip(mock.served.select_related("version"), rows(page), strict=True)
    }
    prompts = len(mock.served.get(version__kind="matching").version.value.prompts)
    assert status == {
        "choice": "Answered", "multiple": "Incomplete, 1 of 2", "matching": f"Incomplete, 1 of {prompts}",
        "ordering": "No answer",
    }  # fmt: skip
    assert "2 answers are incomplete and would count as wrong." in page.text
    assert page.buttons() == ["Finish with 1 unanswered, 2 incomplete"]
    give(mock.served.get(version__kind="ordering"))
    assert visitor.get(page.path).buttons() == ["Finish with 2 incomplete"]


def test_leafing_without_choosing_is_no_answer(visitor: Visitor, exam_page: Page, learner: User):
    page = visitor.press(exam_page, "Next")
    assert page.path.endswith("/items/2/")
    page = visitor.press(page, "Previous")
    assert page.path == exam_page.path
    page = visitor.press(page, "Navigator")
    assert "6 of 6 questions have no answer yet" in page.text
    assert answers_of(learner) == []


def test_an_answer_can_be_changed_and_cleared(visitor: Visitor, exam_page: Page, learner: User):
    served = exam_page.served
    visitor.press(exam_page, "Next", **fields_of(served, wrong(served)))
    page = visitor.get(exam_page.path)
    visitor.press(page, "Next", **fields_of(served, right(served)))
    page = visitor.press(visitor.get(exam_page.path), "Clear my answer")
    assert page.path == exam_page.path
    assert [answer.response for answer in answers_of(learner)] == [wrong(served), right(served), {"unknown": True}]
    form, _ = page.form("Next")
    assert not any(form.values[name][0:1] not in ([], [""]) for name in fields_of(served, right(served)))
    assert "6 of 6 questions have no answer yet" in visitor.press(page, "Navigator").text


def test_a_choice_of_another_question_changes_nothing(visitor: Visitor, exam_page: Page):
    refused = visitor.press(exam_page, "Next", forged=True, **foreign(exam_page))
    assert refused.status == 422
    assert Answer.objects.count() == 0
    silent(refused)


def test_a_closed_tab_is_opened_again_where_it_was(visitor: Visitor, exam_page: Page, learner: User):
    page = exam_page
    for _ in range(2):
        page = visitor.press(page, "Next", **fields_of(page.served, right(page.served)))
    later = Visitor(learner)
    home = later.get("/")
    assert "Mock exam in progress" in home.text
    assert "2 of 6 answered" in home.text
    link = next(a.attributes["href"] for a in home.tree.all("a") if a.text == "Continue")
    assert later.get(link).path == page.path


def test_when_every_question_is_answered_the_review_comes_first(visitor: Visitor, mock: PracticeSession, give: Give):
    for served in mock.served.select_related("version", "session"):
        give(served)
    page = silent(visitor.get(f"/sessions/{mock.pk}/"))
    assert page.path.endswith("/review/")
    assert "Every question has an answer." in page.text
    assert "100 %" in visitor.press(page, "Finish the exam").text


def test_practice_leads_to_the_mock_exam_that_runs(
    visitor: Visitor, other: User, mock: PracticeSession, clock: time_machine.Coordinates
):
    clock.shift(100)
    page = visitor.get("/practice/")
    (link,) = [a for a in page.tree.all("a") if a.text.startswith("Continue your mock exam")]
    assert link.text == "Continue your mock exam, 10 minutes left"
    assert visitor.get(link.attributes["href"]).path == f"/sessions/{mock.pk}/items/1/"
    assert page.buttons() == ["Sign out", "Start studying"]
    assert "Start the mock exam" in Visitor(other).get("/practice/").buttons()
    clock.shift(11 * 60)
    assert "Start the mock exam" in visitor.get("/practice/").buttons()


def test_a_second_mock_exam_is_refused_while_one_runs(visitor: Visitor, mock: PracticeSession):
    # As from a tab that was opened before it began.
    fields = {"form": "short", "allowance": "1", "operation_id": str(uuid.uuid4())}
    page = visitor.press(visitor.get("/practice/"), "Start studying", forged=True, action="/practice/mock/", **fields)
    assert (page.path, len(page.messages)) == ("/practice/", 1)
    assert page.messages[0].endswith("before you start another. Continue it, 11 minutes left")
    (link,) = page.tree.all("li", class_="message")[0].all("a")
    assert visitor.get(link.attributes["href"]).path == f"/sessions/{mock.pk}/items/1/"
    assert list(PracticeSession.objects.all()) == [mock]


def test_starting_the_same_mock_exam_twice_starts_it_once(visitor: Visitor):
    page = visitor.get("/practice/")
    one, two = (visitor.press(page, "Start the mock exam", form="short") for _ in range(2))
    assert (one.path, PracticeSession.objects.count(), ServedItem.objects.count()) == (two.path, 1, 3)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"form": "no-such-form"}, "There is no mock exam 'no-such-form'."),
        ({"form": ""}, "Form: This field is required."),
        ({"form": "\x00"}, "Form:"),
        ({"allowance": "9"}, "Allowance:"),
        ({"allowance": "-1"}, "Allowance:"),
        ({"operation_id": ""}, "Operation id:"),
    ],
    ids=str,
)
def test_a_start_that_cannot_be_says_why(fields: dict[str, str], said: str, visitor: Visitor):
    page = visitor.press(visitor.get("/practice/"), "Start the mock exam", forged=True, **fields)
    assert (page.path, PracticeSession.objects.count()) == ("/practice/", 0)
    assert said in page.messages[0]


def test_there_is_no_result_before_the_end(visitor: Visitor, exam_page: Page, mock: PracticeSession):
    assert silent(visitor.get(f"/sessions/{mock.pk}/result/")).path == exam_page.path


def test_after_the_end_nothing_can_be_changed(visitor: Visitor, exam_page: Page, mock: PracticeSession, learner: User):
    visitor.press(visitor.press(exam_page, "Navigator"), "Finish")
    refused = visitor.press(exam_page, "Next", **fields_of(exam_page.served, right(exam_page.served)))
    assert refused.status == 409
    assert "finished" in refused.messages[0]
    assert visitor.press(exam_page, "Flag").status == 409
    assert visitor.press(exam_page, "Next", action=f"/sessions/{mock.pk}/submission/").path.endswith("/result/")
    assert visitor.get(f"/sessions/{mock.pk}/review/").path.endswith("/result/")
    assert answers_of(learner) == []
    assert ServedItem.objects.filter(flagged_at__isnull=False).count() == 0
    assert "1 answer came after the end and is not counted." in visitor.get(f"/sessions/{mock.pk}/").text
