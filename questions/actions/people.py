"""Accounts: guests and what becomes of them, roles, the demo people of development mode, the worker's sign of life."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db.models import F

from questions.actions import estimates
from questions.actions.sessions import finish
from questions.domain import rules
from questions.models import (
    Answer,
    Bookmark,
    Heartbeat,
    LearnerState,
    MemoryState,
    Notice,
    PracticeSession,
    PrivateNote,
    RefusedAnswer,
    Report,
    User,
    writing,
)

INSTRUCTORS = "Instructors"
INSTRUCTOR_PERMISSIONS = (
    "author_item", "review_item", "view_item", "add_item", "change_item", "view_itemversion", "view_reviewevent", "view_fact",
    "view_tag", "view_notefile", "view_report", "change_report", "view_notesection", "view_exam", "view_itemcalibration",
)  # fmt: skip
DEMO_PEOPLE = (
    ("learner", "learner@demo.example"),
    ("instructor", "instructor@demo.example"),
)
DEMO_PASSWORD = "practise-every-day"  # noqa: S105 - development mode only: ensure_demo refuses elsewhere


def start_guest(*, now: datetime) -> User:
    """A learner without credentials, for the browser session that asked for it."""
    with writing():
        guest = User(username=f"guest-{uuid.uuid4().hex}", guest_since=now)
        guest.set_unusable_password()
        guest.save()
        LearnerState.objects.create(learner=guest, updated_at=now)
    return guest


def claim_guest(guest: User, *, now: datetime) -> User:
    """The guest has signed up: the same person with the same progress, from now on with credentials."""
    with writing():
        User.objects.filter(pk=guest.pk, guest_since__isnull=False).update(guest_since=None, claimed_at=now)
    guest.refresh_from_db()
    return guest


def adopt_guest(*, learner: User, guest: User, now: datetime) -> None:
    """Move a guest's whole log into an existing account that signed in, and replay it. Sent twice it does nothing.

    The guest's log follows the account's own; a guest's running mock exam is submitted first.
    """
    if guest.pk == learner.pk or not guest.is_guest:
        return
    for running in PracticeSession.objects.filter(learner=guest, mode=rules.MOCK, state=rules.OPEN):
        finish(learner=guest, session_id=running.pk, now=now)
    with writing():
        if not User.objects.select_for_update().filter(pk=guest.pk, guest_since__isnull=False).exists():
            return
        own, _ = LearnerState.objects.get_or_create(learner=learner, defaults={"updated_at": now})
        own = LearnerState.objects.select_for_update().get(pk=learner.pk)
        theirs = LearnerState.objects.select_for_update().get(pk=guest.pk)
        PracticeSession.objects.filter(learner=guest).update(learner=learner, closed_seq=F("closed_seq") + own.seq)
        Answer.objects.filter(learner=guest).update(learner=learner, seq=F("seq") + own.seq)
        RefusedAnswer.objects.filter(learner=guest).update(learner=learner)
        PrivateNote.objects.filter(learner=guest).update(learner=learner)
        Report.objects.filter(learner=guest).update(learner=learner)
        Notice.objects.filter(learner=guest).exclude(change__in=learner.notices.values("change")).update(
            learner=learner
        )
        marked = learner.bookmarks.values("item")
        Bookmark.objects.filter(learner=guest).exclude(item__in=marked).update(learner=learner)
        MemoryState.objects.filter(learner=guest).delete()
        LearnerState.objects.filter(pk=learner.pk).update(seq=own.seq + theirs.seq, updated_at=now)
        estimates.rebuild_progress(learner, now=now)
        User.objects.filter(pk=guest.pk).delete()


def ensure_roles() -> Group:
    """The group of instructors with exactly its permissions."""
    group, _ = Group.objects.get_or_create(name=INSTRUCTORS)
    wanted = Permission.objects.filter(content_type__app_label="questions", codename__in=INSTRUCTOR_PERMISSIONS)
    group.permissions.set(wanted)
    return group


def make_instructor(user: User) -> User:
    """Give a user the instructor's role: the admin site, and the instructors' permissions in it."""
    with writing():
        user.groups.add(ensure_roles())
        User.objects.filter(pk=user.pk).update(is_staff=True)
    user.refresh_from_db()
    return user


def ensure_demo(*, now: datetime) -> Sequence[tuple[str, str, str]]:
    """A learner and an instructor to try the site with: (role, e-mail, password). Only in development mode."""
    if not settings.DEMO_ACCOUNTS:
        raise RuntimeError("Demo accounts exist in development mode only.")
    from allauth.account.models import (
        EmailAddress,  # imported late: only this deed needs it
    )

    people = []
    for role, email in DEMO_PEOPLE:
        with writing():
            user, created = User.objects.get_or_create(email=email, defaults={"username": role})
            if created:
                user.set_password(DEMO_PASSWORD)
                user.save()
                EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
                LearnerState.objects.create(learner=user, updated_at=now)
        if role == "instructor":
            make_instructor(user)
        people.append((role, email, DEMO_PASSWORD))
    return people


def leave_heartbeat(name: str, *, now: datetime) -> None:
    """Note that a process of this name was alive."""
    with writing():
        Heartbeat.objects.update_or_create(name=name, defaults={"at": now})
