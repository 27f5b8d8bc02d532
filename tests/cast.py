"""One cast of people and one small bank for all tests."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.core.management.color import no_style
from django.db import connection

from questions.actions import answer, people, sessions
from questions.actions.bank import load_bank, read_bank_files
from questions.models import (
    Answer,
    Exam,
    Fact,
    Item,
    ItemVersion,
    LearnerState,
    NoteFile,
    NoteSection,
    PracticeSession,
    ReviewEvent,
    SearchText,
    ServedItem,
    Tag,
    User,
)
from questions.queries import Answered

TEST_BANK = Path(__file__).parent / "bank"
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
"""When tests begin that pass the clock themselves."""
PASSWORD = "a-cup-of-tea-at-noon"


def make_user(name: str, **columns: Any) -> User:
    """A user who can sign in by e-mail, with a learner's state."""
    from allauth.account.models import EmailAddress

    email = f"{name}@tea.example"
    user = User.objects.create(username=name, email=email, password=_password_hash(), **columns)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    LearnerState.objects.create(learner=user, updated_at=NOON)
    return user


@cache
def _password_hash() -> str:
    return make_password(PASSWORD)  # slow on purpose, so made once


LOADED: list[type[Any]] = [
    Exam, Tag, Fact, NoteFile, NoteSection, Item, Item.tags.through, ItemVersion, ReviewEvent, SearchText,
]  # fmt: skip
_rows_of_bank: list[tuple[type[Any], list[Any]]] = []


@pytest.fixture
def bank(db: None) -> Exam:
    """The test bank, loaded: 8 items of all kinds, three tags, two covered domains.

    It is loaded once; later tests get the same rows back in a few statements.
    """
    if not _rows_of_bank:
        load_bank(read_bank_files(TEST_BANK), now=NOON)
        _rows_of_bank.extend((model, list(model.objects.order_by("pk"))) for model in LOADED)
        return Exam.objects.get()
    for model, rows in _rows_of_bank:
        model.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), LOADED):
            cursor.execute(statement)
    return Exam.objects.get()


@pytest.fixture
def learner(bank: Exam) -> User:
    """Somebody who practises."""
    return make_user("robin")


@pytest.fixture
def other(bank: Exam) -> User:
    """Another learner, to whom nothing of the first one's belongs."""
    return make_user("kim")


@pytest.fixture
def instructor(bank: Exam) -> User:
    """Somebody who authors and reviews."""
    return people.make_instructor(make_user("ines"))


@pytest.fixture
def guest(bank: Exam) -> User:
    """A learner without an account."""
    return people.start_guest(now=NOON)


@pytest.fixture
def study(learner: User) -> PracticeSession:
    """A study session over the whole test bank, just started, with its first item served."""
    return sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON, length=8)


@pytest.fixture
def mock(learner: User) -> PracticeSession:
    """A running mock exam of six items and twelve minutes; this operation's seed draws all four kinds of item."""
    return sessions.start_mock(learner=learner, operation_id=uuid.UUID(int=5), now=NOON, form="full")


def right(served: ServedItem) -> dict[str, Any]:
    """The right response to a served item."""
    item = served.version.value
    return {"pairs": item.pairs} if item.prompts else {"options": list(item.keys)}


def wrong(served: ServedItem) -> dict[str, Any]:
    """A complete response that is wrong."""
    item = served.version.value
    if item.prompts:
        prompts, options = list(item.pairs), list(item.pairs.values())
        return {"pairs": dict(zip(prompts, options[1:] + options[:1], strict=True))}
    if item.kind == "ordering":
        return {"options": list(reversed(item.keys))}
    distractors = [option.id for option in item.options if option.id not in item.keys]
    return {"options": distractors[: item.select_count]}


Give = Callable[..., Answered]


@pytest.fixture
def give() -> Give:
    """Give an answer: ``give(served)`` right, ``give(served, wrong(served))`` wrong, at any time."""

    def _give(
        served: ServedItem,
        response: dict[str, Any] | None = None,
        *,
        at: datetime = NOON + timedelta(minutes=1),
        operation_id: uuid.UUID | None = None,
        learner: User | None = None,
        **more: Any,
    ) -> Answered:
        return answer.record_answer(
            learner=learner or served.session.learner,
            served_id=served.pk,
            response=right(served) if response is None else response,
            operation_id=operation_id or uuid.uuid4(),
            received_at=at,
            **more,
        )

    return _give


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Do all of them at the same moment, each in a thread of its own; what each returned or raised, in order.

    The test that calls it is marked ``django_db(transaction=True)``, so that the threads see its rows.
    """
    start = threading.Barrier(len(deeds))
    results: list[Any] = [None] * len(deeds)

    def run(place: int, deed: Callable[[], Any]) -> None:
        try:
            start.wait(timeout=30)
            results[place] = deed()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def answers_of(learner: User) -> list[Answer]:
    """A learner's log in the order in which it was written."""
    return list(Answer.objects.filter(learner=learner).order_by("seq"))
