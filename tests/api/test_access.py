"""Who may call: by token or by cookie, and nobody without either."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from questions.api.urls import urlpatterns
from questions.models import PracticeSession, User
from tests.api.conftest import API, Phone, operation, refusal
from tests.cast import PASSWORD

OPEN = {"api-schema", "api-docs", "api-unknown"}
ARGUMENTS = {"session_id": uuid.UUID(int=1), "served_id": uuid.UUID(int=2), "stem": "brewing", "notice_id": 1}


def routes() -> Iterator[tuple[str, str]]:
    """(method, address) of every operation that needs somebody."""
    for pattern in urlpatterns:
        if pattern.name in OPEN:
            continue
        needed = {name: ARGUMENTS[name] for name in pattern.pattern.converters}
        view: Any = pattern.callback
        for method in ("get", "post", "put", "patch", "delete"):
            if hasattr(view.view_class, method):
                yield method, reverse(pattern.name, kwargs=needed)


def test_anonymous_callers_get_401_everywhere(anonymous: APIClient):
    found = list(routes())
    assert len(found) == 27
    for method, address in found:
        reply = getattr(anonymous, method)(address, {})
        assert refusal(reply) == (401, "not_authenticated", None), (method, address)
        assert reply["WWW-Authenticate"] == "X-Session-Token"


def test_a_token_that_is_of_no_use_gets_401(bank: object):
    for token in ("x", "a" * 32, "a" * 5000, "' OR 1=1 --"):
        stranger = APIClient(headers={"X-Session-Token": token})
        assert refusal(stranger.get(f"{API}/tags")) == (401, "authentication_failed", None)


def test_a_token_ends_with_its_session_and_with_the_account(learner: User, phone: Phone):
    api = phone(learner)
    assert api.get(f"{API}/tags").status_code == 200
    User.objects.filter(pk=learner.pk).update(is_active=False)
    assert refusal(api.get(f"{API}/tags")) == (401, "authentication_failed", None)
    User.objects.filter(pk=learner.pk).update(is_active=True)
    learner.set_password("a-cup-of-tea-at-midnight")
    learner.save()
    assert refusal(api.get(f"{API}/tags")) == (401, "authentication_failed", None)


@pytest.mark.parametrize("who", ["learner", "guest"])
def test_a_browser_calls_by_cookie_and_writes_with_its_csrf_token(who: str, request: pytest.FixtureRequest):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(request.getfixturevalue(who), backend="allauth.account.auth_backends.AuthenticationBackend")
    body = {"mode": "study", "operation_id": operation()}
    assert browser.get(f"{API}/tags").status_code == 200
    without = browser.post(f"{API}/sessions", body, content_type="application/json")
    assert refusal(without) == (403, "permission_denied", None)
    assert PracticeSession.objects.count() == 0
    browser.cookies["csrftoken"] = token = "c" * 32
    headers = {"X-CSRFToken": token}
    with_it = browser.post(f"{API}/sessions", body, content_type="application/json", headers=headers)
    assert with_it.status_code == 201


def test_an_app_signs_up_and_practises(bank: object):
    app = APIClient()
    account = {"email": "ada@tea.example", "password": "a-cup-of-tea-at-noon"}
    reply = app.post("/_allauth/app/v1/auth/signup", account)
    assert reply.status_code == 200, reply.json()
    token = reply.json()["meta"]["session_token"]
    api = APIClient(headers={"X-Session-Token": token})
    assert api.post(f"{API}/sessions", {"mode": "study", "operation_id": operation()}).status_code == 201


def test_an_app_signs_in_and_out(learner: User):
    app = APIClient()
    reply = app.post("/_allauth/app/v1/auth/login", {"email": learner.email, "password": PASSWORD})
    assert reply.status_code == 200, reply.json()
    api = APIClient(headers={"X-Session-Token": reply.json()["meta"]["session_token"]})
    assert api.get(f"{API}/progress").status_code == 200
    assert api.delete("/_allauth/app/v1/auth/session").status_code == 401  # as its specification has it
    assert refusal(api.get(f"{API}/progress")) == (401, "authentication_failed", None)


def test_answers_of_the_api_stay_out_of_caches_and_tell_the_time(api: APIClient):
    reply = api.get(f"{API}/progress")
    assert set(reply["Cache-Control"].split(", ")) == {"private", "no-store"}
    assert int(reply["Server-Time"]) > 0
    assert uuid.UUID(reply["Request-Id"])
