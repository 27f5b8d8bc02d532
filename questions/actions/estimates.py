"""Beliefs and memories from the log: absorb a mock exam, replay a learner. All of it may run twice.

Celery calls these; nothing a learner sees waits for them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import F

from questions import queries
from questions.domain import ability, memory, rules
from questions.domain.ability import Belief
from questions.domain.engine import BUILT_IN, EngineParameters
from questions.models import (
    Answer,
    LearnerState,
    MemoryState,
    PracticeSession,
    User,
    belief_to_json,
    memory_columns,
    writing,
)

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Absorbed:
    """Beliefs and memories after some answers; ``memories`` by item id, ``homes`` of those asked in another's place.

    Each answer is absorbed by the engine that judged it, out of ``engines``; ``engine`` names the last of them.
    """

    belief: Belief = field(default_factory=Belief)
    memories: dict[int, memory.Memory] = field(default_factory=dict)
    homes: dict[int, int] = field(default_factory=dict)
    engine: str = ability.ENGINE
    engines: Mapping[str, EngineParameters] = field(default_factory=lambda: BUILT_IN)

    @property
    def columns(self) -> dict[str, Any]:
        """Columns of LearnerState."""
        return {"beliefs": belief_to_json(self.belief), "engine": self.engine}

    def add(self, answer: Answer) -> ability.Estimate:
        """Absorb one final answer and tell what was expected of it. ``served``, ``version``, ``memory_fit`` must be loaded."""
        known = self.memories.get(answer.item_id)
        engine = self.engines[answer.engine]
        self.engine = engine.name
        self.belief, guess = ability.update(
            self.belief if self.belief.answered else ability.newcomer(engine.filter),
            tuple(answer.version.tag_slugs),
            answer.served.difficulty,
            correct=answer.correct,
            at=answer.received_at.timestamp(),
            repeat=known is not None,
            parameters=engine.filter,
        )
        home = answer.served.stands_for_id
        reviewed = memory.review(
            self.memories.get(home) if home else known,
            correct=answer.correct,
            at=answer.received_at,
            unsure=answer.confidence == "unsure",
            parameters=memory.checked(answer.memory_fit.parameters) if answer.memory_fit else engine.recall,
        )
        self.memories[answer.item_id] = reviewed
        self.homes.pop(answer.item_id, None)
        if home:
            self.memories[home] = reviewed
            self.homes.pop(home, None)  # it has a schedule of its own now
            self.homes[answer.item_id] = home
        return guess


def learners_part(guess: ability.Estimate, item: ability.Gauss) -> ability.Gauss:
    """What was believed of the learner in an estimate for an item of this difficulty."""
    return ability.Gauss(guess.offset, max(guess.variance - item.variance, 0.0))


def final_answers(session: PracticeSession) -> list[Answer]:
    """The newest revision of each answered item, in order of position. A cleared answer is none, nor is a withdrawn one."""
    newest: dict[Any, Answer] = {}
    rows = session_answers(session).filter(served__withdrawn_at=None).order_by("served__position", "revision")
    for answer in rows:
        newest[answer.served_id] = answer
    return [answer for answer in newest.values() if not queries.is_blank(answer.response)]


def session_answers(session: PracticeSession) -> Any:
    """All answers of a session with what grading and replay need."""
    return _logged().filter(served__session=session)


def _logged() -> Any:
    return Answer.objects.select_related("served", "version", "memory_fit").defer("version__body")


def absorb_mock(session: PracticeSession, state: LearnerState) -> Absorbed:
    """What a mock exam's final answers make of the beliefs; nothing is written."""
    answers = final_answers(session)
    items = [answer.item_id for answer in answers]
    items += [answer.served.stands_for_id for answer in answers if answer.served.stands_for_id]
    known = MemoryState.objects.filter(learner_id=session.learner_id, item_id__in=items)
    engines = queries.engines((answer.engine for answer in answers), replay=False)
    absorbed = Absorbed(state.belief, *memories_of(known), state.engine, engines)
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


def events_of(learner: User) -> list[Answer]:
    """The whole log of a learner in the order in which it counts: study answers as they came, each mock exam when it closed."""
    events: list[tuple[int, list[Answer]]] = [
        (answer.seq, [answer]) for answer in _logged().filter(learner=learner, served__session__mode=rules.STUDY)
    ]
    mocks = PracticeSession.objects.filter(learner=learner, mode=rules.MOCK, state=rules.FINISHED)
    events += [(session.closed_seq or 0, final_answers(session)) for session in mocks]
    return [answer for _, answers in sorted(events, key=lambda event: event[0]) for answer in answers]


def replay(learner: User) -> Absorbed:
    """The whole log of a learner from the beginning, each answer by the engine and the memory parameters that judged it."""
    answers = events_of(learner)
    absorbed = Absorbed(engines=queries.engines(answer.engine for answer in answers))
    for answer in answers:
        absorbed.add(answer)
    return absorbed


def expected(learner: User) -> list[tuple[Answer, ability.Estimate]]:
    """A learner's log as it counts, each answer with what was expected of it."""
    answers = events_of(learner)
    absorbed = Absorbed(engines=queries.engines(answer.engine for answer in answers))
    return [(answer, absorbed.add(answer)) for answer in answers]


def rebuild_progress(learner: User, *, now: datetime, mend: bool = True) -> bool:
    """Replay the log and store what follows; True when something stored was different. Without ``mend`` nothing is written.

    When the learner answers meanwhile nothing is written; the next sweep comes again.
    """
    known = LearnerState.objects.filter(learner=learner).first()
    if known is None and mend:
        known, _ = LearnerState.objects.get_or_create(learner=learner, defaults={"updated_at": now})
    state = known or LearnerState(learner=learner)
    rebuilt = replay(learner)
    stored = memories_of(MemoryState.objects.filter(learner=learner))
    believed = (belief_to_json(state.belief), state.engine)
    same = believed == (belief_to_json(rebuilt.belief), rebuilt.engine) and stored == (rebuilt.memories, rebuilt.homes)
    if not mend:
        return not same
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
        try:
            rebuild_progress(state.learner, now=now)
        except queries.UnknownEngine:  # the others' turn comes all the same
            log.exception("The log of learner %s cannot be replayed.", state.pk)
    return len(behind)
