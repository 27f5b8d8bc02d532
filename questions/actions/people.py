"""Accounts: guests and what becomes of them, roles, the demo people of development mode, the worker's sign of life."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.contrib.sessions.models import Session
from django.db.models import F, Max

from questions.actions import estimates
from questions.actions.sessions import finish
from questions.domain import rules
from questions.models import (
    Answer,
    Bookmark,
    Heartbeat,
    LearnerState,
    MemoryFit,
    MemoryState,
    Notice,
    PracticeSession,
    PrivateNote,
    ReadinessPoint,
    ReadinessRecord,
    RefusedAnswer,
    Report,
    ServedItem,
    User,
    forget,
    writing,
)

INSTRUCTORS = "Instructors"
INSTRUCTOR_PERMISSIONS = (
    "author_item", "review_item", "view_item", "add_item", "change_item", "view_itemversion", "view_reviewevent", "view_fact",
    "view_tag", "view_notefile", "view_report", "change_report", "view_notesection", "view_exam", "view_itemcalibration",
    "view_itemflag",
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
        ReadinessRecord.objects.filter(learner=guest).update(learner=learner)
        days = learner.readiness_points.values("day")
        ReadinessPoint.objects.filter(learner=guest).exclude(day__in=days).update(learner=learner)
        # The guest's log follows the account's own, and so do the tries at fitting it.
        tried = learner.memory_fits.aggregate(most=Max("reviews"))["most"] or 0
        MemoryFit.objects.filter(learner=guest).update(learner=learner, reviews=F("reviews") + tried)
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


SETTINGS = (
    "theme", "text_size", "allowance", "shortcuts", "exam_date", "minutes_a_day", "time_zone", "date_style",
)  # fmt: skip
"""Columns that a learner sets as they like."""


def change_settings(learner: User, *, now: datetime, reminders: bool | None = None, **columns: Any) -> None:
    """Keep a learner's own settings; ``reminders`` turns the daily mail on or off. Other columns are refused.

    Who sets an exam date or minutes here is not asked for them again.
    """
    if strange := set(columns) - set(SETTINGS):
        raise TypeError(f"These are not settings of a learner: {sorted(strange)}")
    with writing():
        kept = User.objects.select_for_update().get(pk=learner.pk)
        if reminders is not None:
            columns["reminders_since"] = (kept.reminders_since or now) if reminders else None
        if columns.get("exam_date") or columns.get("minutes_a_day"):
            columns["onboarded_at"] = kept.onboarded_at or now
        User.objects.filter(pk=learner.pk).update(**columns)


def welcome(
    learner: User,
    *,
    now: datetime,
    exam_date: date | None = None,
    minutes_a_day: int | None = None,
    time_zone: str = "",
) -> None:
    """The two first questions were answered, or skipped with nothing. A time zone is what the browser knew."""
    columns: dict[str, Any] = {"onboarded_at": now}
    given = {"exam_date": exam_date, "minutes_a_day": minutes_a_day, "time_zone": time_zone}
    columns |= {name: value for name, value in given.items() if value}
    with writing():
        User.objects.filter(pk=learner.pk).update(**columns)


GUESTS_WORD = "delete"
"""What somebody without an address types to end their account."""


def confirmation_of(learner: User) -> str:
    """What a learner has to type before everything of theirs is deleted."""
    return learner.email or GUESTS_WORD


def delete_account(*, learner: User, typed: str, password: str = "") -> None:
    """Delete a learner with all that is theirs: log, beliefs, memories, notes, bookmarks, reports, notices, devices, sign-ins.

    What was estimated of questions from everybody's answers stays. Refusal ``bad-confirmation``, ``bad-password``, or
    ``staff-account``: whoever authored or reviewed is named in the record of the bank until an operator settles that.
    """
    from allauth.usersessions.models import UserSession  # imported late: only this deed needs it

    if learner.is_staff or learner.is_superuser:
        raise rules.Refusal("staff-account", "This account works on the question bank. Ask an operator to delete it.")
    wanted = confirmation_of(learner)
    if typed.strip().casefold() != wanted.casefold():
        raise rules.Refusal("bad-confirmation", f"Type {wanted} to confirm. Nothing was deleted.")
    if learner.has_usable_password() and not learner.check_password(password):
        raise rules.Refusal("bad-password", "That is not your password. Nothing was deleted.")
    with writing():
        # What writes for this learner waits here, and finds nobody afterwards.
        if User.objects.select_for_update().filter(pk=learner.pk).first() is None:
            return
        LearnerState.objects.select_for_update().filter(pk=learner.pk).first()
        devices = UserSession.objects.filter(user=learner).values_list("session_key", flat=True)
        Session.objects.filter(session_key__in=list(devices)).delete()
        # Left to the cascade, ten thousand answers would be loaded one by one while every other writer waits.
        for model in (Answer, RefusedAnswer, MemoryState, ReadinessRecord, ReadinessPoint, MemoryFit):
            forget(model, learner=learner)
        forget(ServedItem, session__learner=learner)
        forget(PracticeSession, learner=learner)
        User.objects.filter(pk=learner.pk).delete()


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
