"""``manage.py generate_scenarios``: print scenario items that the engine generates and proves."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from questions.actions.bank import read_bank_files
from questions.domain import scenarios, variants
from questions.domain.bank_report import references
from questions.domain.bankfile import parse_bank
from questions.domain.guesser import play
from questions.domain.lint import ERROR, lint


class Command(BaseCommand):
    """Print items and a summary; exit 1 when an item has errors. The files need no database."""

    help = "Generate scenario questions from bank/scenarios, each with its proof (docs/scenarios.md)."
    requires_system_checks = ()  # nothing here needs a database

    def add_arguments(self, parser: Any) -> None:
        """``--seed`` decides everything that is drawn; the same seed and files give the same items."""
        parser.add_argument("--count", type=int, default=20, help="items to generate (default: 20)")
        parser.add_argument("--seed", type=int, default=1, help="seed of the draw (default: 1)")
        parser.add_argument("--family", action="append", help="family to draw from (repeatable; default: all)")
        parser.add_argument("--bank", type=Path, default=None, help="folder of the bank (default: BANK_DIR)")
        parser.add_argument("--pairs", action="store_true", help="print the minimal pairs instead of the items")
        parser.add_argument("--json", action="store_true", help="print items, pairs and summary as JSON")
        parser.add_argument(
            "--serve",
            action="store_true",
            help=f"choose the ones that learners get, keep those they have, and write them to {variants.FILE}",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Generate, check and print; SystemExit(1) when an item has errors."""
        folder = Path(options["bank"] or getattr(settings, "BANK_DIR", settings.BASE_DIR / "bank"))
        try:
            bank = parse_bank(read_bank_files(folder))
        except FileNotFoundError as error:
            raise CommandError(str(error)) from error
        if bank.book is None:
            raise CommandError("\n".join(map(str, bank.problems)) or f"There are no scenarios in {folder}.")
        book = bank.book
        known = {family.id for family in book.families}
        if unknown := set(options["family"] or ()) - known:
            raise CommandError(f"There is no family {min(unknown)!r}. Families: {', '.join(sorted(known))}")
        if options["serve"] and options["family"]:
            raise CommandError("--serve writes the whole file: leave --family out.")
        made = scenarios.generate(book, options["count"], options["seed"], options["family"])
        pairs = list(scenarios.minimal_pairs(made))
        told = references(bank)
        errors = [str(f) for one in made for f in lint(one.item, told) if f.level == ERROR]
        summary = _summary(made, pairs, errors, options)
        if options["serve"]:
            served = variants.choose(made, kept=bank.variants.made)
            text = variants.dump(served, count=options["count"], seed=options["seed"])
            (folder / variants.FILE).write_text(text, encoding="utf-8")
            summary["served"] = len(served)
        if options["json"]:
            body = {"summary": summary, "items": [shown(one) for one in made], "pairs": [_pair(p) for p in pairs]}
            self.stdout.write(json.dumps(body, ensure_ascii=False))
        else:
            self._print(made, pairs, options)
            self.stdout.write(json.dumps(summary, indent=2))
        if errors:
            raise SystemExit(1)

    def _print(self, made: list[scenarios.Generated], pairs: list[scenarios.Pair], options: dict[str, Any]) -> None:
        if options["pairs"]:
            for pair in pairs:
                self.stdout.write(f"\n{pair.constraint}:")
                for one in (pair.first, pair.second):
                    self.stdout.write(f"  {one.item.slug}: {one.item.stem} {one.item.ask}\n    -> {one.proof.key}")
            return
        for one in made:
            self.stdout.write(f"\n{one.item.slug}\n{one.item.stem}\n{one.item.ask}")
            for option in one.item.options:
                self.stdout.write(f"  {'*' if option.key else '-'} {option.text}\n      {option.rationale}")


def shown(one: scenarios.Generated) -> dict[str, Any]:
    """One item as JSON: what a learner reads, the key, and why it is the key."""
    item = one.item
    return {
        "id": item.slug,
        "family": one.spec.family,
        "story": one.spec.story,
        "stem": item.stem,
        "ask": item.ask,
        "options": [
            {"id": o.id, "text": o.text, "concept": o.concept, "key": o.key, "rationale": o.rationale}
            for o in item.options
        ],
        "key": one.proof.key,
        "constraints": item.source["constraints"],
        "proof": item.source["proof"],
        "task": item.task,
        "tags": list(item.tags),
        "rows": list(item.rows),
        "note": item.note,
        "facts": list(item.facts),
        "difficulty": item.difficulty,
        "difficulty_reason": item.difficulty_reason,
    }


def _pair(pair: scenarios.Pair) -> dict[str, Any]:
    first, second = pair.first, pair.second
    case = [next(d.case for d in one.spec.demands if d.constraint == pair.constraint) for one in (first, second)]
    return {
        "items": [first.item.slug, second.item.slug],
        "constraint": pair.constraint,
        "values": case,
        "keys": [first.proof.key, second.proof.key],
    }


def _summary(
    made: list[scenarios.Generated], pairs: list[scenarios.Pair], errors: list[str], options: dict[str, Any]
) -> dict[str, Any]:
    items = [one.item for one in made]
    guesses = play(items)
    return {
        "seed": options["seed"],
        "items": len(made),
        "distinct_stems": len({item.stem for item in items}),
        "proved": sum(bool(item.source["proof"]["cells"]) for item in items),
        "minimal_pairs": len(pairs),
        "errors": errors,
        "guesser": {"score": round(guesses.score, 3), "chance": round(guesses.chance, 3), "n": guesses.n},
        "by_family": dict(sorted(Counter(one.spec.family for one in made).items())),
        "by_key": dict(sorted(Counter(one.proof.key for one in made).items())),
    }
