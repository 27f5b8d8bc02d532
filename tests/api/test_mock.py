"""A mock exam by API: every answer is saved, nothing is told before the end, the deadline is the server's."""

from __future__ import annotations

import time_machine
from rest_framework.test import APIClient

from questions.models import Answer, LearnerState, PracticeSession, RefusedAnswer
from tests.api.conftest import API, answer, operation, places, refusal, row, start
from tests.cast import right, wrong


def test_a_mock_exam_from_start_to_result(api: APIClient):
    session = start(api, mode="mock")
    assert (session["form"], session["length"]) == ("full", 6)
    assert 719_000 < session["remaining_ms"] <= 720_000
    url = f"{API}/sessions/{session['id']}"
    served = [place["id"] for place in places(api, session["id"])]
    assert len(served) == 6
    for number, item in enumerate(served):
        response = right(row(item)) if number < 5 else wrong(row(item))
        reply = answer(api, session["id"], item, response)
        assert (reply.status_code, reply.json()) == (
            201,
            {"saved": True, "served": item, "feedback": None, "section": None, "due": None},
        )
    assert all(place["answered"] for place in places(api, session["id"]))
    assert api.post(f"{url}/items").status_code == 204
    assert refusal(api.get(f"{url}/result")) == (409, "not-finished", None)
    assert api.post(f"{url}/submission").status_code == 201
    result = api.get(f"{url}/result").json()
    assert (result["overall"]["correct"], result["overall"]["percent"], result["pass_percent"]) == (5, 83, 72)
    assert [item["correct"] for item in result["items"]] == [True] * 5 + [False]
    reviewed = api.get(f"{url}/items/{served[5]}").json()
    assert reviewed["feedback"]["correct"] is False
    assert api.get(f"{API}/progress").json()["answered"] == 6


def test_an_answer_can_be_changed_and_cleared_until_the_end(api: APIClient):
    session = start(api, mode="mock")["id"]
    item = places(api, session)[0]["id"]
    assert answer(api, session, item, wrong(row(item))).status_code == 201
    assert answer(api, session, item, right(row(item))).status_code == 201
    assert places(api, session)[0]["answered"] is True
    assert answer(api, session, item, {"unknown": True}).status_code == 201
    assert places(api, session)[0]["answered"] is False
    assert list(Answer.objects.order_by("id").values_list("revision", flat=True)) == [1, 2, 3]


def test_half_made_choices_are_saved(api: APIClient):
    session = start(api, mode="mock")["id"]
    item = next(place["id"] for place in places(api, session) if row(place["id"]).version.kind != "choice")
    half = {"pairs": {}} if row(item).version.kind == "matching" else {"options": row(item).shown_order[:1]}
    assert answer(api, session, item, half).status_code == 201


def test_an_answer_after_the_deadline_changes_nothing_but_is_kept(api: APIClient, clock: time_machine.Coordinates):
    session = start(api, mode="mock")
    item = places(api, session["id"])[0]["id"]
    before = LearnerState.objects.values().get()
    clock.shift(12 * 60 + 30)
    late = answer(api, session["id"], item, right(row(item)))
    assert refusal(late) == (409, "deadline-passed", None)
    assert (Answer.objects.count(), LearnerState.objects.values().get()) == (0, before)
    assert RefusedAnswer.objects.get().response == right(row(item))
    now = api.get(f"{API}/sessions/{session['id']}").json()
    assert (now["state"], now["remaining_ms"], now["finished_at"]) == ("finished", 0, session["deadline"])
    assert PracticeSession.objects.get().state == "open"  # reading closed nothing
    result = api.get(f"{API}/sessions/{session['id']}/result").json()
    assert (result["overall"]["correct"], result["late"]) == (0, 1)
    assert api.get(f"{API}/sessions", {"state": "open"}).json()["results"] == []


def test_an_answer_within_the_grace_counts(api: APIClient, clock: time_machine.Coordinates):
    session = start(api, mode="mock")["id"]
    item = places(api, session)[0]["id"]
    clock.shift(12 * 60 + 1)
    assert answer(api, session, item, right(row(item))).status_code == 201


def test_flagging_and_serving_end_with_the_deadline(api: APIClient, clock: time_machine.Coordinates):
    session = start(api, mode="mock")["id"]
    url = f"{API}/sessions/{session}/items"
    item = places(api, session)[0]["id"]
    clock.shift(13 * 60)
    assert refusal(api.put(f"{url}/{item}/flag")) == (409, "deadline-passed", None)
    assert refusal(api.post(url)) == (409, "deadline-passed", None)


def test_submitting_late_ends_the_mock_at_its_deadline(api: APIClient, clock: time_machine.Coordinates):
    session = start(api, mode="mock")
    clock.shift(3600)
    reply = api.post(f"{API}/sessions/{session['id']}/submission")
    assert (reply.status_code, reply.json()["finished_at"]) == (201, session["deadline"])


def test_a_second_mock_is_refused_while_one_runs(api: APIClient, clock: time_machine.Coordinates):
    start(api, mode="mock")
    body = {"mode": "mock", "operation_id": operation()}
    assert refusal(api.post(f"{API}/sessions", body)) == (409, "mock-open", None)
    assert PracticeSession.objects.count() == 1
    clock.shift(13 * 60)
    assert api.post(f"{API}/sessions", body).status_code == 201


def test_a_time_allowance_moves_the_deadline(api: APIClient):
    assert 1_079_000 < start(api, mode="mock", allowance=1.5)["remaining_ms"] <= 1_080_000


def test_a_shorter_form_can_be_chosen(api: APIClient):
    session = start(api, mode="mock", form="short")
    assert (session["form"], session["length"]) == ("short", 3)


def test_a_replay_after_the_end_still_returns_the_first_result(api: APIClient):
    session = start(api, mode="mock")["id"]
    item = places(api, session)[0]["id"]
    sent = {"served": item, "response": right(row(item)), "operation_id": operation()}
    api.post(f"{API}/sessions/{session}/answers", sent)
    api.post(f"{API}/sessions/{session}/submission")
    again = api.post(f"{API}/sessions/{session}/answers", sent)
    assert (again.status_code, again.json()["saved"], Answer.objects.count()) == (200, True, 1)
