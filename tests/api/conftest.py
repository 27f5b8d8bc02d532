"""A phone for each person: an API client that carries a session token, and a clock that starts at noon."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from rest_framework.test import APIClient

from questions.models import ServedItem, User
from tests.cast import NOON

API = "/api/v1"
Phone = Callable[[User], APIClient]


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    """Noon, and running; ``clock.shift(seconds)`` goes on."""
    with time_machine.travel(NOON, tick=True) as coordinates:
        yield coordinates


@pytest.fixture
def phone() -> Phone:
    """An API client of this person, signed in by token."""

    def _phone(user: User) -> APIClient:
        browser = Client()
        browser.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        token = browser.session.session_key
        return APIClient(headers={"X-Session-Token": token or ""})

    return _phone


@pytest.fixture
def api(learner: User, phone: Phone) -> APIClient:
    """The learner's phone."""
    return phone(learner)


@pytest.fixture
def anonymous(bank: object) -> APIClient:
    """Nobody's phone."""
    return APIClient()


def operation() -> str:
    """A fresh operation id."""
    return str(uuid.uuid4())


def start(api: APIClient, **body: Any) -> dict[str, Any]:
    """A new session, study unless told otherwise."""
    reply = api.post(f"{API}/sessions", {"mode": "study", "operation_id": operation(), **body})
    assert reply.status_code == 201, reply.json()
    return dict(reply.json())


def places(api: APIClient, session: str) -> list[dict[str, Any]]:
    """The navigator."""
    return list(api.get(f"{API}/sessions/{session}/items").json()["results"])


def answer(api: APIClient, session: str, served: str, response: dict[str, Any], **more: Any) -> Any:
    """Post an answer."""
    body = {"served": served, "response": response, "operation_id": operation(), **more}
    return api.post(f"{API}/sessions/{session}/answers", body)


def row(served: str) -> ServedItem:
    """The served item's row, for the helpers that know what is right."""
    return ServedItem.objects.select_related("version", "session").get(pk=served)


def refusal(reply: Any) -> tuple[int, str, str | None]:
    """(status, code, attr) of a refused request."""
    body = reply.json()
    assert set(body) == {"type", "code", "detail", "retryable", "errors"}, body
    assert body["code"] == body["errors"][0]["code"]
    assert body["detail"] == body["errors"][0]["detail"]
    return reply.status_code, body["code"], body["errors"][0]["attr"]
