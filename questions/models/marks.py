"""What a learner leaves on a question: a bookmark, a private note, a report to the instructors."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from questions.models.append_only import WrittenOnce
from questions.models.bank import Item, ItemVersion


class Bookmark(models.Model):
    """An item that the learner wants to find again."""

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="bookmarks")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-made_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["learner", "item"], name="bookmark_once")]

    def __str__(self) -> str:
        return f"{self.learner_id}: {self.item_id}"


class PrivateNote(WrittenOnce):
    """What a learner wrote on an item, for nobody else. Each edit is a new row, and the newest counts; empty text clears."""

    mutable: ClassVar[frozenset[str]] = frozenset({"learner"})
    MAX = 4000

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="private_notes")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="+")
    text = models.TextField(blank=True, max_length=MAX)
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["learner", "item", "-id"], name="private_note_newest")]

    def __str__(self) -> str:
        return f"{self.learner_id}: {self.item_id}"


class Report(models.Model):
    """A learner says that something is wrong with a question; an instructor answers, and the learner sees how."""

    KINDS = ("wrong-key", "unclear", "outdated", "typo")
    OPEN, ACCEPTED, DECLINED = "open", "accepted", "declined"
    STATES = (OPEN, ACCEPTED, DECLINED)
    MAX = 2000

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reports")
    version = models.ForeignKey(ItemVersion, on_delete=models.PROTECT, related_name="reports")
    operation_id = models.UUIDField()
    kind = models.CharField(max_length=12, choices=[(kind, kind) for kind in KINDS])
    text = models.TextField(blank=True, max_length=MAX)
    made_at = models.DateTimeField()
    state = models.CharField(max_length=12, default=OPEN, choices=[(state, state) for state in STATES])
    answer = models.TextField(blank=True, help_text="What the learner is told.")
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["learner", "operation_id"], name="report_operation_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["wrong-key", "unclear", "outdated", "typo"]), name="report_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(state="open", answered_at__isnull=True)
                | Q(state__in=["accepted", "declined"], answered_at__isnull=False),
                name="report_answered_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.version_id}"
