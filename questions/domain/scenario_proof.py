"""Which option is right, and why each other one is wrong: the proof behind every generated item.

:func:`prove` takes the demands of a stem and the options shown. It holds only when exactly one option of the whole
family is right (alone in meeting every demand, or first by the rank that the ask names), each distractor breaks one or
two named demands, and each demand is broken by some distractor, so that no sentence of the stem is idle. One number may be
there to be checked alone: it lies within every limit shown, and the learner has to know that.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from .scenario_records import BROKEN, MET, OPEN, Ask, Book, Demand, Family, Record, holds, verdict
from .scenario_text import limit_of

MIN_DEMANDS = 2
MAX_BROKEN = 2


class Refused(ValueError):
    """No item can be proved here; the message says what stands in the way."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One comparison that the proof rests on: what was asked of an option's record, what the record says, the verdict."""

    concept: str
    attribute: str
    asked: str
    says: str
    verdict: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """``broken`` are the names of the demands that each distractor breaks; the ask's rank counts as one of them.

    ``others`` are options of the family that are not shown, with the demands that rule them out.
    """

    key: str
    cells: tuple[Cell, ...]
    broken: dict[str, tuple[str, ...]]
    others: dict[str, tuple[str, ...]]
    met_by: tuple[str, ...]
    best: str = ""

    def body(self) -> dict[str, Any]:
        """JSON-ready form, stored with the item and compared by ``scenarios.verify``."""
        return {
            "key": self.key,
            "met_by": list(self.met_by),
            "best": self.best,
            "broken": {concept: list(names) for concept, names in self.broken.items()},
            "others": {concept: list(names) for concept, names in self.others.items()},
            "cells": [
                {"option": c.concept, "attribute": c.attribute, "asked": c.asked, "says": c.says, "verdict": c.verdict,
                 "facts": list(c.facts)}
                for c in self.cells
            ],
        }  # fmt: skip


BEST = "best"


def prove(family: Family, demands: Sequence[Demand], ask: Ask, shown: Sequence[str], book: Book) -> Proof:
    """The proof that one of ``shown`` (concepts) is the key. Raises Refused where there is none."""
    table = {r.concept: {d: verdict(family, r, d, book.current) for d in demands} for r in family.records}
    key, met, wrong = decide(family, demands, ask, table, book)
    if key not in shown:
        raise Refused(f"the right option {key!r} is not among those shown")
    missing = [concept for concept in shown if concept != key and concept not in wrong]
    if missing:
        raise Refused(f"{missing[0]!r} breaks no demand for certain")
    for concept in shown:
        if concept != key and len(wrong[concept]) > MAX_BROKEN:
            raise Refused(f"{concept!r} breaks {len(wrong[concept])} demands: expected at most {MAX_BROKEN}")
    real = [demand for demand in demands if not given(family, demand)]
    used = frozenset().union(*(wrong[concept] for concept in shown if concept != key))
    if idle := too_idle(family, demands, used):
        raise Refused(f"no distractor breaks {idle!r}")
    cells = [
        _cell(family, family.record(concept), demand, table[concept][demand])
        for concept in shown
        for demand in real
        if concept == key or demand.constraint in wrong[concept]
    ]
    if ask.best:
        cells += [
            _rank_cell(family, concept, ask) for concept in shown if concept == key or BEST in wrong.get(concept, ())
        ]
    return Proof(
        key=key,
        cells=tuple(cells),
        broken={concept: _ordered(wrong[concept], demands) for concept in shown if concept != key},
        others={concept: _ordered(ids, demands) for concept, ids in wrong.items() if concept not in shown},
        met_by=met,
        best=ask.best,
    )


def decide(
    family: Family, demands: Sequence[Demand], ask: Ask, table: dict[str, dict[Demand, str]], book: Book
) -> tuple[str, tuple[str, ...], dict[str, frozenset[str]]]:
    """Key, the options that meet every demand, and what each other one breaks. Raises Refused."""
    key, met, wrong = _decide(family, demands, ask, table, book)
    said = {demand.constraint for demand in demands}
    if silent := [name for name in family.record(key).stated if name not in said]:
        raise Refused(f"{key!r} cannot be the key while the stem is silent on {silent[0]!r}")
    return key, met, wrong


def _decide(
    family: Family, demands: Sequence[Demand], ask: Ask, table: dict[str, dict[Demand, str]], book: Book
) -> tuple[str, tuple[str, ...], dict[str, frozenset[str]]]:
    wrong: dict[str, frozenset[str]] = {}
    met = []
    for record in family.records:
        row = table[record.concept]
        broken = frozenset(demand.constraint for demand in demands if row[demand] == BROKEN)
        if broken:
            wrong[record.concept] = broken
        elif all(row[demand] == MET for demand in demands):
            met.append(record.concept)
        else:
            open_ = next(demand.constraint for demand in demands if row[demand] == OPEN)
            raise Refused(f"it is open whether {record.concept!r} meets {open_!r}")
    if not met:
        raise Refused("no option meets every demand")
    if not ask.best:
        if len(met) > 1:
            raise Refused(f"{len(met)} options meet every demand: {', '.join(met)}")
        return met[0], tuple(met), wrong
    if len(met) == 1:
        raise Refused("the rank decides nothing: one option alone meets every demand")
    ranks = {concept: family.record(concept).values.get(ask.best) for concept in met}
    if not all(holds(value, book.current) for value in ranks.values()):
        raise Refused(f"it is open how {ask.best!r} ranks the options that meet every demand")
    order = sorted(met, key=lambda concept: ranks[concept].low)  # type: ignore[union-attr]
    first, second = (ranks[concept].low for concept in order[:2])  # type: ignore[union-attr]
    if first == second:
        raise Refused(f"two options share the first rank of {ask.best!r}")
    wrong |= {concept: frozenset({BEST}) for concept in order[1:]}
    return order[0], tuple(met), wrong


def too_idle(family: Family, demands: Sequence[Demand], used: Collection[str]) -> str:
    """The demand that ought to be broken by a distractor and is not; empty when there is none. ``used`` are those that
    are broken."""
    idle = [d.constraint for d in demands if d.constraint not in used and not given(family, d)]
    if len(idle) == 1 and not family.constraint(idle[0]).cases and len(demands) - len(idle) >= MIN_DEMANDS:
        return ""
    return idle[0] if idle else ""


def given(family: Family, demand: Demand) -> bool:
    cases = family.constraint(demand.constraint).cases
    return bool(cases) and cases[demand.case].given


def _ordered(ids: frozenset[str], demands: Sequence[Demand]) -> tuple[str, ...]:
    return tuple(d.constraint for d in demands if d.constraint in ids) + ((BEST,) if BEST in ids else ())


def _cell(family: Family, record: Record, demand: Demand, found: str) -> Cell:
    constraint = family.constraint(demand.constraint)
    value = record.values[constraint.attribute]
    return Cell(record.concept, constraint.attribute, demand.case, limit_of(value), found, value.facts)


def _rank_cell(family: Family, concept: str, ask: Ask) -> Cell:
    value = family.record(concept).values[ask.best]
    return Cell(concept, ask.best, ask.name, limit_of(value), MET, value.facts)
