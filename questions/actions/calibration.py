"""Difficulties of items and tags from everybody's answers: drained every minute, refitted every night, by one ordered writer.

After a drain and a refit the difficulties are a function of the log alone: what began to count before the last midnight is
in the refit, later answers follow one by one in the order in which they began to count. So it does not matter how often the
worker ran, whether it was away for a day, or which of the two came first.

Two workers at once: both read the cursor, both reckon, and one moves ``seq``; the other one's work is dropped.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from django.db.models import Min, Q

from questions.actions import estimates
from questions.domain import difficulty, rules
from questions.domain.ability import DEFAULT, ITEM_VARIANCE, Gauss
from questions.domain.difficulty import Difficulties, Sight
from questions.models import (
    CalibrationCursor,
    ItemCalibration,
    ItemVersion,
    PracticeSession,
    Tag,
    TagDifficulty,
    User,
    writing,
)
from questions.queries.engine import UnknownEngine
from questions.queries.first_sights import LoggedSight, first_sights

log = logging.getLogger(__name__)
MARGIN = timedelta(minutes=2)
"""So long after an answer arrived it is surely in the database. One that is not is taken in by the next refit."""
AT_LEAST = timedelta(hours=1)
"""The cursor moves so often although nothing comes, so that a drain looks at little."""
Figures = tuple[float, float, float, float, int, int]
"""Mean and variance as served, the item's own mean and variance, answers, right ones."""


def horizon(now: datetime) -> datetime:
    """Up to where the log is complete. A mock exam whose time is up counts from its deadline on, whoever closes it when."""
    open_mocks = PracticeSession.objects.filter(mode=rules.MOCK, state=rules.OPEN)
    running = open_mocks.aggregate(first=Min("deadline"))["first"]
    return min(now - MARGIN, running) if running else now - MARGIN


def drain_answers(*, now: datetime) -> int:
    """The sweep: absorb what began to count since the last time; returns how many answers moved a difficulty."""
    cursor = _cursor()
    upto = max(horizon(now), cursor.upto) if cursor.upto else horizon(now)
    # Before the first drain, what stands there is an older method's, of the very answers that are read now.
    known = _stored() if cursor.upto else Difficulties()
    sights = first_sights(cursor.upto, upto)
    difficulty.absorb(known, _complete(sights))
    changes = _changes(known)
    if not sights and not changes and cursor.upto and upto - cursor.upto < AT_LEAST:
        return 0
    return len(sights) if _publish(cursor, changes, upto=upto, base=cursor.base, now=now) else 0


def refit_difficulties(*, now: datetime) -> bool:
    """The nightly refit: maximum a posteriori over all answers up to the last midnight (UTC), then what came since, in order.

    True when it was done; False when it had been, or another worker was first.
    """
    cursor = _cursor()
    base = horizon(now).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if cursor.base and cursor.base >= base:
        return False
    known = difficulty.refit([row.sight for row in first_sights(None, base)])
    upto = base
    if cursor.upto and cursor.upto > base:
        upto = cursor.upto
        difficulty.absorb(known, _complete(first_sights(base, upto)))
    return _publish(cursor, _changes(known), upto=upto, base=base, now=now)


def _cursor() -> CalibrationCursor:
    found = CalibrationCursor.objects.first()
    if found is None:
        with writing():
            found, _ = CalibrationCursor.objects.get_or_create(pk=CalibrationCursor.ONLY)
    return found


def _stored() -> Difficulties:
    """The difficulties as they stand."""
    known = Difficulties()
    for row in ItemCalibration.objects.filter(answers__gt=0):
        known.items[row.item_id] = Gauss(row.own_mean, row.own_variance)
        known.counts[row.item_id] = (row.answers, row.correct)
    for tag in TagDifficulty.objects.select_related("tag"):
        known.tags[tag.tag.slug] = tag.belief
    return known


def _complete(sights: Sequence[LoggedSight]) -> list[Sight]:
    """The sights; where the log does not tell what was believed of the learner, it is reckoned from their whole log."""
    wanting = {row.sight.learner for row in sights if not row.told}
    believed: dict[int, Gauss] = {}
    for learner in User.objects.filter(pk__in=wanting).order_by("pk"):
        try:
            expected = estimates.expected(learner)
        except UnknownEngine:  # the others' answers count all the same
            log.exception("The log of learner %s cannot be replayed.", learner.pk)
            continue
        for answer, guess in expected:
            believed[answer.pk] = estimates.learners_part(guess, answer.served.difficulty)
    return [
        row.sight if row.told else replace(row.sight, believed=believed[row.answer])
        for row in sights
        if row.told or row.answer in believed
    ]


@dataclass(slots=True)
class _Changes:
    """Rows that are not what they should be."""

    items: dict[int, Figures] = field(default_factory=dict)
    tags: dict[int, Gauss] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.items or self.tags or self.gone)


def _changes(known: Difficulties) -> _Changes:
    """What to write so that every approved item, and every one with answers, is served by these difficulties."""
    versions: dict[int, tuple[Sequence[str], float]] = {}
    rows = ItemVersion.objects.filter(Q(state=ItemVersion.APPROVED) | Q(item__in=list(known.items)))
    approved = set()
    for item, state, tags, prior in rows.order_by("number").values_list("item_id", "state", "tag_slugs", "difficulty"):
        if item not in approved:  # the approved version speaks for the item; without one, the newest
            versions[item] = (tags, prior)
        if state == ItemVersion.APPROVED:
            approved.add(item)
    wanted: dict[int, Figures] = {}
    for item, (tags, prior) in versions.items():
        own = known.items.get(item, Gauss(prior, ITEM_VARIANCE))
        total = difficulty.folded(own, tags, known.tags)
        wanted[item] = (total.mean, total.variance, own.mean, own.variance, *known.counts.get(item, (0, 0)))
    stored: dict[int, Figures] = {
        row[0]: row[1:]
        for row in ItemCalibration.objects.values_list(
            "item_id", "mean", "variance", "own_mean", "own_variance", "answers", "correct"
        )
    }
    slugs = dict(Tag.objects.values_list("slug", "pk"))
    used = {tag for tags, _ in versions.values() for tag in tags} | set(known.tags)
    prior_of_tag = Gauss(0.0, DEFAULT.tag_difficulty_variance)
    tags_wanted = {slugs[tag]: known.tags.get(tag, prior_of_tag) for tag in used if tag in slugs}
    tags_stored = {row.tag_id: row.belief for row in TagDifficulty.objects.all()}
    return _Changes(
        {item: figures for item, figures in sorted(wanted.items()) if stored.get(item) != figures},
        {tag: belief for tag, belief in sorted(tags_wanted.items()) if tags_stored.get(tag) != belief},
        set(stored) - set(wanted),
    )


def _publish(
    cursor: CalibrationCursor, changes: _Changes, *, upto: datetime, base: datetime | None, now: datetime
) -> bool:
    """Write the difficulties and the place that they stand at; False when somebody moved the cursor since it was read."""
    with writing():
        # The race of two workers ends in this WHERE.
        turn = CalibrationCursor.objects.filter(pk=cursor.pk, seq=cursor.seq)
        if not turn.update(seq=cursor.seq + 1, upto=upto, base=base):
            return False
        ItemCalibration.objects.filter(pk__in=changes.gone).delete()
        ItemCalibration.objects.bulk_create(
            [
                ItemCalibration(
                    item_id=item,
                    mean=mean,
                    variance=variance,
                    own_mean=own_mean,
                    own_variance=own_variance,
                    answers=answers,
                    correct=correct,
                    updated_at=now,
                )
                for item, (mean, variance, own_mean, own_variance, answers, correct) in changes.items.items()
            ],
            update_conflicts=True,
            unique_fields=["item"],
            update_fields=["mean", "variance", "own_mean", "own_variance", "answers", "correct", "updated_at"],
        )
        TagDifficulty.objects.bulk_create(
            [
                TagDifficulty(tag_id=tag, mean=belief.mean, variance=belief.variance)
                for tag, belief in changes.tags.items()
            ],
            update_conflicts=True,
            unique_fields=["tag"],
            update_fields=["mean", "variance"],
        )
    return True
