"""Learners' logs as other engines and monitors read them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from questions.domain.memory import grade
from questions.domain.memory_log import Review
from questions.domain.shadow import Trial
from questions.models import Answer

EXPLORED = Q(served__reason__code="explore") | Q(served__reason__explore=True)
"""Condition on answers: the item was drawn at random, so that what is measured on it is not bent by the choice."""


def trials_of(answers: Iterable[Answer]) -> list[Trial]:
    """A learner's log, in the order in which it counts, with ``served`` and ``version`` loaded."""
    seen: set[int] = set()
    found = []
    for answer in answers:
        found.append(
            Trial(
                answer.pk,
                answer.received_at.timestamp(),
                str(answer.item_id),
                tuple(answer.version.tag_slugs),
                answer.served.difficulty,
                answer.correct,
                answer.item_id in seen,
            )
        )
        seen |= {answer.item_id, answer.served.stands_for_id or answer.item_id}
    return found


def reviews_of(learner: Any, answers: Iterable[Answer]) -> list[Review]:
    """The same log as reviews of memories: an item asked in another's place reviews that one's."""
    return [
        Review(
            learner=str(learner),
            item=str(answer.served.stands_for_id or answer.item_id),
            at=answer.received_at.timestamp(),
            rating=grade(correct=answer.correct, unsure=answer.confidence == "unsure"),
            took=answer.took_ms,
            unsure=answer.confidence == "unsure",
        )
        for answer in answers
    ]
