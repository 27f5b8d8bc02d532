"""The live server of browser tests."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connections
from django.utils import timezone
from playwright.sync_api import Browser, Page

from questions.actions import sessions
from questions.models import PracticeSession, User
from tests.browser.test_looks import signed_in


@pytest.fixture(scope="session", autouse=True)
def _static_files_from_their_sources() -> Iterator[None]:
    """The live server knows only the stock staticfiles app, by its name; the site's own is a subclass of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.test.testcases._StaticFilesHandler", StaticFilesHandler)
        yield


@pytest.fixture(scope="session", autouse=True)
def _connections_for_one_request() -> Iterator[None]:
    """The live server's threads leave no connection behind that keeps the test database from being dropped."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
        yield


@pytest.fixture
def running(learner: User) -> PracticeSession:
    """A mock exam that has just begun and asks every kind of question."""
    return sessions.start_mock(learner=learner, operation_id=uuid.UUID(int=5), now=timezone.now())


@pytest.fixture
def tab(browser: Browser, live_server: Any, learner: User) -> Iterator[Page]:
    """A tab of the learner, in which no script may fail."""
    complaints: list[str] = []
    page = signed_in(browser, live_server, learner)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert complaints == []
    page.context.close()
