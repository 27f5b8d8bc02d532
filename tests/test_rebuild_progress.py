"""``manage.py rebuild_progress``: in parallel, by learner, to the last bit, and with an exit code for those who only look."""

from __future__ import annotations

import io
import random
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from questions.actions import engine, estimates
from questions.management.commands import rebuild_progress
from questions.models import LearnerState, MemoryState, User
from tests.actions.test_engine import BOLD, approved
from tests.actions.test_estimates import practise_at_random
from tests.cast import NOON, Give, make_user

pytestmark = pytest.mark.django_db(transaction=True)


def run(**options: Any) -> str:
    """What it prints."""
    said = io.StringIO()
    call_command("rebuild_progress", stdout=said, **options)
    return said.getvalue()


def stored() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (LearnerState, MemoryState)]


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two learners a batch, so that there is something to share out."""
    monkeypatch.setattr(rebuild_progress, "BATCH", 2)
    monkeypatch.setattr(rebuild_progress, "OFTEN", 2)


@pytest.fixture
def people(bank: object, give: Give) -> list[User]:
    """Five learners with a history over a change of engine."""
    found = [make_user(f"pupil-{n}") for n in range(5)]
    for number, learner in enumerate(found):
        practise_at_random(learner, give, random.Random(number), days=1)
        if number == 2:
            engine.make_champion(approved(BOLD), by=None, now=NOON)
        practise_at_random(learner, give, random.Random(9 + number), days=1)
    return found


@pytest.mark.parametrize("workers", [1, 3])
def test_what_is_sound_stays_as_it_is(people: list[User], workers: int) -> None:
    for learner in people:
        estimates.rebuild_progress(learner, now=NOON)
    before = stored()
    assert run(workers=workers, check=True).endswith("5 learners replayed, 0 differ from the log.\n")
    assert run(workers=workers).endswith("5 learners replayed, 0 differed from the log and were mended.\n")
    assert stored() == before


@pytest.mark.parametrize("workers", [1, 3])
def test_what_differs_is_named_and_mended_or_only_told(people: list[User], workers: int) -> None:
    LearnerState.objects.filter(learner=people[1]).update(beliefs={})
    MemoryState.objects.filter(learner=people[4]).update(stability=77.0)
    broken = stored()
    with pytest.raises(CommandError) as failed:
        run(workers=workers, check=True)
    assert failed.value.returncode == 1
    assert stored() == broken
    said = run(workers=workers)
    assert "pupil-1: what is stored does not follow from the log." in said
    assert "pupil-4: what is stored does not follow from the log." in said
    assert "2 of 5 learners, 1 differed." in said
    assert said.endswith("5 learners replayed, 2 differed from the log and were mended.\n")
    assert run(workers=workers, check=True).endswith("5 learners replayed, 0 differ from the log.\n")


def test_one_learner_alone(people: list[User]) -> None:
    LearnerState.objects.filter(learner__in=people[:2]).update(beliefs={})
    assert run(learner="pupil-0") == (
        "pupil-0: what is stored does not follow from the log.\n"
        "1 learners replayed, 1 differed from the log and were mended.\n"
    )
    with pytest.raises(CommandError):
        run(check=True, workers=1)


def test_without_a_worker_there_is_nobody_to_do_it(bank: object) -> None:
    with pytest.raises(CommandError, match="at least 1"):
        run(workers=0)
