"""What pages and answers cost in SQL statements: few, and the same with any history and any size of the bank."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from questions.actions import sessions
from questions.models import Answer, Item, ItemVersion, PracticeSession, ServedItem, User
from tests.cast import NOON, Give, right, wrong
from tests.web.pages import Page, Visitor, fields_of

ANSWER_LIMIT = 8
COSTS = {
    "home": 10, "practice": 10, "progress": 12, "item": 3, "feedback": 5, "reports": 3, "marks": 5, "review": 4, "result": 8,
    "card": 6, "data": 2, "delete": 2, "notes": 6, "note": 6, "search": 9,
}  # fmt: skip
"""Statements of each page, session and person included: exactly, so that one more is noticed."""


def statements(deed: Callable[[], object]) -> list[str]:
    """The SQL that a request runs, transactions included."""
    with CaptureQueriesContext(connection) as captured:
        deed()
    return [query["sql"] for query in captured.captured_queries]


def post(visitor: Visitor, page: Page, button: str, *, htmx: bool, **fields: str | list[str]) -> list[str]:
    """What sending this form costs, without the page that it leads to."""
    form, words = page.form(button)
    data: dict[str, list[str]] = {}
    for name, value in form.filled(words, fields, forged=False):
        data.setdefault(name, []).append(value)
    headers = {"HX-Request": "true"} if htmx else {}
    return statements(lambda: visitor.client.post(form.action, data, headers=headers))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("htmx", [False, True], ids=["form", "htmx"])
def test_one_study_answer_costs_at_most_eight_statements(
    htmx: bool, visitor: Visitor, study: PracticeSession, learner: User
):
    for session in (study, None):
        session = session or sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON, length=8)
        while served := sessions.serve_next(learner=learner, session_id=session.pk, now=NOON):
            page = visitor.get(f"/sessions/{session.pk}/")
            found = post(visitor, page, "Check answer", htmx=htmx, **fields_of(page.served, right(served)))
            assert any(sql.startswith("INSERT") and "answer" in sql for sql in found)
            assert any(sql.startswith("BEGIN") for sql in found)
            assert len(found) <= ANSWER_LIMIT, "\n".join(found)
    assert Answer.objects.count() == 16


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("htmx", [False, True], ids=["form", "htmx"])
def test_one_answer_of_a_mock_exam_costs_no_more(htmx: bool, visitor: Visitor, mock: PracticeSession):
    for position, response in ((1, wrong), (2, wrong), (1, right), (2, right)):
        page = visitor.get(f"/sessions/{mock.pk}/items/{position}/")
        found = post(visitor, page, "Next", htmx=htmx, **fields_of(page.served, response(page.served)))
        assert any(sql.startswith("INSERT") and "answer" in sql for sql in found)
        assert len(found) <= ANSWER_LIMIT, "\n".join(found)
    assert Answer.objects.count() == 4


def enlarge(times: int) -> None:
    """Make the bank this many times as large."""
    for version in ItemVersion.objects.select_related("item"):
        for number in range(1, times):
            value = replace(version.value, slug=f"{version.value.slug}-{number}", case=None)
            item = Item.objects.create(exam_id=version.item.exam_id, slug=value.slug, created_at=NOON)
            ItemVersion.objects.create(
                item=item,
                number=1,
                state=version.state,
                kind=version.kind,
                domain=version.domain,
                tag_slugs=version.tag_slugs,
                difficulty=version.difficulty,
                body=version.body | {"slug": value.slug, "case": None},
                digest=f"{version.digest[:56]}{number:08}",
                section_id=version.section_id,
                created_at=NOON,
            )


def practise(learner: User, answers: int, give: Give) -> None:
    """A history of this many study answers, on the days before noon."""
    day = answers
    while answers > 0:
        at = NOON - timedelta(days=day)
        day -= 1
        length = min(answers, 8)
        session = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=at, length=length)
        while served := sessions.serve_next(learner=learner, session_id=session.pk, now=at):
            give(served, right(served) if served.position % 3 else wrong(served), at=at)
            answers -= 1


def costs(visitor: Visitor, learner: User, give: Give) -> dict[str, int]:
    """The statements of each page, each of which reads only."""
    study = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON, length=5)
    done = study.served.select_related("version", "session").get()
    give(done)
    open_item = sessions.serve_next(learner=learner, session_id=study.pk, now=NOON)
    assert open_item is not None
    mock = sessions.start_mock(learner=learner, operation_id=uuid.uuid4(), now=NOON)
    for served in mock.served.select_related("version", "session"):
        give(served)
    review = f"/sessions/{mock.pk}/review/"
    addresses = {
        "home": "/",
        "practice": "/practice/",
        "progress": "/progress/",
        "data": "/account/export/",
        "delete": "/account/delete/",
        "item": f"/sessions/{study.pk}/items/2/",
        "feedback": f"/sessions/{study.pk}/items/1/",
        "reports": "/reports/",
        "marks": "/marks/",
        "notes": "/notes/",
        "note": "/notes/brewing/",
        "search": "/search/?q=canary",
        "review": review,
    }
    visitor.get("/")
    found = {name: statements(lambda path=path: visitor.get(path)) for name, path in addresses.items()}
    sessions.finish(learner=learner, session_id=mock.pk, now=NOON)
    found["result"] = statements(lambda: visitor.get(f"/sessions/{mock.pk}/result/"))
    found["card"] = statements(lambda: visitor.get(f"/sessions/{mock.pk}/result/card.svg"))
    for name, run in found.items():
        assert [sql for sql in run if not sql.startswith("SELECT")] == [], name
    return {name: len(run) for name, run in found.items()}


@pytest.fixture(params=["5 answers", "150 answers", "a bank 5 times as large"])
def cost(request: pytest.FixtureRequest, visitor: Visitor, learner: User, give: Give) -> dict[str, int]:
    """What pages cost somebody with this history."""
    if request.param.startswith("a bank"):
        enlarge(5)
        practise(learner, 40, give)
        assert ServedItem.objects.values("item").distinct().count() > 8
    else:
        practise(learner, int(request.param.split()[0]), give)
    return costs(visitor, learner, give)


def test_pages_cost_the_same_with_any_history_and_any_bank(cost: dict[str, int]):
    assert cost == COSTS
