"""``manage.py seed_load``: fill a database for load measurements and print what an outside generator needs."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils import timezone

from questions.actions.load import SeededLearner, seed_load
from questions.queries import NoExam


class Command(BaseCommand):
    """Synthetic items, learners and answers, through the deeds that serve real learners."""

    help = "Fill a database of its own for load measurements; prints tokens, cookies and open items."

    def add_arguments(self, parser: Any) -> None:
        """How much of everything; ``--json`` prints all credentials and open items."""
        parser.add_argument("--learners", type=int, default=200)
        parser.add_argument("--questions", type=int, default=2000, help="synthetic items in the bank")
        parser.add_argument("--answers", type=int, default=10000, help="logged answers in all")
        parser.add_argument("--open-items", type=int, default=50, help="unanswered items a learner")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--into-this-database", action="store_true", help="needed in production mode")

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed and print."""
        if not settings.DEMO_ACCOUNTS and not options["into_this_database"]:
            raise CommandError(
                "This adds synthetic questions that learners would be served. In production mode, point DATABASE_URL at a "
                "database of its own and add --into-this-database."
            )
        for name in ("learners", "questions"):
            if options[name] < 1:
                raise CommandError(f"--{name} must be at least 1.")
        if options["answers"] < 0 or options["open_items"] < 0:
            raise CommandError("--answers and --open-items cannot be negative.")
        try:
            seeded = seed_load(
                learners=options["learners"],
                questions=options["questions"],
                answers=options["answers"],
                open_items=options["open_items"],
                now=timezone.now(),
                seed=options["seed"],
            )
        except NoExam as error:
            raise CommandError(str(error)) from error
        if not options["json"]:
            self.stdout.write(f"{len(seeded)} learners seeded. Add --json for their credentials and open items.")
            return
        self.stdout.write(json.dumps({"learners": [_with_addresses(learner) for learner in seeded]}))


def _with_addresses(learner: SeededLearner) -> dict[str, Any]:
    """The learner as JSON, each open item with the two addresses that take its answer."""
    shown = learner.as_json()
    for item in shown["items"]:
        item["form_path"] = reverse("answer", args=[item["session"], item["position"]])
        item["api_path"] = reverse("api-answers", args=[item["session"]])
    return shown
