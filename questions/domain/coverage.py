"""How far the bank covers what it has to: rows of topics, each with the items that rest on it. Pure.

A row is full when it has at least ``ENOUGH`` items, one of them a scenario (a story of some length with one question), and
one that offers the row's trap as a distractor.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import yaml

from .items import CASE, ORDERING, Item

ENOUGH = 3
STORY_WORDS = 18
"""A stem of at least so many words tells a role and a workload, and does not only ask."""


@dataclass(frozen=True, slots=True)
class Row:
    """One topic. ``traps`` are concepts that it is mistaken for."""

    row: int
    topic: str
    traps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowReport:
    """What the bank holds for a row: number of authored items, whether a scenario and the trap are among them, their types
    and facts, and how many generated ``variants`` there are besides. Variants alone make no row full.
    """

    row: int
    topic: str
    approved: int
    scenario: bool
    trap: bool
    by_type: Mapping[str, int] = field(default_factory=dict)
    facts: Sequence[str] = ()
    variants: int = 0

    @property
    def full(self) -> bool:
        """Nothing is missing."""
        return self.approved >= ENOUGH and self.scenario and self.trap

    def as_json(self) -> dict[str, Any]:
        """JSON-ready, ``full`` included."""
        return {**asdict(self), "full": self.full}


def parse_rows(text: str) -> list[Row]:
    """The rows of bank/coverage.yaml. ValueError names what is wrong with which entry."""
    rows = []
    for number, entry in enumerate(yaml.safe_load(text) or [], start=1):
        if not isinstance(entry, Mapping) or set(entry) != {"row", "topic", "traps"}:
            raise ValueError(f"coverage.yaml, entry {number}: expected exactly row, topic and traps")
        if entry["row"] != number:
            raise ValueError(f"coverage.yaml, entry {number}: expected row {number}, found {entry['row']}")
        if not entry["traps"]:
            raise ValueError(f"coverage.yaml, entry {number}: expected at least one trap")
        rows.append(Row(number, str(entry["topic"]), tuple(entry["traps"])))
    return rows


def distractor_concepts(item: Item) -> set[str]:
    """Concepts that the item offers wrongly: distractors, spare steps, options that no prompt asks for.

    Where every option serves a prompt, each of them is wrong for the other prompts, and counts.
    """
    right = set(item.keys) if item.kind == ORDERING else {option.id for option in item.options if option.key}
    return {option.concept for option in item.options if option.concept and option.id not in right}


def report(rows: Sequence[Row], items: Iterable[Item], variants: Iterable[Item] = ()) -> list[RowReport]:
    """One report a row, in order; ``items`` are the authored ones, ``variants`` the generated ones."""
    items = list(items)
    generated = Counter(row for variant in variants for row in set(variant.rows))
    found = []
    for row in rows:
        own = [item for item in items if row.row in item.rows]
        found.append(
            RowReport(
                row=row.row,
                topic=row.topic,
                approved=len(own),
                scenario=any(_tells_a_story(item) for item in own),
                trap=any(distractor_concepts(item) & set(row.traps) for item in own),
                by_type=dict(sorted(Counter(CASE if item.case else item.kind for item in own).items())),
                facts=sorted({fact for item in own for fact in item.facts}),
                variants=generated[row.row],
            )
        )
    return found


def _tells_a_story(item: Item) -> bool:
    story = f"{item.case.text if item.case else ''} {item.stem}"
    return len(story.split()) >= STORY_WORDS
