"""One mail a day at most, in the learner's own evening, to those who asked and have not practised."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from questions.actions import people, reminders, sessions
from questions.models import User
from tests.cast import NOON, Give, at_once, make_user

EVENING = NOON.replace(hour=17)


def ask(learner: User, **settings: Any) -> User:
    """The learner turns reminders on, with ten minutes a day and maybe other settings."""
    people.change_settings(learner, now=NOON, reminders=True, **({"minutes_a_day": 10} | settings))
    learner.refresh_from_db()
    return learner


def practise(learner: User, at: datetime, give: Give) -> None:
    """One answer."""
    session = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=at, length=1)
    give(session.served.select_related("version", "session").get(), at=at)


def test_who_asked_for_it_gets_one_mail_in_the_evening_with_what_the_day_holds(learner: User, settings: Any):
    settings.SITE_URL = "https://prep.example/"
    ask(learner)
    assert reminders.send_reminders(now=EVENING - timedelta(seconds=1)) == 0
    assert reminders.send_reminders(now=EVENING) == 1
    (message,) = mail.outbox
    assert message.to == [learner.email]
    assert message.subject == "Today: 8 new questions, about 8 minutes"
    lines = message.body.splitlines()
    assert "8 new questions are planned for today: about 8 minutes." in lines
    assert "https://prep.example/" in lines
    assert message.content_subtype == "plain"
    link = f"https://prep.example/reminders/{reminders.leave_token(learner)}/"
    assert f"No more of them: {link}" in lines
    assert message.extra_headers == {
        "List-Unsubscribe": f"<{link}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def test_a_run_at_once_or_late_or_again_sends_nothing_twice(learner: User):
    ask(learner)
    sent = [reminders.send_reminders(now=EVENING + timedelta(minutes=15 * n)) for n in range(28)]
    assert sent == [1] + [0] * 27
    assert reminders.send_reminders(now=EVENING + timedelta(days=1)) == 1
    assert len(mail.outbox) == 2


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_the_same_moment_send_one_mail(learner: User):
    ask(learner)
    sent = at_once(*[lambda: reminders.send_reminders(now=EVENING)] * 4)
    assert sorted(sent) == [0, 0, 0, 1]
    assert len(mail.outbox) == 1


def test_the_evening_and_the_day_are_the_learners_own(learner: User, other: User):
    ask(learner, time_zone="America/Los_Angeles")
    ask(other, time_zone="Pacific/Auckland")
    sent = {}
    for hour in range(48):
        now = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=hour)
        before = len(mail.outbox)
        reminders.send_reminders(now=now)
        sent |= {message.to[0]: now for message in mail.outbox[before:] if message.to[0] not in sent}
    # 17:00 in Auckland (UTC+13) is 4:00 UTC, in Los Angeles (UTC-8) 1:00 UTC; the first hours are of their evening before.
    assert sent == {
        learner.email: datetime(2026, 3, 2, 1, tzinfo=UTC),
        other.email: datetime(2026, 3, 2, 4, tzinfo=UTC),
    }
    assert len(mail.outbox) == 4


def test_who_moves_west_after_a_mail_gets_no_second_one_on_the_same_day(learner: User):
    ask(learner, time_zone="Pacific/Auckland")
    assert reminders.send_reminders(now=NOON.replace(hour=5)) == 1
    people.change_settings(learner, now=NOON, time_zone="Pacific/Honolulu")
    assert [reminders.send_reminders(now=NOON.replace(hour=5) + timedelta(hours=h)) for h in range(20)] == [0] * 20


@pytest.mark.parametrize(
    "columns",
    [
        {"reminders_since": None},
        {"is_active": False},
        {"guest_since": NOON},
        {"minutes_a_day": None},  # no plan, and nothing is due
        {"exam_date": EVENING.date()},
        {"exam_date": EVENING.date() - timedelta(days=1)},
        {"reminded_on": EVENING.date()},
    ],
    ids=str,
)
def test_nobody_is_reminded_who(columns: dict[str, Any], learner: User):
    ask(learner)
    User.objects.filter(pk=learner.pk).update(**columns)
    assert reminders.send_reminders(now=EVENING) == 0
    assert mail.outbox == []


def test_mail_goes_to_a_confirmed_primary_address_only(learner: User):
    ask(learner)
    own = EmailAddress.objects.filter(user=learner)
    own.update(verified=False)
    assert (reminders.send_reminders(now=EVENING), reminders.address_of(learner)) == (0, "")
    own.update(verified=True, primary=False)
    assert reminders.send_reminders(now=EVENING) == 0
    EmailAddress.objects.create(user=learner, email="new@tea.example", verified=True, primary=True)
    assert reminders.send_reminders(now=EVENING) == 1
    assert mail.outbox[0].to == ["new@tea.example"]


def test_who_practised_today_is_left_alone_and_who_practised_yesterday_is_not(learner: User, other: User, give: Give):
    practise(ask(learner), EVENING - timedelta(hours=16, minutes=59), give)
    practise(ask(other), EVENING - timedelta(hours=17, minutes=1), give)
    assert reminders.send_reminders(now=EVENING) == 1
    assert mail.outbox[0].to == [other.email]


def test_without_a_plan_what_is_due_is_reason_enough(learner: User, give: Give):
    practise(learner, NOON, give)
    ask(learner, minutes_a_day=None)
    assert reminders.send_reminders(now=EVENING + timedelta(days=1)) == 0
    later = EVENING + timedelta(days=30)
    assert reminders.send_reminders(now=later) == 1
    assert mail.outbox[0].subject == "1 question due, about 1 minute"
    assert "1 question is due for today: about 1 minute." in mail.outbox[0].body


def test_the_days_to_the_exam_are_told(learner: User):
    ask(learner, exam_date=EVENING.date() + timedelta(days=12))
    reminders.send_reminders(now=EVENING)
    assert "12 days left until the exam." in mail.outbox[0].body


def test_a_refused_address_does_not_hold_the_others_up(learner: User, other: User, monkeypatch: pytest.MonkeyPatch):
    ask(learner)
    ask(other)
    real = EmailBackend.send_messages

    def refuse(self: Any, messages: Any) -> int:
        if messages[0].to == [learner.email]:
            raise SMTPRecipientsRefused({})
        return real(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    assert reminders.send_reminders(now=EVENING) == 1
    assert [message.to for message in mail.outbox] == [[other.email]]


def test_with_the_mail_server_away_nobodys_day_is_used_up(learner: User, monkeypatch: pytest.MonkeyPatch):
    ask(learner)

    def away(self: Any) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "open", away)
        with pytest.raises(ConnectionRefusedError):
            reminders.send_reminders(now=EVENING)
    assert reminders.send_reminders(now=EVENING + timedelta(minutes=15)) == 1


def test_the_cost_of_a_sweep_does_not_grow_with_those_who_want_no_mail(
    learner: User, django_assert_num_queries: Any, give: Give
):
    for number in range(5):
        practise(ask(make_user(f"pupil-{number}")), EVENING - timedelta(hours=1), give)
    with django_assert_num_queries(2):
        assert reminders.send_reminders(now=EVENING) == 0


def test_the_link_is_of_one_person_and_does_not_grow_old(learner: User, other: User):
    token = reminders.leave_token(learner)
    assert reminders.learner_of_token(token) == learner
    assert reminders.learner_of_token(token + "x") is None
    assert reminders.learner_of_token(token.replace(token[0], "x", 1)) is None
    assert reminders.learner_of_token("1") is None
    ask(learner)
    ask(other)
    reminders.stop_reminders(learner)
    reminders.stop_reminders(learner)
    assert reminders.send_reminders(now=EVENING) == 1
    assert mail.outbox[0].to == [other.email]
