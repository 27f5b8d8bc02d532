"""First-sight answers in the order in which they began to count: what item difficulties are estimated from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from questions.domain import rules
from questions.domain.ability import ITEM_VARIANCE, Gauss
from questions.domain.difficulty import Sight
from questions.models import Answer
from questions.queries.served import is_blank

CHUNK = 2000


@dataclass(frozen=True, slots=True)
class LoggedSight:
    """A first sight and its answer. Where it is not ``told`` in the log, what the sight believes of the learner is made up."""

    at: datetime
    answer: int
    sight: Sight
    told: bool


def counted(after: datetime | None, before: datetime) -> QuerySet[Answer]:
    """Answers that began to count in [after, before): of study when they were received, of a mock exam when it ended."""
    study, mock = Q(served__session__mode=rules.STUDY), Q(served__session__mode=rules.MOCK)
    study &= Q(received_at__lt=before)
    mock &= Q(served__session__state=rules.FINISHED, served__session__finished_at__lt=before, served__withdrawn_at=None)
    if after is not None:
        study &= Q(received_at__gte=after)
        mock &= Q(served__session__finished_at__gte=after)
    return Answer.objects.filter(study | mock)


COLUMNS = (
    "id", "learner_id", "item_id", "served_id", "revision", "response", "correct", "offset", "offset_variance",
    "received_at", "served__session__mode", "served__session__finished_at", "version__tag_slugs", "version__difficulty",
)  # fmt: skip


def first_sights(after: datetime | None, before: datetime) -> list[LoggedSight]:
    """Each learner's final answer at first sight of each item that began to count in [after, before), in that order.

    An item that was first answered "I don't know" has had its first sight, and tells nothing of its difficulty.
    """
    newest: dict[Any, tuple[Any, ...]] = {}
    for row in counted(after, before).order_by("revision").values_list(*COLUMNS).iterator(chunk_size=CHUNK):
        newest[row[3]] = row
    rows = []
    for row in newest.values():
        mock = row[10] == rules.MOCK
        if not (mock and is_blank(row[5])):  # cleared in the end: not answered at all
            rows.append((row[11] if mock else row[9], *row))
    rows.sort(key=lambda row: row[:2])
    seen = _seen_before(after, {row[2] for row in rows}, {row[3] for row in rows}) if after is not None else set()
    found = []
    for at, answer, learner, item, _, _, response, correct, offset, variance, *rest in rows:
        if (learner, item) in seen:
            continue
        seen.add((learner, item))
        if is_blank(response):
            continue
        tags, difficulty = rest[-2:]
        told = offset is not None and variance is not None
        believed = Gauss(offset, variance) if told else Gauss()
        sight = Sight(learner, item, tuple(tags), believed, correct, Gauss(difficulty, ITEM_VARIANCE))
        found.append(LoggedSight(at, answer, sight, told))
    return found


def _seen_before(moment: datetime, learners: set[int], items: set[int]) -> set[tuple[int, int]]:
    """Pairs of learner and item that had been answered by then."""
    if not learners:
        return set()
    answered = counted(None, moment).filter(learner__in=learners, item__in=items).order_by("revision")
    newest: dict[Any, tuple[int, int, bool]] = {}
    columns = ("served_id", "learner_id", "item_id", "response", "served__session__mode")
    for served, learner, item, response, mode in answered.values_list(*columns).iterator(chunk_size=CHUNK):
        newest[served] = (learner, item, mode == rules.STUDY or not is_blank(response))
    return {(learner, item) for learner, item, counts in newest.values() if counts}
