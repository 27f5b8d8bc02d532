"""How a finished session went."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from questions.domain import history, rules
from questions.models import (
    Answer,
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


MOST_REVISIONS = 5000
"""Stored answers of one session that are looked at: a mock exam saves every click, and that is more than anybody makes."""


@dataclass(frozen=True, slots=True)
class Course:
    """How a finished session ran. Keys are positions; ``seconds`` is the time of each question, ``changed`` how its first
    complete answer became its last one, ``pace`` (seconds, questions answered by then), ``confusions`` (chosen, right, times).
    ``minutes`` is the time allowed, None in study.
    """

    seconds: dict[int, float]
    changed: dict[int, str]
    pace: list[tuple[float, int]]
    confusions: list[tuple[str, str, int]]
    minutes: float | None
    seconds_each: float

    def count(self, way: str) -> int:
        """How many answers changed this way."""
        return sum(changed == way for changed in self.changed.values())


def course_of(session: PracticeSession) -> Course:
    """How a session that is over ran, from every stored revision of its answers. One statement."""
    rows = (
        Answer.objects.filter(served__session=session, served__withdrawn_at=None)
        .order_by("received_at", "id")
        .values_list(
            "served__position",
            "served__served_at",
            "received_at",
            "took_ms",
            "response",
            "total",
            "correct",
            "chosen_concept",
            "version__concept",
        )[:MOST_REVISIONS]
    )
    answers, taken = [], {}
    for position, served_at, at, took, response, total, correct, chosen, concept in rows:
        parts = response.get("options") or response.get("pairs") or ()
        answers.append(
            history.Given(
                question=position,
                at=(at - session.started_at).total_seconds(),
                began=(served_at - session.started_at).total_seconds(),
                took=None if took is None else took / 1000,
                correct=correct,
                complete=len(parts) == total,
                blank=is_blank(response),
                response=json.dumps(response, sort_keys=True),
            )
        )
        taken[position] = (chosen, concept)
    times = Counter(pair for pair in taken.values() if all(pair))
    minutes = (session.deadline - session.started_at).total_seconds() / 60 if session.deadline else None
    form = session.exam.format
    return Course(
        seconds=history.spent(answers),
        changed=history.changes(answers) if rules.may_change_answer(session.mode) else {},
        pace=history.pace(answers) if minutes else [],
        confusions=[(chosen, right, count) for (chosen, right), count in times.most_common()],
        minutes=minutes,
        seconds_each=60 * minutes / session.length if minutes else 60 * float(form["minutes"]) / int(form["questions"]),
    )


def _shares(groups: dict[str, list[bool]], names: dict[str, str]) -> list[Share]:
    return [Share(slug, names.get(slug, slug), sum(marks), len(marks)) for slug, marks in sorted(groups.items())]
