"""How a finished session went."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from questions.domain import rules
from questions.models import (
    PracticeSession,
    RefusedAnswer,
)
from questions.queries.bank import tag_names
from questions.queries.served import is_blank, newest_answer


@dataclass(frozen=True, slots=True)
class Share:
    """Right answers out of a group of questions."""

    slug: str
    title: str
    correct: int
    total: int

    @property
    def percent(self) -> int:
        """Whole percent, rounded down: a score never looks better than it is."""
        return 100 * self.correct // self.total if self.total else 0


@dataclass(frozen=True, slots=True)
class ResultItem:
    """One question of a result."""

    id: UUID
    position: int
    ask: str
    correct: bool
    answered: bool
    flagged: bool


@dataclass(frozen=True, slots=True)
class Result:
    """How a finished session went. Sections are the exam guide's tasks. A mock exam is held against the pass line, study is
    not. ``late`` counts answers that came after the end and are kept without counting.
    """

    session: PracticeSession
    overall: Share
    by_domain: tuple[Share, ...]
    by_section: tuple[Share, ...]
    by_tag: tuple[Share, ...]
    items: tuple[ResultItem, ...]
    pass_percent: int | None
    pass_note: str
    finished_at: datetime
    took: timedelta
    late: int
    withdrawn: int = 0


def result_of(session: PracticeSession, *, now: datetime) -> Result:
    """The result from the log of answers; Refusal ``not-finished`` while the session runs."""
    sitting = session.sitting
    if not rules.is_over(sitting, now):
        raise rules.Refusal("not-finished", "The result is there when the session is finished.")
    rows: Any = (
        session.served.order_by("position")
        .select_related("version")
        .annotate(
            newest_response=newest_answer("response"),
            newest_correct=newest_answer("correct"),
        )
    )
    names = tag_names()
    blueprint = session.exam.format["domains"]
    domains = {domain["slug"]: domain["title"] for domain in blueprint}
    tasks = {str(task["id"]): f"{task['id']} {task['title']}" for domain in blueprint for task in domain["tasks"]}
    by_domain: dict[str, list[bool]] = defaultdict(list)
    by_section: dict[str, list[bool]] = defaultdict(list)
    by_tag: dict[str, list[bool]] = defaultdict(list)
    items = []
    withdrawn = 0
    for row in rows:
        if row.withdrawn_at is not None:
            withdrawn += 1
            continue
        answered = not is_blank(row.newest_response)
        right = answered and bool(row.newest_correct)
        by_domain[row.version.domain].append(right)
        by_section[row.version.value.task].append(right)
        for slug in row.version.tag_slugs:
            by_tag[slug].append(right)
        ask = row.version.value.ask
        items.append(ResultItem(row.pk, row.position, ask, right, answered, row.flagged_at is not None))
    finished_at = rules.finish_time(sitting, now)
    return Result(
        session=session,
        overall=Share("", "All questions", sum(item.correct for item in items), len(items)),
        by_domain=tuple(_shares(by_domain, domains)),
        by_section=tuple(_shares(by_section, tasks)),
        by_tag=tuple(sorted(_shares(by_tag, names), key=lambda share: (share.percent, share.slug))),
        items=tuple(items),
        pass_percent=int(session.exam.format["pass_percent"]) if session.mode == rules.MOCK else None,
        pass_note=str(session.exam.format["pass_note"]) if session.mode == rules.MOCK else "",
        finished_at=finished_at,
        took=finished_at - session.started_at,
        late=RefusedAnswer.objects.filter(served__session=session, served__withdrawn_at=None).count(),
        withdrawn=withdrawn,
    )


def _shares(groups: dict[str, list[bool]], names: dict[str, str]) -> list[Share]:
    return [Share(slug, names.get(slug, slug), sum(marks), len(marks)) for slug, marks in sorted(groups.items())]
