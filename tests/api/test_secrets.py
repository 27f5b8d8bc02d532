"""Keys and rationales never leave before the rules reveal them: every answer of the API is searched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rest_framework.test import APIClient

from questions.models import ItemVersion
from tests.api.conftest import API, answer, operation, places, row, start
from tests.cast import right, wrong

FORBIDDEN = {"key", "keys", "rationale", "concept", "correct", "right_position", "why", "verdict", "pairs_right"}
"""Field names that would tell; the progress page's own counts and the notes are read apart."""


def fields(value: Any) -> Iterator[tuple[str, Any]]:
    """Every (field, value) of a JSON document, at any depth."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name, inner
            yield from fields(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from fields(inner)


def secretive(reply: Any) -> Any:
    """The reply's document, in which no key and no rationale stands."""
    text = reply.content.decode()
    assert "CANARY" not in text, text
    document = reply.json() if text else None
    assert not {name for name, _ in fields(document)} & FORBIDDEN, text
    return document


def look_everywhere(api: APIClient, session: str) -> list[dict[str, Any]]:
    """GET all of a session and around it; the items seen."""
    url = f"{API}/sessions/{session}"
    around = (f"{API}/exams/current", f"{API}/tags", f"{API}/search?q=canary")
    for address in (f"{API}/sessions", url, f"{url}/items", f"{url}/result", *around):
        secretive(api.get(address))
    assert "CANARY" not in api.get(f"{API}/progress").content.decode()
    return [secretive(api.get(f"{url}/items/{place['id']}")) for place in places(api, session)]


def test_a_running_mock_exam_reveals_nothing(api: APIClient):
    session = secretive(
        api.post(f"{API}/sessions", {"mode": "mock", "operation_id": operation()}),
    )["id"]
    url = f"{API}/sessions/{session}"
    untouched = api.get(f"{API}/progress").json()
    seen = look_everywhere(api, session)
    assert len(seen) == 6
    for number, place in enumerate(places(api, session)):
        item = row(place["id"])
        for response in (wrong(item), right(item)) if number % 2 else (right(item),):
            sent = {"served": place["id"], "response": response, "operation_id": operation()}
            secretive(api.post(f"{url}/answers", sent))
            secretive(api.post(f"{url}/answers", sent))
        secretive(api.put(f"{url}/items/{place['id']}/flag"))
        secretive(api.post(f"{url}/items"))
    for item in look_everywhere(api, session):
        assert (item["feedback"], item["section"], item["due"]) == (None, None, None)
        assert item["response"] is not None
    assert api.get(f"{API}/progress").json() == untouched
    api.post(f"{url}/submission")
    revealed = api.get(f"{url}/items/{places(api, session)[0]['id']}").content.decode()
    assert "CANARY" in revealed


def test_study_reveals_an_item_with_its_answer_and_not_before(api: APIClient):
    session = start(api, length=8)["id"]
    url = f"{API}/sessions/{session}/items"
    while (reply := api.post(url)).status_code != 204:
        item = secretive(reply)
        secretive(api.get(f"{url}/{item['id']}"))
        secretive(api.put(f"{url}/{item['id']}/flag"))
        told = answer(api, session, item["id"], wrong(row(item["id"])))
        assert "CANARY" in told.content.decode()
        assert "CANARY" in api.get(f"{url}/{item['id']}").content.decode()


def test_options_and_prompts_are_an_id_and_a_text(api: APIClient):
    session = start(api, length=8)["id"]
    while (reply := api.post(f"{API}/sessions/{session}/items")).status_code != 204:
        item = reply.json()
        assert {frozenset(part) for part in item["options"] + item["prompts"]} == {frozenset({"id", "text"})}
        assert set(item) == {
            "id", "session", "position", "kind", "stem", "ask", "case", "options", "prompts", "select_count",
            "response", "flagged", "struck", "reason", "feedback", "section", "due",
        }  # fmt: skip
        answer(api, session, item["id"], {"unknown": True})


def test_the_wire_tells_neither_tags_nor_slugs_of_an_item(api: APIClient):
    slugs = set(ItemVersion.objects.values_list("item__slug", flat=True))
    session = start(api, mode="mock")["id"]
    for item in look_everywhere(api, session):
        assert not slugs & {value for _, value in fields(item) if isinstance(value, str)}
