"""What a learner left on a question, and the question that their wrong choice would have answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Subquery, UUIDField
from django.db.models.fields.json import KT

from questions.domain import contrast, rules, scoring
from questions.models import Bookmark, ItemVersion, PrivateNote, Report, ServedItem, User
from questions.queries.learner import silent_sessions
from questions.queries.served import View


@dataclass(frozen=True, slots=True)
class Marks:
    """Bookmark, private note and own reports on one item, newest report first."""

    bookmarked: bool
    note: str
    reports: tuple[Report, ...]


def marks_of(learner: User, item_id: int) -> Marks:
    """What the learner left on an item. Two statements."""
    newest = PrivateNote.objects.filter(learner=OuterRef("pk"), item=item_id).order_by("-id")
    bookmarked, note = (
        User.objects.annotate(
            marked=Exists(Bookmark.objects.filter(learner=OuterRef("pk"), item=item_id)),
            note=Subquery(newest.values("text")[:1]),
        )
        .values_list("marked", "note")
        .get(pk=learner.pk)
    )
    return Marks(bookmarked, note or "", reports_on(learner, item_id))


def reports_on(learner: User, item_id: int) -> tuple[Report, ...]:
    """The learner's reports on an item, newest first. One statement."""
    return tuple(Report.objects.filter(learner=learner, version__item=item_id))


def note_of(learner: User, item_id: int) -> PrivateNote | None:
    """The learner's newest note on an item, which may be empty. One statement."""
    return PrivateNote.objects.filter(learner=learner, item=item_id).first()


def reports_of(learner: User) -> QuerySet[Report]:
    """The learner's reports, newest first, each with where the question was met last: ``session_id``, ``position``."""
    met = ServedItem.objects.filter(session__learner=OuterRef("learner"), version=OuterRef("version"))
    last = met.order_by("-served_at")
    return (
        Report.objects.filter(learner=learner)
        .select_related("version")
        .annotate(
            session_id=Subquery(last.values("session_id")[:1], UUIDField()),
            position=Subquery(last.values("position")[:1]),
        )
    )


TITLE = 130
NOTES_SHOWN = 500


def title_of(version: ItemVersion) -> str:
    """How a question begins: what it is told by in a list."""
    item = version.value
    return contrast.shortened(item.stem or f"{item.case.title if item.case else ''}: {item.ask}", TITLE)


@dataclass(frozen=True, slots=True)
class Kept:
    """A question that a learner kept: ``text`` is their note on it, empty for a bookmark; where they met it last."""

    session: UUID
    position: int
    title: str
    text: str
    at: datetime


def notes_of(learner: User, words: Sequence[str] = (), most: int = NOTES_SHOWN) -> list[Kept]:
    """The learner's notes, newest first, one for each question; those with all of ``words``, if any are named. Two statements,
    one where there are none.
    """
    newest = PrivateNote.objects.filter(learner=learner, item=OuterRef("item")).order_by("-id")
    rows = PrivateNote.objects.filter(learner=learner, pk=Subquery(newest.values("pk")[:1])).exclude(text="")
    for word in words:
        rows = rows.filter(text__icontains=word)
    found = _met(rows.order_by("-written_at", "-id"), learner).values_list(*_MET, "text", "written_at")
    return _kept(list(found[:most]))


def bookmarks_of(learner: User) -> list[Kept]:
    """What the learner bookmarked, newest first. Two statements, one where there is nothing."""
    found = _met(Bookmark.objects.filter(learner=learner), learner)
    return _kept([(*row[:3], "", row[3]) for row in found.values_list(*_MET, "made_at")[:NOTES_SHOWN]])


_MET = ("met_session", "met_position", "met_version")


def _met(rows: QuerySet[Any], learner: User) -> QuerySet[Any]:
    """Each row with where its item was met last, but for sessions that tell nothing of it yet."""
    served = ServedItem.objects.filter(session__learner=learner, item=OuterRef("item"))
    last = served.exclude(session__in=silent_sessions(learner)).order_by("-served_at")
    return rows.annotate(
        met_session=Subquery(last.values("session_id")[:1], UUIDField()),
        met_position=Subquery(last.values("position")[:1]),
        met_version=Subquery(last.values("version_id")[:1]),
    ).exclude(met_session=None)


def _kept(rows: list[Any]) -> list[Kept]:
    versions = ItemVersion.objects.in_bulk({row[2] for row in rows})
    return [
        Kept(session, position, title_of(versions[version]), text, at) for session, position, version, text, at in rows
    ]


@dataclass(frozen=True, slots=True)
class Contrast:
    """A question that the chosen option answers: ``chosen`` and ``key`` are concepts, ``option`` is the option's text.

    ``same_story`` tells that ``story`` is the one sentence that is different from the question that was answered.
    """

    option: str
    chosen: str
    key: str
    story: str
    ask: str
    same_story: bool


def contrast_of(view: View) -> Contrast | None:
    """What the learner's wrong choice would have been right for; None when nothing was taken for something else, or no
    question shows the difference. One statement at most.

    A question of a session that still runs is never shown: it may yet be asked, and this would tell its key.
    """
    if view.feedback is None or view.feedback.correct or view.response is None:
        return None
    chosen, key = scoring.mistaken(view.item, view.response), view.served.version.concept
    if not chosen or not key:
        return None
    served = ServedItem.objects.filter(session__learner=view.session.learner_id, session__state=rules.OPEN)
    rows = (
        ItemVersion.objects.filter(state=ItemVersion.APPROVED, concept=chosen, item__exam=view.session.exam_id)
        .exclude(item__in=served.values("item"))
        .order_by("item")
        .annotate(stem=KT("body__stem"), ask=KT("body__ask"), story=KT("body__source__story"))
        .values_list("lures", "strand", "stem", "ask", "story")
    )
    family, story = _family(view.served.version.strand), view.item.source.get("story")
    found = []
    for lures, strand, stem, ask, told in rows:
        if key not in lures or not stem:
            continue
        same_family = bool(family) and family == _family(strand)
        new = contrast.only_difference(view.item.stem, stem) if same_family and story == told else ""
        found.append((bool(new), same_family and story == told, same_family, new, stem, ask))
    if not found:
        return None
    *_, new, stem, ask = max(found, key=lambda row: row[:3])  # the first of the best
    return Contrast(
        option=view.item.option(view.response.options[0]).text,
        chosen=chosen,
        key=key,
        story=contrast.shortened(new or stem),
        ask=ask,
        same_story=bool(new),
    )


def _family(strand: str) -> str:
    return strand.partition("/")[0]
