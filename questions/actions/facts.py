"""The fact ledger at work: when a fact falls, what rests on it is served no longer, and who learned it is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q

from questions.actions import review
from questions.domain import records, rules
from questions.models import (
    Answer,
    Fact,
    FactChange,
    ItemVersion,
    LearnerState,
    Notice,
    ServedItem,
    User,
    writing,
)

COLUMNS = ("statement", "notes_value", "aws_value", "status", "source", "checked_on", "audit_row", "limits")


@dataclass(slots=True)
class Swept:
    """What a sweep changed: item slugs, and how many learners were told of something."""

    quarantined: list[str] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)
    told: int = 0


def store_facts(facts: Sequence[records.Fact], *, now: datetime) -> None:
    """Bring the ledger to what its file says; a change of status is written down as a FactChange."""
    known = {row.slug: row for row in Fact.objects.all()}
    Fact.objects.bulk_create(
        [
            Fact(
                slug=fact.id,
                statement=fact.statement,
                notes_value=fact.notes_value or "",
                aws_value=fact.aws_value or "",
                status=fact.status,
                source=fact.source,
                checked_on=fact.checked_on,
                audit_row=fact.audit_row,
                limits=[asdict(limit) for limit in fact.limits],
            )
            for fact in facts
        ],
        update_conflicts=True,
        unique_fields=["slug"],
        update_fields=COLUMNS,
    )
    FactChange.objects.bulk_create(
        FactChange(
            fact=known[fact.id],
            at=now,
            was_status=known[fact.id].status,
            status=fact.status,
            was_statement=known[fact.id].statement,
            today=fact.aws_value or (fact.statement if fact.statement != known[fact.id].statement else ""),
            source=fact.source,
            checked_on=fact.checked_on,
        )
        for fact in facts
        if fact.id in known and known[fact.id].status != fact.status
    )


def quarantine(*, now: datetime) -> Swept:
    """The sweep: withdraw approved versions that rest on a fact which is not current, give back those whose facts are all
    current again, and tell learners who answered what has fallen. Safe to run twice, at once or late.
    """
    swept = Swept()
    fallen = set(Fact.objects.exclude(status=records.CURRENT).values_list("slug", flat=True))
    with writing():
        _withdraw(fallen, swept, now)
        _give_back(fallen, swept, now)
        swept.told = _tell(now)
    return swept


def _withdraw(fallen: Collection[str], swept: Swept, now: datetime) -> None:
    served = ItemVersion.objects.filter(state=ItemVersion.APPROVED).select_related("item").order_by("pk")
    resting = _resting(served, fallen)
    for version, facts in resting.items():
        with suppress(rules.Refusal):  # another sweep, or a reviewer, was there first
            review.quarantine(version, now=now, why=f"Not current any more: {', '.join(facts)}.")
            swept.quarantined.append(version.item.slug)
    withdraw_served(resting, now=now)


def _give_back(fallen: set[str], swept: Swept, now: datetime) -> None:
    waiting = ItemVersion.objects.filter(state=ItemVersion.QUARANTINED).select_related("item")
    served = set(
        ItemVersion.objects.filter(state=ItemVersion.APPROVED, item__in=waiting.values("item")).values_list(
            "item_id", flat=True
        )
    )
    for version in waiting.order_by("item", "-number"):
        if version.item_id not in served and not fallen & set(version.value.facts):
            with suppress(rules.Refusal):
                review.restore(version, now=now, why="Every fact that it rests on is current again.")
                swept.restored.append(version.item.slug)
            served.add(version.item_id)


def _resting(versions: Iterable[ItemVersion], fallen: Collection[str]) -> dict[ItemVersion, list[str]]:
    """The versions that rest on one of ``fallen``, each with those facts."""
    if not fallen:
        return {}
    rest = {version: sorted(set(version.value.facts) & set(fallen)) for version in versions}
    return {version: facts for version, facts in rest.items() if facts}


def withdraw_served(versions: Iterable[ItemVersion], *, now: datetime) -> int:
    """Take these versions out of sessions that still run: what is open is asked no longer, a mock exam does not count them.

    Answers of study sessions stand. Returns how many served items it was.
    """
    asked = Q(version__in=list(versions), session__state=rules.OPEN, withdrawn_at=None)
    answered = Answer.objects.filter(served=OuterRef("pk"))
    rows = (
        ServedItem.objects.filter(asked).exclude(Exists(answered), session__mode=rules.STUDY).select_related("session")
    )
    by_learner: dict[int, list[ServedItem]] = defaultdict(list)
    for row in rows:
        by_learner[row.session.learner_id].append(row)
    for learner_id, served in sorted(by_learner.items()):
        # seq moves first: a session that is being closed at this moment finds its figures stale and reckons again.
        LearnerState.objects.filter(pk=learner_id).update(seq=F("seq") + 1)
        open_ones = ServedItem.objects.filter(asked, pk__in=[row.pk for row in served])
        open_ones.update(withdrawn_at=now)
    return sum(map(len, by_learner.values()))


def _tell(now: datetime) -> int:
    """A notice for every learner who answered a version resting on a fact that fell, once for each fall."""
    falls = FactChange.objects.filter(was_status=records.CURRENT).exclude(fact__status=records.CURRENT)
    newest: dict[str, FactChange] = {change.fact.slug: change for change in falls.select_related("fact")}
    if not newest:
        return 0
    told = 0
    asked = ItemVersion.objects.filter(Exists(ServedItem.objects.filter(version=OuterRef("pk"))))
    taught: Mapping[ItemVersion, list[str]] = _resting(asked, newest)
    for slug, change in newest.items():
        versions = [version for version, facts in taught.items() if slug in facts]
        learners = set(
            Answer.objects.filter(version__in=versions, received_at__lte=change.at).values_list("learner_id", flat=True)
        ) - set(change.notices.values_list("learner_id", flat=True))
        notices = [Notice(learner_id=learner, change=change, made_at=now) for learner in sorted(learners)]
        Notice.objects.bulk_create(notices, ignore_conflicts=True)
        told += len(notices)
    return told


def mark_read(*, learner: User, notice_id: int, now: datetime) -> Notice:
    """Note that the learner has read a notice; the first time counts. Notice.DoesNotExist for somebody else's."""
    with writing():
        Notice.objects.filter(pk=notice_id, learner=learner, read_at=None).update(read_at=now)
    return Notice.objects.select_related("change__fact").get(pk=notice_id, learner=learner)
