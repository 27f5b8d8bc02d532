"""What is known of a learner, and the items as they stand to them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import (
    Count,
    Exists,
    Max,
    OuterRef,
    Q,
    QuerySet,
    TextField,
)
from django.db.models.functions import Cast

from questions.domain import ability, rules, selection, selection_exam
from questions.domain.ability import Gauss
from questions.models import (
    Answer,
    Bookmark,
    Exam,
    ItemVersion,
    MemoryState,
    Notice,
    PracticeSession,
    ServedItem,
    User,
)
from questions.queries.bank import current_exam, spelling

RECENT = 200
"""So many newest wrong answers tell what is taken for what when a question is chosen."""
NEWEST = 5000
"""So far back answers are read where only newest ones matter: ten times what the bank holds."""


@lru_cache(maxsize=8192)
def _names(stored: str) -> tuple[str, ...]:
    """A stored list of names. Most rows of a bank repeat the lists of others, and parsing them was most of reading it."""
    return tuple(json.loads(stored))


def candidates(learner: User, exam: Exam, tags: Sequence[str] = (), section: str = "") -> list[selection.Candidate]:
    """Every approved item of the exam as the learner stands to it: those with one of ``tags``, if any are named, and of a
    ``section`` of the notes ("<note>#<anchor>"), if one is named. Two statements.
    """
    memories: dict[int, Any] = {
        item: memory
        for item, *memory in MemoryState.objects.filter(learner=learner).values_list(
            "item_id", "due", "last_review", "home_id", "stability", "difficulty"
        )
    }
    approved = _approved(exam, section).values_list(
        "item_id",
        Cast("tag_slugs", TextField()),
        "domain",
        "difficulty",
        "item__case_slug",
        "case_part",
        "concept",
        "strand",
        Cast("lures", TextField()),
        "kind",
        "item__calibration__mean",
        "item__calibration__variance",
    )
    wanted = set(tags)
    found = []
    rows = list(approved)
    known = {row[0] for row in rows}
    for item, slugs, domain, prior, case, part, concept, strand, lures, kind, mean, variance in rows:
        own_tags = _names(slugs)
        if wanted and wanted.isdisjoint(own_tags):
            continue
        due, last, home, stability, hardness = memories.get(item, (None, None, None, 1.0, 5.0))
        difficulty = Gauss(prior, ability.ITEM_VARIANCE) if mean is None else Gauss(mean, variance)
        found.append(
            selection.Candidate(
                item,
                own_tags,
                domain,
                difficulty,
                due,
                last,
                case,
                part,
                concept,
                generated=bool(strand),
                home=home if home in known else 0,  # without its home an item keeps its own schedule
                lures=_names(lures),
                stability=stability,
                hardness=hardness,
                cost=selection_exam.COST.get(kind, 1.0),
            )
        )
    return sorted(found, key=lambda candidate: candidate.id)


def _approved(exam: Exam, section: str) -> QuerySet[ItemVersion]:
    """The approved versions of an exam; of a section of the notes, if one is named."""
    versions = ItemVersion.objects.filter(state=ItemVersion.APPROVED, item__exam=exam)
    if section:
        stem, _, anchor = section.partition("#")
        versions = versions.filter(section__note__stem=stem, section__anchor=anchor)
    return versions


def told(learner: User) -> Q:
    """Condition on a learner's answers: they may know whether it was right. Those of a running mock exam, or of a session
    that keeps its feedback for the end, tell nothing yet.
    """
    return ~Q(served__in=ServedItem.objects.filter(session__in=silent_sessions(learner)))


def silent_sessions(learner: User) -> QuerySet[PracticeSession]:
    """The sessions that run and tell nothing yet."""
    silent = Q(mode=rules.MOCK) | Q(feedback=rules.AT_END)
    return PracticeSession.objects.filter(silent, learner=learner, state=rules.OPEN)


def missed_items(learner: User) -> set[int]:
    """Items whose newest answer was wrong. One statement."""
    return {item for item, right in newest_verdicts(learner).items() if not right}


def newest_verdicts(learner: User) -> dict[int, bool]:
    """Item -> was its newest answer right, as far as the learner may know; one asked in another's place speaks for that one.
    One statement.
    """
    newest: dict[int, bool] = {}
    rows = Answer.objects.filter(told(learner), learner=learner).order_by("-seq", "-id")
    for item, home, right in rows.values_list("item_id", "served__stands_for_id", "correct")[:NEWEST]:
        newest.setdefault(home or item, right)
        newest.setdefault(item, right)
    return newest


@dataclass(frozen=True, slots=True)
class Confusion:
    """The learner chose ``chosen`` where ``key`` was right, so often, last at ``last``. Both are concept slugs."""

    chosen: str
    key: str
    times: int
    last: datetime


def confusions(learner: User) -> list[Confusion]:
    """What the learner takes for what, most often first, then newest first. One statement."""
    wrong = (
        Answer.objects.filter(told(learner), learner=learner, correct=False)
        .exclude(chosen_concept="")
        .exclude(version__concept="")
    )
    rows = wrong.values("chosen_concept", "version__concept").annotate(times=Count("pk"), last=Max("received_at"))
    found = [Confusion(row["chosen_concept"], row["version__concept"], row["times"], row["last"]) for row in rows]
    return sorted(found, key=lambda row: (-row.times, -row.last.timestamp(), row.chosen, row.key))


def recent_confusions(learner: User) -> dict[tuple[str, str], int]:
    """How often, of late, the learner chose one concept where another was right. One statement."""
    wrong = Answer.objects.filter(told(learner), learner=learner, correct=False).exclude(chosen_concept="")
    rows = wrong.order_by("-seq").values_list("chosen_concept", "version__concept")[:RECENT]
    return dict(Counter((chosen, key) for chosen, key in rows if key))


def pool(session: PracticeSession, available: Sequence[selection.Candidate], now: datetime) -> Pool:
    """What the session's focus leaves of the candidates. One statement at most."""
    learner = session.learner
    match session.focus:
        case rules.DUE:
            return Pool({c.id for c in available if c.due is not None and c.due <= now})
        case rules.UNSEEN | rules.DIAGNOSTIC:
            return Pool({c.id for c in available if c.due is None})
        case rules.MISSED:
            return Pool(missed_items(learner), selection.Reason(selection.RETRY))
        case rules.BOOKMARKED:
            marked = Bookmark.objects.filter(learner=learner).values_list("item_id", flat=True)
            return Pool(set(marked), selection.Reason(selection.BOOKMARKED))
        case rules.CONFUSIONS:
            pairs = [tuple(session.pair)] if session.pair else [(row.chosen, row.key) for row in confusions(learner)]
            wanted = {frozenset(pair) for pair in pairs}
            between = {c.id for c in available if any(frozenset((c.concept, lure)) in wanted for lure in c.lures)}
            named = " for ".join(in_words(concept) for concept in pairs[0]) if len(pairs) == 1 else ""
            return Pool(between, selection.Reason(selection.CONFUSION, pair=named))
        case _:
            return Pool(None)


@dataclass(frozen=True, slots=True)
class Pool:
    """Ids that a session draws on (None: all), and the reason it gives for each where the focus alone decides."""

    ids: set[int] | None
    why: selection.Reason | None = None


def focus_counts(
    learner: User, now: datetime, tags: Sequence[str] = (), section: str = "", exam: Exam | None = None
) -> tuple[dict[str, int], list[Confusion]]:
    """How much each focus would draw on now within these topics and this section of the notes, and the confusions among it.
    Five statements, six where the ``exam`` is not known yet.

    Counted as Today counts: a strand of generated stories is one new question, until one of its stories was met. Of
    confusions the pairs count, those that have a question.
    """
    memories = {
        item: (due, home)
        for item, due, home in MemoryState.objects.filter(learner=learner).values_list("item_id", "due", "home_id")
    }
    rows = list(
        _approved(exam or current_exam(), section).values_list("item_id", "tag_slugs", "strand", "concept", "lures")
    )
    wanted = set(tags)
    new: set[str | int] = set()
    met: set[str] = set()
    own: set[int] = set()
    between: set[frozenset[str]] = set()
    due = 0
    for item, slugs, strand, concept, lures in rows:
        if strand and item in memories:
            met.add(strand)
        if wanted and not wanted & set(slugs):
            continue
        comes, home = memories.get(item, (None, None))
        if comes is None:
            new.add(strand or item)
        if home is None:
            own.add(item)
            due += comes is not None and comes <= now
        between |= {frozenset((concept, lure)) for lure in lures}
    found = [row for row in confusions(learner) if frozenset((row.chosen, row.key)) in between]
    marked = Bookmark.objects.filter(learner=learner).values_list("item_id", flat=True)
    counts = {
        rules.DUE: due,
        rules.UNSEEN: len(new - met),
        rules.DIAGNOSTIC: len(new - met),
        rules.MISSED: len(missed_items(learner) & own),
        rules.BOOKMARKED: len(set(marked) & own),
        rules.CONFUSIONS: len(found),
    }
    return counts, found


def in_words(concept: str) -> str:
    """A concept's slug as a reader writes it: "multi model endpoint", "IAM pass role" (bank/spelling.yaml)."""
    return spelled(concept.replace("-", " "))


def spelled(words: str) -> str:
    """Small letters with the names in them as their owners write them."""
    known = spelling()
    return " ".join(known.get(word, word) for word in words.split(" "))


def due_count(learner: User, now: datetime) -> int:
    """How many approved questions are due."""
    approved = ItemVersion.objects.filter(item=OuterRef("item"), state=ItemVersion.APPROVED)
    return MemoryState.objects.filter(Exists(approved), learner=learner, home=None, due__lte=now).count()


def notices(learner: User, *, unread: bool = False) -> QuerySet[Notice]:
    """What changed in the bank for this learner, newest first."""
    found = Notice.objects.filter(learner=learner).select_related("change__fact")
    return found.filter(read_at=None) if unread else found
