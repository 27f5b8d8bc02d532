"""What every response carries, and what supervisors ask."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client, RequestFactory
from django.utils import timezone

from questions.models import Heartbeat
from questions.web import health
from questions.web.middleware import ReceivedAt, RequestLog


def test_a_response_tells_the_servers_clock_and_the_requests_id(client: Client) -> None:
    before = timezone.now()
    first, second = client.get("/healthz"), client.get("/healthz", headers={"X-Request-ID": "chosen-by-client"})
    told = datetime.fromtimestamp(int(first["Server-Time"]) / 1000, UTC)
    assert before - timedelta(milliseconds=1) <= told <= timezone.now()
    assert re.fullmatch(r"[0-9a-f-]{36}", first["Request-Id"])
    assert second["Request-Id"] not in (first["Request-Id"], "chosen-by-client")


def test_the_moment_of_arrival_is_an_aware_utc_time_that_waiting_does_not_move() -> None:
    seen = []

    def view(request):
        seen.append(request.received_at)
        return health.healthz(request)

    before = timezone.now()
    ReceivedAt(view)(RequestFactory().get("/healthz"))
    assert before <= seen[0] <= timezone.now()
    assert seen[0].utcoffset() == timedelta(0)


@pytest.mark.django_db
def test_every_page_carries_the_headers_that_bind_a_browser(client: Client) -> None:
    page = client.get("/accounts/login/")
    policy = dict(directive.split(" ", 1) for directive in page["Content-Security-Policy"].split("; "))
    assert policy == {
        "default-src": "'self'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    assert page["X-Frame-Options"] == "DENY"
    assert page["X-Content-Type-Options"] == "nosniff"
    assert page["Referrer-Policy"] == "same-origin"
    assert page["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in page["Permissions-Policy"]


@pytest.mark.django_db
def test_health_asks_nothing_of_the_database_and_readiness_tells_of_the_worker(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/healthz").content == b"ok\n"
    assert client.get("/readyz").json() == {"ready": True, "worker_silent_for": None}
    Heartbeat.objects.create(name="worker", at=timezone.now() - timedelta(seconds=90))
    told = client.get("/readyz").json()
    assert told["ready"] is True
    assert 90 <= told["worker_silent_for"] <= 92
    with django_assert_num_queries(1):
        client.get("/readyz")


@pytest.mark.django_db
def test_a_database_that_is_away_or_older_than_the_code_is_not_ready(client, monkeypatch):
    monkeypatch.setattr(health, "_pending_migrations", lambda: 3)
    behind = client.get("/readyz")
    assert (behind.status_code, behind.json()) == (503, {"ready": False, "why": "3 migrations to apply"})

    def away() -> int:
        raise OperationalError("connection refused by 10.1.2.3")

    monkeypatch.setattr(health, "_pending_migrations", away)
    lost = client.get("/readyz")
    assert lost.status_code == 503
    assert lost.json() == {"ready": False, "why": "The database does not answer: OperationalError"}


def test_health_may_only_be_read(client: Client) -> None:
    assert [client.post(path).status_code for path in ("/healthz", "/readyz")] == [405, 405]


def test_the_log_names_the_route_and_not_what_stands_in_the_address(client: Client) -> None:
    request = RequestFactory().get("/accounts/password/reset/key/1-secret/?email=somebody@example.org")
    assert RequestLog.format_request(request) == "GET /accounts/password/reset/key/1-secret/"
    from django.urls import resolve

    request.resolver_match = resolve(request.path)
    assert "secret" not in RequestLog.format_request(request)
    assert "somebody" not in RequestLog.format_request(request)


def test_the_tests_run_on_the_database_that_was_asked_for() -> None:
    import os

    expected = "sqlite" if os.environ.get("TEST_DATABASE") == "sqlite" else "postgresql"
    assert connection.vendor == expected or "TEST_DATABASE_URL" in os.environ
