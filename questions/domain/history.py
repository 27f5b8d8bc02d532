"""From counts by day to the series that pictures show: what was practised, how it went, what comes back when. Pure.

Days are the learner's own dates; shares are 0-1. Intervals are Wilson's (1927, "Probable inference, the law of succession,
and statistical inference"), at 80 % like every range that the product shows.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from questions.domain.ability import Z80
from questions.domain.memory import recall

WEEKS = 26
"""So far back the mirror looks."""
ROLLING_DAYS = 14
ROLLING_LEAST = 5
"""Answers that a rolling share needs before it is shown."""
FORECAST_DAYS = 28
CURVE_DAYS = (0, 1, 2, 4, 7, 10, 14, 21, 30, 45, 60)
GAPS = (1.5, 3.5, 7.5, 14.5, 30.5)
"""Upper ends, in days, of the spans between two answers to one question; the last span is open."""
GAP_NAMES = ("1 day or less", "2–3 days", "4–7 days", "8–14 days", "15–30 days", "more than 30 days")
GAP_MIDDLES = (0.7, 2.5, 5.5, 11.0, 22.0, 45.0)
OBSERVED_LEAST = 20
"""Reviews in all that observed recall needs before it is shown, and below, those of one span."""
OBSERVED_LEAST_OF_GAP = 5


@dataclass(frozen=True, slots=True)
class Interval:
    """A share with its 80 % interval, out of ``total``."""

    share: float
    low: float
    high: float
    total: int


def wilson(right: int, total: int, z: float = Z80) -> Interval:
    """Share of right answers with Wilson's interval; (0, 0, 1) of nothing."""
    if not total:
        return Interval(0.0, 0.0, 1.0, 0)
    share = right / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half), total)


@dataclass(slots=True)
class Day:
    """What happened on one day. ``first`` and ``first_right`` count answers to questions never met before."""

    answers: int = 0
    seconds: float = 0.0
    first: int = 0
    first_right: int = 0


def first_day(today: date) -> date:
    """The Monday on which the mirror begins."""
    return today - timedelta(days=today.weekday() + 7 * (WEEKS - 1))


@dataclass(frozen=True, slots=True)
class Week:
    """One week from its Monday; ``days`` are its seven counts of answers, None for days to come."""

    monday: date
    answers: int
    minutes: int
    days: tuple[int | None, ...]


def weeks(days: Mapping[date, Day], today: date) -> list[Week]:
    """The last :data:`WEEKS` weeks, oldest first, the running one last."""
    found = []
    for number in range(WEEKS):
        monday = first_day(today) + timedelta(days=7 * number)
        dates = [monday + timedelta(days=place) for place in range(7)]
        known = [days.get(day, Day()) for day in dates]
        found.append(
            Week(
                monday,
                sum(day.answers for day in known),
                round(sum(day.seconds for day in known) / 60),
                tuple(row.answers if day <= today else None for day, row in zip(dates, known, strict=True)),
            )
        )
    return found


def rolling(days: Mapping[date, Day], today: date) -> list[tuple[date, Interval]]:
    """Share right at first sight over the :data:`ROLLING_DAYS` days up to each day, where enough was answered in them.

    One point for every day on which something new was answered, and one for today.
    """
    new = sorted(day for day, row in days.items() if row.first)
    found, oldest, right, total = [], 0, 0, 0
    for day in new if new[-1:] == [today] else [*new, today]:
        if day in days:
            right, total = right + days[day].first_right, total + days[day].first
        while oldest < len(new) and new[oldest] <= day - timedelta(days=ROLLING_DAYS):
            right, total = right - days[new[oldest]].first_right, total - days[new[oldest]].first
            oldest += 1
        if total >= ROLLING_LEAST:
            found.append((day, wilson(right, total)))
    return found


def forecast(due: Iterable[datetime], today: date, zone: tzinfo) -> list[int]:
    """How many questions come back on each of the next :data:`FORECAST_DAYS` days; what is overdue counts today."""
    counts = [0] * FORECAST_DAYS
    for moment in due:
        ahead = max(0, (moment.astimezone(zone).date() - today).days)
        if ahead < FORECAST_DAYS:
            counts[ahead] += 1
    return counts


def retention(memories: Sequence[tuple[float, datetime]], now: datetime) -> list[tuple[int, float]]:
    """(days from now, share of the questions still recalled) if nothing is reviewed; ``memories`` are (stability, last)."""
    if not memories:
        return []
    elapsed = [(stability, max(0.0, (now - last).total_seconds() / 86400)) for stability, last in memories]
    return [
        (ahead, math.fsum(recall(stability, days + ahead) for stability, days in elapsed) / len(elapsed))
        for ahead in CURVE_DAYS
    ]


def observed(gaps: Mapping[int, tuple[int, int]]) -> list[tuple[int, Interval]]:
    """(number of the span, share right) of reviews by the time since the answer before; ``gaps`` are (answers, right).

    Nothing where there are too few reviews to say anything.
    """
    if sum(total for total, _ in gaps.values()) < OBSERVED_LEAST:
        return []
    return [
        (gap, wilson(right, total)) for gap, (total, right) in sorted(gaps.items()) if total >= OBSERVED_LEAST_OF_GAP
    ]


def offsets(zone: tzinfo, start: datetime, end: datetime) -> list[tuple[datetime, int]]:
    """(from when, minutes ahead of UTC) for every offset that ``zone`` has between two moments; to the hour.

    What a database needs that knows no time zones.
    """
    begin = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    found = [(begin, _minutes(zone, begin))]
    day = begin
    while day < end:
        after = day + timedelta(days=1)
        if _minutes(zone, after) != _minutes(zone, day):
            hour = next(
                day + timedelta(hours=number)
                for number in range(1, 25)
                if _minutes(zone, day + timedelta(hours=number)) != _minutes(zone, day)
            )
            found.append((hour, _minutes(zone, hour)))
        day = after
    return found


def _minutes(zone: tzinfo, moment: datetime) -> int:
    offset = moment.astimezone(zone).utcoffset()
    return round(offset.total_seconds() / 60) if offset else 0


@dataclass(frozen=True, slots=True)
class Given:
    """One stored answer within a session: ``at`` and ``started`` in seconds from the session's start, ``began`` when the
    question was served; ``took`` as the client measured it, if it did.
    """

    question: int
    at: float
    began: float
    took: float | None
    correct: bool
    complete: bool
    blank: bool
    response: str


LONGEST = 600.0
"""Seconds that one answer may count: whoever takes longer has gone to make tea."""


def seconds_of(at: float, began: float, before: float, took: float | None) -> float:
    """Seconds that one answer took: as measured by the client, or from when its question was served or the session's answer
    before was stored, whichever came later. All moments count in seconds from any one start.
    """
    return max(0.0, at - max(began, before) if took is None else took)


def spent(answers: Sequence[Given]) -> dict[int, float]:
    """Seconds by question. One that was taken up again gathers them."""
    found: dict[int, float] = defaultdict(float)
    before = 0.0
    for answer in answers:
        found[answer.question] += seconds_of(answer.at, answer.began, before, answer.took)
        before = answer.at
    return dict(found)


TO_RIGHT, TO_WRONG, BETWEEN = "to-right", "to-wrong", "between"


def changes(answers: Sequence[Given]) -> dict[int, str]:
    """How a question's first complete answer became its last one, of those that changed. Cleared again counts as wrong."""
    first: dict[int, Given] = {}
    last: dict[int, Given] = {}
    for answer in answers:
        if answer.complete:
            first.setdefault(answer.question, answer)
        last[answer.question] = answer
    found = {}
    for question, begin in first.items():
        end = last[question]
        if end.response == begin.response:
            continue
        right = end.correct and not end.blank
        if begin.correct != right:
            found[question] = TO_RIGHT if right else TO_WRONG
        else:
            found[question] = BETWEEN
    return found


def pace(answers: Sequence[Given]) -> list[tuple[float, int]]:
    """(seconds, questions answered by then): one step for each question's first answer."""
    known: set[int] = set()
    found = []
    for answer in answers:
        if not answer.blank and answer.question not in known:
            known.add(answer.question)
            found.append((answer.at, len(known)))
    return found
