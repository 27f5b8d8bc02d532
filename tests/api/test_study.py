"""A study session by API: each answer is graded at once, the next item follows from it."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from questions.models import Answer, MemoryState, PracticeSession
from tests.api.conftest import API, answer, operation, places, row, start
from tests.cast import right, wrong


def test_a_study_session_from_start_to_result(api: APIClient):
    session = start(api, length=8)
    url = f"{API}/sessions/{session['id']}"
    seen = []
    while (reply := api.post(f"{url}/items")).status_code != 204:
        item = reply.json()
        seen.append(item["kind"])
        given = answer(api, session["id"], item["id"], right(row(item["id"])))
        assert given.status_code == 201
        assert given.json()["feedback"]["verdict"] == "Correct"
    assert sorted(set(seen)) == ["choice", "matching", "multiple", "ordering"]
    assert len(seen) == 8
    assert api.get(url).json()["state"] == "finished"
    result = api.get(f"{url}/result").json()
    assert result["overall"] == {"slug": "", "title": "All questions", "correct": 8, "total": 8, "percent": 100}
    assert [share["slug"] for share in result["by_domain"]] == ["d1", "d2"]
    assert sorted(share["slug"] for share in result["by_tag"]) == ["leaves", "service", "water"]
    assert len(result["items"]) == 8
    progress = api.get(f"{API}/progress").json()
    assert (progress["answered"], progress["correct"], progress["due"]) == (8, 8, 0)
    assert {tag["slug"]: tag["answered"] for tag in progress["tags"]} == {"leaves": 3, "water": 4, "service": 4}


def test_a_new_session_says_what_it_is(api: APIClient):
    session = start(api, length=3, tags=["water"])
    assert session == {
        "id": session["id"],
        "exam": "TEA-101",
        "mode": "study",
        "state": "open",
        "form": "",
        "length": 3,
        "tags": ["water"],
        "focus": "adaptive",
        "feedback": "at-once",
        "feel": "usual",
        "section": "",
        "pair": [],
        "started_at": session["started_at"],
        "deadline": None,
        "remaining_ms": None,
        "finished_at": None,
    }


def test_starting_again_with_the_same_operation_returns_the_same_session(api: APIClient):
    body = {"mode": "study", "operation_id": operation(), "length": 2}
    first, second = api.post(f"{API}/sessions", body), api.post(f"{API}/sessions", body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert PracticeSession.objects.count() == 1


def test_the_waiting_item_comes_back_and_a_new_one_after_its_answer(api: APIClient):
    session = start(api, length=3)["id"]
    url = f"{API}/sessions/{session}/items"
    first, again = api.post(url), api.post(url)
    assert (first.status_code, again.status_code) == (200, 200)  # the first was served with the start
    assert first.json() == again.json()
    served = first.json()["id"]
    answer(api, session, served, right(row(served)))
    following = api.post(url)
    assert following.status_code == 201
    assert following.json()["position"] == 2
    assert api.post(url).json() == following.json()


def test_an_item_shows_its_options_in_the_stored_order(api: APIClient):
    session = start(api, length=8)["id"]
    item = api.post(f"{API}/sessions/{session}/items").json()
    served = row(item["id"])
    texts = {option.id: option.text for option in served.version.value.options}
    assert item["options"] == [{"id": shown, "text": texts[shown]} for shown in served.shown_order]
    assert api.get(f"{API}/sessions/{session}/items/{item['id']}").json() == item


def test_feedback_tells_verdict_why_and_why_not(api: APIClient):
    session = start(api, length=8)["id"]
    served = api.post(f"{API}/sessions/{session}/items").json()["id"]
    body = answer(api, session, served, wrong(row(served))).json()
    feedback = body["feedback"]
    assert feedback["correct"] is False
    assert feedback["verdict"].startswith("Not correct")
    assert "CANARY" in feedback["why"]
    assert all("CANARY" in option["rationale"] for option in feedback["options"])
    assert [option["id"] for option in feedback["options"]] == row(served).shown_order
    assert body["section"]["stem"] == "brewing"
    assert body["due"] == MemoryState.objects.get().due.isoformat().replace("+00:00", "Z")
    item = api.get(f"{API}/sessions/{session}/items/{served}").json()
    assert (item["feedback"], item["section"], item["due"]) == (feedback, body["section"], body["due"])
    assert item["response"] == Answer.objects.get().response


def test_not_known_yet_is_an_answer(api: APIClient):
    session = start(api)["id"]
    served = api.post(f"{API}/sessions/{session}/items").json()["id"]
    reply = answer(api, session, served, {"unknown": True})
    assert reply.status_code == 201
    assert reply.json()["feedback"]["unknown"] is True


def test_a_case_study_brings_its_scenario(api: APIClient):
    session = start(api, tags=["service"], length=4)["id"]
    cases = []
    while (reply := api.post(f"{API}/sessions/{session}/items")).status_code != 204:
        item = reply.json()
        cases += [item["case"]] if item["case"] else []
        answer(api, session, item["id"], right(row(item["id"])))
    assert [(case["title"], case["part"], case["of"]) for case in cases] == [
        ("A tea house by the sea", 1, 2),
        ("A tea house by the sea", 2, 2),
    ]


def test_the_same_operation_again_returns_the_first_result(api: APIClient):
    session = start(api)["id"]
    served = api.post(f"{API}/sessions/{session}/items").json()["id"]
    sent = {"served": served, "response": right(row(served)), "operation_id": operation(), "took_ms": 1200}
    url = f"{API}/sessions/{session}/answers"
    first, second = api.post(url, sent), api.post(url, sent)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    stored = Answer.objects.get()
    assert (stored.took_ms, stored.confidence) == (1200, "")


def test_an_answer_keeps_how_sure_the_learner_was(api: APIClient):
    session = start(api)["id"]
    served = api.post(f"{API}/sessions/{session}/items").json()["id"]
    answer(api, session, served, right(row(served)), confidence="unsure")
    assert Answer.objects.get().confidence == "unsure"


def test_a_flag_is_set_and_cleared_as_often_as_one_likes(api: APIClient):
    session = start(api)["id"]
    [place] = places(api, session)
    url = f"{API}/sessions/{session}/items/{place['id']}/flag"
    for _ in range(2):
        reply = api.put(url)
        assert (reply.status_code, reply.json()) == (200, {"flagged": True})
    assert places(api, session) == [{**place, "flagged": True}]
    assert [api.delete(url).status_code for _ in range(2)] == [204, 204]
    assert places(api, session) == [place]


def test_submitting_ends_a_session_once(api: APIClient):
    session = start(api)["id"]
    url = f"{API}/sessions/{session}/submission"
    first, second = api.post(url), api.post(url)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert first.json()["state"] == "finished"


def test_sessions_are_listed_newest_first_in_pages(api: APIClient):
    started = [start(api)["id"] for _ in range(5)]
    api.post(f"{API}/sessions/{started[0]}/submission")
    first = api.get(f"{API}/sessions", {"limit": 2}).json()
    second = api.get(first["next"]).json()
    third = api.get(second["next"]).json()
    pages = [[session["id"] for session in page["results"]] for page in (first, second, third)]
    assert pages == [started[4:2:-1], started[2:0:-1], started[:1]]
    assert third["next"] is None
    back = api.get(third["previous"]).json()
    assert [session["id"] for session in back["results"]] == pages[1]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [({}, [2, 1, 0]), ({"state": "open"}, [1, 0]), ({"state": "finished"}, [2]), ({"mode": "mock"}, [1])],
)
def test_sessions_are_filtered_by_state_and_mode(api: APIClient, query: dict[str, str], wanted: list[int]):
    started = [start(api)["id"], start(api, mode="mock")["id"], start(api)["id"]]
    api.post(f"{API}/sessions/{started[2]}/submission")
    listed = api.get(f"{API}/sessions", query).json()["results"]
    assert [session["id"] for session in listed] == [started[number] for number in wanted]


def test_the_exam_is_data(api: APIClient):
    exam = api.get(f"{API}/exams/current").json()
    assert (exam["code"], exam["questions"], exam["minutes"], exam["pass_percent"]) == ("TEA-101", 6, 12, 72)
    assert [form["slug"] for form in exam["forms"]] == ["full", "short"]
    assert [(domain["slug"], domain["weight"], domain["covered"]) for domain in exam["domains"]] == [
        ("d1", 40.0, True),
        ("d2", 40.0, True),
        ("d3", 20.0, False),
    ]
    assert (exam["allowances"], exam["max_study_length"]) == ([1.0, 1.5, 2.0], 50)


def test_tags_and_notes_can_be_read(api: APIClient):
    assert [tag["slug"] for tag in api.get(f"{API}/tags").json()["results"]] == ["leaves", "service", "water"]
    assert api.get(f"{API}/notes").json() == {"results": [{"stem": "brewing", "title": "Brewing"}]}
    note = api.get(f"{API}/notes/brewing").json()
    assert [section["anchor"] for section in note["sections"]] == ["brewing", "leaves", "water", "heat"]
