"""The generated items that a bank serves: ``variants.yaml`` names them, the records say what they are.

The file holds specs, not texts, so it is short enough to review and can never say something else than the records. An item
is built, and its key proved, whenever the file is read; what can no longer be proved is told and not served.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from .items import Item
from .lint import lint
from .lint_copies import copies
from .scenario_records import Book, Demand
from .scenarios import Generated, Refused, Spec, build, minimal_pairs
from .yamltree import Problem, Tree, read_tree

FILE = "variants.yaml"
EACH = 6
"""Variants of one key in one family that ``choose`` takes: enough that a repeat meets a story it has not met."""
FIELDS = ("id", "family", "story", "ask", "demands", "shown")
HEADER = """\
# Generated questions that learners get, one spec a line; their texts follow from bank/scenarios (docs/scenarios.md).
# Written by: manage.py generate_scenarios --count {count} --seed {seed} --serve
"""


@dataclass(frozen=True, slots=True)
class Variants:
    """What a file of specs gives today: the items, and of each that fell its slug, line and the reason."""

    made: tuple[Generated, ...] = ()
    fallen: tuple[tuple[str, int, str], ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)

    @property
    def items(self) -> list[Item]:
        """The items, in the order of the file."""
        return [one.item for one in self.made]


def strand(item: Item) -> str:
    """What all variants of one decision share, "<family>/<concept of the key>"; empty for an authored item."""
    family = item.source.get("family")
    return f"{family}/{item.option(item.keys[0]).concept}" if family else ""


def choose(made: Sequence[Generated], each: int = EACH, kept: Sequence[Generated] = ()) -> list[Generated]:
    """At most ``each`` of every strand: those ``kept``, which are served already, then minimal pairs, then stories that the
    strand does not have yet.

    Items that lint has any doubt of are left out, and so are near copies. The order is that of ``made``, so the choice is as
    reproducible.
    """
    old = {one.spec.slug for one in kept}
    made = [*kept, *(one for one in made if one.spec.slug not in old)]
    clean = [one for one in made if not lint(one.item)]
    copied = {finding.slug for finding in copies([one.item for one in clean])}
    clean = [one for one in clean if one.item.slug not in copied]
    paired = {slug for pair in minimal_pairs(clean) for slug in (pair.first.spec.slug, pair.second.spec.slug)}
    strands: dict[str, list[Generated]] = defaultdict(list)
    for one in clean:
        strands[strand(one.item)].append(one)
    taken: set[str] = set()
    for group in strands.values():
        told: Counter[str] = Counter()
        left = list(group)
        for _ in range(min(each, len(group))):
            best = min(
                left,
                key=lambda one: (
                    one.spec.slug not in old,
                    one.spec.slug not in paired,
                    told[one.spec.story],
                    group.index(one),
                ),
            )
            left.remove(best)
            told[best.spec.story] += 1
            taken.add(best.spec.slug)
    return [one for one in clean if one.spec.slug in taken]


def dump(made: Sequence[Generated], *, count: int, seed: int) -> str:
    """The file that names ``made``, sorted by family and slug so that a changed choice shows as changed lines."""
    lines = [HEADER.format(count=count, seed=seed)]
    for one in sorted(made, key=lambda one: (one.spec.family, one.spec.slug)):
        spec = one.spec
        values = (
            spec.slug,
            spec.family,
            spec.story,
            spec.ask,
            {demand.constraint: demand.case for demand in spec.demands},
            list(spec.shown),
        )
        # JSON strings: a bare 4 or yes would come back as something else than text.
        pairs = (f"{name}: {json.dumps(value)}" for name, value in zip(FIELDS, values, strict=True))
        lines.append(f"- {{{', '.join(pairs)}}}\n")
    return "".join(lines)


def read(text: str, path: str, book: Book) -> tuple[Variants, list[Problem]]:
    """Build what the file names. Faults of its form are problems; what the records no longer prove is ``fallen``."""
    tree = read_tree(text, path)
    made: list[Generated] = []
    fallen: list[tuple[str, int, str]] = []
    lines: dict[str, int] = {}
    entries = tree.value if isinstance(tree.value, list) else []
    if tree.value is not None and not isinstance(tree.value, list):
        tree.fault("expected a list of specs")
    for index, entry in enumerate(entries):
        spec = _spec(tree, index, entry)
        if spec is None:
            continue
        slug, line = str(entry["id"]), tree.line(index)
        if slug in lines:
            tree.fault(f"id {slug!r}: expected an id of its own, line {lines[slug]} has it already", index)
            continue
        lines[slug] = line
        try:
            one = build(spec, book)
        except KeyError as error:
            fallen.append((slug, line, f"{error.args[0]!r} is no longer in the records"))
        except Refused as error:
            fallen.append((slug, line, str(error)))
        else:
            if spec.slug != slug:
                tree.fault(f"id {slug!r}: expected {spec.slug!r}, the hash of what the line says", index)
            else:
                made.append(one)
    return Variants(tuple(made), tuple(fallen), lines), tree.problems


def _spec(tree: Tree, index: int, entry: object) -> Spec | None:
    if not isinstance(entry, Mapping) or set(entry) != set(FIELDS):
        tree.fault(f"expected a mapping with {', '.join(FIELDS)}", index)
        return None
    demands, shown = entry["demands"], entry["shown"]
    if not isinstance(demands, Mapping) or not _texts(shown):
        tree.fault("expected a mapping of demands and a list of the options shown", index)
        return None
    if not isinstance(entry["ask"], int):
        tree.fault(f"ask: expected the number of a question of the family, found {entry['ask']!r}", index, "ask")
        return None
    return Spec(
        str(entry["family"]),
        str(entry["story"]),
        tuple(Demand(str(name), str(case)) for name, case in demands.items()),
        entry["ask"],
        tuple(shown),
    )


def _texts(value: object) -> bool:
    return isinstance(value, Collection) and not isinstance(value, str) and all(isinstance(one, str) for one in value)
