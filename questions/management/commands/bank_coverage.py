"""``manage.py bank_coverage``: how far the bank's files cover what they have to, row by row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from questions.actions.bank import read_bank_files
from questions.domain.bankfile import parse_bank
from questions.domain.coverage import parse_rows, report


class Command(BaseCommand):
    """Rows of bank/coverage.yaml with their items; ends with an error when one is not full."""

    help = (
        "Count the bank's items by coverage row: items by type, facts, variants, a scenario, the trap as a distractor."
    )

    def add_arguments(self, parser: Any) -> None:
        """``--bank`` names the folder, ``--json`` prints for programs."""
        parser.add_argument("--bank", type=Path, default=Path(settings.BANK_DIR), help="folder of the bank")
        parser.add_argument("--json", action="store_true", help="print full, total and rows as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, count, print."""
        try:
            files = read_bank_files(options["bank"])
            rows = parse_rows(files["coverage.yaml"].decode())
        except FileNotFoundError as error:
            raise CommandError(str(error)) from error
        except KeyError as error:
            raise CommandError(f"There is no coverage.yaml in {options['bank']}.") from error
        except ValueError as error:
            raise CommandError(str(error)) from error
        bank = parse_bank(files)
        if bank.problems:
            raise CommandError(f"The bank has {len(bank.problems)} faults; manage.py check_bank names them.")
        found = report(rows, bank.items, bank.variants.items)
        full = sum(row.full for row in found)
        if options["json"]:
            shown = {"full": full, "total": len(found), "rows": [row.as_json() for row in found]}
            self.stdout.write(json.dumps(shown))
        else:
            for row in found:
                types = ", ".join(f"{count} {kind}" for kind, count in row.by_type.items())
                lacks = [name for name, there in (("scenario", row.scenario), ("trap", row.trap)) if not there]
                mark = f"  lacks {' and '.join(lacks)}" if lacks else ""
                self.stdout.write(
                    f"{row.row:3} {row.topic:<48} {row.approved:3} items, {len(row.facts):2} facts, "
                    f"{row.variants:3} variants ({types}){mark}"
                )
            self.stdout.write(f"{full} of {len(found)} rows full")
        if full < len(found):
            empty = ", ".join(str(row.row) for row in found if not row.full)
            raise CommandError(f"Rows that lack something: {empty}")
