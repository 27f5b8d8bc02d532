"""What a call costs in SQL statements, and that reading writes nothing."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from questions.actions import sessions
from questions.models import PracticeSession, User
from tests.api.conftest import API, answer, places, row, start
from tests.cast import NOON, Give, right

ANSWER_LIMIT = 8


def statements(call: object) -> list[str]:
    """The SQL that a call runs, transaction statements included."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        call()  # type: ignore[operator]
    return [query["sql"] for query in captured.captured_queries]


def test_one_answer_costs_at_most_eight_statements_with_sign_in_and_transaction(api: APIClient):
    session = start(api, length=8)["id"]
    for _ in range(4):
        item = api.post(f"{API}/sessions/{session}/items").json()["id"]
        response = right(row(item))
        found = statements(lambda item=item, response=response: answer(api, session, item, response))
        assert len(found) <= ANSWER_LIMIT, "\n".join(found)


def test_a_repeated_item_costs_no_more(api: APIClient):
    for _ in range(2):
        session = start(api, length=1, tags=["leaves"])["id"]
        item = api.post(f"{API}/sessions/{session}/items").json()["id"]
        response = right(row(item))
        found = statements(lambda item=item, s=session, response=response: answer(api, s, item, response))
        assert len(found) <= ANSWER_LIMIT, "\n".join(found)


def test_an_answer_in_a_mock_exam_costs_no_more(api: APIClient):
    session = start(api, mode="mock")["id"]
    for place in places(api, session)[:2] * 2:
        response = right(row(place["id"]))
        found = statements(lambda place=place, response=response: answer(api, session, place["id"], response))
        assert len(found) <= ANSWER_LIMIT - 1, "\n".join(found)


LIMITS = {
    "exams/current": 3,
    "tags": 3,
    "notes": 3,
    "notes/brewing": 4,
    "progress": 9,
    "search?q=boiling": 9,
    "reports": 3,
    "sessions": 3,
    "sessions/{session}": 3,
    "sessions/{session}/items": 4,
    "sessions/{session}/items/{item}": 3,
    "sessions/{session}/items/{item}/note": 4,
    "sessions/{session}/result": 7,
}
"""Statements of each GET, two of them for the sign-in."""


@pytest.mark.parametrize("history", [0, 5])
def test_reading_writes_nothing_and_costs_the_same_with_any_history(
    history: int, api: APIClient, learner: User, give: Give
):
    for number in range(history):
        at = NOON - timedelta(days=10 - number)
        past = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=at, length=8)
        while served := sessions.serve_next(learner=learner, session_id=past.pk, now=at):
            give(served, at=at)
    session = start(api, mode="mock")["id"]
    served = places(api, session)
    if history:
        for place in served:
            answer(api, session, place["id"], right(row(place["id"])))
    PracticeSession.objects.filter(pk=session).update(
        started_at=NOON - timedelta(hours=2), deadline=NOON - timedelta(hours=1)
    )
    for path, limit in LIMITS.items():
        address = f"{API}/" + path.format(session=session, item=served[0]["id"])
        found = statements(lambda address=address: api.get(address))
        assert len(found) <= limit, (path, "\n".join(found))
        assert [sql for sql in found if not sql.startswith("SELECT")] == [], path
    assert PracticeSession.objects.get(pk=session).state == "open"


def test_the_schema_and_its_page_cost_nothing(bank: object, anonymous: APIClient):
    assert statements(lambda: anonymous.get(f"{API}/schema/")) == []
    assert statements(lambda: anonymous.get(f"{API}/docs/")) == []
