"""Accounts. A learner is a user; a guest is a user without credentials who may claim the account later."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q

TEXT_SIZES = ("normal", "large", "larger")
DATE_STYLES = ("day", "month", "iso")
"""23 Nov 2026, Nov 23, 2026, 2026-11-23."""
THEMES = ("system", "light", "dark")


class User(AbstractUser):
    """Learner, instructor or operator. ``guest_since`` is cleared and ``claimed_at`` set when a guest signs up."""

    guest_since = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    allowance = models.FloatField(
        default=1.0,
        help_text="Time allowance in mock exams: 1, 1.5 or 2 times the minutes.",
    )
    theme = models.CharField(max_length=10, default="system", choices=[(name, name) for name in THEMES])
    text_size = models.CharField(max_length=10, default="normal", choices=[(name, name) for name in TEXT_SIZES])
    shortcuts = models.BooleanField(default=True)
    exam_date = models.DateField(null=True, blank=True)
    minutes_a_day = models.PositiveSmallIntegerField(null=True, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC", help_text="A name of the IANA database.")
    date_style = models.CharField(max_length=10, default="day", choices=[(name, name) for name in DATE_STYLES])
    reminders_since = models.DateTimeField(
        null=True, blank=True, help_text="When reminders were asked for; empty: none."
    )
    reminded_on = models.DateField(null=True, blank=True, help_text="The learner's own day of the newest reminder.")
    onboarded_at = models.DateTimeField(
        null=True, blank=True, help_text="The two first questions were answered or skipped."
    )

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(fields=["email"], condition=~Q(email=""), name="user_email_once"),
            models.CheckConstraint(condition=Q(allowance__in=[1.0, 1.5, 2.0]), name="user_allowance_known"),
            models.CheckConstraint(
                condition=Q(minutes_a_day__isnull=True) | Q(minutes_a_day__gte=1, minutes_a_day__lte=600),
                name="user_minutes_in_a_day",
            ),
            models.CheckConstraint(condition=Q(date_style__in=DATE_STYLES), name="user_date_style_known"),
        ]

    @property
    def is_guest(self) -> bool:
        """True until somebody signs up with this progress."""
        return self.guest_since is not None

    @property
    def display_name(self) -> str:
        """How the site speaks of this person to themselves."""
        return "Guest" if self.is_guest else (self.get_full_name() or self.email or self.username)
