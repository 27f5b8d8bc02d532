"""``manage.py load_bank``: bring the database to what the bank's files say."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from questions.actions.bank import load_bank, read_bank_files
from questions.domain.bankfile import BankError


class Command(BaseCommand):
    """Load exam, tags, facts, notes and items. Idempotent; all or nothing."""

    help = "Load the question bank's files into the database; loaded twice it changes nothing."

    def add_arguments(self, parser: Any) -> None:
        """``--bank`` names the folder, ``--json`` prints the report for programs."""
        parser.add_argument(
            "--bank",
            type=Path,
            default=Path(settings.BANK_DIR),
            help="folder of the bank",
        )
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and report; every fault of the files is named with file and line."""
        try:
            report = load_bank(read_bank_files(options["bank"]), now=timezone.now())
        except FileNotFoundError as error:
            raise CommandError(str(error)) from error
        except BankError as error:
            lines = "\n".join(f"  {problem.path}:{problem.line}: {problem.message}" for problem in error.problems)
            raise CommandError(f"The bank was not loaded, nothing changed:\n{lines}") from error
        if options["json"]:
            self.stdout.write(json.dumps(asdict(report)))
            return
        self.stdout.write(
            f"Bank loaded: {len(report.created)} new, {len(report.updated)} updated, {len(report.retired)} retired, "
            f"{report.unchanged} unchanged."
        )
        for name, slugs in (("quarantined", report.quarantined), ("restored", report.restored)):
            if slugs:
                self.stdout.write(f"  {len(slugs)} {name} as a fact changed its status: {', '.join(slugs)}")
        for slug in report.kept:
            self.stdout.write(f"  {slug}: an instructor's version is served; the file's version waits as a draft.")
