"""How far the lint can be trusted: what it finds in a set of items whose flaws people labelled.

The unit is one flaw of one item, named by its rule. Precision is the share of what the lint found that the labels have too,
recall the share of the labels that the lint found. Rules are tuned on one half of the set, drawn by the hash of the item's id,
and judged on the other: only the figures of the other half say anything.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .items import Item, ItemError, from_entry
from .lint import lint
from .lint_bank import lint_bank
from .lint_rules import References
from .records import Fact
from .yamltree import BankError, Problem, read_tree

LABELLED = "lint/labelled.yaml"
STRUCTURE, BANK_RULES = "structure", ("duplicate",)


@dataclass(frozen=True, slots=True)
class Agreement:
    """Flaws by rule: found and labelled (``hits``), found only (``alarms``), labelled only (``missed``), in ``n`` items."""

    n: int = 0
    hits: Mapping[str, int] = field(default_factory=dict)
    alarms: Mapping[str, int] = field(default_factory=dict)
    missed: Mapping[str, int] = field(default_factory=dict)

    @property
    def precision(self) -> float:
        """0-1; 1 when nothing was found."""
        hits, alarms = sum(self.hits.values()), sum(self.alarms.values())
        return hits / (hits + alarms) if hits + alarms else 1.0

    @property
    def recall(self) -> float:
        """0-1; 1 when nothing is labelled."""
        hits, missed = sum(self.hits.values()), sum(self.missed.values())
        return hits / (hits + missed) if hits + missed else 1.0

    def as_json(self) -> dict[str, Any]:
        """JSON-ready, with the figures of each rule."""
        rules = sorted({*self.hits, *self.alarms, *self.missed})
        return {
            "precision": round(self.precision, 4),
            "recall": round(self.recall, 4),
            "n": self.n,
            "rules": {
                rule: {
                    "hits": self.hits.get(rule, 0),
                    "alarms": self.alarms.get(rule, 0),
                    "missed": self.missed.get(rule, 0),
                }
                for rule in rules
            },
        }


def held_out(slug: str) -> bool:
    """Whether the item belongs to the half that judges."""
    return zlib.crc32(slug.encode()) % 2 == 1


def agreement(text: str, path: str, facts: Iterable[Fact] = ()) -> tuple[Agreement, Agreement]:
    """What the lint says of a labelled set, a list of {item, flaws, why}: on the half that judges, and on the half that
    rules may be tuned on. BankError names what cannot be read.
    """
    tree = read_tree(text, path)
    labels: dict[str, set[str]] = {}
    found: dict[str, set[str]] = {}
    read: list[Item] = []
    known = References(facts={fact.id: fact for fact in facts} or None, rows=None)
    for index, entry in enumerate(tree.value or []):
        if not isinstance(entry, Mapping) or not isinstance(entry.get("item"), Mapping):
            tree.fault("expected a mapping with item, flaws and why", index)
            continue
        name = str(entry["item"].get("id") or index + 1)
        labels[name], found[name] = set(entry.get("flaws") or ()), set()
        try:
            items = from_entry(entry["item"])
        except ItemError:
            found[name].add(STRUCTURE)  # what cannot even become an item is refused before the other rules see it
            continue
        for item in items:
            found[name] |= {finding.rule for finding in lint(item, known)}
        read += items
        slugs = {item.slug for item in items}
        found[name] |= {f.rule for f in lint_bank((), read) if f.rule in BANK_RULES and f.slug in slugs}
    if tree.problems:
        raise BankError([Problem(path, problem.line, problem.message) for problem in tree.problems])
    return _counted(labels, found, judging=True), _counted(labels, found, judging=False)


def _counted(labels: Mapping[str, set[str]], found: Mapping[str, set[str]], *, judging: bool) -> Agreement:
    labels = {name: rules for name, rules in labels.items() if held_out(name) is judging}
    return Agreement(
        n=len(labels),
        hits=Counter(rule for name, rules in labels.items() for rule in rules & found[name]),
        alarms=Counter(rule for name, rules in labels.items() for rule in found[name] - rules),
        missed=Counter(rule for name, rules in labels.items() for rule in rules - found[name]),
    )
