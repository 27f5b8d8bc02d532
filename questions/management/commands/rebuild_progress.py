"""``manage.py rebuild_progress``: replay the log of answers, and prove that the stored estimates follow from it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from questions.actions.estimates import rebuild_progress
from questions.models import User


class Command(BaseCommand):
    """Rebuild beliefs and memories of every learner, or of one, from the log."""

    help = "Replay every learner's answers; reports how many stored states differed from the log."

    def add_arguments(self, parser: Any) -> None:
        """``--learner`` narrows it to one username."""
        parser.add_argument("--learner", help="username of one learner")

    def handle(self, *args: Any, **options: Any) -> None:
        """Rebuild and report."""
        learners = User.objects.filter(state__isnull=False).order_by("pk")
        if options["learner"]:
            learners = learners.filter(username=options["learner"])
        total = changed = 0
        for learner in learners.iterator(chunk_size=500):
            total += 1
            changed += rebuild_progress(learner, now=timezone.now())
        self.stdout.write(f"{total} learners replayed, {changed} differed from the log and were mended.")
