"""What every test may use. The people and things that tests speak of stand in ``tests/cast.py``."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache

from questions.domain import selection

pytest_plugins = ["tests.cast"]


def pytest_configure() -> None:
    """Tests sign many people up; a hash that is slow on purpose would be most of their time."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _forgetful_cache() -> Iterator[None]:
    """Rate limits that one test used up do not reach the next."""
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _nothing_by_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """No question is chosen by chance alone, but where a test asks for it: sessions are seeded by operation ids."""
    monkeypatch.setattr(selection, "EXPLORATION", 0.0)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium, quiet: without its own network traffic, and without a sandbox only for root."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.fail("There is no Chromium. `make test` as root installs Debian's package.", pytrace=False)
    quiet = [
        "--disable-quic",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ]
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": program, "args": [*quiet, *sandbox]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any], live_server: Any) -> dict[str, Any]:
    """Pages open on the site under test: ``page.goto("/")`` is its front page."""
    return {**browser_context_args, "base_url": live_server.url, "locale": "en-GB", "timezone_id": "UTC"}
