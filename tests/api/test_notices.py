"""A client tells the learner what has changed in the bank."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from questions.actions.bank import load_bank
from questions.models import Notice
from tests.actions.test_facts import LATER, files, session_with
from tests.api.conftest import API

pytestmark = pytest.mark.django_db


@pytest.fixture
def notice(learner, give) -> Notice:
    """The learner answered a question whose fact fell."""
    give(session_with(learner).served.get())
    load_bank(files(green_tea_heat="superseded"), now=LATER)
    return Notice.objects.get()


def test_a_notice_tells_what_was_said_what_holds_today_and_where_from(api: APIClient, notice):
    (told,) = api.get(f"{API}/notices").json()["results"]
    assert {
        name: told[name] for name in ("id", "fact", "said", "today", "status", "source", "checked_on", "read_at")
    } == {
        "id": notice.pk,
        "fact": "green-tea-heat",
        "said": "Green tea is brewed with water of at most 80 degrees Celsius.",
        "today": "80 degrees",
        "status": "superseded",
        "source": "Made up for tests",
        "checked_on": "2026-01-15",
        "read_at": None,
    }


def test_what_was_read_stays_read(api: APIClient, notice):
    address = f"{API}/notices/{notice.pk}"
    first = api.patch(address, {"read": True}, format="json").json()["read_at"]
    assert first is not None
    assert api.patch(address, {"read": True}, format="json").json()["read_at"] == first
    refused = api.patch(address, {"read": False}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (400, "bad-read")


def test_a_withdrawn_item_is_refused_with_what_to_do(api: APIClient, learner):
    session = session_with(learner)
    served = session.served.get()
    load_bank(files(green_tea_heat="superseded"), now=LATER)
    reply = api.get(f"{API}/sessions/{session.pk}/items/{served.pk}")
    assert (reply.status_code, reply.json()["code"]) == (409, "withdrawn")
    (place,) = api.get(f"{API}/sessions/{session.pk}/items").json()["results"]
    assert place["withdrawn"] is True
    following = api.post(f"{API}/sessions/{session.pk}/items", {}, format="json").json()
    assert following["id"] != str(served.pk)
