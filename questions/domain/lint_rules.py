"""What the lint rules have in common: their names, their findings, and what they are told about the bank."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from .items import Item, Option
from .lint_words import content
from .records import Fact

ERROR, WARNING = "error", "warning"

RULES: dict[str, str] = {
    "structure": "The item is complete: one key, or as many as its ask says; every option has a rationale.",
    "duplicate": "No two items ask the same with the same options; none contradicts another.",
    "unique-key": "No distractor is right as well, by concept, number, limit or rationale; the key keeps the limits of facts.",
    "rationale": "Every rationale says why, in words of the item or its facts: more than a verdict.",
    "fact": "The item rests only on facts of the ledger whose status is current.",
    "all-or-none": "No option rests on the others: 'all of the above', 'none of these', 'both A and B'.",
    "negative": "A negative question (not, never, except, false, unsuitable) has its negation in capitals.",
    "absolutes": "Always, never, only and all do not stand in distractors alone.",
    "key-length": "The key is not conspicuously the longest option, and over the bank it is longest as often as chance.",
    "clang": "The key does not repeat words of the scenario that no distractor repeats, words of the whole subject aside.",
    "convergence": "The key is not the option that shares most with the others, nor the one with what most have in every part.",
    "grammar": "No option stands out by its form or by how it fits the ask: verb, article, plural, capital or full stop.",
    "mixed-options": "Options are of one kind: no single service, number or measure among others, no compound key alone.",
    "key-position": "Keys are spread over the positions of the authored lists.",
    "numbers": "Options that are numbers, bare or in the same words, are in order, and their ranges do not overlap.",
    "wording": "The ask is one clear question, the scenario has at least 8 words, and no vague frequency words.",
    "reading-load": "The scenario has at most 120 words (180 for a case); each sentence serves some option.",
    "reference": "Tags, task, scenario, coverage rows and note passage exist.",
}

COVERAGE_ROWS = 71  # rows of the coverage checklist that items may name
FEW_FACTS, SUBJECT_SHARE = 50, 0.04  # a short ledger tells nothing of the subject; one fact in 25 has a word of it


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

    def told(self) -> Mapping[str, int]:
        """Content words of the facts' statements and the number of statements that have each."""
        return _told(tuple(fact.statement for fact in (self.facts or {}).values()))

    def subject(self) -> frozenset[str]:
        """Words that so many facts share that they name the subject of the whole bank and point to no option."""
        if len(self.facts or ()) < FEW_FACTS:
            return frozenset()
        least = SUBJECT_SHARE * len(self.facts or ())
        return frozenset(word for word, count in self.told().items() if count >= least)


@lru_cache(maxsize=4)
def _told(statements: tuple[str, ...]) -> Mapping[str, int]:
    return Counter(word for statement in statements for word in content(statement))


@dataclass(frozen=True, slots=True)
class Texts:
    """The item with what every rule asks of it; ``story`` is what a learner reads before the ask."""

    item: Item
    story: str
    keys: tuple[Option, ...] = field(default=())
    distractors: tuple[Option, ...] = field(default=())

    def finding(self, rule: str, message: str, place: str = "", level: str = WARNING) -> Finding:
        return Finding(rule, level, f"{self.item.slug}: {place}" if place else self.item.slug, message)
