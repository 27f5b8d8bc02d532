"""``manage.py rebuild_progress``: replay the log of answers, and prove that the stored estimates follow from it."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils import timezone

from questions.actions.estimates import rebuild_progress
from questions.models import User
from questions.queries import UnknownEngine

BATCH = 20
"""Learners that a process is handed at once."""
OFTEN = 500
"""Progress is told after so many learners."""


class Command(BaseCommand):
    """Rebuild beliefs and memories of every learner, or of one, from the log: each answer by the engine that judged it."""

    help = "Replay every learner's answers, in parallel; reports how many stored states differed from the log."

    def add_arguments(self, parser: Any) -> None:
        """``--learner`` narrows it to one username; ``--check`` only looks, and fails where something differs."""
        parser.add_argument("--learner", help="username of one learner")
        parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes; default: one a core")
        parser.add_argument("--check", action="store_true", help="mend nothing; exit with 1 when something differs")

    def handle(self, *args: Any, **options: Any) -> None:
        """Rebuild and report."""
        if options["workers"] < 1:
            raise CommandError("--workers is at least 1.")
        learners = User.objects.filter(state__isnull=False).order_by("pk")
        if options["learner"]:
            learners = learners.filter(username=options["learner"])
        keys = list(learners.values_list("pk", flat=True))
        batches = [keys[start : start + BATCH] for start in range(0, len(keys), BATCH)]
        total = changed = told = 0
        for looked_at, differed in self._rebuild(batches, options["workers"], mend=not options["check"]):
            total, changed = total + looked_at, changed + len(differed)
            for words in differed:
                self.stdout.write(words)
            if total - told >= OFTEN and total < len(keys):
                told = total
                self.stdout.write(f"{total} of {len(keys)} learners, {changed} differed.")
        if options["check"]:
            self.stdout.write(f"{total} learners replayed, {changed} differ from the log.")
            if changed:
                raise CommandError("Stored states differ from the log. Without --check they are mended.", returncode=1)
            return
        self.stdout.write(f"{total} learners replayed, {changed} differed from the log and were mended.")

    def _rebuild(
        self, batches: Sequence[Sequence[int]], workers: int, *, mend: bool
    ) -> Iterator[tuple[int, list[str]]]:
        """How many were looked at and who differed, batch by batch. One process alone does it here."""
        now = timezone.now()
        if workers == 1 or len(batches) <= 1:
            yield from (_batch(batch, now, mend) for batch in batches)
            return
        # A connection that two processes share would mix their words up: each opens its own.
        connections.close_all()
        forks = multiprocessing.get_context("fork")  # with this process's settings, whatever set them
        with ProcessPoolExecutor(min(workers, len(batches)), mp_context=forks) as pool:
            yield from pool.map(_batch, batches, [now] * len(batches), [mend] * len(batches))


def _batch(keys: Sequence[int], now: datetime, mend: bool) -> tuple[int, list[str]]:
    learners = User.objects.filter(pk__in=keys).order_by("pk")
    differed = []
    for learner in learners:
        try:
            if rebuild_progress(learner, now=now, mend=mend):
                differed.append(f"{learner.username}: what is stored does not follow from the log.")
        except UnknownEngine as error:
            differed.append(f"{learner.username}: cannot be replayed, and stays as it is. {error}")
    return len(keys), differed
