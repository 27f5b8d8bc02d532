"""From views of served items to what templates show. Decides nothing about what may be seen: ``queries`` did."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from questions import queries
from questions.domain import rules
from questions.domain.feedback import LETTERS
from questions.domain.items import MATCHING, ORDERING
from questions.domain.scoring import Response
from questions.models import Report, User
from questions.queries import Marks, Place, View
from questions.web import forms, markdown, practice

REPORT_KINDS = {
    "wrong-key": "The marked answer is wrong",
    "unclear": "It is unclear",
    "outdated": "It is outdated",
    "typo": "It has a typo",
}


def item_context(
    view: View,
    *,
    now: datetime,
    navigator: Sequence[Place] = (),
    error: str = "",
    given: dict[str, Any] | None = None,
    confidence: str = "",
    after: dict[str, Any] | None = None,
    refused: str = "",
    review: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Context of ``session/_item.html``. ``given`` is a refused response, shown again so that nothing is typed twice;
    ``after`` is what :func:`after` found, which the page asks for later where it is missing; ``refused`` is the operation
    that this page says no to; ``review`` are the ways on from a question of a session that is over (web/results.py).
    """
    served, item, session = view.served, view.item, view.session
    response = _shown_response(view.response, given)
    choices = [
        {
            "id": option_id,
            "letter": letter,
            "text": item.option(option_id).text,
            "checked": option_id in response.options,
            "struck": option_id in served.struck,
        }
        for letter, option_id in zip(LETTERS, served.shown_order, strict=False)
    ]
    pairs = dict(response.pairs)
    stored = view.response.as_json() if view.response else None
    return {
        "session": session,
        "after": after,
        "review": review,
        "view": {
            "query": review["query"] if review else "",
            "position": served.position,
            "total": session.length,
            "item": {
                "kind": item.kind,
                "stem": item.stem,
                "ask": item.ask,
                "case": item.case,
                "select_count": item.select_count,
            },
            "choices": choices,
            "prompts": [{"id": p.id, "text": p.text, "selected": pairs.get(p.id, "")} for p in item.prompts]
            if item.kind == MATCHING
            else [],
            "slots": _slots(item.select_count, response) if item.kind == ORDERING else [],
            "flagged": served.flagged_at is not None,
            "over": rules.is_over(session.sitting, now),
            "withdrawn": view.withdrawn,
            "reason": view.reason,
            "operation_id": uuid.uuid4(),
            "error": error,
            "refused": refused,
            "answered": view.response is not None and not view.response.blank,
            "shown": forms.fingerprint(stored, ordered=item.kind == ORDERING),
            "struck": ",".join(served.struck),
            "confidence": confidence,
            "feedback": _feedback(view, now),
            "saved": view.response is not None and view.feedback is None and not rules.may_change_answer(session.mode),
            "has_next": served.position < session.length,
            "navigator": navigator,
        },
    }


def after(learner: User, view: View) -> dict[str, Any]:
    """What stands below the feedback: the question that a wrong choice would have answered, and the learner's marks.

    Three statements at most.
    """
    contrast = queries.contrast_of(view)
    pair = None
    if contrast is not None:
        address = practice.address_of({"focus": rules.CONFUSIONS, "pair": f"{contrast.chosen}~{contrast.key}"})
        pair = {"contrast": contrast, "practise": address}
    return {"pair": pair, **marks_context(queries.marks_of(learner, view.served.item_id))}


def marks_context(marks: Marks) -> dict[str, Any]:
    """Context of ``session/_marks.html``."""
    return {
        "bookmarked": marks.bookmarked,
        "note": {"text": marks.note, "stored": marks.note},
        "report": report_context(marks.reports),
    }


def report_context(reports: Sequence[Report], **typed: Any) -> dict[str, Any]:
    """Context of ``session/_report.html``; ``typed`` is a refused report, shown again, or ``sent``."""
    return {
        "kinds": [{"slug": slug, "words": words} for slug, words in REPORT_KINDS.items()],
        "own": [report_row(report) for report in reports],
        "operation_id": uuid.uuid4(),
        **typed,
    }


def report_row(report: Report) -> dict[str, Any]:
    """One report as the learner reads it."""
    return {
        "kind": REPORT_KINDS[report.kind],
        "text": report.text,
        "state": report.state,
        "answer": report.answer,
        "made_at": report.made_at,
        "answered_at": report.answered_at,
    }


def _shown_response(stored: Response | None, given: dict[str, Any] | None) -> Response:
    if given is None:
        return stored or Response()
    pairs = given.get("pairs")
    options = given.get("options")
    return Response(
        options=tuple(value for value in options if isinstance(value, str)) if isinstance(options, list) else (),
        pairs=tuple(pairs.items()) if isinstance(pairs, dict) else (),
    )


def _slots(count: int, response: Response) -> list[dict[str, Any]]:
    chosen = dict(enumerate(response.options, start=1))
    return [{"position": position, "selected": chosen.get(position, "")} for position in range(1, count + 1)]


def _feedback(view: View, now: datetime) -> dict[str, Any] | None:
    told = view.feedback
    if told is None:
        return None
    note = None
    if view.section is not None:
        note = {
            "stem": view.section.note.stem,
            "anchor": view.section.anchor,
            "heading": view.section.heading,
            "html": markdown.html(view.section.text),
        }
    return {
        "correct": told.correct,
        "verdict": told.verdict,
        "unknown": told.unknown,
        "why": told.why,
        "options": told.options,
        "prompts": told.prompts,
        "note": note,
        "notes_say": told.notes_say,
        "today": told.today,
        "as_of": told.as_of,
        "next_review": in_words(view.due, now) if view.due else "",
        "ability_note": "",
    }


def in_words(due: datetime, now: datetime) -> str:
    """When something comes back, in words: "today", "tomorrow", "in 6 days", "in 3 months"."""
    days = (due.date() - now.date()).days
    if days <= 0:
        return "today"
    if days == 1:
        return "tomorrow"
    return f"in {days} days" if days < 60 else f"in {round(days / 30.4)} months"


def duration(span: timedelta) -> str:
    """A length of time in words: "42 seconds", "9 minutes", "2 h 5 min"."""
    seconds = int(span.total_seconds())
    if seconds < 90:
        return f"{seconds} seconds"
    minutes = seconds // 60
    return f"{minutes} minutes" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
