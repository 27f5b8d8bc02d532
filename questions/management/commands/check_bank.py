"""``manage.py check_bank``: lint the question bank and say what it holds."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from questions.actions.bank import read_bank_files
from questions.domain.bank_report import BankReport, report
from questions.domain.bankfile import Bank, BankError, parse_bank
from questions.domain.guesser import Guesses, play
from questions.domain.items import KIND_NAMES
from questions.domain.lint_agreement import LABELLED, Agreement, agreement
from questions.domain.solving import Solving, parse, summary
from questions.models import ItemVersion, NoteSection

ROW_TARGET = 3  # approved items that each coverage row should have


class Command(BaseCommand):
    """Print counts and findings with file and line; exit 1 when there are errors. The files need no database."""

    help = "Check the question bank's files: format, references and item-writing rules (docs/authoring.md)."
    requires_system_checks = ()  # the files can be checked where no database is

    def add_arguments(self, parser: Any) -> None:
        """``--bank`` names the folder, ``--database`` adds stored drafts, ``--json`` prints for programs."""
        parser.add_argument(
            "--bank", type=Path, default=None, help="folder of the bank (default: the setting BANK_DIR)"
        )
        parser.add_argument(
            "--database",
            action="store_true",
            help="also check drafts and instructors' versions stored in the database",
        )
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check and print; SystemExit(1) when there are errors."""
        folder = Path(options["bank"] or getattr(settings, "BANK_DIR", settings.BASE_DIR / "bank"))
        try:
            bank = parse_bank(read_bank_files(folder))
        except FileNotFoundError as error:
            raise CommandError(str(error)) from error
        stored = list(_stored(bank)) if options["database"] else []
        sections = [f"{stem}#{anchor}" for stem, anchor in _sections()] if stored else []
        found = report(bank, [(version.value, *_place(version)) for version in stored], sections)
        shown = _shown(folder)
        found = replace(
            found,
            flaws=tuple(
                replace(flaw, path=shown + flaw.path) if flaw.path in _paths(bank) else flaw for flaw in found.flaws
            ),
        )
        guesses = {"authored": play(bank.items), "generated": play(bank.variants.items)}
        labelled, tuned = _labelled(folder, bank)
        try:
            record = _record(folder)
        except BankError as error:
            raise CommandError(str(error)) from error
        solved = {"authored": summary(bank.items, record), "generated": summary(bank.variants.items, record)}
        states = dict(Counter(version.state for version in stored))
        if options["json"]:
            body = _as_json(found, states, guesses, labelled, tuned)
            body["review"] = {origin: result.as_json() for origin, result in solved.items()}
            self.stdout.write(json.dumps(body))
        else:
            self._print(found, bank, states, guesses, labelled)
            for origin, result in solved.items():
                if result.solved:
                    self.stdout.write(
                        f"Solved blind as they stand: {result.solved} of {result.of} {origin} items, {result.agreed} with the "
                        f"key; from the options alone {result.guessed:.1%} of {result.guesses} (chance {result.chance:.1%})"
                    )
        if found.errors:
            raise SystemExit(1)

    def _print(
        self, found: BankReport, bank: Bank, states: dict[str, int], guesses: dict[str, Guesses], labelled: Agreement
    ) -> None:
        titles = {scenario.number: scenario.title for scenario in bank.exam.scenarios} if bank.exam else {}
        self.stdout.write(
            f"{found.approved} approved items, {len(bank.tags)} tags, {len(bank.facts)} facts, {len(bank.notes)} notes"
        )
        if states:
            self.stdout.write("In the database besides: " + ", ".join(f"{n} {state}" for state, n in states.items()))
        names = {
            kind: f"{name} ({found.cases} studies)" if kind == "case" else name for kind, name in KIND_NAMES.items()
        }
        self._table("By type", {names[kind]: count for kind, count in found.by_type.items()})
        self._table("By tag", found.by_tag)
        self._table("By scenario", {f"{n:>2} {titles.get(n, '')}": count for n, count in found.by_scenario.items()})
        if thin := [str(row) for row, count in found.by_row.items() if count < ROW_TARGET]:
            self.stdout.write(f"Coverage rows with fewer than {ROW_TARGET} items: {', '.join(thin)}\n")
        self._table("Generated variants", found.generated)
        for origin, result in guesses.items():
            self.stdout.write(
                f"A guesser who reads surfaces only finds {result.score:.1%} of {result.n} keys of {origin} items; "
                f"chance is {result.chance:.1%}"
            )
        if labelled.n:
            self.stdout.write(
                f"Lint against {labelled.n} labelled items: precision {labelled.precision:.2f}, recall {labelled.recall:.2f}"
                " (rules were tuned on other ones)"
            )
        for flaw in found.flaws:
            self.stdout.write(str(flaw))
        self.stdout.write(f"{len(found.errors)} errors, {len(found.warnings)} warnings")

    def _table(self, title: str, counts: Any) -> None:
        self.stdout.write(f"\n{title}")
        width = max((len(str(name)) for name in counts), default=0)
        for name, count in counts.items():
            self.stdout.write(f"  {name!s:<{width}}  {count:>4}")


def _as_json(
    found: BankReport, states: dict[str, int], guesses: dict[str, Guesses], labelled: Agreement, tuned: Agreement
) -> dict[str, Any]:
    return {
        "approved": found.approved,
        "generated": sum(found.generated.values()),
        "cases": found.cases,
        "errors": [asdict(flaw) for flaw in found.errors],
        "warnings": [asdict(flaw) for flaw in found.warnings],
        "by_type": found.by_type,
        "by_tag": found.by_tag,
        "by_scenario": found.by_scenario,
        "by_row": found.by_row,
        "guesser": {origin: asdict(result) for origin, result in guesses.items()},
        "lint": {**labelled.as_json(), "tuned_on": tuned.as_json()},
        "database": states,
    }


def _record(folder: Path) -> list[Solving]:
    """The solvings of the bank's record, oldest file first."""
    files = sorted((folder / "review").glob("*.jsonl"))
    return [one for path in files for one in parse(path.read_text(encoding="utf-8"), f"review/{path.name}")]


def _labelled(folder: Path, bank: Bank) -> tuple[Agreement, Agreement]:
    """How the lint agrees with the labelled set of the bank, if it has one: the half that judges, the half for tuning."""
    path = folder / LABELLED
    if not path.is_file():
        return Agreement(), Agreement()
    return agreement(path.read_text(encoding="utf-8"), LABELLED, bank.facts)


def _stored(bank: Bank) -> Iterator[ItemVersion]:
    """Versions that are served or may be, except those that say what the bank's files say."""
    in_files = {item.digest for item in bank.items}
    states = (ItemVersion.DRAFT, ItemVersion.SUBMITTED, ItemVersion.APPROVED)
    for version in ItemVersion.objects.filter(state__in=states).select_related("item").order_by("item__slug", "number"):
        if version.value.digest not in in_files:
            yield version


def _sections() -> Iterator[tuple[str, str]]:
    yield from NoteSection.objects.values_list("note__stem", "anchor")


def _place(version: ItemVersion) -> tuple[str, int]:
    """File and line that the version came from; for one written in the database its slug and version number."""
    source = version.value.source
    path, line = source.get("file"), source.get("line")
    if isinstance(path, str) and isinstance(line, int):
        return path, line
    return f"database/{version.item.slug}", version.number


def _paths(bank: Bank) -> set[str]:
    """Paths that are relative to the folder of the bank."""
    files = {"exam.yaml", "tags.yaml", "facts.yaml", *bank.notes}
    return files | {path for path, _ in bank.places.values()} | {problem.path for problem in bank.problems}


def _shown(folder: Path) -> str:
    """``folder`` as a prefix of paths, relative to where the command runs when it lies below it."""
    here, there = Path.cwd(), folder.resolve()
    return f"{there.relative_to(here) if there.is_relative_to(here) else folder}/"
