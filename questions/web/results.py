"""The result of a session: how it went, how it ran, what to look at again, and a picture of it to share."""

from __future__ import annotations

import uuid
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from questions import queries
from questions.domain import charts, history, rules
from questions.models import PracticeSession
from questions.queries import Course, Result, ResultItem, View
from questions.web import presentation
from questions.web.mirror import confusion_picture
from questions.web.people import own_session_or_404, received_at
from questions.web.practice import count

ALL, WRONG, FLAGGED, UNANSWERED, CHANGED = "all", "wrong", "flagged", "unanswered", "changed"
SHOWS = {ALL: "All", WRONG: "Wrong", UNANSWERED: "No answer", FLAGGED: "Flagged", CHANGED: "Changed"}
PAIRS_SHOWN = 8
HEADS = {"times": ("Question", "Time", "Result"), "pace": ("By", "You had answered", "Even pace")}
"""Columns of the tables."""
WAYS = {
    history.TO_RIGHT: "wrong to right",
    history.TO_WRONG: "right to wrong",
    history.BETWEEN: "wrong to another wrong one",
}


@never_cache
@login_required
@require_safe
def result(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """How it went. While the session runs, there is nothing to see here. ``?show=`` narrows the list of questions."""
    own = own_session_or_404(request, session_id)
    try:
        outcome = queries.result_of(own, now=received_at(request))
    except rules.Refusal:
        return redirect("session", own.pk)
    course = queries.course_of(own)
    show = _show(request)
    missed = sum(not item.correct for item in outcome.items)
    shown = {
        "percent": outcome.overall.percent,
        "correct": outcome.overall.correct,
        "total": outcome.overall.total,
        "pass_percent": outcome.pass_percent,
        "pass_note": outcome.pass_note,
        "by_domain": outcome.by_domain,
        "by_section": outcome.by_section,
        "by_tag": outcome.by_tag,
        "items": [
            _item(own, item, course, query_of(request)) for item in outcome.items if _is_shown(item, show, course)
        ],
        "finished_at": outcome.finished_at,
        "late": outcome.late,
        "withdrawn": outcome.withdrawn,
        "took": presentation.duration(outcome.took),
        "missed": missed,
        "retry": min(missed, rules.MAX_STUDY_LENGTH),
    }
    filters = [
        {"slug": slug, "name": name, "count": number, "current": slug == show}
        for slug, name in SHOWS.items()
        if (number := sum(_is_shown(item, slug, course) for item in outcome.items)) or slug in (ALL, WRONG, show)
    ]
    context = {
        "session": own,
        "result": shown,
        "filters": filters,
        "heads": HEADS,
        "times": _times(outcome, course),
        "pace": _pace(outcome, course),
        "changed": _changed(outcome, course),
        "foretold": queries.foretold(own.pk) if own.mode == rules.MOCK else None,
        "confusions": confusion_picture(course.confusions[:PAIRS_SHOWN]),
        "operation_id": uuid.uuid4(),
    }
    return render(request, "session/result.html", context)


def _show(request: HttpRequest) -> str:
    show = request.GET.get("show", ALL)
    return show if show in SHOWS else ALL


def query_of(request: HttpRequest) -> str:
    """What an address carries so that the list of questions stays as narrow as it was."""
    show = _show(request)
    return f"?show={show}" if show != ALL else ""


def review_of(request: HttpRequest, view: View) -> dict[str, Any]:
    """The ways on from a question of a session that is over: back to its row of the result, and to those before and after it
    in the list that the result showed. One statement for the whole list.
    """
    own, show, here = view.session, _show(request), view.served.position
    query, words = query_of(request), ""
    if show == ALL:  # a session that was ended early served fewer than its length
        places = list(own.served.order_by("position").values_list("position", flat=True))
    else:
        outcome, course = queries.result_of(own, now=received_at(request)), queries.course_of(own)
        places = [item.position for item in outcome.items if _is_shown(item, show, course)]
        if here in places:
            words = f"{SHOWS[show]}: {places.index(here) + 1} of {len(places)}"
    before = [place for place in places if place < here][-1:]
    later = [place for place in places if place > here][:1]

    def address(places: list[int]) -> str:
        return reverse("session_item", args=[own.pk, places[0]]) + query if places else ""

    return {
        "query": query,
        "words": words,
        "back": f"{reverse('result', args=[own.pk])}{query}#question-{here}",
        "previous": address(before),
        "next": address(later),
    }


def _is_shown(item: ResultItem, show: str, course: Course) -> bool:
    match show:
        case "wrong":
            return item.answered and not item.correct
        case "unanswered":
            return not item.answered
        case "flagged":
            return item.flagged
        case "changed":
            return item.position in course.changed
        case _:
            return True


def _item(own: PracticeSession, item: ResultItem, course: Course, query: str) -> dict[str, Any]:
    return {
        "position": item.position,
        "ask": item.ask,
        "correct": item.correct,
        "answered": item.answered,
        "flagged": item.flagged,
        "time": clock(course.seconds.get(item.position)),
        "changed": WAYS.get(course.changed.get(item.position, ""), ""),
        "url": reverse("session_item", args=[own.pk, item.position]) + query,
    }


def clock(seconds: float | None) -> str:
    """Seconds as "0:42" or "12:05"; hours where there are any; nothing of nothing."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}" if minutes >= 60 else f"{minutes}:{rest:02d}"


CARD_LEFT, CARD_BAR = 540, 580
"""Where the bars of the picture to share begin, and how long they are."""
VERDICTS = {True: ("right", "right"), False: ("wrong", "wrong"), None: ("none", "no answer")}


def _times(outcome: Result, course: Course) -> dict[str, Any]:
    """Minutes by question. One that somebody slept over would flatten all others, so bars end at five times the even pace."""
    timed = [item for item in outcome.items if item.position in course.seconds]
    if len(timed) < 2:
        return {}
    most = 5 * course.seconds_each
    values, titles, kinds, rows = [], [], [], []
    for item in outcome.items:
        kind, words = VERDICTS[item.correct if item.answered else None]
        seconds = course.seconds.get(item.position, 0.0)
        values.append(seconds / 60)
        titles.append(f"Question {item.position}: {clock(seconds)}, {words}")
        kinds.append(kind)
        rows.append((item.position, clock(course.seconds.get(item.position)) or "–", words))
    total = len(values)
    every = next(step for step in (1, 2, 5, 10, 20, 50, 100) if total / step <= 10)
    labels = [(n, str(outcome.items[n].position)) for n in range(total) if n == 0 or (n + 1) % every == 0]
    ordered = sorted(course.seconds.values())
    middle = ordered[len(ordered) // 2]
    slowest = max(timed, key=lambda item: course.seconds[item.position])
    return {
        "chart": charts.bars(
            values, titles, labels=labels, kinds=kinds, limit=course.seconds_each / 60, most=most / 60
        ),
        "words": (
            f"Half of the questions took you {clock(middle)} or less. Question {slowest.position} took longest: "
            f"{clock(course.seconds[slowest.position])}. The line is the exam’s even pace, {clock(course.seconds_each)} each."
        ),
        "cut": any(seconds > most for seconds in course.seconds.values()),
        "rows": rows,
    }


def _pace(outcome: Result, course: Course) -> dict[str, Any]:
    if not course.minutes or not course.pace:
        return {}
    total, seconds = outcome.overall.total, 60 * course.minutes
    quarters = []
    for part in (1, 2, 3, 4):
        at = seconds * part / 4
        done = sum(moment <= at for moment, _ in course.pace)
        quarters.append((clock(at), done, round(total * part / 4)))
    last, answered = course.pace[-1]
    _, done, even = quarters[1]
    ahead = done - even
    where = "at the even pace" if not ahead else f"{count(abs(ahead), 'question')} {'ahead' if ahead > 0 else 'behind'}"
    return {
        "chart": charts.steps(course.pace, total=total, seconds=seconds),
        "words": (
            f"At half time you had answered {done} of {total}: {where}. The last new answer came after {clock(last)} of "
            f"{clock(seconds)}, number {answered}."
        ),
        "rows": quarters,
    }


def _changed(outcome: Result, course: Course) -> dict[str, Any]:
    if not course.changed:
        return {}
    return {
        "total": len(course.changed),
        "ways": [(way, words, course.count(way)) for way, words in WAYS.items()],
        "gain": course.count(history.TO_RIGHT) - course.count(history.TO_WRONG),
        "lost": course.count(history.TO_WRONG) - course.count(history.TO_RIGHT),
    }


@never_cache
@login_required
@require_safe
def card(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """The result as a picture to share: percent, domains, date; nothing that says whose it is."""
    own = own_session_or_404(request, session_id)
    try:
        outcome = queries.result_of(own, now=received_at(request))
    except rules.Refusal as refusal:
        raise Http404("The result is there when the session is finished.") from refusal
    shares = outcome.by_domain[:4]
    top = 330 - 38 * len(shares)
    rows = [
        {
            "title": charts.short(share.title, 42),
            "percent": share.percent,
            "y": top + 34 + 76 * place,
            "width": round(CARD_BAR * share.percent / 100, 1),
        }
        for place, share in enumerate(shares)
    ]
    context = {
        "title": own.title,
        "exam": own.exam.title,
        "percent": outcome.overall.percent,
        "correct": outcome.overall.correct,
        "total": outcome.overall.total,
        "rows": rows,
        "pass_percent": outcome.pass_percent,
        "pass_x": round(CARD_LEFT + CARD_BAR * (outcome.pass_percent or 0) / 100, 1),
        "day": outcome.finished_at,
    }
    return render(request, "session/card.svg", context, content_type="image/svg+xml")
