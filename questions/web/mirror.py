"""The progress page: what a learner knows and how they came to it, in pictures with their words and tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from questions import queries
from questions.domain import charts, dates, history, rules
from questions.models import ReadinessPoint, User
from questions.queries import Mirror
from questions.web.people import learner_of, received_at
from questions.web.practice import address_of, count

LEGEND = ("none", "1–9", "10–19", "20–39", "40 or more")
"""Answers a day, by the darkness of a cell."""
HEADS = {
    "first": ("Two weeks up to", "Right", "Range", "Questions"),
    "due": ("Day", "Questions"),
    "recall": ("When", "Recalled"),
    "observed": ("After", "Answers", "Right", "Range"),
    "time": ("Week from", "Minutes", "Answers"),
    "readiness": ("Day", "Expected of 100", "Range", "Chance to pass"),
    "outcomes": ("Mock exam", "Day", "Expected", "Reached"),
}
"""Columns of the tables."""


@never_cache
@login_required
@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """Every topic with its range, then the learner's history."""
    learner = learner_of(request)
    assert learner is not None
    now = received_at(request)
    belief = queries.known_of(learner).belief
    context: dict[str, Any] = {
        "heads": HEADS,
        "nav_current": "progress",
        "tags": queries.progress_by_tag(learner, now, belief),
        "overall": {"answered": belief.answered, "correct": belief.correct},
    }
    context["readiness"] = _readiness(queries.readiness_points(learner), queries.outcomes(learner), learner)
    mirror = queries.mirror_of(learner, now)
    if mirror.answers or belief.answered:
        context |= {
            "first_sight": _first_sight(mirror, learner),
            "calendar": _calendar(mirror, learner),
            "time": _time(mirror, learner),
            "forecast": _forecast(mirror, learner),
            "retention": _retention(mirror),
            "confusions": _confusions(mirror),
        }
    return render(request, "progress.html", context)


def _short(day: date, learner: User) -> str:
    """A day under an axis, where the year is plain."""
    if learner.date_style == dates.ISO:
        return f"{day:%m-%d}"
    return f"{day:%b} {day.day}" if learner.date_style == dates.MONTH else f"{day.day} {day:%b}"


def _long(day: date, learner: User) -> str:
    return dates.written(day, learner.date_style)


def hours(minutes: int) -> str:
    """Minutes as people say them."""
    if minutes < 90:
        return count(minutes, "minute")
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"


def _evenly(start: date, end: date, most: int = 4) -> list[date]:
    """At most so many days between two, both among them."""
    steps = max(1, min(most - 1, (end - start).days))
    return [start + timedelta(days=round(number * (end - start).days / steps)) for number in range(steps + 1)]


def _first_sight(mirror: Mirror, learner: User) -> dict[str, Any]:
    rows = mirror.first_sight
    if not rows:
        return {}
    start = rows[0][0] if len(rows) > 1 else mirror.today - timedelta(days=history.ROLLING_DAYS)
    chart = charts.shares(
        [(day, known.share, known.low, known.high) for day, known in rows],
        start=start,
        end=mirror.today,
        labels=[(day, _short(day, learner)) for day in _evenly(start, mirror.today)],
    )
    newest = rows[-1][1]
    return {
        "chart": chart,
        "words": (
            f"Of {newest.total} questions that were new to you in the last {history.ROLLING_DAYS} days you answered "
            f"{_percent(newest.share)} right (range {_range(newest)})."
        ),
        "rows": [
            (_long(day, learner), _percent(known.share), _range(known), known.total) for day, known in reversed(rows)
        ],
    }


def _readiness(points: Sequence[ReadinessPoint], taken: Sequence[queries.Outcome], learner: User) -> dict[str, Any]:
    """The line of readiness from the first day that there were answers enough, and how forecasts of mock exams came out."""
    told = [point for point in points if point.enough]
    if not told:
        return {}
    start, end = told[0].day, told[-1].day
    newest = told[-1]
    inside = sum(row.low <= row.reached <= row.high for row in taken)
    return {
        "chart": charts.shares(
            [(point.day, point.score, point.low, point.high) for point in told],
            start=start if len(told) > 1 else start - timedelta(days=history.ROLLING_DAYS),
            end=end,
            labels=[(day, _short(day, learner)) for day in _evenly(start, end)],
        ),
        "words": (
            f"On {_long(newest.day, learner)}: {round(100 * newest.low)}–{round(100 * newest.high)} of 100 exam questions, "
            f"and a chance to pass of about {_percent(newest.passing)}."
        ),
        "rows": [
            (
                _long(point.day, learner),
                round(100 * point.score),
                f"{round(100 * point.low)}–{round(100 * point.high)}",
                _percent(point.passing),
            )
            for point in reversed(told)
        ],
        "outcomes": [
            (
                row.title,
                _long(row.day, learner),
                f"{round(100 * row.low)}–{round(100 * row.high)} %",
                _percent(row.reached),
            )
            for row in taken
        ],
        "outcome_words": (
            f"{inside} of {count(len(taken), 'mock exam')} came out within the range that was expected when "
            f"{'it' if len(taken) == 1 else 'they'} began."
        )
        if taken
        else "",
    }


def _percent(share: float) -> str:
    return f"{round(100 * share)} %"


def _range(known: history.Interval) -> str:
    return f"{round(100 * known.low)}–{round(100 * known.high)} %"


def _calendar(mirror: Mirror, learner: User) -> dict[str, Any]:
    chart = charts.calendar(
        [(week.monday, week.days) for week in mirror.weeks],
        title=lambda day, answers: f"{_short(day, learner)}: {count(answers, 'answer') if answers else 'no answers'}",
        month=lambda monday: f"{monday:%b}",
    )
    practised = sum(bool(answers) for week in mirror.weeks for answers in week.days)
    return {
        "chart": chart,
        "legend": list(enumerate(LEGEND)),
        "words": (
            f"{count(mirror.answers, 'answer')} on {count(practised, 'day')} in the last {history.WEEKS} weeks."
            if practised
            else f"No answers in the last {history.WEEKS} weeks."
        ),
        "rows": [(_long(week.monday, learner), week.days, week.answers) for week in reversed(mirror.weeks)],
        "weekdays": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    }


def _time(mirror: Mirror, learner: User) -> dict[str, Any]:
    weeks = mirror.weeks
    total = sum(week.minutes for week in weeks)
    chart = charts.bars(
        [week.minutes for week in weeks],
        [f"Week of {_short(week.monday, learner)}: {hours(week.minutes)}" for week in weeks],
        labels=[(number, _short(weeks[number].monday, learner)) for number in range(1, len(weeks), 8)],
    )
    return {
        "chart": chart,
        "words": f"{hours(total)} in {history.WEEKS} weeks; {hours(weeks[-1].minutes)} in this one, since Monday.",
        "rows": [(_long(week.monday, learner), week.minutes, week.answers) for week in reversed(weeks)],
    }


def _forecast(mirror: Mirror, learner: User) -> dict[str, Any]:
    counts = mirror.forecast
    if not mirror.remembered:
        return {}
    days = [mirror.today + timedelta(days=number) for number in range(len(counts))]
    later = sum(counts[1:])
    busiest = max(range(1, len(counts)), key=lambda number: (counts[number], -number))
    words = f"{count(counts[0], 'question')} due today and {later} more in the {len(counts) - 1} days after."
    if later and counts[busiest] > 1:
        words += f" Most on one of those days: {counts[busiest]}, on {_long(days[busiest], learner)}."
    # What piled up would flatten all days after it.
    most = 2 * max(5, counts[busiest])
    return {
        "cut": counts[0] if counts[0] > most else 0,
        "chart": charts.bars(
            counts,
            [f"{_short(day, learner)}: {number} due" for day, number in zip(days, counts, strict=True)],
            labels=[(0, "today"), *((number, _short(days[number], learner)) for number in range(7, len(days), 7))],
            kinds=["now", *[""] * (len(counts) - 1)],
            most=most,
        ),
        "words": words,
        "rows": [
            ("Today, overdue ones too" if not place else _long(day, learner), number)
            for place, (day, number) in enumerate(zip(days, counts, strict=True))
            if number or not place
        ],
    }


def _retention(mirror: Mirror) -> dict[str, Any]:
    if not mirror.retention:
        return {}
    days = history.CURVE_DAYS[-1]
    chart = charts.curve(
        mirror.retention,
        [
            (
                history.GAP_MIDDLES[gap],
                known.share,
                known.low,
                known.high,
                f"{history.GAP_NAMES[gap]}: {_percent(known.share)}",
            )
            for gap, known in mirror.observed
        ],
        days=days,
        every=20,
    )
    now, month, end = (dict(mirror.retention)[day] for day in (0, 30, days))
    return {
        "chart": chart,
        "words": (
            f"{_recalled(mirror)} you would still get about {_percent(now)} right today. If you reviewed nothing from now on, "
            f"it would be {_percent(month)} in 30 days and {_percent(end)} in {days}."
        ),
        "rows": [
            ("today" if not day else f"in {count(day, 'day')}", _percent(share)) for day, share in mirror.retention
        ],
        "observed": [
            (history.GAP_NAMES[gap], known.total, _percent(known.share), _range(known))
            for gap, known in mirror.observed
        ],
    }


def _recalled(mirror: Mirror) -> str:
    """Whose share the curve is: what was wrong last time has nothing to forget and is no part of it."""
    if mirror.recalled == mirror.remembered:
        return f"Of the {count(mirror.recalled, 'question')} you got right last time"
    known = f"You got {mirror.recalled} of your {count(mirror.remembered, 'question')} right last time"
    return f"{known}. Of those {mirror.recalled}"


def _confusions(mirror: Mirror) -> dict[str, Any]:
    return confusion_picture([(row.chosen, row.key, row.times) for row in mirror.confusions])


def confusion_picture(pairs: Sequence[tuple[str, str, int]]) -> dict[str, Any]:
    """The picture of what was taken for what, of (chosen, right, times) as slugs; nothing of none."""
    if not pairs:
        return {}
    worded = [(queries.in_words(chosen), queries.in_words(right), times) for chosen, right, times in pairs]
    chosen, right, times = worded[0]
    return {
        "chart": charts.arcs(
            worded, title=lambda chosen, right, times: f"{chosen} instead of {right}: {count(times, 'time')}"
        ),
        "words": f"Most often you chose {chosen} where {right} was right: {count(times, 'time')}.",
        "rows": [
            (*words, address_of({"focus": rules.CONFUSIONS, "pair": f"{slugs[0]}~{slugs[1]}"}))
            for words, slugs in zip(worded, pairs, strict=True)
        ],
    }
