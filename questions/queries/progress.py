"""How a learner stands by tag, and what runs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import (
    Count,
)

from questions.domain import ability, rules
from questions.domain.ability import Belief
from questions.models import (
    ItemVersion,
    MemoryState,
    PracticeSession,
    User,
)
from questions.queries.bank import tag_names
from questions.queries.engine import known_of


@dataclass(frozen=True, slots=True)
class TagProgress:
    """How a learner stands on one tag. Percentages are the chance (0-100) of a right answer to a middling question."""

    slug: str
    name: str
    answered: int
    correct: int
    ability_percent: int
    low: int
    high: int
    last_seen: datetime | None
    due: int
    items: int

    @property
    def is_new(self) -> bool:
        """True while no answer tells anything of this tag."""
        return self.answered == 0


def progress_by_tag(learner: User, now: datetime, belief: Belief | None = None) -> list[TagProgress]:
    """Every tag of the bank, weakest first, untouched ones last. Four statements, whatever the history; three where the
    ``belief`` is known already.
    """
    belief = belief or known_of(learner).belief
    due: dict[str, int] = defaultdict(int)
    due_items = set(
        MemoryState.objects.filter(learner=learner, home=None, due__lte=now).values_list("item_id", flat=True)
    )
    count: dict[str, int] = defaultdict(int)
    approved = ItemVersion.objects.filter(state=ItemVersion.APPROVED).values_list("item_id", "tag_slugs")
    for item, slugs in approved:
        for slug in slugs:
            count[slug] += 1
            due[slug] += item in due_items
    rows = []
    for slug, name in tag_names().items():
        known, mastery = belief.tag(slug), ability.mastery(belief, slug)
        rows.append(
            TagProgress(
                slug=slug,
                name=name,
                answered=known.answered,
                correct=known.correct,
                ability_percent=round(100 * mastery.p),
                low=round(100 * mastery.low),
                high=round(100 * mastery.high),
                last_seen=datetime.fromtimestamp(known.last, tz=now.tzinfo) if known.last else None,
                due=due[slug],
                items=count[slug],
            )
        )
    return sorted(rows, key=lambda row: (row.is_new, row.ability_percent, row.slug))


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session to go on with."""

    session: PracticeSession
    answered: int
    total: int
    remaining: timedelta | None


def running_mock(learner: User, now: datetime) -> PracticeSession | None:
    """The mock exam whose clock runs, if one does. One statement."""
    rows = PracticeSession.objects.filter(learner=learner, mode=rules.MOCK, state=rules.OPEN).select_related("exam")
    return next((row for row in rows if not rules.is_over(row.sitting, now)), None)


def open_sessions(learner: User, now: datetime) -> list[OpenSession]:
    """Sessions that still run, newest first. One whose time is up is not among them, closed or not."""
    rows = (
        PracticeSession.objects.filter(learner=learner, state=rules.OPEN)
        .select_related("exam")
        .annotate(done=Count("served__answers__served", distinct=True))
        .order_by("-started_at")
    )
    running = [row for row in rows if not rules.is_over(row.sitting, now)]
    return [OpenSession(row, row.done, row.length, row.deadline - now if row.deadline else None) for row in running]
