"""The live server of browser tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler


@pytest.fixture(scope="session", autouse=True)
def _static_files_from_their_sources() -> Iterator[None]:
    """The live server knows only the stock staticfiles app, by its name; the site's own is a subclass of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.test.testcases._StaticFilesHandler", StaticFilesHandler)
        yield
