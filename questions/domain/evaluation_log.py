"""Logs of real answers for measuring an engine: rows, splits by learner, the walk, set-aside exams.

Protocol: calibrate on the fit rows in any way; then walk the evaluation rows once in stream order: predict a row without its
answer, score it, learn from it. Every row counts. Learners are split by a cryptographic digest of their name: splits by
CRC32 are linear in its bits, so that two of them with different salts can coincide.
"""

from __future__ import annotations

import csv
import hashlib
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

COLUMNS = ("user", "item", "tags", "correct")


class Row(NamedTuple):
    """One answer; ``ts`` in seconds since the log began (None: no clock), ``rating`` 1-4 as FSRS has it."""

    user: str
    item: str
    tags: tuple[str, ...]
    correct: int
    ts: float | None
    rating: int


class Model(Protocol):
    """What can be measured: fitted once, then asked and told row by row."""

    def fit(self, rows: Sequence[Row]) -> None: ...

    def predict(self, user: str, item: str, tags: tuple[str, ...], ts: float | None) -> float: ...

    def update(
        self, user: str, item: str, tags: tuple[str, ...], correct: int, ts: float | None, rating: int
    ) -> None: ...


class BadLog(ValueError):
    """The log cannot be read; the message names the line."""


def parse(lines: Iterable[str]) -> list[Row]:
    """Rows of a CSV log with a header. Columns: user, item, tags (;-separated), correct (0/1), and ts, rating if known.

    Raises BadLog for a missing column or a value out of its range, with the line's number.
    """
    reader = csv.DictReader(lines)
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise BadLog(f"line 1: no column {', '.join(missing)}")
    rows: list[Row] = []
    try:
        rows.extend(_row(one) for one in reader)
    except (ValueError, csv.Error) as error:
        raise BadLog(f"line {reader.line_num}: {error}") from error
    if not rows:
        raise BadLog("line 2: no answers")
    return rows


def _row(one: Mapping[str, str | None]) -> Row:
    user, item, correct = one["user"], one["item"], one["correct"]
    if not user or not item:
        raise ValueError("an answer needs a user and an item")
    if correct not in ("0", "1"):
        raise ValueError(f"correct must be 0 or 1, not {correct!r}")
    ts, rating = one.get("ts"), one.get("rating")
    at = float(ts) if ts else None
    if at is not None and not math.isfinite(at):
        raise ValueError(f"ts must be a number of seconds, not {ts!r}")
    tags = tuple(dict.fromkeys(slug for slug in (one["tags"] or "none").split(";") if slug)) or ("none",)
    return Row(user, item, tags, int(correct), at, int(float(rating)) if rating else 3 if correct == "1" else 1)


def digest(user: str, salt: str = "") -> bytes:
    """A fixed random-looking key of a learner, for splits and folds that anybody can rebuild."""
    return hashlib.sha256(f"{salt}:{user}".encode()).digest()


def folds(rows: Sequence[Row], count: int, salt: str = "fold") -> dict[str, int]:
    """Fold of every learner, as even in learners as can be."""
    users = sorted({row.user for row in rows}, key=lambda user: digest(user, salt))
    return {user: place % count for place, user in enumerate(users)}


def halves(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Fit and evaluation rows: learners split in half; of one learner alone, the first and the second half of time."""
    part = folds(rows, 2, "halves")
    if len(part) < 2:
        return list(rows[: len(rows) // 2]), list(rows[len(rows) // 2 :])
    return [row for row in rows if part[row.user] == 0], [row for row in rows if part[row.user] == 1]


def subset(rows: Sequence[Row], limit: int) -> list[Row]:
    """All rows of as many learners as fit into about ``limit`` rows (at least six of them)."""
    size: dict[str, int] = defaultdict(int)
    for row in rows:
        size[row.user] += 1
    kept: set[str] = set()
    total = 0
    for user in sorted(size, key=lambda user: digest(user, "subset")):
        if total >= limit and len(kept) >= 6:
            break
        kept.add(user)
        total += size[user]
    return [row for row in rows if row.user in kept]


def walk(model: Model, rows: Sequence[Row], tell: Callable[[int], None] = lambda _: None) -> list[float]:
    """Chance of each row before its answer; the model learns row by row. ``tell`` hears the number of rows done."""
    chances = []
    for done, row in enumerate(rows, 1):
        chances.append(model.predict(row.user, row.item, row.tags, row.ts))
        model.update(*row)
        if done % 10_000 == 0:
            tell(done)
    return chances


def exams(rows: Sequence[Row], length: int) -> dict[str, list[int]]:
    """Places of each learner's last ``length`` first-sight answers, where at least ``length`` answers come before them."""
    seen: set[tuple[str, str]] = set()
    answered: dict[str, int] = defaultdict(int)
    sights: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for place, row in enumerate(rows):
        if (row.user, row.item) not in seen:
            seen.add((row.user, row.item))
            sights[row.user].append((place, answered[row.user]))
        answered[row.user] += 1
    return {
        user: [place for place, _ in those[-length:]]
        for user, those in sights.items()
        if len(those) >= length and those[-length][1] >= length
    }


class Sitting(NamedTuple):
    """One set-aside exam: expected and observed share of right answers, variance of the share by chance alone."""

    expected: float
    observed: float
    chance_variance: float


def sit(model: Model, rows: Sequence[Row], length: int, *, freeze: bool = True) -> Iterator[Sitting]:
    """Walk the rows; at the first row of a learner's exam predict all of it, then (``freeze``) learn no more of them."""
    papers = exams(rows, length)
    begins = {places[0]: user for user, places in papers.items()}
    frozen: set[str] = set()
    for place, row in enumerate(rows):
        user = begins.get(place)
        if user is not None:
            # The exam is sat now: later rows lend their items, not their times.
            paper = [rows[it]._replace(ts=row.ts) for it in papers[user]]
            yield sitting(expected(model, paper), [it.correct for it in paper])
            frozen.add(user)
        if not freeze or row.user not in frozen:
            model.update(*row)


def expected(model: Model, paper: Sequence[Row]) -> list[float]:
    """Chances of a whole paper, by the model's readiness head where it has one."""
    many = getattr(model, "predict_many", None)
    if many is not None:
        return [float(p) for p in many(paper)]
    return [model.predict(row.user, row.item, row.tags, row.ts) for row in paper]


def sitting(chances: Sequence[float], correct: Sequence[int]) -> Sitting:
    """Summary of one exam."""
    n = len(correct)
    clipped = [min(max(p, 1e-3), 1 - 1e-3) for p in chances]
    return Sitting(math.fsum(clipped) / n, sum(correct) / n, math.fsum(p * (1 - p) for p in clipped) / n**2)
