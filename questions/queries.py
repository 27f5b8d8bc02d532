"""Reads that more than one edge needs. Nothing here writes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import (
    Count,
    Exists,
    FilteredRelation,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)

from questions.domain import ability, feedback, rules, scoring, selection
from questions.domain.ability import Belief, Gauss
from questions.domain.items import Item as ItemValue
from questions.domain.memory import Memory
from questions.models import (
    Answer,
    Exam,
    ItemVersion,
    LearnerState,
    MemoryState,
    NoteSection,
    Notice,
    PracticeSession,
    RefusedAnswer,
    ServedItem,
    Tag,
    User,
)


class NoExam(LookupError):
    """The bank is not loaded."""


def current_exam() -> Exam:
    """The exam that this deployment is about. NoExam says how to load one."""
    exam = Exam.objects.order_by("pk").first()
    if exam is None:
        raise NoExam("The question bank is empty. Load it with: python manage.py load_bank")
    return exam


def belief_of(learner: User) -> Belief:
    """What is believed of a learner; the prior for a new one."""
    state = LearnerState.objects.filter(pk=learner.pk).first()
    return state.belief if state else Belief()


def candidates(learner: User, exam: Exam, tags: Sequence[str] = ()) -> list[selection.Candidate]:
    """Every approved item of the exam (with one of ``tags``, if any are named) as the learner stands to it. Two statements."""
    memories = {
        item: (due, last, home)
        for item, due, last, home in MemoryState.objects.filter(learner=learner).values_list(
            "item_id", "due", "last_review", "home_id"
        )
    }
    approved = ItemVersion.objects.filter(state=ItemVersion.APPROVED, item__exam=exam).values_list(
        "item_id",
        "tag_slugs",
        "domain",
        "difficulty",
        "item__case_slug",
        "case_part",
        "concept",
        "strand",
        "item__calibration__mean",
        "item__calibration__variance",
    )
    wanted = set(tags)
    found = []
    rows = list(approved)
    known = {row[0] for row in rows}
    for item, slugs, domain, prior, case, part, concept, strand, mean, variance in rows:
        if wanted and not wanted & set(slugs):
            continue
        due, last, home = memories.get(item, (None, None, None))
        difficulty = Gauss(prior, ability.ITEM_VARIANCE) if mean is None else Gauss(mean, variance)
        found.append(
            selection.Candidate(
                item,
                tuple(slugs),
                domain,
                difficulty,
                due,
                last,
                case,
                part,
                concept,
                generated=bool(strand),
                home=home if home in known else 0,  # without its home an item keeps its own schedule
            )
        )
    return sorted(found, key=lambda candidate: candidate.id)


def own_session(learner: User, session_id: UUID) -> PracticeSession:
    """The learner's session; PracticeSession.DoesNotExist for anybody else's."""
    return PracticeSession.objects.select_related("exam", "learner").get(pk=session_id, learner=learner)


def _newest_answer(column: str) -> Subquery:
    newest = Answer.objects.filter(served=OuterRef("pk")).order_by("-revision")
    return Subquery(newest.values(column)[:1])


def first_unanswered(session: PracticeSession) -> ServedItem | None:
    """The first served item without an answer; where answers may change, a cleared one is none."""
    if rules.may_change_answer(session.mode):
        rows = (
            session.served.filter(withdrawn_at=None).order_by("position").annotate(response=_newest_answer("response"))
        )
        return next((row for row in rows if _is_blank(row.response)), None)
    answered = Answer.objects.filter(served=OuterRef("pk"))
    return session.served.filter(~Exists(answered), withdrawn_at=None).order_by("position").first()


def served_so_far(session: PracticeSession) -> list[Any]:
    """The session's served items in order, each with ``answered``. One statement."""
    answered = Answer.objects.filter(served=OuterRef("pk"))
    return list(session.served.order_by("position").annotate(answered=Exists(answered)))


@dataclass(frozen=True, slots=True)
class Place:
    """One row of a session's navigator."""

    id: UUID
    position: int
    answered: bool
    flagged: bool
    current: bool = False
    withdrawn: bool = False


def places(session: PracticeSession, current: int = 0) -> list[Place]:
    """The served items of a session in order, without their content. One statement."""
    rows = session.served.order_by("position").annotate(response=_newest_answer("response"))
    return [
        Place(
            row_id,
            position,
            not _is_blank(response),
            flagged_at is not None,
            position == current,
            withdrawn_at is not None,
        )
        for row_id, position, response, flagged_at, withdrawn_at in rows.values_list(
            "pk", "position", "response", "flagged_at", "withdrawn_at"
        )
    ]


def _is_blank(response: Any) -> bool:
    return not response or bool(response.get("unknown")) or not (response.get("options") or response.get("pairs"))


def served_items(learner: User) -> QuerySet[ServedItem]:
    """A learner's served items, each with its newest answer and memory, ready to be shown."""
    return (
        ServedItem.objects.filter(session__learner=learner)
        .annotate(
            known_memory=FilteredRelation("item__memories", condition=Q(item__memories__learner=learner)),
            newest_response=_newest_answer("response"),
            newest_right=_newest_answer("right"),
            newest_total=_newest_answer("total"),
            newest_correct=_newest_answer("correct"),
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


def tag_names() -> dict[str, str]:
    """Tag slug -> name."""
    return dict(Tag.objects.values_list("slug", "name"))


@dataclass(frozen=True, slots=True)
class TagProgress:
    """How a learner stands on one tag. Percentages are the chance (0-100) of a right answer to a middling question."""

    slug: str
    name: str
    answered: int
    correct: int
    ability_percent: int
    low: int
    high: int
    last_seen: datetime | None
    due: int
    items: int

    @property
    def is_new(self) -> bool:
        """True while no answer tells anything of this tag."""
        return self.answered == 0


def progress_by_tag(learner: User, now: datetime) -> list[TagProgress]:
    """Every tag of the bank, weakest first, untouched ones last. Four statements, whatever the history."""
    belief = belief_of(learner)
    due: dict[str, int] = defaultdict(int)
    due_items = set(
        MemoryState.objects.filter(learner=learner, home=None, due__lte=now).values_list("item_id", flat=True)
    )
    count: dict[str, int] = defaultdict(int)
    approved = ItemVersion.objects.filter(state=ItemVersion.APPROVED).values_list("item_id", "tag_slugs")
    for item, slugs in approved:
        for slug in slugs:
            count[slug] += 1
            due[slug] += item in due_items
    rows = []
    for slug, name in tag_names().items():
        known, mastery = belief.tag(slug), ability.mastery(belief, slug)
        rows.append(
            TagProgress(
                slug=slug,
                name=name,
                answered=known.answered,
                correct=known.correct,
                ability_percent=round(100 * mastery.p),
                low=round(100 * mastery.low),
                high=round(100 * mastery.high),
                last_seen=datetime.fromtimestamp(known.last, tz=now.tzinfo) if known.last else None,
                due=due[slug],
                items=count[slug],
            )
        )
    return sorted(rows, key=lambda row: (row.is_new, row.ability_percent, row.slug))


def due_count(learner: User, now: datetime) -> int:
    """How many approved questions are due."""
    approved = ItemVersion.objects.filter(item=OuterRef("item"), state=ItemVersion.APPROVED)
    return MemoryState.objects.filter(Exists(approved), learner=learner, home=None, due__lte=now).count()


def notices(learner: User, *, unread: bool = False) -> QuerySet[Notice]:
    """What changed in the bank for this learner, newest first."""
    found = Notice.objects.filter(learner=learner).select_related("change__fact")
    return found.filter(read_at=None) if unread else found


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session to go on with."""

    session: PracticeSession
    answered: int
    total: int
    remaining: timedelta | None


def open_sessions(learner: User, now: datetime, limit: int = 5) -> list[OpenSession]:
    """Sessions that still run, newest first. One whose time is up is not among them, closed or not."""
    rows = (
        PracticeSession.objects.filter(learner=learner, state=rules.OPEN)
        .select_related("exam")
        .annotate(done=Count("served__answers__served", distinct=True))
        .order_by("-started_at")
    )
    running = [row for row in rows if not rules.is_over(row.sitting, now)][:limit]
    return [OpenSession(row, row.done, row.length, row.deadline - now if row.deadline else None) for row in running]


@dataclass(frozen=True, slots=True)
class Share:
    """Right answers out of a group of questions."""

    slug: str
    title: str
    correct: int
    total: int

    @property
    def percent(self) -> int:
        """Whole percent, rounded down: a score never looks better than it is."""
        return 100 * self.correct // self.total if self.total else 0


@dataclass(frozen=True, slots=True)
class ResultItem:
    """One question of a result."""

    id: UUID
    position: int
    ask: str
    correct: bool
    answered: bool
    flagged: bool


@dataclass(frozen=True, slots=True)
class Result:
    """How a finished session went. Sections are the exam guide's tasks. A mock exam is held against the pass line, study is
    not. ``late`` counts answers that came after the end and are kept without counting.
    """

    session: PracticeSession
    overall: Share
    by_domain: tuple[Share, ...]
    by_section: tuple[Share, ...]
    by_tag: tuple[Share, ...]
    items: tuple[ResultItem, ...]
    pass_percent: int | None
    pass_note: str
    finished_at: datetime
    took: timedelta
    late: int
    withdrawn: int = 0


def result_of(session: PracticeSession, *, now: datetime) -> Result:
    """The result from the log of answers; Refusal ``not-finished`` while the session runs."""
    sitting = session.sitting
    if not rules.is_over(sitting, now):
        raise rules.Refusal("not-finished", "The result is there when the session is finished.")
    rows: Any = (
        session.served.order_by("position")
        .select_related("version")
        .annotate(
            newest_response=_newest_answer("response"),
            newest_correct=_newest_answer("correct"),
        )
    )
    names = tag_names()
    blueprint = session.exam.format["domains"]
    domains = {domain["slug"]: domain["title"] for domain in blueprint}
    tasks = {str(task["id"]): f"{task['id']} {task['title']}" for domain in blueprint for task in domain["tasks"]}
    by_domain: dict[str, list[bool]] = defaultdict(list)
    by_section: dict[str, list[bool]] = defaultdict(list)
    by_tag: dict[str, list[bool]] = defaultdict(list)
    items = []
    withdrawn = 0
    for row in rows:
        if row.withdrawn_at is not None:
            withdrawn += 1
            continue
        answered = not _is_blank(row.newest_response)
        right = answered and bool(row.newest_correct)
        by_domain[row.version.domain].append(right)
        by_section[row.version.value.task].append(right)
        for slug in row.version.tag_slugs:
            by_tag[slug].append(right)
        ask = row.version.value.ask
        items.append(ResultItem(row.pk, row.position, ask, right, answered, row.flagged_at is not None))
    finished_at = rules.finish_time(sitting, now)
    return Result(
        session=session,
        overall=Share("", "All questions", sum(item.correct for item in items), len(items)),
        by_domain=tuple(_shares(by_domain, domains)),
        by_section=tuple(_shares(by_section, tasks)),
        by_tag=tuple(sorted(_shares(by_tag, names), key=lambda share: (share.percent, share.slug))),
        items=tuple(items),
        pass_percent=int(session.exam.format["pass_percent"]) if session.mode == rules.MOCK else None,
        pass_note=str(session.exam.format["pass_note"]) if session.mode == rules.MOCK else "",
        finished_at=finished_at,
        took=finished_at - session.started_at,
        late=RefusedAnswer.objects.filter(served__session=session, served__withdrawn_at=None).count(),
        withdrawn=withdrawn,
    )


def _shares(groups: dict[str, list[bool]], names: dict[str, str]) -> list[Share]:
    return [Share(slug, names.get(slug, slug), sum(marks), len(marks)) for slug, marks in sorted(groups.items())]
