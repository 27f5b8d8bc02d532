"""The life of a question version: draft, submitted, approved or rejected, later superseded or retired.

Each deed notes who did it, when and why. ``by`` is None for the bank's own files, which were reviewed as text.
"""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied

from questions.actions import quality, search
from questions.domain import items, rules
from questions.models import Item, ItemVersion, ReviewEvent, Tag, User, writing

AUTHOR, REVIEWER = "questions.author_item", "questions.review_item"
_FROM = {
    "submitted": (ItemVersion.DRAFT, ItemVersion.REJECTED),
    "approved": (ItemVersion.DRAFT, ItemVersion.SUBMITTED, ItemVersion.RETIRED),
    "rejected": (ItemVersion.SUBMITTED,),
    "retired": (ItemVersion.APPROVED, ItemVersion.QUARANTINED),
    "quarantined": (ItemVersion.APPROVED,),
    "restored": (ItemVersion.QUARANTINED,),
}
BY_HAND = ("submitted", "approved", "rejected", "retired")


def possible(state: str) -> tuple[str, ...]:
    """The deeds that a version in this state allows, of "submitted", "approved", "rejected" and "retired"."""
    return tuple(action for action in BY_HAND if state in _FROM[action])


def submit(version: ItemVersion, *, by: User | None, now: datetime, why: str = "") -> ItemVersion:
    """Ask for review."""
    return _move(version, ItemVersion.SUBMITTED, "submitted", by, AUTHOR, now, why)


def approve(version: ItemVersion, *, by: User | None, now: datetime, why: str = "") -> ItemVersion:
    """Serve this version from now on; the one served before is superseded. Sessions under way keep what they were shown."""
    items.check(version.value)
    return _move(version, ItemVersion.APPROVED, "approved", by, REVIEWER, now, why)


def reject(version: ItemVersion, *, by: User | None, now: datetime, why: str) -> ItemVersion:
    """Send a version back to its author with the reason."""
    if not why.strip():
        raise rules.Refusal(
            "reason-missing",
            "Say why the question is rejected, so that its author can mend it.",
        )
    return _move(version, ItemVersion.REJECTED, "rejected", by, REVIEWER, now, why)


def retire(version: ItemVersion, *, by: User | None, now: datetime, why: str) -> ItemVersion:
    """Serve the question no longer. Answers given to it stay."""
    if not why.strip():
        raise rules.Refusal("reason-missing", "Say why the question is retired.")
    return _move(version, ItemVersion.RETIRED, "retired", by, REVIEWER, now, why)


def quarantine(version: ItemVersion, *, now: datetime, why: str) -> ItemVersion:
    """Serve the question no longer until its facts are current again. Only the facts' sweep does this."""
    return _move(version, ItemVersion.QUARANTINED, "quarantined", None, REVIEWER, now, why)


def restore(version: ItemVersion, *, now: datetime, why: str) -> ItemVersion:
    """Serve a quarantined question again. Only the facts' sweep does this."""
    return _move(version, ItemVersion.APPROVED, "restored", None, REVIEWER, now, why)


def _move(
    version: ItemVersion,
    state: str,
    action: str,
    by: User | None,
    permission: str,
    now: datetime,
    why: str,
) -> ItemVersion:
    if by is not None and not by.has_perm(permission):
        raise PermissionDenied(f"This needs the permission {permission}.")
    if by is not None and state == ItemVersion.APPROVED:
        quality.ensure_publishable(version)
    with writing():
        if state == ItemVersion.APPROVED:
            # Two reviewers with a version each: the lock lets one follow the other, and the later one is served.
            Item.objects.select_for_update().get(pk=version.item_id)
            for old in ItemVersion.objects.filter(item_id=version.item_id, state=ItemVersion.APPROVED).exclude(
                pk=version.pk
            ):
                old.state = ItemVersion.SUPERSEDED
                old.save(update_fields=["state"])
                note(old, "superseded", by, now, f"by version {version.number}")
        # Two reviewers with the same version: the state in the WHERE lets one through.
        moved = ItemVersion.objects.filter(pk=version.pk, state__in=_FROM[action]).update(state=state)
        if not moved:
            version.refresh_from_db()
            raise rules.Refusal(
                "wrong-state",
                f"This version is {version.state}; it cannot be {action} now.",
            )
        version.refresh_from_db()
        note(version, action, by, now, why)
        if state == ItemVersion.APPROVED:
            version.item.tags.set(Tag.objects.filter(slug__in=version.tag_slugs))
            if by is not None or action == "restored":  # a load of the bank refreshes the whole index at its end
                search.index_version(version)
    return version


def note(version: ItemVersion, action: str, by: User | None, now: datetime, why: str = "") -> None:
    """Write one line into a version's record."""
    ReviewEvent.objects.create(version=version, action=action, by=by, at=now, why=why)
