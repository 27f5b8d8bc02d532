"""One mail a day at most, to those who asked for it, in the evening of their own day, if they have not practised."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date, datetime
from smtplib import SMTPRecipientsRefused

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage, get_connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.template.loader import render_to_string
from django.urls import reverse

from questions import queries
from questions.domain import dates, plan
from questions.models import Answer, MemoryState, User, writing

EVENING = 17
"""Hour of the learner's own day from which a reminder may go out."""
AT_ONCE = 500
"""Mails of one sweep at most; the next one goes on."""
SALT = "questions.reminders"
log = logging.getLogger(__name__)


def send_reminders(*, now: datetime) -> int:
    """Remind whoever asked for it and has something to do today; returns how many mails went out.

    Safe to run twice, at once or late: a learner's day is claimed by an UPDATE before the mail is sent, so a mail that is
    lost on its way is not sent again, and none is sent twice.
    """
    connection = get_connection()
    sent = 0
    try:
        for learner, day in _awaited(now):
            message = _message(learner, now, day)
            if message is None:
                continue
            connection.open()  # once; without a mail server it raises, and nobody's day is claimed
            if not _claim(learner, day):
                continue
            message.connection = connection
            try:
                sent += message.send()
            except SMTPRecipientsRefused:
                log.warning("The mail server refuses the address of learner %s.", learner.pk)
            if sent >= AT_ONCE:
                break
    finally:
        connection.close()
    return sent


def _awaited(now: datetime) -> Iterator[tuple[User, date]]:
    """Learners who may be reminded now, each with their own day. One statement for the zones, one for each in its evening."""
    asked = User.objects.filter(reminders_since__isnull=False, guest_since=None, is_active=True)
    due = MemoryState.objects.filter(learner=OuterRef("pk"), home=None, due__lte=now)
    newest = Answer.objects.filter(learner=OuterRef("pk")).order_by("-seq").values("received_at")[:1]
    for zone in sorted(set(asked.values_list("time_zone", flat=True))):
        here = now.astimezone(dates.zone(zone))
        if here.hour < EVENING:
            continue
        day = here.date()
        idle = (
            _not_yet_on(asked.filter(time_zone=zone), day)
            .filter(Q(minutes_a_day__isnull=False) | Exists(due))
            .annotate(last_answer=Subquery(newest), address=_address())
            .filter(Q(last_answer=None) | Q(last_answer__lt=dates.start_of(day, zone)), address__isnull=False)
        )
        for learner in idle.order_by("pk"):
            yield learner, day


def _not_yet_on(learners: QuerySet[User], day: date) -> QuerySet[User]:
    """Those who had no mail on that day of theirs. Who moved west may have had one on what is now tomorrow."""
    return learners.filter(Q(reminded_on=None) | Q(reminded_on__lt=day))


def _address() -> Subquery:
    """As :func:`address_of`, of the user of the outer row."""
    own = EmailAddress.objects.filter(user=OuterRef("pk"), primary=True, verified=True)
    return Subquery(own.values("email")[:1])


def _claim(learner: User, day: date) -> bool:
    """Take this learner's day; False if another run has it, or if the learner has just turned reminders off."""
    with writing():
        mine = User.objects.filter(pk=learner.pk, reminders_since__isnull=False)
        return bool(_not_yet_on(mine, day).update(reminded_on=day))


def _message(learner: User, now: datetime, day: date) -> EmailMessage | None:
    """The mail of today; None when there is nothing to remind of."""
    standing = queries.standing_of(learner, now)
    seconds, done = queries.pace(learner, now)
    made = plan.make(
        standing,
        today=day,
        exam_date=learner.exam_date,
        minutes_a_day=learner.minutes_a_day,
        seconds=seconds,
        done=done,
    )
    questions = made.left or (0 if made.a_day else standing.due)
    if not questions or (made.days_left is not None and made.days_left <= 0):
        return None
    address = settings.SITE_URL.rstrip("/")
    leave = address + reverse("reminders", args=[leave_token(learner)])
    context = {
        "reviews": made.reviews if made.a_day else standing.due,
        "new": made.new,
        "questions": questions,
        "minutes": plan.about_minutes(questions, seconds),
        "days_left": made.days_left,
        "address": f"{address}/",
        "settings": address + reverse("settings"),
        "leave": leave,
        "hour": EVENING,
        "zone": learner.time_zone.replace("_", " "),
    }
    return EmailMessage(
        subject=" ".join(render_to_string("mail/reminder_subject.txt", context).split()),
        body=render_to_string("mail/reminder.txt", context),
        to=[learner.address],  # type: ignore[attr-defined]
        # RFC 8058: mail programs offer their own button, which posts to the same address.
        headers={"List-Unsubscribe": f"<{leave}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    )


def address_of(learner: User) -> str:
    """Where a learner's reminders go: the primary address once it is confirmed; empty until then."""
    own = EmailAddress.objects.filter(user=learner, primary=True, verified=True)
    return own.values_list("email", flat=True).first() or ""


def leave_token(learner: User) -> str:
    """What stands in the link that ends a learner's reminders. It opens nothing else, and does not grow old."""
    return signing.Signer(salt=SALT).sign(str(learner.pk))


def learner_of_token(token: str) -> User | None:
    """Whose reminders a link ends; None for a token that is not ours, or of somebody who is gone."""
    try:
        return User.objects.filter(pk=signing.Signer(salt=SALT).unsign(token)).first()
    except signing.BadSignature:
        return None


def stop_reminders(learner: User) -> None:
    """No more reminders. Done twice it changes nothing."""
    with writing():
        User.objects.filter(pk=learner.pk).update(reminders_since=None)
