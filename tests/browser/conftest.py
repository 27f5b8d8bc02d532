"""The live server of browser tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connections


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
