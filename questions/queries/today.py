"""What a learner's day looks like: where they stand, what the plan holds, the one next thing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import zip_longest
from typing import Any

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from questions.domain import ability, dates, exam_day, selection, selection_exam
from questions.domain import plan as planning
from questions.domain.readiness import Readiness
from questions.models import Answer, ItemVersion, MemoryState, Notice, Report, User
from questions.queries.bank import current_exam, tag_names
from questions.queries.engine import known_of
from questions.queries.progress import OpenSession, open_sessions
from questions.queries.readiness import Row, readiness_of

ANSWERS_READ = 200
"""So many newest answers tell the pace and what was done today."""
WEAKEST = 4
NEWS_FOR = timedelta(days=14)
"""So long Today says that a report was answered."""


@dataclass(frozen=True, slots=True)
class Level:
    """Of 100 questions of average difficulty, how many a learner would probably get right: a range of 80 %."""

    slug: str
    name: str
    percent: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Today:
    """All that the home page of a learner shows. ``level`` is None while there are too few answers to say; ``topics`` are the
    names of tags by slug.
    """

    day: date
    answered: int
    correct: int
    running: Sequence[OpenSession]
    due: int
    plan: planning.Plan
    outlook: planning.Outlook | None
    step: planning.Step
    level: Level | None
    ready: Readiness | None
    weakest: Sequence[Level]
    topics: Mapping[str, str]
    changes: int
    reports: int


def today_of(learner: User, now: datetime) -> Today:
    """The learner's day at ``now``. Eight statements, whatever the history."""
    day = dates.local_day(now, learner.time_zone)
    known_of_learner = known_of(learner)
    belief = known_of_learner.belief
    # A mock exam comes first: its clock runs.
    running = sorted(open_sessions(learner, now), key=lambda row: row.session.deadline is None)
    bank = _bank_of(learner)
    standing = _standing(bank, now)
    seconds, done = pace(learner, now)
    made = planning.make(
        standing,
        today=day,
        exam_date=learner.exam_date,
        minutes_a_day=learner.minutes_a_day,
        seconds=seconds,
        done=done,
    )
    outlook = None
    if made.days_left is not None and made.days_left > 0 and bank.approved:
        outlook = planning.outlook(
            _states(bank, belief, now), days_left=made.days_left, minutes_a_day=learner.minutes_a_day, seconds=seconds
        )
    ready = readiness_of(known_of_learner, current_exam(), bank.authored) if bank.approved else None
    names = tag_names()
    changes, reports = news(learner, now)
    known = sorted(
        (_level(belief, slug, names[slug]) for slug, tag in belief.tags.items() if tag.answered and slug in names),
        key=lambda level: (level.percent, level.slug),
    )
    return Today(
        day=day,
        answered=belief.answered,
        correct=belief.correct,
        running=running,
        due=standing.due,
        plan=made,
        outlook=outlook,
        step=planning.next_step(made, running=bool(running), answered=belief.answered, due=standing.due),
        level=_level(belief, "", "") if belief.answered >= planning.ENOUGH_ANSWERS else None,
        ready=ready,
        weakest=known[:WEAKEST],
        topics=names,
        changes=changes,
        reports=reports,
    )


def news(learner: User, now: datetime) -> tuple[int, int]:
    """How many changes in the bank the learner has not read, and how many of their reports were answered lately. One
    statement.
    """
    mine = {"learner": OuterRef("pk")}
    unread = Notice.objects.filter(read_at=None, **mine)
    answered = Report.objects.filter(answered_at__gt=now - NEWS_FOR, **mine)
    counts = [
        Coalesce(Subquery(rows.order_by().values("learner").annotate(n=Count("pk")).values("n")), 0)
        for rows in (unread, answered)
    ]
    changes, reports = User.objects.filter(pk=learner.pk).values_list(*counts).get()
    return changes, reports


def _level(belief: ability.Belief, slug: str, name: str) -> Level:
    """A topic's level; of no topic, the level on a topic that nothing more is known of."""
    known = ability.mastery(belief, slug)
    return Level(slug, name, round(100 * known.p), round(100 * known.low), round(100 * known.high))


@dataclass(frozen=True, slots=True)
class _Bank:
    """The learner's memories by item, and the approved items."""

    memories: dict[int, Any]
    approved: list[Any]

    @property
    def authored(self) -> list[Row]:
        """The questions that people wrote, as ``readiness_of`` reads them."""
        return [
            (domain, tags, prior, mean, variance)
            for _, strand, tags, prior, mean, variance, domain in self.approved
            if not strand
        ]


def _bank_of(learner: User) -> _Bank:
    """Two statements."""
    memories = MemoryState.objects.filter(learner=learner).values_list(
        "item_id", "due", "last_review", "home_id", "stability", "difficulty"
    )
    approved = ItemVersion.objects.filter(state=ItemVersion.APPROVED).values_list(
        "item_id",
        "strand",
        "tag_slugs",
        "difficulty",
        "item__calibration__mean",
        "item__calibration__variance",
        "domain",
    )
    return _Bank({item: memory for item, *memory in memories}, list(approved))


def standing_of(learner: User, now: datetime) -> planning.Standing:
    """What of the approved bank the learner has met and when it comes back. Two statements.

    Generated stories are kept for repeats: a strand of them counts once, and as met with its first story.
    """
    return _standing(_bank_of(learner), now)


def _standing(bank: _Bank, now: datetime) -> planning.Standing:
    coming: dict[tuple[int, int], int] = defaultdict(int)
    strands: dict[str, bool] = {}
    unseen = seen = 0
    for item, strand, *_ in bank.approved:
        met = item in bank.memories
        if met:
            due, last, home, *_ = bank.memories[item]
            if home is None:
                coming[_days_until(due, now), planning.stage_of((due - last).total_seconds() / 86400)] += 1
        if strand:
            strands[strand] = strands.get(strand, False) or met
        else:
            seen, unseen = seen + met, unseen + (not met)
    met_strands = sum(strands.values())
    return planning.Standing(coming, unseen + len(strands) - met_strands, seen + met_strands)


def _states(bank: _Bank, belief: ability.Belief, now: datetime) -> exam_day.States:
    """The bank as the learner stands to it, for a forecast; an unmet strand of stories is one unmet question."""
    met_strands = {strand for item, strand, *_ in bank.approved if strand and item in bank.memories}
    rows: list[selection.Candidate] = []
    for item, strand, tags, prior, mean, variance, _ in bank.approved:
        due, last, home, stability, hardness = bank.memories.get(item, (None, None, None, 1.0, 5.0))
        if home is not None or (last is None and strand in met_strands):
            continue
        if last is None and strand:
            met_strands.add(strand)
        difficulty = ability.Gauss(prior, ability.ITEM_VARIANCE) if mean is None else ability.Gauss(mean, variance)
        rows.append(
            selection.Candidate(item, tuple(tags), "", difficulty, due, last, stability=stability, hardness=hardness)
        )
    return selection_exam.states_of(rows, belief, now, {}, caution=0.0)


def _days_until(due: datetime, now: datetime) -> int:
    """0 for what is due, 1 for what is not yet but will be within a day, and so on."""
    return 0 if due <= now else (due - now).days + 1


def pace(learner: User, now: datetime) -> tuple[float, int]:
    """Seconds that the learner takes for an answer, and how many questions they answered today. One statement."""
    since = dates.start_of(dates.local_day(now, learner.time_zone), learner.time_zone)
    rows: list[Any] = list(
        Answer.objects.filter(learner=learner)
        .order_by("-seq", "-id")
        .values_list("served_id", "served__session_id", "took_ms", "received_at")[:ANSWERS_READ]
    )
    times = []
    for (_, session, took, at), before in zip_longest(rows, rows[1:]):
        if took:
            times.append(took / 1000)
        elif before and session == before[1]:
            times.append((at - before[3]).total_seconds())
    return planning.usual_seconds(times), len({served for served, _, _, at in rows if at >= since})
