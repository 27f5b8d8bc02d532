"""Noon, and a browser for each person."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.core.cache import cache

from questions.models import PracticeSession, User
from tests.cast import NOON
from tests.web.pages import Page, Visitor


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    """Noon, and running; ``clock.shift(seconds)`` goes on."""
    with time_machine.travel(NOON, tick=True) as coordinates:
        cache.clear()  # the counters of the rate limits
        yield coordinates


@pytest.fixture
def visitor(learner: User) -> Visitor:
    """The learner's browser, signed in."""
    return Visitor(learner)


@pytest.fixture
def stranger(bank: object) -> Visitor:
    """Somebody whom the site does not know."""
    return Visitor()


@pytest.fixture
def first_question(visitor: Visitor, study: PracticeSession) -> Page:
    """The first question of a running study session."""
    return visitor.get(f"/sessions/{study.pk}/")


@pytest.fixture
def exam_page(visitor: Visitor, mock: PracticeSession) -> Page:
    """The first question of a running mock exam."""
    return visitor.get(f"/sessions/{mock.pk}/")
