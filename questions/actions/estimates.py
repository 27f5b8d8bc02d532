"""Beliefs and memories from the log: absorb a mock exam, replay a learner, calibrate items. All of it may run twice.

Celery calls these; nothing a learner sees waits for them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import F, Max, Min, Q
from django.db.models.functions import Coalesce, Least

from questions import queries
from questions.domain import ability, memory, rules
from questions.domain.ability import Belief
from questions.models import (
    Answer,
    Item,
    ItemCalibration,
    ItemVersion,
    LearnerState,
    MemoryState,
    PracticeSession,
    User,
    belief_to_json,
    memory_columns,
    writing,
)


@dataclass(slots=True)
class Absorbed:
    """Beliefs and memories after some answers; ``memories`` by item id, ``homes`` of those asked in another's place."""

    belief: Belief = field(default_factory=Belief)
    memories: dict[int, memory.Memory] = field(default_factory=dict)
    homes: dict[int, int] = field(default_factory=dict)

    @property
    def columns(self) -> dict[str, Any]:
        """Columns of LearnerState."""
        return {"beliefs": belief_to_json(self.belief), "engine": ability.ENGINE}

    def add(self, answer: Answer) -> ability.Estimate:
        """Absorb one final answer and tell what was expected of it; ``served`` and ``version`` must be loaded."""
        known = self.memories.get(answer.item_id)
        self.belief, guess = ability.update(
            self.belief,
            tuple(answer.version.tag_slugs),
            answer.served.difficulty,
            correct=answer.correct,
            at=answer.received_at.timestamp(),
            repeat=known is not None,
        )
        home = answer.served.stands_for_id
        reviewed = memory.review(
            self.memories.get(home) if home else known,
            correct=answer.correct,
            at=answer.received_at,
            unsure=answer.confidence == "unsure",
        )
        self.memories[answer.item_id] = reviewed
        self.homes.pop(answer.item_id, None)
        if home:
            self.memories[home] = reviewed
            self.homes[answer.item_id] = home
        return guess


def final_answers(session: PracticeSession) -> list[Answer]:
    """The newest revision of each answered item, in order of position. A cleared answer is none, nor is a withdrawn one."""
    newest: dict[Any, Answer] = {}
    rows = session_answers(session).filter(served__withdrawn_at=None).order_by("served__position", "revision")
    for answer in rows:
        newest[answer.served_id] = answer
    return [answer for answer in newest.values() if not queries.is_blank(answer.response)]


def session_answers(session: PracticeSession) -> Any:
    """All answers of a session with what grading and replay need."""
    return Answer.objects.filter(served__session=session).select_related("served", "version")


def absorb_mock(session: PracticeSession, belief: Belief) -> Absorbed:
    """What a mock exam's final answers make of the beliefs; nothing is written."""
    answers = final_answers(session)
    items = [answer.item_id for answer in answers]
    items += [answer.served.stands_for_id for answer in answers if answer.served.stands_for_id]
    known = MemoryState.objects.filter(learner_id=session.learner_id, item_id__in=items)
    absorbed = Absorbed(belief, *memories_of(known))
    for answer in answers:
        absorbed.add(answer)
    return absorbed


def memories_of(rows: Iterable[MemoryState]) -> tuple[dict[int, memory.Memory], dict[int, int]]:
    """Memories and homes by item id."""
    rows = list(rows)
    homes = {row.item_id: row.home_id for row in rows if row.home_id is not None}
    return {row.item_id: row.memory for row in rows}, homes


def store_memories(learner: User, memories: Mapping[int, memory.Memory], homes: Mapping[int, int]) -> None:
    """Write memory states, new and known alike."""
    MemoryState.objects.bulk_create(
        [
            MemoryState(learner=learner, item_id=item, home_id=homes.get(item), **memory_columns(state))
            for item, state in memories.items()
        ],
        update_conflicts=True,
        unique_fields=["learner", "item"],
        update_fields=[
            "stability",
            "difficulty",
            "due",
            "last_review",
            "reps",
            "lapses",
            "home",
        ],
    )


def replay(learner: User) -> Absorbed:
    """The whole log of a learner from the beginning: study answers as they came, each mock exam when it closed."""
    events: list[tuple[int, list[Answer]]] = [
        (answer.seq, [answer])
        for answer in Answer.objects.filter(learner=learner, served__session__mode=rules.STUDY).select_related(
            "served", "version"
        )
    ]
    mocks = PracticeSession.objects.filter(learner=learner, mode=rules.MOCK, state=rules.FINISHED)
    events += [(session.closed_seq or 0, final_answers(session)) for session in mocks]
    absorbed = Absorbed()
    for _, answers in sorted(events, key=lambda event: event[0]):
        for answer in answers:
            absorbed.add(answer)
    return absorbed


def rebuild_progress(learner: User, *, now: datetime) -> bool:
    """Replay the log and store what follows; True when something stored was different.

    When the learner answers meanwhile nothing is written; the next sweep comes again.
    """
    state, _ = LearnerState.objects.get_or_create(learner=learner, defaults={"updated_at": now})
    rebuilt = replay(learner)
    stored = memories_of(MemoryState.objects.filter(learner=learner))
    same = belief_to_json(rebuilt.belief) == belief_to_json(state.belief) and stored == (
        rebuilt.memories,
        rebuilt.homes,
    )
    with writing():
        current = LearnerState.objects.filter(pk=learner.pk, seq=state.seq)
        if same:
            current.update(refreshed_seq=state.seq)
            return False
        # seq moves, so that an answer reckoned from the old beliefs starts again from these.
        moved = {
            "seq": state.seq + 1,
            "refreshed_seq": state.seq + 1,
            "updated_at": now,
            **rebuilt.columns,
        }
        if not current.update(**moved):
            return False
        MemoryState.objects.filter(learner=learner).exclude(item_id__in=rebuilt.memories).delete()
        store_memories(learner, rebuilt.memories, rebuilt.homes)
    return True


def refresh_estimates(*, now: datetime, limit: int = 200) -> int:
    """The sweep: replay the learners who answered since their last replay; returns how many were looked at."""
    behind = (
        LearnerState.objects.filter(refreshed_seq__lt=F("seq")).order_by("updated_at").select_related("learner")[:limit]
    )
    for state in behind:
        rebuild_progress(state.learner, now=now)
    return len(behind)


def calibrate_items(*, now: datetime, items: Iterable[int] | None = None) -> int:
    """Estimate the difficulty of every item with new answers, from first-sight final answers; returns how many moved.

    An answer's offset is what is believed of its learner today (plug-in MAP; see ``ability.calibrate``).
    """
    over = Q(answers__served__session__mode=rules.STUDY) | Q(answers__served__session__state=rules.FINISHED)
    newest_counted = Max("answers__id", filter=over)
    # What waits in a mock exam under way is older than some of what counts by now; from there on it is looked at again.
    up_to = Coalesce(Least(newest_counted, Min("answers__id", filter=~over) - 1), newest_counted)
    wanted = Item.objects.annotate(newest=newest_counted, up_to=up_to).filter(newest__gt=0)
    wanted = wanted.exclude(calibration__newest_answer__gte=F("newest"))
    if items is not None:
        wanted = wanted.filter(pk__in=items)
    newest = dict(wanted.values_list("pk", "up_to"))
    if not newest:
        return 0
    priors = {
        version.item_id: version.prior
        for version in ItemVersion.objects.filter(item_id__in=newest, served__isnull=False)
        .defer("body")
        .order_by("number")
        .distinct()
    }
    evidence: dict[int, list[tuple[float, float, bool]]] = defaultdict(list)
    beliefs: dict[int, Belief] = {}
    for answer in _first_sights(newest):
        if answer.learner_id not in beliefs:
            row = LearnerState.objects.filter(pk=answer.learner_id).first()
            beliefs[answer.learner_id] = row.belief if row else Belief()
        tags = tuple(answer.version.tag_slugs)
        guess = ability.estimate(beliefs[answer.learner_id], tags, ability.Gauss(0.0, 1e-9))
        evidence[answer.item_id].append((guess.offset, guess.variance, answer.correct))
    rows = []
    for item, answers in sorted(evidence.items()):  # in one order, or two sweeps at once could lock each other out
        belief = ability.calibrate(priors[item], answers)
        rows.append(
            ItemCalibration(
                item_id=item,
                mean=belief.mean,
                variance=belief.variance,
                answers=len(answers),
                correct=sum(correct for _, _, correct in answers),
                newest_answer=newest[item],
                updated_at=now,
            )
        )
    with writing():
        ItemCalibration.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["item"],
            update_fields=[
                "mean",
                "variance",
                "answers",
                "correct",
                "newest_answer",
                "updated_at",
            ],
        )
    return len(rows)


def _first_sights(items: Iterable[int]) -> Iterable[Answer]:
    """Each learner's final answer at first sight of each item, of study and of closed mock exams."""
    rows = (
        Answer.objects.filter(item_id__in=list(items))
        .exclude(served__session__mode=rules.MOCK, served__session__state=rules.OPEN)
        .select_related("version", "served")
        .defer("version__body")
        .order_by("learner_id", "item_id", "seq")
    )
    seen: dict[tuple[int, int], Answer] = {}
    for answer in rows.iterator(chunk_size=2000):
        first = seen.setdefault((answer.learner_id, answer.item_id), answer)
        if first.served_id == answer.served_id and answer.revision > first.revision:
            seen[answer.learner_id, answer.item_id] = answer
    return [answer for answer in seen.values() if not queries.is_blank(answer.response)]
