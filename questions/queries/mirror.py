"""What the mirror shows: a learner's history by day, what comes back when, what would be forgotten. Four statements at most,
each aggregated by the database or bounded by the size of the bank, whatever the history.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import Case, Exists, F, FloatField, Func, OuterRef, Q, Subquery, When, Window
from django.db.models.functions import Coalesce, Lag, TruncDate

from questions.domain import dates, history, rules
from questions.models import Answer, ItemVersion, MemoryState, User
from questions.queries.learner import Confusion, confusions, newest_verdicts, told

PAIRS_SHOWN = 8
BLANKS: list[dict[str, Any]] = [{"unknown": True}, {"options": []}, {"pairs": {}}]
"""Stored responses in which nothing is chosen."""


class LocalDay(TruncDate):
    """The date of a moment in a time zone. SQLite knows no zones and would call Python for each row, so it adds minutes."""

    def __init__(self, expression: str, zone: tzinfo, start: datetime, end: datetime):
        super().__init__(expression, tzinfo=zone)
        self.zone, self.start, self.end = zone, start, end

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """A date for each span of one offset, the newest first."""
        sql, params = compiler.compile(self.lhs)
        parts, values = [], []
        spans = history.offsets(self.zone, self.start, self.end)
        for begin, minutes in reversed(spans[1:]):
            parts.append(f"WHEN {sql} >= %s THEN date({sql}, %s)")
            values += [*params, f"{begin:%Y-%m-%d %H:%M:%S}", *params, f"{minutes} minutes"]
        last = f"date({sql}, %s)"
        values += [*params, f"{spans[0][1]} minutes"]
        return (f"CASE {' '.join(parts)} ELSE {last} END" if parts else last), values


class Seconds(Func):
    """Seconds from the second moment to the first."""

    arity = 2
    output_field = FloatField()
    template = "EXTRACT(EPOCH FROM (%(expressions)s))"
    arg_joiner = " - "

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Days of the Julian calendar, exact to a tenth of a millisecond."""
        days = [Func(part, function="julianday") for part in self.source_expressions]
        copy = self.copy()
        copy.set_source_expressions(days)
        return copy.as_sql(compiler, connection, template="86400.0 * (%(expressions)s)", **context)


@dataclass(slots=True)
class History:
    """What happened by day in the learner's time zone, and (answers, right) of reviews by span since the answer before."""

    days: dict[date, history.Day] = field(default_factory=lambda: defaultdict(history.Day))
    gaps: dict[int, tuple[int, int]] = field(default_factory=dict)


Row = list[Any]
"""Day as ISO text (None before the first day shown), span, answers, right ones, seconds."""
UNTOLD, FIRST = -2, -1
"""Spans of what is no review: an answer of a running mock exam, and one to a question never met before."""
KEPT = 24 * 3600


def history_of(learner: User, now: datetime, zone: tzinfo) -> History:
    """A learner's log by day. One statement, which the database groups: at most nine rows a day of half a year.

    The log only grows, so what was counted once is kept in the cache, and the statement counts what came since. Without
    the cache it counts everything. While a mock exam runs its answers show as practice and tell nothing else; they are kept
    once it is over.
    """
    start = history.first_day(now.astimezone(zone).date())
    # A database that was set up anew gives the same numbers to other people: the key must not.
    key = f"mirror-1:{learner.pk}:{learner.date_joined.timestamp()}:{zone}:{start}"
    kept = cache.get(key) or {"seq": 0, "rows": []}
    newest, rows = _counted(learner, now, zone, kept["seq"])
    rows = _merged([*kept["rows"], *rows])
    if newest > kept["seq"] and all(span != UNTOLD for _, span, *_ in rows):
        cache.set(key, {"seq": newest, "rows": rows}, KEPT)
    found = History()
    gaps: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for day, span, answers, right, seconds in rows:
        if span >= 0:
            gaps[span][0] += answers
            gaps[span][1] += right
        if day is not None:
            row = found.days[date.fromisoformat(day)]
            row.answers += answers
            row.seconds += seconds
            if span == FIRST:
                row.first += answers
                row.first_right += right
    found.gaps = {span: (answers, right) for span, (answers, right) in gaps.items()}
    return found


def _merged(rows: list[Row]) -> list[Row]:
    sums: dict[tuple[str | None, int], Row] = {}
    for day, span, answers, right, seconds in rows:
        row = sums.setdefault((day, span), [day, span, 0, 0, 0.0])
        row[2] += answers
        row[3] += right
        row[4] += seconds
    return list(sums.values())


def _counted(learner: User, now: datetime, zone: tzinfo, after: int) -> tuple[int, list[Row]]:
    """The newest sequence number among the answers past ``after``, and their counts."""
    inner, params = _answers(learner, now, zone, after).query.sql_with_params()
    spans = " ".join(f"WHEN gap <= {86400 * days} THEN {number}" for number, days in enumerate(history.GAPS))
    statement = f"""
        SELECT day, span, COUNT(*), SUM(CASE WHEN correct THEN 1 ELSE 0 END),
               SUM(CASE WHEN seconds < 0 THEN 0 WHEN seconds > {history.LONGEST} THEN {history.LONGEST} ELSE seconds END),
               MAX(number)
        FROM (
            SELECT day, correct, seconds, number,
                   CASE WHEN NOT known THEN {UNTOLD} WHEN gap IS NULL THEN {FIRST} {spans}
                        ELSE {len(history.GAPS)} END AS span
            FROM ({inner}) AS answers
        ) AS spans
        GROUP BY day, span
    """  # noqa: S608 - made of the statement that the ORM built and of numbers
    with connection.cursor() as cursor:
        cursor.execute(statement.strip(), params)
        found = cursor.fetchall()
    rows = [
        [day and str(day), span, answers, int(right), float(seconds)] for day, span, answers, right, seconds, _ in found
    ]
    return max((row[-1] for row in found), default=0), rows


def _answers(learner: User, now: datetime, zone: tzinfo, after: int) -> Any:
    """Each final answer with: day (None before the first day shown), correct, known (may the learner know that), gap (seconds
    since the same item's answer before), seconds (how long it took; a mock exam's minutes are shared out evenly), number.
    """
    start = datetime.combine(history.first_day(now.astimezone(zone).date()), time(), zone)
    study, session = Q(served__session__mode=rules.STUDY), "served__session__"
    later = Answer.objects.filter(served=OuterRef("served"), revision__gt=OuterRef("revision"))
    final = study | (~Exists(later) & ~Q(response__in=BLANKS))
    rows = Answer.objects.filter(final, learner=learner)
    before: Any
    if after:
        same = Answer.objects.filter(final, learner=learner, item=OuterRef("item"), seq__lt=OuterRef("seq"))
        before = Subquery(same.order_by("-seq").values("received_at")[:1])
        rows = rows.filter(seq__gt=after)
    else:
        before = Window(Lag("received_at"), partition_by="item_id", order_by="seq")
    exam = Seconds(f"{session}finished_at", f"{session}started_at") / F(f"{session}length")
    return rows.order_by().values(
        "correct",
        number=F("seq"),
        day=Case(When(received_at__gte=start, then=LocalDay("received_at", zone, start, now))),
        known=told(learner),
        gap=Seconds("received_at", before),
        seconds=Case(
            When(took_ms__isnull=False, then=F("took_ms") / 1000.0),
            When(study, then=Seconds("received_at", "served__served_at")),
            default=Coalesce(exam, 0.0),
        ),
    )


@dataclass(frozen=True, slots=True)
class Mirror:
    """All that the pictures of the progress page are drawn from. ``remembered`` counts the questions that have a memory,
    ``recalled`` those of them that were right last time: nobody forgets what they did not know, so ``retention`` is theirs.
    """

    today: date
    weeks: list[history.Week]
    first_sight: list[tuple[date, history.Interval]]
    forecast: list[int]
    remembered: int
    recalled: int
    retention: list[tuple[int, float]]
    observed: list[tuple[int, history.Interval]]
    confusions: list[Confusion]

    @property
    def answers(self) -> int:
        """Answers in the weeks that are shown."""
        return sum(week.answers for week in self.weeks)


def mirror_of(learner: User, now: datetime) -> Mirror:
    """The learner's mirror. Four statements."""
    zone = dates.zone(learner.time_zone)
    today = now.astimezone(zone).date()
    past = history_of(learner, now, zone)
    approved = ItemVersion.objects.filter(item=OuterRef("item"), state=ItemVersion.APPROVED)
    memories = list(
        MemoryState.objects.filter(Exists(approved), learner=learner, home=None).values_list(
            "item_id", "due", "stability", "last_review"
        )
    )
    verdicts = newest_verdicts(learner)
    recalled = [(stability, last) for item, _, stability, last in memories if verdicts.get(item)]
    return Mirror(
        today=today,
        weeks=history.weeks(past.days, today),
        first_sight=history.rolling(past.days, today),
        forecast=history.forecast([due for _, due, _, _ in memories], today, zone),
        remembered=len(memories),
        recalled=len(recalled),
        retention=history.retention(recalled, now),
        observed=history.observed(past.gaps),
        confusions=confusions(learner)[:PAIRS_SHOWN],
    )
