"""Everything that is a learner's, as one JSON document, and their answers as a table. Both in pieces, so that a long history
needs no memory: nothing is held but the questions' texts and the last answer of each session.

A running mock exam is in it as it stands, without what its answers are worth: that leaves the server when it is over.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Exists, OuterRef, QuerySet

from questions.domain import history, rules
from questions.models import (
    Answer,
    Bookmark,
    ItemVersion,
    LearnerState,
    MemoryFit,
    MemoryState,
    Notice,
    PracticeSession,
    PrivateNote,
    ReadinessPoint,
    ReadinessRecord,
    RefusedAnswer,
    Report,
    ServedItem,
    User,
)
from questions.queries.learner import silent_sessions

FORMAT = "mlops-prep-export-1"
CHUNK = 500
PROFILE = (
    "username", "email", "first_name", "last_name", "date_joined", "last_login", "guest_since", "claimed_at", "allowance",
    "theme", "text_size", "shortcuts", "exam_date", "minutes_a_day", "time_zone", "date_style", "reminders_since",
    "reminded_on", "onboarded_at",
)  # fmt: skip
Rows = Iterable[dict[str, Any]]


def as_json(learner: User, now: datetime) -> Iterator[str]:
    """The whole of it, in pieces of JSON text that make one document."""
    head = {"format": FORMAT, "exported_at": now, "profile": _profile(learner)}
    yield _dumps(head)[:-1]
    for name, rows in _lists(learner, now).items():
        yield f', "{name}": ['
        for number, row in enumerate(rows()):
            yield ("," if number else "") + "\n" + _dumps(row)
        yield "]"
    yield "}\n"


def _dumps(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)


def _profile(learner: User) -> dict[str, Any]:
    from allauth.account.models import EmailAddress  # imported late: only the export needs these
    from allauth.mfa.models import Authenticator
    from allauth.usersessions.models import UserSession

    return {
        **{name: getattr(learner, name) for name in PROFILE},
        "emails": list(EmailAddress.objects.filter(user=learner).values("email", "verified", "primary")),
        "second_factors": list(Authenticator.objects.filter(user=learner).values("type", "created_at", "last_used_at")),
        "devices": list(
            UserSession.objects.filter(user=learner).values("ip", "user_agent", "created_at", "last_seen_at")
        ),
    }


def _lists(learner: User, now: datetime) -> dict[str, Callable[[], Rows]]:
    """The lists of the document by name, each read when its turn comes."""
    return {
        "sessions": lambda: _plain(
            PracticeSession.objects.filter(learner=learner).order_by("started_at", "pk"),
            "id", "exam__code", "mode", "state", "form", "length", "tags", "focus", "feedback", "feel", "section", "pair",
            "started_at", "deadline", "finished_at",
        ),
        "questions": lambda: ({"question": row.pk, **text_of(row)} for row in _versions(learner)),
        "served": lambda: _plain(
            ServedItem.objects.filter(session__learner=learner).order_by("served_at", "session_id", "position"),
            "id", "session_id", "position", "version_id", "shown_order", "struck", "reason", "served_at", "flagged_at",
            "withdrawn_at",
        ),
        "answers": lambda: _answers(learner, now),
        "refused_answers": lambda: _plain(
            RefusedAnswer.objects.filter(learner=learner).order_by("pk"), "served_id", "response", "code", "received_at"
        ),
        "private_notes": lambda: _plain(
            PrivateNote.objects.filter(learner=learner).order_by("pk"), "item_id", "text", "written_at"
        ),
        "bookmarks": lambda: _plain(
            Bookmark.objects.filter(learner=learner).order_by("made_at", "pk"), "item_id", "made_at"
        ),
        "reports": lambda: _plain(
            Report.objects.filter(learner=learner).order_by("made_at", "pk"),
            "version_id", "kind", "text", "made_at", "state", "answer", "answered_at",
        ),
        "notices": lambda: _plain(
            Notice.objects.filter(learner=learner).order_by("made_at", "pk"),
            "change__was_statement", "change__today", "change__source", "made_at", "read_at",
        ),
        "beliefs": lambda: _plain(LearnerState.objects.filter(learner=learner), "beliefs", "engine", "updated_at"),
        "memories": lambda: _plain(
            _told_memories(learner).order_by("item_id"),
            "item_id", "stability", "difficulty", "due", "last_review", "reps", "lapses",
        ),
        "memory_fits": lambda: _plain(
            MemoryFit.objects.filter(learner=learner).order_by("pk"),
            "parameters", "accepted", "evidence", "reviews", "made_at",
        ),
        "readiness": lambda: _plain(
            ReadinessRecord.objects.filter(learner=learner).order_by("pk"),
            "session_id", "engine", "predicted", "low", "high", "luck", "made_at", "actual", "answered",
        ),
        "readiness_by_day": lambda: _plain(
            ReadinessPoint.objects.filter(learner=learner).order_by("day"),
            "day", "engine", "score", "low", "high", "passing", "enough",
        ),
    }  # fmt: skip


def _told_memories(learner: User) -> QuerySet[MemoryState]:
    """The learner's memories; those of what a session under way keeps for its end would tell whether it was right."""
    silent = ServedItem.objects.filter(session__in=silent_sessions(learner).filter(mode=rules.STUDY))
    homes = silent.exclude(stands_for=None).values("stands_for")
    return MemoryState.objects.filter(learner=learner).exclude(item__in=silent.values("item")).exclude(item__in=homes)


NAMES = {
    "exam__code": "exam", "session_id": "session", "version_id": "question", "served_id": "served", "item_id": "item",
    "change__was_statement": "said", "change__today": "today", "change__source": "source",
}  # fmt: skip
"""Columns whose name in the document is another."""


def _plain(rows: Any, *columns: str) -> Rows:
    for row in rows.values_list(*columns).iterator(chunk_size=CHUNK):
        yield {NAMES.get(column, column): value for column, value in zip(columns, row, strict=True)}


def _versions(learner: User) -> Iterable[ItemVersion]:
    served = ServedItem.objects.filter(session__learner=learner, version=OuterRef("pk"))
    return ItemVersion.objects.filter(Exists(served)).order_by("pk").iterator(chunk_size=CHUNK)


def text_of(version: ItemVersion) -> dict[str, Any]:
    """A question as the learner read it, without its key."""
    value = version.value
    text: dict[str, Any] = {
        "item": version.item_id,
        "kind": value.kind,
        "tags": list(value.tags),
        "stem": value.stem,
        "ask": value.ask,
        "options": [{"id": option.id, "text": option.text} for option in value.options],
    }
    if value.prompts:
        text["prompts"] = [{"id": prompt.id, "text": prompt.text} for prompt in value.prompts]
    if value.case:
        text["case"] = {"title": value.case.title, "text": value.case.text}
    return text


def _logged(learner: User, now: datetime) -> Iterator[tuple[Answer, bool, float]]:
    """Every stored answer in the learner's order, whether its worth may be told, and how many seconds it took."""
    before: dict[Any, float] = {}
    rows = Answer.objects.filter(learner=learner).select_related("served__session").order_by("seq", "pk")
    for row in rows.iterator(chunk_size=CHUNK):
        session = row.served.session
        at = row.received_at.timestamp()
        took = None if row.took_ms is None else row.took_ms / 1000
        seconds = history.seconds_of(at, row.served.served_at.timestamp(), before.get(session.pk, 0.0), took)
        before[session.pk] = at
        yield row, rules.reveals_feedback(session.sitting, now, answered=True), round(seconds, 1)


def _answers(learner: User, now: datetime) -> Rows:
    for row, told, seconds in _logged(learner, now):
        yield {
            "served": row.served_id,
            "question": row.version_id,
            "revision": row.revision,
            "response": row.response,
            "correct": row.correct if told else None,
            "right": row.right if told else None,
            "total": row.total,
            "chosen_concept": row.chosen_concept if told else None,
            "predicted": row.predicted if told else None,
            "engine": row.engine,
            "believed": row.offset if told else None,  # it moves with each answer before it
            "believed_variance": row.offset_variance if told else None,
            "confidence": row.confidence,
            "took_ms": row.took_ms,
            "seconds": seconds,
            "received_at": row.received_at,
        }


COLUMNS = (
    "answered_at", "session", "mode", "position", "revision", "question", "answer", "right", "seconds", "confidence", "topics",
)  # fmt: skip


class _Echo:
    """What csv.writer writes to: hands the line back."""

    def write(self, line: str) -> str:
        return line


def as_csv(learner: User, now: datetime) -> Iterator[str]:
    """The answers as a table, line by line."""
    writer = csv.writer(_Echo())
    yield _line(writer, COLUMNS)
    texts = {row.pk: text_of(row) for row in _versions(learner)}
    for row, told, seconds in _logged(learner, now):
        text = texts[row.version_id]
        session = row.served.session
        yield _line(
            writer,
            (
                row.received_at.isoformat(timespec="seconds"),
                str(session.pk),
                session.mode,
                row.served.position,
                row.revision,
                f"{text['stem']} {text['ask']}",
                in_text(text, row.response),
                ("yes" if row.correct else "no") if told else "",
                seconds,
                row.confidence,
                " ".join(text["tags"]),
            ),
        )


def in_text(text: dict[str, Any], response: dict[str, Any]) -> str:
    """A response in the words of its question."""
    if response.get("unknown"):
        return "I don't know yet"
    options = {option["id"]: option["text"] for option in text["options"]}
    if pairs := response.get("pairs"):
        prompts = {prompt["id"]: prompt["text"] for prompt in text.get("prompts", ())}
        return "; ".join(
            f"{prompts.get(prompt, prompt)}: {options.get(option, option)}" for prompt, option in pairs.items()
        )
    return "; ".join(options.get(option, option) for option in response.get("options", ()))


FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""Beginnings that a spreadsheet takes for a formula, or skips to reach one (OWASP, "CSV Injection")."""


def _line(writer: Any, cells: Iterable[Any]) -> str:
    line: str = writer.writerow([harmless(cell) for cell in cells])
    return line


def harmless(cell: Any) -> Any:
    """A cell that no spreadsheet runs: text that looks like a formula gets an apostrophe in front."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" ").startswith(FORMULA) else cell
