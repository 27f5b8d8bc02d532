"""``manage.py evaluate_memory LOG.csv.gz``: how well FSRS-6 and its corrections foretell the reviews of a log."""

from __future__ import annotations

import csv
import gzip
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError

from questions.domain.memory_log import AGAIN, EASY, GOOD, GRADINGS, Review, in_order
from questions.domain.memory_report import Report, compare

NEEDED = ("user", "item", "correct", "ts")


class Command(BaseCommand):
    """Score memory models on the second half of a log of reviews."""

    help = (
        "Foretell the second half, by time, of a log of reviews, after learning from the first: FSRS-6 with default and with "
        "fitted parameters, and the recall head. Columns: user,item,correct,ts (seconds), and if there rating (1-4) and "
        "duration_ms."
    )

    def add_arguments(self, parser: Any) -> None:
        """The log; ``--ratings`` rates its answers anew, ``--rounds`` of the bootstrap, ``--json`` for programs."""
        parser.add_argument("log", type=Path, metavar="LOG.csv.gz", help="CSV, gzipped if it ends in .gz")
        parser.add_argument(
            "--ratings",
            choices=["logged", *GRADINGS],
            default="logged",
            help="how an answer becomes Again, Hard, Good or Easy: as logged, by its result, by its time",
        )
        parser.add_argument("--rounds", type=int, default=1000, help="rounds of the bootstrap over items")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, compare, print."""
        if options["rounds"] < 1:
            raise CommandError("The bootstrap needs a round at least.")
        try:
            reviews = read(options["log"])
            if options["ratings"] != "logged":
                reviews = GRADINGS[options["ratings"]](in_order(reviews))
            report = compare(reviews, rounds=options["rounds"], tell=self._tell)
        except (OSError, EOFError, ValueError) as error:
            raise CommandError(f"{options['log']}: {error}") from error
        self.stdout.write(json.dumps(report.as_json()) if options["json"] else table(report))

    def _tell(self, doing: str) -> None:
        self.stderr.write(f"... {doing}")


def read(path: Path) -> list[Review]:
    """The log's reviews. ValueError with the line when it is no such log, OSError when it cannot be read."""
    with _opened(path) as file:
        try:
            reviews = list(_reviews(csv.DictReader(file)))
        except (csv.Error, UnicodeDecodeError) as error:
            raise ValueError(f"this is no CSV text: {error}") from error
    if not reviews:
        raise ValueError("the log is empty")
    return reviews


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def _reviews(rows: csv.DictReader[str]) -> Iterator[Review]:
    missing = [column for column in NEEDED if column not in (rows.fieldnames or ())]
    if missing:
        raise ValueError(f"columns missing: {', '.join(missing)}")
    for row in rows:
        try:
            at = float(row["ts"])
            if row["correct"] not in ("0", "1") or not math.isfinite(at):
                raise ValueError("correct is 0 or 1, ts a number of seconds")
            rating = int(row.get("rating") or (GOOD if row["correct"] == "1" else AGAIN))
            if not AGAIN <= rating <= EASY or (rating > AGAIN) != (row["correct"] == "1"):
                raise ValueError("rating is 1 for a wrong answer and 2 to 4 for a right one")
            took = float(row["duration_ms"]) if row.get("duration_ms") else None
        except (TypeError, ValueError) as error:
            raise ValueError(f"line {rows.line_num}: {error}") from error
        yield Review(row["user"], row["item"], at, rating, took)


def table(report: Report) -> str:
    """The report for people."""
    lines = [
        f"{report.reviews} reviews, {report.learners} learners, {report.items} items; scored: the {report.scores[0].n} of the "
        f"second half by time that came a day or more after the last one, {report.recalled:.4f} of them recalled",
        f"{'':30} {'log loss':>8} {'AUC':>7} {'ECE':>7}   against {report.reference} (95 % interval over items)",
    ]
    for score in report.scores:
        line = f"{score.model:30} {score.log_loss:8.4f} {score.auc:7.4f} {score.ece:7.4f}"
        if score.difference is not None:
            line += f"   {score.difference:+.4f} ({score.low:+.4f} to {score.high:+.4f})"
        lines.append(line)
    accepted = sum(fit.accepted for learner, fit in report.fits if learner)
    lines.append(f"Fits accepted for {accepted} of {report.learners} learners.")
    lines += [f"  {learner or 'everybody'}: {fit.why}" for learner, fit in report.fits[:10]]
    return "\n".join(lines)
