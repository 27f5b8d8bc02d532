"""While a mock exam runs, or a study question is open, no page tells a key or a rationale."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from questions.actions import sessions
from questions.models import PracticeSession
from tests.cast import NOON, Give, right, wrong
from tests.web.pages import Page, Visitor, fields_of

ELSEWHERE = (
    "/",
    "/practice/",
    "/progress/",
    "/notes/",
    "/notes/brewing/",
    "/search/?q=canary",
    "/settings/",
    "/no-such-page/",
)


def look_everywhere(visitor: Visitor, session: PracticeSession) -> Iterator[Page]:
    """Every page of a session and around it, whole and as htmx gets it."""
    for path in ELSEWHERE:
        yield visitor.get(path)
    base = f"/sessions/{session.pk}/"
    for path in ("", "review/", "result/"):
        yield visitor.get(base + path)
    for position in session.served.values_list("position", flat=True):
        yield visitor.get(f"{base}items/{position}/")
        yield Page(visitor.client.get(f"{base}items/{position}/", headers={"HX-Request": "true"}))


def secretive(page: Page) -> None:
    """Neither a rationale nor any sign of the key."""
    assert "CANARY" not in page.html, page.path
    assert "is-key" not in page.html, page.path
    assert page.by_id("verdict") is None, page.path


def test_a_running_mock_exam_reveals_nothing_on_any_page(visitor: Visitor, mock: PracticeSession):
    for page in look_everywhere(visitor, mock):
        secretive(page)
    for number, served in enumerate(mock.served.select_related("version", "session")):
        path = f"/sessions/{mock.pk}/items/{served.position}/"
        for response in (wrong(served), right(served)) if number % 2 else (right(served),):
            secretive(visitor.autosave(visitor.get(path), **fields_of(served, response)))
            secretive(
                visitor.press(visitor.get(path), "Next" if number < 5 else "Review", **fields_of(served, response))
            )
        secretive(visitor.press(visitor.get(path), "Flag"))
    for page in look_everywhere(visitor, mock):
        secretive(page)
    visitor.press(visitor.get(f"/sessions/{mock.pk}/review/"), "Finish")
    told = [page for page in look_everywhere(visitor, mock) if "/items/" in page.path]
    assert all("CANARY" in page.html for page in told)


def test_right_and_wrong_answers_of_a_mock_exam_look_alike(visitor: Visitor, mock: PracticeSession, give: Give):
    served = mock.served.select_related("version", "session").get(position=1)
    pages = []
    for response in (right(served), wrong(served)):
        give(served, response)
        page = visitor.get(f"/sessions/{mock.pk}/")
        pages.append((page.path, page.text, visitor.get("/").text, visitor.get(f"/sessions/{mock.pk}/review/").text))
    assert pages[0] == pages[1]


def test_the_order_of_options_on_the_page_is_the_shuffled_one(visitor: Visitor, mock: PracticeSession):
    for served in mock.served.select_related("version"):
        page = visitor.get(f"/sessions/{mock.pk}/items/{served.position}/")
        places = [page.html.index(option) for option in served.shown_order]
        assert places == sorted(places)
        slug = served.item.slug
        assert slug not in page.html
        assert slug.split(".")[-1] not in [e.attributes.get("id") for e in page.tree]


@pytest.mark.parametrize("end", ["answered", "given up"])
def test_study_reveals_a_question_with_its_answer_and_no_other_one(
    end: str, visitor: Visitor, study: PracticeSession, give: Give
):
    served = study.served.select_related("version", "session").get()
    give(served, wrong(served) if end == "answered" else {"unknown": True})
    told = visitor.get(f"/sessions/{study.pk}/items/1/")
    assert "CANARY" in told.html
    later = sessions.serve_next(learner=study.learner, session_id=study.pk, now=NOON)
    assert later is not None
    secretive(visitor.get(f"/sessions/{study.pk}/items/2/"))


def test_a_question_left_open_in_a_finished_study_session_stays_closed(visitor: Visitor, study: PracticeSession):
    sessions.finish(learner=study.learner, session_id=study.pk, now=NOON)
    page = visitor.get(f"/sessions/{study.pk}/items/1/")
    assert page.status == 200
    secretive(page)
    assert "Not answered" in page.text
