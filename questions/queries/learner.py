"""What is known of a learner, and the items as they stand to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import (
    Exists,
    OuterRef,
    QuerySet,
)

from questions.domain import ability, selection
from questions.domain.ability import Belief, Gauss
from questions.models import (
    Exam,
    ItemVersion,
    LearnerState,
    MemoryState,
    Notice,
    User,
)


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


def due_count(learner: User, now: datetime) -> int:
    """How many approved questions are due."""
    approved = ItemVersion.objects.filter(item=OuterRef("item"), state=ItemVersion.APPROVED)
    return MemoryState.objects.filter(Exists(approved), learner=learner, home=None, due__lte=now).count()


def notices(learner: User, *, unread: bool = False) -> QuerySet[Notice]:
    """What changed in the bank for this learner, newest first."""
    found = Notice.objects.filter(learner=learner).select_related("change__fact")
    return found.filter(read_at=None) if unread else found
