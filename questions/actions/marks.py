"""What a learner leaves on a question: bookmark, private note, report, struck-out options. Each may be sent twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied

from questions.actions.review import REVIEWER
from questions.domain import rules
from questions.models import Bookmark, PrivateNote, Report, ServedItem, User, writing


def set_bookmark(*, learner: User, served_id: UUID, marked: bool, now: datetime) -> bool:
    """Keep the item of a served question among the learner's bookmarks, or take it out; returns ``marked``.

    Raises ServedItem.DoesNotExist for somebody else's question.
    """
    served = _own(learner, served_id)
    with writing():
        if marked:
            Bookmark.objects.get_or_create(learner=learner, item_id=served.item_id, defaults={"made_at": now})
        else:
            Bookmark.objects.filter(learner=learner, item_id=served.item_id).delete()
    return marked


def write_note(*, learner: User, served_id: UUID, text: str, now: datetime) -> PrivateNote | None:
    """Keep a private note on an item; the newest counts, and an empty one clears it. None when there was nothing to clear.

    The same text again writes nothing. Raises ServedItem.DoesNotExist for somebody else's question, Refusal ``too-long``.
    """
    served = _own(learner, served_id)
    text = text.replace("\r\n", "\n").strip()
    if len(text) > PrivateNote.MAX:
        raise rules.Refusal("too-long", f"A note may have {PrivateNote.MAX} characters; this one has {len(text)}.")
    with writing():
        newest = PrivateNote.objects.filter(learner=learner, item_id=served.item_id).first()
        if newest is not None and newest.text == text:
            return newest
        if newest is None and not text:
            return None
        return PrivateNote.objects.create(learner=learner, item_id=served.item_id, text=text, written_at=now)


def report_problem(
    *, learner: User, served_id: UUID, kind: str, text: str, operation_id: UUID, now: datetime
) -> Report:
    """Tell the instructors that something is wrong with a question. The same operation again returns the first report.

    Raises ServedItem.DoesNotExist for somebody else's question, Refusal ``bad-kind`` or ``too-long``.
    """
    served = _own(learner, served_id)
    if kind not in Report.KINDS:
        raise rules.Refusal("bad-kind", f"Say what is wrong: one of {', '.join(Report.KINDS)}.")
    text = text.replace("\r\n", "\n").strip()
    if len(text) > Report.MAX:
        raise rules.Refusal("too-long", f"A report may have {Report.MAX} characters; this one has {len(text)}.")
    with writing():
        report, _ = Report.objects.get_or_create(
            learner=learner,
            operation_id=operation_id,
            defaults={"version_id": served.version_id, "kind": kind, "text": text, "made_at": now},
        )
    return report


def answer_report(*, report: Report, by: User, accepted: bool, answer: str, now: datetime) -> Report:
    """Say what became of a report. Raises PermissionDenied, or Refusal when it was answered already or nothing is said."""
    if not by.has_perm(REVIEWER):
        raise PermissionDenied(f"This needs the permission {REVIEWER}.")
    if not answer.strip():
        raise rules.Refusal("reason-missing", "Say what the learner is to know.")
    with writing():
        answered = Report.objects.filter(pk=report.pk, state=Report.OPEN).update(
            state=Report.ACCEPTED if accepted else Report.DECLINED,
            answer=answer.strip(),
            answered_by=by,
            answered_at=now,
        )
    report.refresh_from_db()
    if not answered:
        raise rules.Refusal("wrong-state", f"This report was {report.state} already.")
    return report


def strike_out(*, learner: User, served_id: UUID, struck: Sequence[str]) -> ServedItem:
    """Keep which options the learner struck out; ids that the question does not have are left out.

    Raises ServedItem.DoesNotExist for somebody else's question.
    """
    served = _own(learner, served_id)
    kept = [option for option in served.shown_order if option in set(struck)]
    if kept != served.struck:
        with writing():
            ServedItem.objects.filter(pk=served.pk).update(struck=kept)
        served.struck = kept
    return served


def _own(learner: User, served_id: UUID) -> ServedItem:
    return ServedItem.objects.get(pk=served_id, session__learner=learner)
