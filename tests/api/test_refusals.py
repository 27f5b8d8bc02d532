"""Bad input by API: a clear status and code, the field's name where there is one, and nothing changed."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import OperationalError
from rest_framework.test import APIClient
from rest_framework.throttling import UserRateThrottle

from questions.actions import answer as answering
from questions.domain import rules
from questions.models import Answer, Exam, LearnerState, PracticeSession, ServedItem, User
from tests.api.conftest import API, Phone, answer, operation, places, refusal, row, start
from tests.cast import right


@pytest.fixture
def session(api: APIClient) -> str:
    """The id of a running study session."""
    return str(start(api)["id"])


@pytest.fixture
def item(api: APIClient, session: str) -> str:
    """The id of its waiting item."""
    return str(places(api, session)[0]["id"])


def rows() -> tuple[Any, ...]:
    """All that an answer could change."""
    return Answer.objects.count(), list(LearnerState.objects.order_by("pk").values())


def test_an_item_of_somebody_else_is_not_found(other: User, phone: Phone, session: str, item: str):
    before, stranger = rows(), phone(other)
    own = start(stranger)["id"]
    assert refusal(answer(stranger, session, item, right(row(item)))) == (404, "not_found", None)
    assert refusal(answer(stranger, own, item, right(row(item)))) == (404, "not_found", None)
    assert rows() == before
    for path in ("", "/items", f"/items/{item}", "/result"):
        reply = stranger.get(f"{API}/sessions/{session}{path}")
        assert refusal(reply) == (404, "not_found", None), path
    for path in ("/items", "/submission"):
        assert refusal(stranger.post(f"{API}/sessions/{session}{path}")) == (404, "not_found", None), path
    for method in (stranger.put, stranger.delete):
        assert refusal(method(f"{API}/sessions/{session}/items/{item}/flag")) == (404, "not_found", None)
    assert ServedItem.objects.get(pk=item).flagged_at is None
    assert PracticeSession.objects.get(pk=session).state == "open"


def test_an_item_of_another_own_session_is_not_found(api: APIClient, session: str):
    elsewhere = places(api, start(api)["id"])[0]["id"]
    before = rows()
    assert refusal(answer(api, session, elsewhere, right(row(elsewhere)))) == (404, "not_found", None)
    assert refusal(api.get(f"{API}/sessions/{session}/items/{elsewhere}")) == (404, "not_found", None)
    assert refusal(api.put(f"{API}/sessions/{session}/items/{elsewhere}/flag")) == (404, "not_found", None)
    assert rows() == before


RESPONSES = [
    ({"options": ["00000000"]}, "foreign-choice"),
    ({"pairs": {"00000000": "00000000"}}, "malformed-response"),
    ({"options": []}, "wrong-count"),
    ({"options": "ABCD"}, "malformed-response"),
    ({"options": [1]}, "malformed-response"),
    ({"options": ["\x00"]}, "malformed-response"),
    ({"unknown": False}, "malformed-response"),
    ({"unknown": True, "options": []}, "malformed-response"),
    ({"correct": True}, "malformed-response"),
    ({}, "malformed-response"),
    ([], "malformed-response"),
    ("A", "malformed-response"),
    (None, "null"),
]


@pytest.mark.parametrize(("response", "code"), RESPONSES)
def test_a_response_that_the_question_cannot_have_changes_nothing(api: APIClient, response: Any, code: str):
    session = start(api, tags=["leaves"])["id"]
    item = next(iter(ServedItem.objects.filter(session=session)))
    while item.version.kind != "choice":
        answer(api, session, str(item.pk), {"unknown": True})
        item = row(api.post(f"{API}/sessions/{session}/items").json()["id"])
    before = rows()
    assert refusal(answer(api, session, str(item.pk), response)) == (400, code, "response")
    assert rows() == before


def test_text_that_no_database_stores_is_refused(api: APIClient, session: str, item: str):
    for text in (r"\ud800", r"\u0000"):
        body = '{"served": "%s", "operation_id": "%s", "response": {"options": ["%s"]}}'
        sent = body % (item, operation(), text)
        reply = api.post(f"{API}/sessions/{session}/answers", sent, content_type="application/json")
        assert refusal(reply) == (400, "malformed-response", "response")
    assert Answer.objects.count() == 0


def test_a_choice_of_another_question_is_refused(api: APIClient):
    session = start(api, mode="mock")["id"]
    first, second, *_ = (row(place["id"]) for place in places(api, session))
    before = rows()
    reply = answer(api, session, str(first.pk), right(second))
    assert reply.status_code == 400
    assert reply.json()["code"] in ("foreign-choice", "malformed-response")
    assert rows() == before


def test_an_operation_id_used_for_another_answer_is_refused(api: APIClient, session: str, item: str):
    operation_id = operation()
    assert answer(api, session, item, right(row(item)), operation_id=operation_id).status_code == 201
    before = rows()
    again = answer(api, session, item, {"unknown": True}, operation_id=operation_id)
    assert refusal(again) == (422, "operation-reused", None)
    following = api.post(f"{API}/sessions/{session}/items").json()["id"]
    other_item = answer(api, session, following, right(row(following)), operation_id=operation_id)
    assert refusal(other_item) == (422, "operation-reused", None)
    assert rows() == before


def test_a_session_operation_used_for_the_other_mode_is_refused(api: APIClient):
    operation_id = operation()
    start(api, operation_id=operation_id)
    reply = api.post(f"{API}/sessions", {"mode": "mock", "operation_id": operation_id})
    assert refusal(reply) == (422, "operation-reused", None)


def test_the_first_answer_stands_in_study(api: APIClient, session: str, item: str):
    answer(api, session, item, right(row(item)))
    before = rows()
    assert refusal(answer(api, session, item, {"unknown": True})) == (409, "already-answered", None)
    assert rows() == before


def test_a_finished_session_takes_no_answers(api: APIClient, session: str, item: str):
    api.post(f"{API}/sessions/{session}/submission")
    before = rows()
    assert refusal(answer(api, session, item, right(row(item)))) == (409, "session-finished", None)
    assert refusal(api.post(f"{API}/sessions/{session}/items")) == (409, "session-finished", None)
    assert refusal(api.put(f"{API}/sessions/{session}/items/{item}/flag")) == (409, "session-finished", None)
    assert rows() == before


def test_the_result_waits_for_the_end(api: APIClient, session: str):
    assert refusal(api.get(f"{API}/sessions/{session}/result")) == (409, "not-finished", None)


STARTS = [
    ({}, "required", "mode"),
    ({"mode": "exam"}, "invalid_choice", "mode"),
    ({"mode": "study", "operation_id": "x"}, "invalid", "operation_id"),
    ({"mode": "study", "lenght": 5}, "unknown-field", "lenght"),
    ({"mode": "study", "learner": 1}, "unknown-field", "learner"),
    ({"mode": "study", "length": 0}, "min_value", "length"),
    ({"mode": "study", "length": 51}, "max_value", "length"),
    ({"mode": "study", "tags": ["tea"]}, "unknown-tag", "tags"),
    ({"mode": "study", "form": "full"}, "wrong-mode", "form"),
    ({"mode": "mock", "length": 5}, "wrong-mode", "length"),
    ({"mode": "mock", "form": "endless"}, "unknown-form", "form"),
    ({"mode": "mock", "allowance": 3}, "bad-allowance", "allowance"),
]


@pytest.mark.parametrize(("body", "code", "field"), STARTS)
def test_a_session_that_cannot_be_is_refused(api: APIClient, body: dict[str, Any], code: str, field: str):
    full = {"operation_id": operation(), **body} if body else {}
    assert refusal(api.post(f"{API}/sessions", full)) == (400, code, field)
    assert PracticeSession.objects.count() == 0


def test_a_body_that_is_no_object_is_refused(api: APIClient):
    for body in ([], "study", None, 5):
        status, _, _ = refusal(api.post(f"{API}/sessions", body, format="json"))
        assert status == 400, body
    for text in ("{", "[" * 100_000, '{"mode": NaN}', '{"length": ' + "9" * 5000 + "}"):
        reply = api.post(f"{API}/sessions", text, content_type="application/json")
        assert refusal(reply) == (400, "parse_error", None), text[:20]
    assert PracticeSession.objects.count() == 0


def test_only_json_is_taken_and_not_too_much_of_it(api: APIClient):
    form = api.post(f"{API}/sessions", "mode=study", content_type="application/x-www-form-urlencoded")
    assert refusal(form) == (415, "unsupported_media_type", None)
    big = api.post(f"{API}/sessions", {"mode": "x" * 1024 * 1024})
    assert refusal(big) == (413, "too-large", None)


def test_fields_where_none_belong_are_refused(api: APIClient, session: str, item: str):
    for method, path in (
        (api.post, "/items"),
        (api.post, "/submission"),
        (api.put, f"/items/{item}/flag"),
    ):
        reply = method(f"{API}/sessions/{session}{path}", {"correct": True})
        assert refusal(reply) == (400, "unknown-field", "correct"), path
    assert refusal(answer(api, session, item, right(row(item)), correct=True)) == (400, "unknown-field", "correct")
    assert refusal(answer(api, session, item, right(row(item)), took_ms=-1)) == (400, "min_value", "took_ms")
    assert Answer.objects.count() == 0


@pytest.mark.parametrize(
    ("query", "field"), [({"limit": 0}, "limit"), ({"state": "lost"}, "state"), ({"page": 2}, "page")]
)
def test_a_query_that_makes_no_sense_is_refused(api: APIClient, query: dict[str, Any], field: str):
    status, _, attr = refusal(api.get(f"{API}/sessions", query))
    assert (status, attr) == (400, field)


def test_a_cursor_is_of_use_to_its_learner_only(api: APIClient, other: User, phone: Phone):
    for _ in range(2):
        start(api)
    following = api.get(f"{API}/sessions", {"limit": 1}).json()["next"]
    assert refusal(phone(other).get(following)) == (404, "not_found", None)
    assert refusal(api.get(f"{API}/sessions", {"cursor": "cD0yMDI2"})) == (404, "not_found", None)


def test_an_unknown_address_is_a_404_that_a_program_can_read(api: APIClient):
    for path in ("nothing", "sessions/5", f"sessions/{uuid.uuid4()}", "sessions/", "notes/none"):
        assert refusal(api.get(f"{API}/{path}")) == (404, "not_found", None), path
    assert refusal(api.post(f"{API}/nothing", {})) == (404, "not_found", None)
    assert refusal(api.delete(f"{API}/tags")) == (405, "method_not_allowed", None)


def test_an_empty_bank_is_said_so(db: None, phone: Phone):
    learner = User.objects.create_user("early")
    assert refusal(phone(learner).get(f"{API}/exams/current")) == (503, "no-exam", None)


def test_an_exam_without_questions_cannot_be_practised(api: APIClient):
    exam = Exam.objects.get()
    exam.pk = None
    exam.slug = "another"
    exam.save()
    Exam.objects.filter(pk=exam.pk).update(id=0)  # the current exam is the first one
    for mode in ("study", "mock"):
        reply = api.post(f"{API}/sessions", {"mode": mode, "operation_id": operation()})
        assert refusal(reply) == (409, "nothing-to-practise", None)


def test_a_busy_moment_asks_to_come_back(api: APIClient, session: str, item: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(answering, "TRIES", 0)
    reply = answer(api, session, item, right(row(item)))
    assert refusal(reply) == (503, "busy", None)
    assert (reply["Retry-After"], reply.json()["retryable"]) == ("1", True)


def test_a_database_that_does_not_answer_is_said_so(api: APIClient, session: str, monkeypatch: pytest.MonkeyPatch):
    def locked(*args: object, **more: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr("questions.queries.own_session", locked)
    api.raise_request_exception = False
    reply = api.get(f"{API}/sessions/{session}")
    assert refusal(reply) == (503, "busy", None)
    assert "locked" not in reply.content.decode()


def test_an_accident_tells_nothing_of_the_inside(api: APIClient, session: str, monkeypatch: pytest.MonkeyPatch):
    def broken(*args: object, **more: object) -> None:
        raise KeyError("secret")

    monkeypatch.setattr("questions.queries.own_session", broken)
    api.raise_request_exception = False
    reply = api.get(f"{API}/sessions/{session}")
    assert refusal(reply) == (500, "error", None)
    assert "secret" not in reply.content.decode()


def test_too_many_requests_are_slowed_down(api: APIClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(UserRateThrottle, "THROTTLE_RATES", {"user": "2/min"})
    replies = [api.get(f"{API}/tags") for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200, 200, 429]
    assert refusal(replies[2]) == (429, "throttled", None)
    assert 0 < int(replies[2]["Retry-After"]) <= 60
    assert replies[2].json()["retryable"] is True


def test_every_code_of_the_rules_has_its_status():
    statuses = {
        code: answering_status(code)
        for code in ("session-finished", "deadline-passed", "bad-length", "operation-reused", "busy", "new-one")
    }
    assert statuses == {
        "session-finished": 409,
        "deadline-passed": 409,
        "bad-length": 400,
        "operation-reused": 422,
        "busy": 503,
        "new-one": 409,
    }


def answering_status(code: str) -> int:
    """The HTTP status of a refusal."""
    from questions.api.errors import of_refusal

    return of_refusal(rules.Refusal(code, "")).status_code
