"""Practice: sessions, the items served in them, and the append-only log of answers."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from questions.domain import rules
from questions.domain.ability import Gauss
from questions.models.append_only import WrittenOnce
from questions.models.bank import Exam, Item, ItemVersion


class PracticeSession(models.Model):
    """A study session or a mock exam of one learner. ``closed_seq`` orders a mock's absorption among the answers."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sessions")
    exam = models.ForeignKey(Exam, on_delete=models.PROTECT, related_name="sessions")
    mode = models.CharField(max_length=8)
    state = models.CharField(max_length=8, default=rules.OPEN)
    form = models.CharField(max_length=40, blank=True)
    length = models.PositiveIntegerField()
    tags = models.JSONField(default=list)
    focus = models.CharField(max_length=12, default=rules.ADAPTIVE)
    feedback = models.CharField(max_length=8, default=rules.AT_ONCE)
    feel = models.CharField(max_length=8, default="usual")
    section = models.CharField(max_length=320, blank=True, help_text='A section of the notes, "<note>#<anchor>".')
    pair = models.JSONField(default=list, help_text="Two concepts that the learner takes for each other.")
    seed = models.BigIntegerField()
    operation_id = models.UUIDField()
    started_at = models.DateTimeField()
    deadline = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    closed_seq = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(fields=["learner", "operation_id"], name="session_operation_once"),
            models.UniqueConstraint(
                fields=["learner", "exam"],
                condition=Q(mode="mock", state="open"),
                name="session_one_open_mock",
            ),
            models.CheckConstraint(condition=Q(mode__in=rules.MODES), name="session_mode_known"),
            models.CheckConstraint(
                condition=Q(state="open", finished_at__isnull=True) | Q(state="finished", finished_at__isnull=False),
                name="session_finished_when",
            ),
            models.CheckConstraint(
                # A comparison with NULL is neither true nor false, and a check passes that: so say it twice.
                condition=Q(mode="study", deadline__isnull=True)
                | Q(mode="mock", deadline__isnull=False, deadline__gt=F("started_at")),
                name="session_deadline_of_mock",
            ),
            models.CheckConstraint(condition=Q(length__gte=1), name="session_has_items"),
            models.CheckConstraint(condition=Q(focus__in=rules.FOCUSES), name="session_focus_known"),
            models.CheckConstraint(condition=Q(feedback__in=rules.FEEDBACKS), name="session_feedback_known"),
            models.CheckConstraint(condition=Q(feel__in=rules.FEELS), name="session_feel_known"),
        ]
        indexes = [
            models.Index(fields=["state", "deadline"], name="session_state_deadline"),
            models.Index(fields=["finished_at"], name="session_finished"),
        ]

    def __str__(self) -> str:
        return f"{self.mode} {self.id}"

    @property
    def title(self) -> str:
        """What this session is called on screen."""
        form = self.exam.form(self.form) if self.form else None
        return str(form["title"]) if form else ("Mock exam" if self.mode == rules.MOCK else "Study session")

    @property
    def sitting(self) -> rules.Sitting:
        """What the rules need to know of this session."""
        return rules.Sitting(self.mode, self.state, self.started_at, self.deadline, self.finished_at, self.feedback)


class ServedItem(models.Model):
    """An item as it was put before the learner: version, order of its options, why, and the difficulty assumed then."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(PracticeSession, on_delete=models.CASCADE, related_name="served")
    position = models.PositiveIntegerField()
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(ItemVersion, on_delete=models.PROTECT, related_name="served")
    stands_for = models.ForeignKey(
        Item,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The item whose review this is: the same decision in another story.",
    )
    shown_order = models.JSONField()
    reason = models.JSONField(default=dict)
    item_mean = models.FloatField()
    item_variance = models.FloatField()
    served_at = models.DateTimeField()
    flagged_at = models.DateTimeField(null=True, blank=True)
    struck = models.JSONField(default=list, help_text="Ids of the options that the learner struck out.")
    withdrawn_at = models.DateTimeField(
        null=True, blank=True, help_text="Quarantined while the session ran: it does not count."
    )

    class Meta:
        ordering = ["session", "position"]
        constraints = [
            models.UniqueConstraint(fields=["session", "position"], name="served_position_once"),
            models.UniqueConstraint(fields=["session", "item"], name="served_item_once"),
            models.CheckConstraint(condition=Q(item_variance__gt=0), name="served_variance_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.position}"

    @property
    def difficulty(self) -> Gauss:
        """Difficulty belief at the time of serving; the answer is judged and replayed with it."""
        return Gauss(self.item_mean, self.item_variance)


class Answer(WrittenOnce):
    """One answer as it was given. A mock exam's answer may be followed by another revision; the newest counts.

    ``seq`` is the learner's sequence number (see LearnerState); ``predicted`` the chance of a right answer that the engine
    gave before it (None in a mock exam, where answers are absorbed when it closes). ``engine`` and ``memory_fit`` name what it
    is judged and replayed by, ``offset`` is the learner's part of the prediction, which item difficulties are estimated from.
    Owner and place in the owner's order change only when a guest's progress is adopted by an account.
    """

    mutable: ClassVar[frozenset[str]] = frozenset({"learner", "seq"})

    served = models.ForeignKey(ServedItem, on_delete=models.RESTRICT, related_name="answers")
    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="answers")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="answers")
    version = models.ForeignKey(ItemVersion, on_delete=models.PROTECT, related_name="answers")
    revision = models.PositiveIntegerField(default=1)
    seq = models.BigIntegerField()
    shown_order = models.JSONField()
    response = models.JSONField()
    operation_id = models.UUIDField()
    correct = models.BooleanField()
    right = models.PositiveSmallIntegerField()
    total = models.PositiveSmallIntegerField()
    predicted = models.FloatField(null=True, blank=True)
    offset = models.FloatField(null=True, blank=True, help_text="What was believed of the learner then, in logits.")
    offset_variance = models.FloatField(null=True, blank=True)
    chosen_concept = models.CharField(
        max_length=200, blank=True, help_text="Of a wrong choice: what the chosen option stands for."
    )
    engine = models.CharField(max_length=40)
    memory_fit = models.ForeignKey(
        "MemoryFit", null=True, blank=True, on_delete=models.RESTRICT, related_name="answers",
        help_text="The learner's own memory parameters, where there were any; those of the engine otherwise.",
    )  # fmt: skip
    confidence = models.CharField(max_length=8, blank=True)
    took_ms = models.PositiveIntegerField(null=True, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["learner", "operation_id"], name="answer_operation_once"),
            models.UniqueConstraint(fields=["served", "revision"], name="answer_revision_once"),
            models.CheckConstraint(condition=Q(right__lte=F("total")), name="answer_right_of_total"),
            models.CheckConstraint(
                condition=Q(confidence__in=["", "sure", "unsure"]),
                name="answer_confidence_known",
            ),
        ]
        indexes = [
            models.Index(fields=["learner", "seq"], name="answer_learner_seq"),
            models.Index(fields=["learner", "item", "-seq"], name="answer_learner_item"),  # the newest on one item
            models.Index(fields=["item", "id"], name="answer_item"),
            models.Index(fields=["received_at"], name="answer_received"),  # what came since the last drain
        ]

    def __str__(self) -> str:
        return f"{self.served_id} r{self.revision}"


class RefusedAnswer(WrittenOnce):
    """An answer that came too late to count, kept as it was sent: nothing a learner typed is lost."""

    mutable: ClassVar[frozenset[str]] = frozenset({"learner"})

    served = models.ForeignKey(ServedItem, on_delete=models.CASCADE, related_name="refused")
    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="refused")
    operation_id = models.UUIDField()
    response = models.JSONField()
    code = models.CharField(max_length=40)
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["learner", "operation_id"], name="refused_operation_once")]

    def __str__(self) -> str:
        return f"{self.served_id} {self.code}"
