"""Choosing how to practise. A choice is an address, so that it can be bookmarked and linked to."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from questions import queries
from questions.actions import sessions
from questions.domain import rules
from questions.models import NoteSection, Tag, User
from questions.web.forms import ChoiceForm
from questions.web.people import learner_of, received_at

FOCUS_NAMES = {
    rules.ADAPTIVE: "Adaptive",
    rules.DUE: "Due",
    rules.MISSED: "Missed",
    rules.UNSEEN: "Unseen",
    rules.CONFUSIONS: "Confusions",
    rules.DIAGNOSTIC: "Where I stand",
    rules.BOOKMARKED: "Bookmarked",
}
FOCUS_WORDS = {
    rules.ADAPTIVE: "What is worth most for your exam day; without a date, what is due, then weak, then new.",
    rules.DUE: "Only what is due for review today.",
    rules.MISSED: "What you missed last time, in a new story where there is one.",
    rules.UNSEEN: "Only questions that you have not met.",
    rules.CONFUSIONS: "Questions between two things that you took for each other.",
    rules.DIAGNOSTIC: "Unseen questions that tell most about where you stand, spread over the exam.",
    rules.BOOKMARKED: "The questions that you bookmarked.",
}
PAIRS_SHOWN = 6
LENGTHS = (5, 10, 20)


def address_of(choice: Mapping[str, Any]) -> str:
    """The address of the practice page with this choice filled in."""
    kept = {name: value for name, value in choice.items() if value and name != "operation_id"}
    query = urlencode(sorted(kept.items()), doseq=True)
    return f"{reverse('practice')}{'?' + query if query else ''}"


def running_mock(learner: User, now: datetime) -> dict[str, Any] | None:
    """The mock exam that runs: where it goes on, its title and the time left."""
    running = queries.running_mock(learner, now)
    if running is None or running.deadline is None:
        return None
    left = max(0, int((running.deadline - now).total_seconds()))
    return {
        "url": reverse("session", args=[running.pk]),
        "title": running.title,
        "left": count(left // 60, "minute") if left >= 120 else count(left, "second"),
    }


def count(number: int, word: str) -> str:
    """ "1 minute", "2 minutes"."""
    return f"{number} {word}{pluralize(number)}"


@never_cache
@require_safe
def practice(request: HttpRequest) -> HttpResponse:
    """The builder of study sessions, and the mock exams."""
    learner, now = learner_of(request), received_at(request)
    chosen = ChoiceForm(request.GET).understood
    focus = chosen.get("focus", rules.ADAPTIVE)
    context: dict[str, Any] = {
        "nav_current": "study",
        "exam": None,
        "tags": Tag.objects.order_by("name"),
        "operation_id": uuid.uuid4(),
        "chosen": {"length": 10, "feedback": rules.AT_ONCE, "feel": rules.FEELS[0], **chosen, "focus": focus},
        "focus_words": FOCUS_WORDS[focus],
        "pairs": [],
        "lengths": LENGTHS,
    }
    try:
        exam = queries.current_exam()
    except queries.NoExam:
        return render(request, "practice.html", context)
    context["exam"] = exam.format
    counts: dict[str, int] = {}
    if learner is not None:
        context["running"] = running_mock(learner, now)
        tags, section = chosen.get("tag", ()), chosen.get("section", "")
        counts, confusions = queries.focus_counts(learner, now, tags, section, exam)
        if focus != rules.ADAPTIVE and not counts[focus]:
            context["nothing"] = sessions.NOTHING[focus]
            context["wider"] = address_of({**chosen, "tag": [], "section": ""}) if tags or section else ""
        rest = confusions[PAIRS_SHOWN:]
        asked = [row for row in rest if f"{row.chosen}~{row.key}" == chosen.get("pair")]  # a link may name any
        context["pairs"] = [
            {
                "value": f"{row.chosen}~{row.key}",
                "words": f"{queries.in_words(row.chosen)} for {queries.in_words(row.key)}",
                "times": row.times,
            }
            for row in [*confusions[:PAIRS_SHOWN], *asked]
        ]
    kept = {name: value for name, value in chosen.items() if name not in ("focus", "pair")}
    context["focuses"] = [
        {
            "slug": slug,
            "name": name,
            "count": counts.get(slug),
            "address": address_of({**kept, "focus": slug if slug != rules.ADAPTIVE else ""}),
        }
        for slug, name in FOCUS_NAMES.items()
    ]
    if "section" in chosen:
        stem, _, anchor = chosen["section"].partition("#")
        context["section"] = NoteSection.objects.filter(note__stem=stem, anchor=anchor).select_related("note").first()
    return render(request, "practice.html", context)
