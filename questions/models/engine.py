"""Versions of the engine, what serves, and how well it predicts: the registry and its monitors."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from questions.domain.ability import Gauss
from questions.domain.engine import NAME_LENGTH, EngineParameters
from questions.models.append_only import WrittenOnce
from questions.models.bank import Item, Tag
from questions.models.practice import PracticeSession


class EngineVersion(WrittenOnce):
    """One version of the engine. Its parameters never change: answers were judged by them. Only its state moves."""

    CANDIDATE, PENDING, APPROVED, REJECTED, RETIRED = "candidate", "pending", "approved", "rejected", "retired"
    STATES = (CANDIDATE, PENDING, APPROVED, REJECTED, RETIRED)
    mutable: ClassVar[frozenset[str]] = frozenset({"state"})

    name = models.CharField(max_length=NAME_LENGTH, unique=True)
    parameters = models.JSONField()
    state = models.CharField(max_length=12, choices=[(state, state) for state in STATES], default=CANDIDATE)
    evidence = models.JSONField(default=dict, help_text="What the comparison on a time split said.")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-made_at", "-id"]
        permissions = [("operate_engine", "Can approve, deploy and roll back versions of the engine")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["candidate", "pending", "approved", "rejected", "retired"]),
                name="engine_state_known",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="engine_has_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def value(self) -> EngineParameters:
        """The parameters as a domain value; ValueError when this code cannot read them."""
        return EngineParameters.from_json(self.name, self.parameters)


class EngineEvent(WrittenOnce):
    """Who moved a version to which state, when and why. ``by`` is None for the nightly refit and for the guard."""

    mutable: ClassVar[frozenset[str]] = frozenset()

    version = models.ForeignKey(EngineVersion, on_delete=models.PROTECT, related_name="events")
    state = models.CharField(max_length=12)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    why = models.TextField(blank=True)

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["candidate", "pending", "approved", "rejected", "retired"]),
                name="engine_event_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.version_id}"


class EngineDeployment(WrittenOnce):
    """What serves since ``since``: the row with the highest ``number`` counts. Rows are only added.

    ``back`` is the one pointer to go back: the deployment that a rollback of this one restores. ``watched`` is what the guard
    saw when it last compared the two engines.
    """

    mutable: ClassVar[frozenset[str]] = frozenset({"watched"})

    number = models.PositiveIntegerField(unique=True)
    champion = models.ForeignKey(EngineVersion, on_delete=models.PROTECT, related_name="+")
    challenger = models.ForeignKey(EngineVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    share = models.FloatField(default=0.0, help_text="Share of the learners whom the challenger judges.")
    back = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    why = models.TextField(blank=True)
    guarded = models.BooleanField(default=False, help_text="The guard did this, not a person.")
    watched = models.JSONField(default=dict)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(challenger__isnull=True, share=0.0)
                | Q(challenger__isnull=False, share__gt=0.0, share__lte=0.5),
                name="deployment_share_of_challenger",
            ),
            models.CheckConstraint(
                condition=Q(challenger__isnull=True) | ~Q(challenger=F("champion")), name="deployment_two_engines"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.champion_id}"


class TagDifficulty(models.Model):
    """What the items of a tag have in common beyond their own difficulty: belief in logits."""

    tag = models.OneToOneField(Tag, on_delete=models.CASCADE, primary_key=True, related_name="difficulty")
    mean = models.FloatField()
    variance = models.FloatField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(variance__gt=0), name="tag_difficulty_variance_positive")]

    def __str__(self) -> str:
        return f"{self.tag_id}: {self.mean:.2f}"

    @property
    def belief(self) -> Gauss:
        """The estimate as a domain value."""
        return Gauss(self.mean, self.variance)


class CalibrationCursor(models.Model):
    """How far the log is in the difficulties; one row. Whoever moves ``seq`` from what they read has the turn.

    Answers that began to count before ``upto`` are in the estimates: those before ``base`` by the refit, later ones in order.
    """

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY)
    seq = models.BigIntegerField(default=0)
    upto = models.DateTimeField(null=True, blank=True)
    base = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="calibration_cursor_only_one")]

    def __str__(self) -> str:
        return f"{self.seq}: {self.upto}"


class MemoryFit(WrittenOnce):
    """FSRS-6 parameters fitted to one learner's reviews, or the try to. The newest accepted one counts.

    Owner and count of reviews change only when a guest's progress is adopted by an account.
    """

    mutable: ClassVar[frozenset[str]] = frozenset({"learner", "reviews"})

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memory_fits")
    parameters = models.JSONField()
    accepted = models.BooleanField()
    evidence = models.JSONField(default=dict)
    reviews = models.PositiveIntegerField(help_text="Answers of the learner that the fit was made from.")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["learner", "reviews"], name="memory_fit_once")]
        indexes = [models.Index(fields=["learner", "-id"], name="memory_fit_newest")]

    def __str__(self) -> str:
        return f"{self.learner_id}: {'accepted' if self.accepted else 'refused'}"


class CalibrationReport(models.Model):
    """How well one engine predicted the answers of one day, on all of them and on those served to explore."""

    ALL, EXPLORED = "all", "explored"

    day = models.DateField()
    engine = models.CharField(max_length=NAME_LENGTH)
    sample = models.CharField(max_length=8)
    n = models.PositiveIntegerField()
    log_loss = models.FloatField()
    ece = models.FloatField()
    auc = models.FloatField(null=True, blank=True, help_text="Empty where all answers were right, or all wrong.")
    bins = models.JSONField(help_text="Of the reliability diagram: predicted, observed, count.")
    drift = models.FloatField(null=True, blank=True, help_text="PSI of the predictions against the four weeks before.")
    quality = models.JSONField(default=list, help_text="What is wrong with the day's data, in words.")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-day", "engine", "sample"]
        constraints = [
            models.UniqueConstraint(fields=["day", "engine", "sample"], name="report_of_day_once"),
            models.CheckConstraint(condition=Q(sample__in=["all", "explored"]), name="report_sample_known"),
            models.CheckConstraint(condition=Q(n__gte=1), name="report_of_something"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.engine} {self.sample}"


class ItemFlag(models.Model):
    """Answers say that something is wrong with an item. Closed when they say so no longer."""

    MISFIT, TOO_HARD, NEGATIVE = "misfit", "too-hard", "negative-discrimination"
    DEAD, MEMORISED = "dead-distractor", "memorised"
    KINDS = (MISFIT, TOO_HARD, NEGATIVE, DEAD, MEMORISED)

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="flags")
    kind = models.CharField(max_length=24, choices=[(kind, kind.replace("-", " ")) for kind in KINDS])
    figures = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "kind"], condition=Q(closed_at__isnull=True), name="flag_open_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["misfit", "too-hard", "negative-discrimination", "dead-distractor", "memorised"]),
                name="flag_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("opened_at")), name="flag_closed_after_opened"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.item_id}"


class ReadinessRecord(models.Model):
    """What was expected of a mock exam when it began, and what came of it: shares of right answers, 0-1."""

    session = models.OneToOneField(PracticeSession, on_delete=models.CASCADE, related_name="readiness")
    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="readiness_records")
    engine = models.CharField(max_length=NAME_LENGTH)
    predicted = models.FloatField()
    low = models.FloatField(help_text="Lower end of the 80 % interval.")
    high = models.FloatField(help_text="Upper end of the 80 % interval.")
    luck = models.FloatField(help_text="Variance that the luck of this paper alone gives the result.")
    made_at = models.DateTimeField()
    actual = models.FloatField(null=True, blank=True)
    answered = models.PositiveIntegerField(null=True, blank=True, help_text="Items answered in the end.")

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(low__gte=0.0, low__lte=F("predicted"), predicted__lte=F("high"), high__lte=1.0),
                name="readiness_in_its_interval",
            ),
            models.CheckConstraint(
                condition=Q(actual__isnull=True, answered__isnull=True)
                | Q(actual__isnull=False, answered__isnull=False, actual__gte=0.0, actual__lte=1.0),
                name="readiness_actual_is_a_share",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session_id}: {self.predicted:.2f}"


class ReadinessPoint(models.Model):
    """A learner's readiness after a day's practice: shares and chances, 0-1. Kept, as bank and engine move on."""

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="readiness_points")
    day = models.DateField(help_text="In the learner's own time zone.")
    seq = models.BigIntegerField(help_text="Up to here the learner's log is in it.")
    engine = models.CharField(max_length=NAME_LENGTH)
    score = models.FloatField()
    low = models.FloatField(help_text="Lower end of the score's 80 % interval.")
    high = models.FloatField(help_text="Upper end of the score's 80 % interval.")
    passing = models.FloatField()
    enough = models.BooleanField(help_text="Were there answers enough to speak of it?")

    class Meta:
        ordering = ["learner", "day"]
        constraints = [
            models.UniqueConstraint(fields=["learner", "day"], name="readiness_of_day_once"),
            models.CheckConstraint(
                condition=Q(low__gte=0.0, low__lte=F("high"), high__lte=1.0, score__gte=0.0, score__lte=1.0)
                & Q(passing__gte=0.0, passing__lte=1.0),
                name="readiness_point_of_shares",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.learner_id} {self.day}: {self.score:.2f}"
