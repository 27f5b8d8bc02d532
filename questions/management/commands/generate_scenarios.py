"""``manage.py generate_scenarios``: items from option records, stories and constraints, each with its proof."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from questions.actions.bank import read_bank_files
from questions.domain.bankfile import BankError, parse_bank
from questions.domain.scenario_file import read_book
from questions.domain.scenarios import Generated, generate, minimal_pairs

FOLDER = "scenarios/"


class Command(BaseCommand):
    """Print generated items; nothing is stored. The same seed prints the same items."""

    help = "Generate scenario items from bank/scenarios: each has exactly one fitting option, and the proof of it."
    requires_system_checks = ()

    def add_arguments(self, parser: Any) -> None:
        """How many, from which seed, of which families."""
        parser.add_argument("--count", type=int, default=20)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--family", action="append", default=None, help="only this family (repeatable)")
        parser.add_argument("--bank", type=Path, default=Path(settings.BANK_DIR), help="folder of the bank")
        parser.add_argument("--json", action="store_true", help="items, pairs and counts as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Generate and print."""
        if options["count"] < 1:
            raise CommandError("--count must be at least 1.")
        try:
            files = read_bank_files(options["bank"])
            current = {fact.id for fact in parse_bank(files).facts if fact.status == "current"}
            book = read_book({path: text for path, text in files.items() if path.startswith(FOLDER)}, current)
        except FileNotFoundError as error:
            raise CommandError(str(error)) from error
        except BankError as error:
            lines = "\n".join(f"  {fault.path}:{fault.line}: {fault.message}" for fault in error.problems)
            raise CommandError(f"The scenario files have faults:\n{lines}") from error
        families = {family.id for family in book.families}
        if unknown := set(options["family"] or ()) - families:
            raise CommandError(f"There is no family {sorted(unknown)[0]!r}. Known: {', '.join(sorted(families))}.")
        made = generate(book, options["count"], options["seed"], options["family"])
        pairs = list(minimal_pairs(made))
        counts = dict(sorted(Counter(one.spec.family for one in made).items()))
        if options["json"]:
            shown = {
                "items": [_as_json(one) for one in made],
                "pairs": [
                    {"first": p.first.item.slug, "second": p.second.item.slug, "constraint": p.constraint}
                    for p in pairs
                ],
                "by_family": counts,
            }
            self.stdout.write(json.dumps(shown))
            return
        for one in made:
            self._print(one)
        self.stdout.write(
            f"{len(made)} items, {len(pairs)} minimal pairs: " + ", ".join(f"{n} {f}" for f, n in counts.items())
        )

    def _print(self, one: Generated) -> None:
        item = one.item
        self.stdout.write(f"{item.slug}\n{item.stem}\n{item.ask}")
        for option in item.options:
            self.stdout.write(f"  {'*' if option.key else ' '} {option.text}\n      {option.rationale}")
        self.stdout.write("")


def _as_json(one: Generated) -> dict[str, Any]:
    item = one.item
    return {
        "id": item.slug,
        "family": one.spec.family,
        "stem": item.stem,
        "ask": item.ask,
        "options": [asdict(option) for option in item.options],
        "key": item.keys[0],
        "constraints": item.source["constraints"],
        "proof": one.proof.body(),
        "facts": list(item.facts),
        "tags": list(item.tags),
    }
