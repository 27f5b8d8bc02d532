"""The question bank: exam format, tags, notes, facts, items and their versions with the record of their review."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from questions.domain.ability import ITEM_VARIANCE, Gauss
from questions.domain.items import KIND_NAMES, KINDS, from_body
from questions.domain.items import Item as ItemValue
from questions.models.append_only import WrittenOnce


class Exam(models.Model):
    """One exam's format and blueprint, loaded from bank/exam.yaml; nothing about an exam stands in the code."""

    slug = models.SlugField(unique=True)
    code = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    format = models.JSONField(encoder=DjangoJSONEncoder)

    def __str__(self) -> str:
        return self.code

    @property
    def weights(self) -> dict[str, float]:
        """Blueprint weight by domain slug, of the domains that the bank covers."""
        return {d["slug"]: float(d["weight"]) for d in self.format["domains"] if d["covered"]}

    def domain_of(self, task: str) -> str:
        """Slug of the domain that a task ("3.1") belongs to; empty when the exam has no such task."""
        for domain in self.format["domains"]:
            if any(str(known["id"]) == task for known in domain["tasks"]):
                return str(domain["slug"])
        return ""

    def form(self, slug: str) -> dict[str, Any] | None:
        """The mock form of this name: slug, title, questions, minutes."""
        return next((form for form in self.format["forms"] if form["slug"] == slug), None)


class Tag(models.Model):
    """A subject that progress is tracked by."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name


class Fact(models.Model):
    """One dated claim that items rest on."""

    slug = models.SlugField(max_length=100, unique=True)
    statement = models.TextField()
    notes_value = models.TextField(blank=True)
    aws_value = models.TextField(blank=True)
    status = models.CharField(max_length=12)
    source = models.TextField()
    checked_on = models.DateField()
    audit_row = models.PositiveSmallIntegerField(null=True, blank=True)
    limits = models.JSONField(default=list, help_text="What it limits, for the lint: concept, measure, at_most.")

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["current", "superseded", "disputed", "retired"]),
                name="fact_status_known",
            )
        ]

    def __str__(self) -> str:
        return self.slug


class FactChange(WrittenOnce):
    """A fact of the ledger got another status: what it said before, and what holds now."""

    mutable: ClassVar[frozenset[str]] = frozenset()

    fact = models.ForeignKey(Fact, on_delete=models.CASCADE, related_name="changes")
    at = models.DateTimeField()
    was_status = models.CharField(max_length=12)
    status = models.CharField(max_length=12)
    was_statement = models.TextField()
    today = models.TextField(blank=True, help_text="What holds now, as the ledger says it.")
    source = models.TextField()
    checked_on = models.DateField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(was_status=models.F("status")), name="fact_change_changes"),
        ]

    def __str__(self) -> str:
        return f"{self.fact_id}: {self.was_status} to {self.status}"


class NoteFile(models.Model):
    """A study note: one Markdown file, of the bank or imported."""

    stem = models.CharField(max_length=120, unique=True)
    path = models.CharField(max_length=500)
    title = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    in_bank = models.BooleanField(
        default=False,
        help_text="Shown in the product; imported notes are instructors' material.",
    )
    loaded_at = models.DateTimeField()

    class Meta:
        ordering = ["stem"]

    def __str__(self) -> str:
        return self.title


class NoteSection(models.Model):
    """A heading and what stands below it, with the lines it came from (1-based, inclusive)."""

    note = models.ForeignKey(NoteFile, on_delete=models.CASCADE, related_name="sections")
    anchor = models.CharField(max_length=200)
    position = models.PositiveIntegerField()
    heading = models.CharField(max_length=300)
    level = models.PositiveSmallIntegerField()
    line_from = models.PositiveIntegerField()
    line_to = models.PositiveIntegerField()
    text = models.TextField()
    tags = models.JSONField(default=list)

    class Meta:
        ordering = ["note", "position"]
        constraints = [models.UniqueConstraint(fields=["note", "anchor"], name="note_anchor_once")]

    def __str__(self) -> str:
        return f"{self.note_id}#{self.anchor}"


class Item(models.Model):
    """A question through all its versions. What learners see is its approved version, if it has one."""

    exam = models.ForeignKey(Exam, on_delete=models.PROTECT, related_name="items")
    slug = models.CharField(max_length=200, unique=True)
    tags = models.ManyToManyField(Tag, related_name="items", blank=True)
    case_slug = models.CharField(max_length=200, blank=True, db_index=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["slug"]
        permissions = [
            ("author_item", "Can write and submit items"),
            ("review_item", "Can approve, reject and retire items"),
        ]

    def __str__(self) -> str:
        return self.slug


class ItemVersion(WrittenOnce):
    """The content of an item as it was at one time. The content never changes; only its state moves."""

    DRAFT, SUBMITTED, APPROVED, REJECTED = "draft", "submitted", "approved", "rejected"
    SUPERSEDED, RETIRED = "superseded", "retired"
    QUARANTINED = "quarantined"  # was approved, and a fact that it rests on is not current any more
    STATES = (DRAFT, SUBMITTED, APPROVED, REJECTED, SUPERSEDED, RETIRED, QUARANTINED)
    mutable: ClassVar[frozenset[str]] = frozenset({"state"})

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=[(state, state) for state in STATES], default=DRAFT)
    kind = models.CharField(max_length=12, choices=[(kind, KIND_NAMES[kind]) for kind in KINDS])
    domain = models.CharField(max_length=40, blank=True)
    case_part = models.PositiveSmallIntegerField(default=0)
    tag_slugs = models.JSONField(default=list, help_text="Tags as they were in this version.")
    difficulty = models.FloatField(default=0.0, help_text="The author's estimate in logits.")
    concept = models.CharField(max_length=200, blank=True, help_text="What the key of a multiple choice stands for.")
    lures = models.JSONField(default=list, help_text="Concepts that its distractors stand for.")
    strand = models.CharField(max_length=200, blank=True, help_text="Of a generated item: its family and concept.")
    body = models.JSONField()
    digest = models.CharField(max_length=64)
    section = models.ForeignKey(
        NoteSection,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="versions",
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["item", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["item", "number"], name="version_number_once"),
            models.UniqueConstraint(
                fields=["item"],
                condition=Q(state="approved"),
                name="version_approved_once",
            ),
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="version_kind_known"),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "draft",
                        "submitted",
                        "approved",
                        "rejected",
                        "superseded",
                        "retired",
                        "quarantined",
                    ]
                ),
                name="version_state_known",
            ),
        ]
        indexes = [models.Index(fields=["state", "domain"], name="version_state_domain")]

    def __str__(self) -> str:
        return f"{self.item_id} v{self.number}"

    @cached_property
    def value(self) -> ItemValue:
        """The content as a domain value."""
        return from_body(self.body)

    @property
    def prior(self) -> Gauss:
        """The author's estimate of difficulty, in logits, with its uncertainty."""
        return Gauss(self.difficulty, ITEM_VARIANCE)


class ReviewEvent(WrittenOnce):
    """Who did what to a version, when and why."""

    mutable: ClassVar[frozenset[str]] = frozenset()
    ACTIONS = ("created", "submitted", "approved", "rejected", "retired", "superseded", "quarantined", "restored")

    version = models.ForeignKey(ItemVersion, on_delete=models.PROTECT, related_name="events")
    action = models.CharField(max_length=12, choices=[(action, action) for action in ACTIONS])
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    at = models.DateTimeField()
    why = models.TextField(blank=True)

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    action__in=[
                        "created",
                        "submitted",
                        "approved",
                        "rejected",
                        "retired",
                        "superseded",
                        "quarantined",
                        "restored",
                    ]
                ),
                name="review_action_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.version_id}"


class ItemCalibration(models.Model):
    """Difficulty of an item as estimated from answers; beliefs in logits.

    ``mean`` and ``variance`` are what it is served with, those of its tags folded in; ``own_mean`` and ``own_variance`` the
    item's own part, which ``actions/calibration.py`` moves.
    """

    item = models.OneToOneField(Item, on_delete=models.CASCADE, primary_key=True, related_name="calibration")
    mean = models.FloatField()
    variance = models.FloatField()
    own_mean = models.FloatField()
    own_variance = models.FloatField()
    answers = models.PositiveIntegerField()
    correct = models.PositiveIntegerField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(variance__gt=0, own_variance__gt=0), name="calibration_variance_positive"
            ),
            models.CheckConstraint(
                condition=Q(correct__lte=models.F("answers")), name="calibration_correct_of_answers"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.mean:.2f}"

    @property
    def belief(self) -> Gauss:
        """The estimate as a domain value."""
        return Gauss(self.mean, self.variance)
