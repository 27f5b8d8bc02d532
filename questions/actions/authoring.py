"""Instructors write: a form or a pasted entry becomes the next version of an item, and nobody's work is overwritten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied

from questions.actions import bank, review
from questions.domain import rules
from questions.domain.items import Case, check
from questions.domain.items import Item as ItemValue
from questions.models import Exam, Item, ItemVersion, User, writing


@dataclass(frozen=True, slots=True)
class Stored:
    """What an edit became. ``changed`` is False when the newest version said just this; ``siblings`` are the new versions
    of the other parts of a case study."""

    version: ItemVersion
    changed: bool
    siblings: tuple[ItemVersion, ...] = ()


def store_edit(
    value: ItemValue, *, exam: Exam, by: User, after: int, now: datetime, whole_case: bool = False
) -> Stored:
    """Store ``value`` as the version that follows number ``after`` (0: the item is new). It waits as a draft.

    Raises PermissionDenied, ItemError for an unsound item, and Refusal: ``item-exists`` for a new item whose id is taken,
    ``edited-meanwhile`` when somebody stored a version after ``after``. ``whole_case`` gives the other parts of the case
    study the same scenario text, in new drafts.
    """
    if not by.has_perm(review.AUTHOR):
        raise PermissionDenied(f"This needs the permission {review.AUTHOR}.")
    check(value)
    with writing():
        # Two editors at once: the lock lets one store, the other then finds a newer version than the one edited.
        item = Item.objects.select_for_update().filter(slug=value.slug).first()
        newest = item.versions.order_by("-number").first() if item else None
        if after == 0 and newest is not None:
            raise rules.Refusal(
                "item-exists", f"There is a question {value.slug!r} already. Edit that, or choose another id."
            )
        if newest is not None and newest.number != after:
            raise rules.Refusal(
                "edited-meanwhile",
                f"Version {newest.number} was stored after version {after}, on which this edit is based.",
            )
        version = bank.store_version(replace(value, source=_source(newest)), exam=exam, by=by, now=now)
        changed = newest is None or version.pk != newest.pk
        siblings = _share_case(value, exam, by, now) if whole_case and value.case else ()
    return Stored(version, changed, tuple(siblings))


def store_entries(
    values: Sequence[ItemValue], *, exam: Exam, by: User, now: datetime, replace_existing: bool
) -> list[Stored]:
    """Store several items, all or none; existing ones get new versions where ``replace_existing`` allows it.

    Raises as :func:`store_edit` does, and Refusal ``no-entries`` when there is nothing to store.
    """
    if not values:
        raise rules.Refusal("no-entries", "Write at least one entry; each begins with '- id:'.")
    stored = []
    with writing():
        for value in values:
            newest = ItemVersion.objects.filter(item__slug=value.slug).order_by("-number").first()
            if newest is not None and not replace_existing:
                raise rules.Refusal(
                    "item-exists",
                    f"There is a question {value.slug!r} already. Allow new versions of existing questions.",
                )
            after = newest.number if newest else 0
            stored.append(store_edit(value, exam=exam, by=by, after=after, now=now))
    return stored


def _source(newest: ItemVersion | None) -> dict[str, Any]:
    """Where an edited item came from in the first place stays known; the line it stood on is no longer its own."""
    before = dict(newest.value.source) if newest else {}
    origin = before.get("origin") if before.get("rule") == "workshop" else before
    return {"rule": "workshop", **({"origin": origin} if origin else {})}


def _share_case(value: ItemValue, exam: Exam, by: User, now: datetime) -> list[ItemVersion]:
    """The newest version of every other part, with this case's title, text and count, as a new draft where that differs."""
    assert value.case is not None
    stored = []
    for item in Item.objects.filter(exam=exam, case_slug=value.case.slug).exclude(slug=value.slug).order_by("slug"):
        newest = item.versions.order_by("-number").first()
        if newest is None or newest.value.case is None:
            continue
        part = newest.value.case.part
        shared = Case(value.case.slug, value.case.title, value.case.text, part, value.case.of)
        if shared != newest.value.case:
            edited = replace(newest.value, case=shared, source=_source(newest))
            stored.append(bank.store_version(edited, exam=exam, by=by, now=now))
    return stored
