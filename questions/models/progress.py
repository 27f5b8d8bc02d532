"""What follows from the log of answers: beliefs by learner, memory by learner and item. All of it can be rebuilt."""

from __future__ import annotations

from dataclasses import astuple, replace
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from questions.domain.ability import ENGINE, Belief, Gauss, Parameters, TagBelief, newcomer
from questions.domain.memory import Memory
from questions.models.bank import FactChange, Item


class LearnerState(models.Model):
    """Beliefs of one learner in one row, so that one lock and one write carry them.

    ``seq`` counts the learner's writes. A deed reads the row, reckons, and writes with ``WHERE seq = what was read``: of two
    deeds at once one finds no row and starts again, so no update is lost and the log has one order.
    """

    learner = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="state",
    )
    seq = models.BigIntegerField(default=0)
    beliefs = models.JSONField(default=dict)
    engine = models.CharField(max_length=40, default=ENGINE)
    updated_at = models.DateTimeField()
    refreshed_seq = models.BigIntegerField(default=0, help_text="The log was replayed up to here by the sweep.")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(seq__gte=0), name="state_seq_not_negative")]

    def __str__(self) -> str:
        return f"{self.learner_id} at {self.seq}"

    @property
    def belief(self) -> Belief:
        """The beliefs as a domain value."""
        return belief_from_json(self.beliefs)

    def belief_under(self, parameters: Parameters) -> Belief:
        """The same under an engine's constants; of somebody without answers what it believes of a newcomer."""
        belief = self.belief
        return replace(belief, parameters=parameters) if belief.answered else newcomer(parameters)


def belief_to_json(belief: Belief) -> dict[str, Any]:
    """Columns of a belief. Floats keep all their digits."""
    return {
        "overall": [belief.overall.mean, belief.overall.variance],
        "tags": {slug: list(astuple(tag)) for slug, tag in sorted(belief.tags.items())},
        "answered": belief.answered,
        "correct": belief.correct,
    }


def belief_from_json(stored: dict[str, Any]) -> Belief:
    """Inverse of :func:`belief_to_json`; the prior for an empty row."""
    if not stored:
        return newcomer()
    return Belief(
        overall=Gauss(*map(float, stored["overall"])),
        tags={
            slug: TagBelief(float(mean), float(variance), int(answered), int(correct), float(last))
            for slug, (mean, variance, answered, correct, last) in stored["tags"].items()
        },
        answered=stored["answered"],
        correct=stored["correct"],
    )


class MemoryState(models.Model):
    """Spaced-repetition state of one learner and one item (FSRS-6).

    An item that was asked in another one's place has no schedule of its own: ``home`` is the other one, whose state both
    share as it was then.
    """

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memories")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="memories")
    stability = models.FloatField()
    difficulty = models.FloatField()
    due = models.DateTimeField()
    last_review = models.DateTimeField()
    reps = models.PositiveIntegerField()
    lapses = models.PositiveIntegerField()
    home = models.ForeignKey(Item, null=True, blank=True, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["learner", "item"], name="memory_once"),
            models.CheckConstraint(condition=Q(stability__gt=0), name="memory_stability_positive"),
        ]
        indexes = [models.Index(fields=["learner", "due"], name="memory_learner_due")]

    def __str__(self) -> str:
        return f"{self.learner_id} {self.item_id}"

    @property
    def memory(self) -> Memory:
        """The state as a domain value."""
        return Memory(
            self.stability,
            self.difficulty,
            self.due,
            self.last_review,
            self.reps,
            self.lapses,
        )


def memory_columns(memory: Memory) -> dict[str, Any]:
    """Columns of a memory state."""
    return {
        "stability": memory.stability,
        "difficulty": memory.difficulty,
        "due": memory.due,
        "last_review": memory.last_review,
        "reps": memory.reps,
        "lapses": memory.lapses,
    }


class Notice(models.Model):
    """One learner is told of one change in the bank: a fact that an answered question rested on fell."""

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    change = models.ForeignKey(FactChange, on_delete=models.CASCADE, related_name="notices")
    made_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["learner", "change"], name="notice_once")]

    def __str__(self) -> str:
        return f"{self.learner_id}: {self.change_id}"


class Heartbeat(models.Model):
    """When the worker last ran a task of this name: a worker that is alive but deaf shows here."""

    name = models.CharField(max_length=80, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M}"
