"""Sessions and the items served in them; the one place that asks whether a key may be seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import (
    Exists,
    FilteredRelation,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)

from questions.domain import feedback, rules, scoring, selection
from questions.domain.items import Item as ItemValue
from questions.domain.memory import Memory
from questions.models import (
    Answer,
    MemoryState,
    NoteSection,
    PracticeSession,
    ServedItem,
    User,
)
from questions.queries.engine import Known, deployed, known_from, own_memory


def own_session(learner: User, session_id: UUID) -> PracticeSession:
    """The learner's session, and what is believed of them (``known_in``); PracticeSession.DoesNotExist for anybody else's."""
    rows = PracticeSession.objects.select_related("exam", "learner__state")
    return rows.annotate(deployed=deployed(), own_memory=own_memory(learner)).get(pk=session_id, learner=learner)


def known_in(session: Any) -> Known:
    """What choosing for the learner of an :func:`own_session` needs. No statement."""
    return known_from(session.learner.state, session.deployed, session.own_memory)


def newest_answer(column: str) -> Subquery:
    """A column of a served item's newest answer."""
    newest = Answer.objects.filter(served=OuterRef("pk")).order_by("-revision")
    return Subquery(newest.values(column)[:1])


def first_unanswered(session: PracticeSession) -> ServedItem | None:
    """The first served item without an answer; where answers may change, a cleared one is none."""
    if rules.may_change_answer(session.mode):
        rows = (
            session.served.filter(withdrawn_at=None).order_by("position").annotate(response=newest_answer("response"))
        )
        return next((row for row in rows if is_blank(row.response)), None)
    answered = Answer.objects.filter(served=OuterRef("pk"))
    return session.served.filter(~Exists(answered), withdrawn_at=None).order_by("position").first()


def served_so_far(session: PracticeSession) -> list[Any]:
    """The session's served items in order, each with ``answered``. One statement."""
    answered = Answer.objects.filter(served=OuterRef("pk"))
    return list(session.served.order_by("position").annotate(answered=Exists(answered)))


@dataclass(frozen=True, slots=True)
class Place:
    """One row of a session's navigator. ``chosen`` counts the options, steps or pairs of the answer, ``total`` those that a
    complete one names; 0 of what has no answer.
    """

    id: UUID
    position: int
    answered: bool
    flagged: bool
    current: bool = False
    withdrawn: bool = False
    chosen: int = 0
    total: int = 0

    @property
    def incomplete(self) -> bool:
        """Answered in part: as it stands it cannot be right."""
        return self.answered and self.chosen < self.total


def places(session: PracticeSession, current: int = 0) -> list[Place]:
    """The served items of a session in order, without their content. One statement."""
    rows = session.served.order_by("position").annotate(
        response=newest_answer("response"), wanted=newest_answer("total")
    )
    found = []
    for row_id, position, response, wanted, flagged_at, withdrawn_at in rows.values_list(
        "pk", "position", "response", "wanted", "flagged_at", "withdrawn_at"
    ):
        answered = not is_blank(response)
        found.append(
            Place(
                row_id,
                position,
                answered,
                flagged_at is not None,
                position == current,
                withdrawn_at is not None,
                len(response.get("options") or response.get("pairs")) if answered else 0,
                wanted if answered else 0,
            )
        )
    return found


def is_blank(response: Any) -> bool:
    """True for no response, for "I don't know" and for a choice that was cleared again."""
    return not response or bool(response.get("unknown")) or not (response.get("options") or response.get("pairs"))


def served_items(learner: User) -> QuerySet[ServedItem]:
    """A learner's served items, each with its newest answer and memory, ready to be shown."""
    return (
        ServedItem.objects.filter(session__learner=learner)
        .annotate(
            known_memory=FilteredRelation("item__memories", condition=Q(item__memories__learner=learner)),
            newest_response=newest_answer("response"),
            newest_right=newest_answer("right"),
            newest_total=newest_answer("total"),
            newest_correct=newest_answer("correct"),
        )
        .select_related("session__exam", "version__section__note", "known_memory")  # type: ignore[misc]
    )


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of an answer. ``replayed`` tells that the operation was known already and nothing was written."""

    answer: Answer
    served: ServedItem
    item: ItemValue
    replayed: bool
    memory: Memory | None = None


@dataclass(frozen=True, slots=True)
class View:
    """A served item as it may be shown now: ``feedback`` is None until the rules reveal it."""

    served: ServedItem
    session: PracticeSession
    item: ItemValue
    response: scoring.Response | None
    feedback: feedback.Feedback | None
    section: NoteSection | None
    due: datetime | None
    reason: str
    withdrawn: bool = False


def view_of(served: Any, *, now: datetime) -> View:
    """The view of a row of :func:`served_items`."""
    item = served.version.value
    stored = served.newest_response
    response = scoring.parse(item, stored, complete=False) if stored else None
    score = scoring.Score(
        bool(served.newest_correct),
        served.newest_right or 0,
        served.newest_total or item.select_count,
    )
    memory = known_memory(served)
    return _view(served, item, response, score, memory.due if memory else None, now)


def known_memory(served: Any) -> MemoryState | None:
    """The learner's memory of a served item, where ``known_memory`` was joined; the join sets nothing where it found none."""
    return getattr(served, "known_memory", None)


def home_memory(served: Any) -> MemoryState | None:
    """The learner's memory of the item that a served one stands for, where ``home_memory`` was joined."""
    return getattr(served, "home_memory", None)


def answered_view(answered: Answered, *, now: datetime) -> View:
    """The view of an item that was answered just now, without another statement."""
    answer, item = answered.answer, answered.item
    response = scoring.parse(item, answer.response, complete=False)
    score = scoring.Score(answer.correct, answer.right, answer.total)
    return _view(
        answered.served,
        item,
        response,
        score,
        answered.memory.due if answered.memory else None,
        now,
    )


def _view(
    served: ServedItem,
    item: ItemValue,
    response: scoring.Response | None,
    score: scoring.Score,
    due: datetime | None,
    now: datetime,
) -> View:
    """The one place that asks whether the key may be seen."""
    revealed = None
    withdrawn = served.withdrawn_at is not None
    if not withdrawn and rules.reveals_feedback(served.session.sitting, now, answered=response is not None):
        given = response or scoring.Response(unknown=True)
        revealed = feedback.make(item, given, score, served.shown_order)
    return View(
        served=served,
        session=served.session,
        item=item,
        response=response,
        feedback=revealed,
        section=served.version.section if revealed else None,
        due=due if revealed else None,
        reason=selection.reason_text(served.reason),
        withdrawn=withdrawn,
    )
