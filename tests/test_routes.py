"""Every address of the site by every role: who may open what, and that looking writes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from questions.actions import marks, people
from questions.models import Heartbeat, ItemFlag, PracticeSession, User
from tests.cast import NOON, Give, make_user
from tests.routes import ROLES, TABLE, WRITES

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def walk(resolver: Any = None, before: str = "") -> Iterator[str]:
    """Every route of the URLconf as it is written there."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from walk(pattern, before + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield before + str(pattern.pattern)


ROUTES = sorted(set(walk()))


class Site:
    """One visitor of each role, and one object of everything; sessions and answers are the learner's."""

    def __init__(self, mock: PracticeSession):
        self.mock = mock
        self.learner = mock.learner
        self.roles: dict[str, User | None] = {
            "anonymous": None,
            "guest": people.start_guest(now=NOON),
            "learner": self.learner,
            "other": make_user("kim"),
            "instructor": people.make_instructor(make_user("ines")),
            "superuser": make_user("oda", is_staff=True, is_superuser=True),
        }
        served = mock.served.order_by("position").first()
        assert served is not None
        self.arguments = {"session_id": mock.pk, "served_id": served.pk, "position": 1, "stem": "brewing"}

    def sign_in(self, client: Client, role: str) -> Client:
        """The same browser with nothing but a fresh session of this role."""
        client.cookies.clear()
        user = self.roles[role]
        if user is not None:
            client.force_login(user, backend=BACKEND)
        return client

    def address(self, route: str) -> str:
        """An address of this route, which leads to the one object of its kind."""
        table = re.match(r"admin/(questions|auth|account|mfa|usersessions)/(\w+)/", route)
        row = apps.get_model(table[1], table[2])._default_manager.order_by("pk").first() if table else None

        def argument(match: re.Match[str]) -> str:
            name = match[1].split(":")[-1]
            if name in self.arguments:
                return str(self.arguments[name])
            return str(row.pk) if row is not None else "1"

        address = re.sub(r"<([\w:]+)>", argument, route.replace("(?P<", "(<"))
        for pattern, example in REGULAR.items():
            address = address.replace(pattern, example)
        return "/" + address.replace("^", "").replace("$", "")


REGULAR = {
    "(1questions|auth|account|mfa|usersessions)": "questions",
    "(1.*)": "nowhere/at/all",
    "(1[-:\\w]+)": "no-such-key",
    "(1[0-9A-Za-z]+)-(1.+)": "1-no-such-key",
}
"""Regular expressions of the URLconf, once their named groups are numbers, and an example of each."""


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    """The mock exam has just begun."""
    with time_machine.travel(NOON, tick=True):
        yield


@pytest.fixture
def site(mock: PracticeSession, give: Give) -> Site:
    """The site with one of everything in it."""
    served = mock.served.select_related("version", "session").order_by("position").first()
    assert served is not None
    give(served)
    Heartbeat.objects.create(name="worker", at=NOON)
    ItemFlag.objects.create(item_id=served.item_id, kind="misfit", opened_at=NOON)
    marks.report_problem(
        learner=mock.learner, served_id=served.pk, kind="typo", text="", operation_id=mock.operation_id, now=NOON
    )
    built = Site(mock)
    codes = {"seed": "x", "used_mask": 0}
    Authenticator.objects.create(user=built.roles["other"], type=Authenticator.Type.RECOVERY_CODES, data=codes)
    UserSession.objects.create(user=mock.learner, session_key="x", ip="127.0.0.1", user_agent="Tests")
    assert Group.objects.count() == 1
    return built


def outcome(reply: Any) -> str:
    """The status, or ``in`` where the visitor is asked to sign in first."""
    if reply.status_code == 302 and reply["Location"].startswith("/accounts/login/"):
        return "in"
    return str(reply.status_code)


def writes(statements: list[dict[str, str]]) -> list[str]:
    """Those that change rows, with the table."""
    found = []
    for statement in statements:
        match = re.match(r'(INSERT INTO|UPDATE|DELETE FROM) "(\w+)"', statement["sql"])
        if match:
            found.append(f"{match[1].split()[0]} {match[2]}")
    return found


def test_every_route_is_in_the_table_and_the_table_has_no_others():
    assert sorted(TABLE) == ROUTES


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_exactly_its_pages_and_looking_writes_nothing(role: str, site: Site):
    found, written = {}, {}
    client = Client()  # one for all routes: each new one would load the middleware again
    for route in ROUTES:
        address = site.address(route)
        site.sign_in(client, role)
        with CaptureQueriesContext(connection) as captured:
            reply = client.get(address)
        found[route] = outcome(reply)
        if changes := writes(captured.captured_queries):
            written[route] = sorted(set(changes))
    place = ROLES.index(role)
    expected = {route: cells[place] for route, cells in TABLE.items()}
    assert {r: (found[r], expected.get(r)) for r in found if found[r] != expected.get(r)} == {}
    assert written == WRITES.get(role, {})


TOKENLESS = ("_allauth/app/", "api/v1/$")
"""Where no cookie counts: apps send their session's token in a header, which no other site can make a browser do."""


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_on_the_site_takes_a_form_without_its_token(method: str, site: Site):
    """Every route by every writing method, from the browser of somebody who may do everything, without the CSRF token."""
    client = site.sign_in(Client(enforce_csrf_checks=True, raise_request_exception=False), "superuser")
    taken = {}
    for route in ROUTES:
        address = site.address(route)
        with CaptureQueriesContext(connection) as captured:
            status = getattr(client, method)(address, {}, content_type="application/json").status_code
        refused = {400, 401, 405, 409} if f"{route}$".startswith(TOKENLESS) else {403, 405}
        refused |= {404}
        if status not in refused or writes(captured.captured_queries):
            taken[route] = (status, writes(captured.captured_queries))
    assert taken == {}
