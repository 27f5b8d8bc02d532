"""Long logs for tests of monitors and fits: the rows that answering would have left, written in bulk."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from questions import queries
from questions.actions import estimates
from questions.domain import ability, rules
from questions.models import Answer, ItemVersion, LearnerState, PracticeSession, ServedItem, User
from tests.cast import NOON, right, wrong

Truth = Callable[[User, ItemVersion], bool]
"""Whether a learner gets an item right this time."""


def crowd(size: int, name: str = "pupil") -> list[User]:
    """Learners without credentials."""
    people = User.objects.bulk_create(
        User(username=f"{name}-{n}", email=f"{name}-{n}@tea.example") for n in range(size)
    )
    LearnerState.objects.bulk_create(LearnerState(learner=one, updated_at=NOON) for one in people)
    return people


def served_versions() -> list[ItemVersion]:
    """The approved versions, in order."""
    return list(ItemVersion.objects.filter(state="approved").order_by("item__slug"))


def log_answers(
    learner: User,
    truth: Truth,
    *,
    at: datetime,
    rounds: int = 1,
    step: timedelta = timedelta(minutes=1),
    pause: timedelta = timedelta(days=1),
    versions: Sequence[ItemVersion] | None = None,
    engine: str = ability.ENGINE,
    explored: float = 0.0,
    took_ms: int = 9000,
    rng: random.Random | None = None,
) -> list[Answer]:
    """Answers of study to all these versions, ``rounds`` times, judged by ``engine``; the learner's states with them."""
    rng = rng or random.Random(learner.pk)
    versions = served_versions() if versions is None else versions
    exam = queries.current_exam()
    state = LearnerState.objects.get(learner=learner)
    absorbed = estimates.Absorbed(
        state.belief, *estimates.memories_of(learner.memories.all()), state.engine, queries.engines([engine])
    )
    rows: list[Answer] = []
    for number in range(rounds):
        moment = at + number * pause
        session = PracticeSession.objects.create(
            learner=learner, exam=exam, mode=rules.STUDY, length=len(versions), seed=1, operation_id=uuid.uuid4(),
            started_at=moment, state=rules.FINISHED, finished_at=moment, closed_seq=None,
        )  # fmt: skip
        served = [
            ServedItem(
                session=session, position=place, item_id=version.item_id, version=version,
                shown_order=[option.id for option in version.value.options],
                reason={"code": "explore" if rng.random() < explored else "new"},
                item_mean=version.difficulty, item_variance=ability.ITEM_VARIANCE, served_at=moment,
            )
            for place, version in enumerate(versions, start=1)
        ]  # fmt: skip
        for one in ServedItem.objects.bulk_create(served):
            moment += step
            correct = truth(learner, one.version)
            response: dict[str, Any] = right(one) if correct else wrong(one)
            row = Answer(
                served=one, learner=learner, item_id=one.item_id, version=one.version, seq=state.seq + len(rows) + 1,
                shown_order=one.shown_order, response=response, operation_id=uuid.uuid4(), correct=correct,
                right=int(correct), total=1, engine=engine, took_ms=took_ms, received_at=moment,
            )  # fmt: skip
            guess = absorbed.add(row)
            row.predicted, row.offset = guess.p, guess.offset
            row.offset_variance = estimates.learners_part(guess, one.difficulty).variance
            rows.append(row)
    stored = Answer.objects.bulk_create(rows)
    LearnerState.objects.filter(learner=learner).update(
        seq=state.seq + len(rows), updated_at=rows[-1].received_at, **absorbed.columns
    )
    estimates.store_memories(learner, absorbed.memories, absorbed.homes)
    return stored


def skilled(rng: random.Random, spread: float = 1.0, middle: float = 0.4) -> Truth:
    """The model's own truth: abilities around ``middle``, each item as hard as its author says."""
    skills: dict[int, float] = {}

    def truth(learner: User, version: ItemVersion) -> bool:
        skill = skills.setdefault(learner.pk, rng.gauss(middle, spread))
        return rng.random() < ability.sigmoid(skill - version.difficulty)

    return truth
