"""The study notes, and how a learner stands on each of their sections."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, FilteredRelation, OuterRef, Q, Subquery

from questions.domain import rules
from questions.models import Answer, ItemVersion, ServedItem, User


@dataclass(frozen=True, slots=True)
class KeptBack:
    """What may not be told of a learner's own history now.

    ``items`` are those whose key would be told too early: they wait in a session, or their feedback does. ``sessions`` are
    those whose answers may not be judged yet: a running mock exam, or study with its feedback at the end.
    """

    items: frozenset[int]
    sessions: frozenset[UUID]


def kept_back(learner: User, now: datetime) -> KeptBack:
    """What the rules keep back from a learner now. One statement, whatever the history."""
    answered = Answer.objects.filter(served=OuterRef("pk"))
    rows = (
        ServedItem.objects.filter(session__learner=learner, session__state=rules.OPEN)
        .annotate(answered=Exists(answered))
        .values_list(
            "item_id",
            "answered",
            "session_id",
            "session__mode",
            "session__state",
            "session__started_at",
            "session__deadline",
            "session__finished_at",
            "session__feedback",
        )
    )
    items, sessions = set(), set()
    for item, is_answered, session, mode, state, started_at, deadline, finished_at, feedback in rows:
        sitting = rules.Sitting(mode, state, started_at, deadline, finished_at, feedback)
        if not rules.reveals_feedback(sitting, now, answered=is_answered):
            items.add(item)
        if not rules.reveals_feedback(sitting, now, answered=True):
            sessions.add(session)
    return KeptBack(frozenset(items), frozenset(sessions))


def told_answers(learner: User, kept: KeptBack, **about: Any) -> Any:
    """The learner's answers whose verdict may be told, newest first."""
    told = Answer.objects.filter(learner=learner, **about).order_by("-seq")
    return told.exclude(served__session__in=kept.sessions) if kept.sessions else told


@dataclass(frozen=True, slots=True)
class Standing:
    """Of the approved questions on a passage: how many were answered, were right the last time, and are due now."""

    items: int = 0
    answered: int = 0
    right: int = 0
    due: int = 0

    def __add__(self, other: Standing) -> Standing:
        """Both passages together."""
        return Standing(
            self.items + other.items, self.answered + other.answered, self.right + other.right, self.due + other.due
        )

    @property
    def answered_percent(self) -> int:
        """Share of the questions that were answered, in percent."""
        return 100 * self.answered // self.items if self.items else 0

    @property
    def right_percent(self) -> int:
        """Share of the questions that were right the last time, in percent."""
        return 100 * self.right // self.items if self.items else 0


def section_standings(learner: User | None, now: datetime, stem: str = "") -> dict[int, Standing]:
    """How a learner stands on each section of a note, or of all notes, by the section's id; a visitor has answered nothing.

    Sections without questions are not among them. Two statements, one for a visitor, whatever the history. What an open mock
    exam holds counts when it is over, as everywhere.
    """
    versions = ItemVersion.objects.filter(state=ItemVersion.APPROVED, section__note__in_bank=True)
    if stem:
        versions = versions.filter(section__note__stem=stem)
    found: dict[int, Standing] = {}
    if learner is None:
        for section in versions.values_list("section_id", flat=True):
            found[section] = found.get(section, Standing()) + Standing(1)
        return found
    newest = told_answers(learner, kept_back(learner, now), item=OuterRef("item"))
    rows = versions.annotate(
        known=FilteredRelation("item__memories", condition=Q(item__memories__learner=learner)),
        last=Subquery(newest.values("seq")[:1]),
        right=Subquery(newest.values("correct")[:1]),
    ).values_list("item_id", "section_id", "known__due", "known__home_id", "last", "right")
    standings = {row[0]: _Item(*row[1:]) for row in rows}
    for item in standings.values():
        home = standings.get(item.home or 0)
        # Asked in another one's place, a question speaks for that one: the newer verdict counts for both.
        if home is not None and item.last is not None and (home.last is None or item.last > home.last):
            home.last, home.right = item.last, item.right
    for item in standings.values():
        own = Standing(
            items=1,
            answered=int(item.last is not None),
            right=int(bool(item.right)),
            due=int(item.home is None and item.due is not None and item.due <= now),
        )
        found[item.section] = found.get(item.section, Standing()) + own
    return found


@dataclass(slots=True)
class _Item:
    """A question as the learner stands to it."""

    section: int
    due: datetime | None
    home: int | None
    last: int | None
    right: bool | None


def together(standings: Iterable[Standing]) -> Standing:
    """How a learner stands on several passages as one."""
    return sum(standings, Standing())
