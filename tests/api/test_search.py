"""Search by a phone: passages in pieces, explanations that may be seen, and never an error for what somebody typed."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from questions.models import User
from tests.api.conftest import API, Phone, answer, refusal, row, start
from tests.cast import right


def search(api: APIClient, text: str) -> dict[str, Any]:
    reply = api.get(f"{API}/search", {"q": text})
    assert reply.status_code == 200, reply.content
    return dict(reply.json())


def test_a_passage_of_the_notes_comes_in_pieces(api: APIClient):
    found = search(api, "boiled leaves")
    assert {name: found[name] for name in ("query", "loosened", "explanations")} == {
        "query": "boiled leaves", "loosened": False, "explanations": [],
    }  # fmt: skip
    (hit,) = found["notes"]
    assert {name: hit[name] for name in ("stem", "title", "anchor", "heading")} == {
        "stem": "brewing", "title": "Brewing", "anchor": "leaves", "heading": "Leaves",
    }  # fmt: skip
    assert "".join(piece["text"] for piece in hit["snippet"]).startswith("Black leaves want boiling water")
    assert [piece["text"] for piece in hit["snippet"] if piece["hit"]][:2] == ["leaves", "boiling"]


def test_an_explanation_names_the_item_that_gave_it(api: APIClient, other: User, phone: Phone):
    session = start(api, length=8)["id"]
    item = api.post(f"{API}/sessions/{session}/items").json()["id"]
    assert search(api, "canary")["explanations"] == []
    answer(api, session, item, right(row(item)))
    (hit,) = search(api, "canary")["explanations"]
    assert (hit["session"], hit["served"], hit["correct"]) == (session, item, True)
    assert api.get(f"{API}/sessions/{hit['session']}/items/{hit['served']}").json()["feedback"]["correct"]
    assert search(phone(other), "canary")["explanations"] == []


@pytest.mark.parametrize("text", ["", "\x00", "a\x00b", '"', "x" * 5000, "NEAR(", "\u202e", "%"], ids=ascii)
def test_odd_searches_are_answered_like_others(text: str, api: APIClient):
    assert len(search(api, text)["query"]) <= 200


def test_a_misspelt_parameter_is_refused_and_a_visitor_is_asked_to_sign_in(api: APIClient, anonymous: APIClient):
    assert search(api, "") == {
        "query": "", "loosened": False, "notes": [], "explanations": [], "private_notes": [], "notes_total": 0,
        "explanations_total": 0,
    }  # fmt: skip
    assert refusal(api.get(f"{API}/search?query=leaves")) == (400, "unknown-field", "query")
    assert anonymous.get(f"{API}/search?q=leaves").status_code == 401
