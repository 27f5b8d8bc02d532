"""What a learner leaves on a question, from a phone."""

from __future__ import annotations

from typing import Any

from rest_framework.test import APIClient

from questions.actions import marks
from questions.models import Bookmark, PrivateNote, Report, User
from tests.api.conftest import API, Phone, answer, operation, places, refusal, row, start
from tests.cast import NOON, right

WHEN = "2026-03-02T12:00:0"


def first(api: APIClient, **body: Any) -> tuple[str, str]:
    """(id of the served item, its address) of the first question of a new session."""
    session = start(api, **body)["id"]
    served = places(api, session)[0]["id"]
    return served, f"{API}/sessions/{session}/items/{served}"


def test_struck_out_options_are_kept_in_shown_order_and_stand_in_the_item(api: APIClient):
    served, address = first(api, mode="mock")
    shown = row(served).shown_order
    reply = api.put(f"{address}/strikes", {"options": [shown[2], "elsewhere", shown[0]]})
    assert (reply.status_code, reply.json()) == (200, {"options": [shown[0], shown[2]]})
    assert api.get(address).json()["struck"] == [shown[0], shown[2]]
    assert api.put(f"{address}/strikes", {"options": []}).json() == {"options": []}
    assert api.get(address).json()["struck"] == []


def test_striking_out_names_all_options_or_is_refused(api: APIClient):
    _, address = first(api)
    assert refusal(api.put(f"{address}/strikes", {})) == (400, "required", "options")
    assert refusal(api.put(f"{address}/strikes", {"options": "x"})) == (400, "not_a_list", "options")
    assert refusal(api.put(f"{address}/strikes", {"options": ["x"] * 21})) == (400, "max_length", "options")


def test_a_bookmark_is_set_twice_and_taken_back_twice(api: APIClient, learner: User):
    served, address = first(api)
    for _ in range(2):
        reply = api.put(f"{address}/bookmark")
        assert (reply.status_code, reply.json()) == (200, {"bookmarked": True})
    assert list(Bookmark.objects.values_list("learner", "item")) == [(learner.pk, row(served).item_id)]
    for _ in range(2):
        reply = api.delete(f"{address}/bookmark")
        assert (reply.status_code, reply.content) == (204, b"")
    assert Bookmark.objects.count() == 0


def test_a_private_note_is_written_read_and_cleared(api: APIClient):
    _, address = first(api)
    nothing = {"text": "", "written_at": None}
    assert api.get(f"{address}/note").json() == nothing
    assert api.put(f"{address}/note", {"text": ""}).json() == nothing
    written = api.put(f"{address}/note", {"text": "Heat first"})
    assert (written.status_code, written.json()["text"]) == (200, "Heat first")
    assert written.json()["written_at"].startswith(WHEN)
    assert api.get(f"{address}/note").json() == written.json()
    assert api.put(f"{address}/note", {"text": ""}).json()["text"] == ""
    assert PrivateNote.objects.count() == 2


def test_texts_that_cannot_be_stored_are_refused_by_name(api: APIClient):
    served, address = first(api)
    assert refusal(api.put(f"{address}/note", {"text": "x" * 4001})) == (400, "too-long", "text")
    assert refusal(api.put(f"{address}/note", {"text": "\x00"})) == (400, "null_characters_not_allowed", "text")
    assert refusal(api.put(f"{address}/note", {"txt": "x"})) == (400, "unknown-field", "txt")
    report = {"served": served, "kind": "typo", "operation_id": operation()}
    assert refusal(api.post(f"{API}/reports", {**report, "text": "x" * 2001})) == (400, "too-long", "text")
    assert refusal(api.post(f"{API}/reports", {**report, "kind": "dull"})) == (400, "invalid_choice", "kind")
    assert (PrivateNote.objects.count(), Report.objects.count()) == (0, 0)


def test_a_report_is_made_once_and_its_answer_comes_back(api: APIClient, instructor: User):
    served, _ = first(api)
    body = {"served": served, "kind": "outdated", "text": "Since May.", "operation_id": operation()}
    made = api.post(f"{API}/reports", body)
    again = api.post(f"{API}/reports", body)
    assert (made.status_code, again.status_code) == (201, 200)
    assert made.json() == again.json()
    found = made.json()
    assert found.pop("made_at").startswith(WHEN)
    assert found == {
        "id": Report.objects.get().pk, "operation_id": body["operation_id"], "ask": row(served).version.value.ask,
        "kind": "outdated", "text": "Since May.", "state": "open", "answer": "", "answered_at": None,
    }  # fmt: skip
    marks.answer_report(report=Report.objects.get(), by=instructor, accepted=False, answer="Not yet.", now=NOON)
    (told,) = api.get(f"{API}/reports").json()["results"]
    assert (told["state"], told["answer"], told["answered_at"]) == ("declined", "Not yet.", "2026-03-02T12:00:00Z")


def test_somebody_elses_question_is_not_there(api: APIClient, other: User, phone: Phone):
    served, address = first(api)
    theirs = phone(other)
    replies = [
        theirs.put(f"{address}/strikes", {"options": []}),
        theirs.put(f"{address}/bookmark"),
        theirs.delete(f"{address}/bookmark"),
        theirs.get(f"{address}/note"),
        theirs.put(f"{address}/note", {"text": "x"}),
        theirs.post(f"{API}/reports", {"served": served, "kind": "typo", "operation_id": operation()}),
    ]
    assert {refusal(reply) for reply in replies} == {(404, "not_found", None)}
    session = start(api)["id"]
    elsewhere = f"{API}/sessions/{session}/items/{served}"
    assert refusal(api.put(f"{elsewhere}/bookmark")) == (404, "not_found", None)
    assert theirs.get(f"{API}/reports").json() == {"results": []}


def test_marks_change_nothing_of_an_answer(api: APIClient):
    served, address = first(api)
    api.put(f"{address}/strikes", {"options": row(served).shown_order})
    session = address.split("/")[4]
    reply = answer(api, session, served, right(row(served)), confidence="unsure")
    assert (reply.status_code, reply.json()["feedback"]["correct"]) == (201, True)
