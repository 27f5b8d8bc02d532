"""The workshop with an instructor in it."""

from __future__ import annotations

import pytest

from questions.models import User
from tests.admin.desk import Desk
from tests.cast import make_user


@pytest.fixture
def desk(instructor: User) -> Desk:
    """The instructor's browser, signed in."""
    return Desk(instructor)


@pytest.fixture
def operator(bank: object) -> User:
    """Somebody who may do everything that anybody may."""
    return make_user("oda", is_staff=True, is_superuser=True)
