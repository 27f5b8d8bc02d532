"""What the lint rules have in common: their names, their findings, and what they are told about the bank."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from .items import Item, Option
from .records import Fact

ERROR, WARNING = "error", "warning"

RULES: dict[str, str] = {
    "structure": "The item is complete: one key, or as many as its ask says; every option has a rationale.",
    "duplicate": "No two items ask the same with the same options; none contradicts another.",
    "unique-key": "No distractor stands for the concept of the key, and the key keeps the limits that facts state.",
    "rationale": "Every rationale speaks of its own option or of a constraint of the scenario.",
    "fact": "The item rests only on facts of the ledger whose status is current.",
    "all-or-none": "No 'all of the above', 'none of the above' or 'both A and B'.",
    "negative": "A negative question has its NOT or EXCEPT in capitals.",
    "absolutes": "Always, never, only and all do not stand in distractors alone.",
    "key-length": "The key is not conspicuously the longest option, and over the bank it is longest as often as chance.",
    "clang": "The key does not repeat words of the scenario that no distractor repeats.",
    "convergence": "The key is not the option that shares most with all the others.",
    "grammar": "No option stands out by its form: verb, article, capital letter or full stop.",
    "mixed-options": "Options are of one kind: no single service among techniques, no compound key alone.",
    "key-position": "Keys are spread over the positions of the authored lists.",
    "numbers": "Options that are numbers are in order, and their ranges do not overlap.",
    "wording": "The ask is one clear question, the scenario has at least 8 words, and no vague frequency words.",
    "reading-load": "The scenario has at most 120 words (180 for a case); each sentence serves some option.",
    "reference": "Tags, task, scenario, coverage rows and note passage exist.",
}

COVERAGE_ROWS = 71  # rows of the coverage checklist that items may name


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One flaw: ``rule`` is a key of RULES, ``level`` "error" or "warning", ``where`` the item's slug and the
    place in it.
    """

    rule: str
    level: str
    where: str
    message: str

    @property
    def slug(self) -> str:
        """Slug of the item that the finding is about; empty for one about the bank."""
        return self.where.partition(":")[0]


@dataclass(frozen=True, slots=True)
class References:
    """What an item may refer to. ``None`` leaves that kind of reference unchecked (a bank without notes, for
    instance).
    """

    facts: Mapping[str, Fact] | None = None
    tags: Collection[str] | None = None
    tasks: Collection[str] | None = None
    scenarios: Collection[int] | None = None
    notes: Collection[str] | None = None
    rows: int | None = COVERAGE_ROWS


@dataclass(frozen=True, slots=True)
class Texts:
    """The item with what every rule asks of it; ``story`` is what a learner reads before the ask."""

    item: Item
    story: str
    keys: tuple[Option, ...] = field(default=())
    distractors: tuple[Option, ...] = field(default=())

    def finding(self, rule: str, message: str, place: str = "", level: str = WARNING) -> Finding:
        return Finding(rule, level, f"{self.item.slug}: {place}" if place else self.item.slug, message)
