"""The state of a whole bank: every flaw with its file and line, and what the bank holds by type, tag,
scenario and row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TypeVar

from . import notes
from .bankfile import Bank
from .items import CASE, KINDS, Item
from .lint import COVERAGE_ROWS, ERROR, WARNING, References, lint
from .lint_bank import lint_bank, lint_shares
from .lint_rules import Finding
from .variants import FILE as VARIANTS

T = TypeVar("T")
FILE_RULE = "file"  # what cannot even be read
PROOF_RULE = "proof"  # a variant that the records do not give any more


@dataclass(frozen=True, slots=True, order=True)
class Flaw:
    """A finding with its place: ``path`` and 1-based ``line`` of the item, both empty (0) for a flaw of the
    bank.
    """

    path: str
    line: int
    rule: str
    level: str
    where: str
    message: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}: " if self.path else ""
        return f"{place}{self.level} [{self.rule}] {self.where + ': ' if self.where else ''}{self.message}"


@dataclass(frozen=True, slots=True)
class BankReport:
    """Flaws in the order of their files, and how many approved items there are of each sort (0 where there
    are none).

    A question of a case study counts as "case" whatever its own kind, so the types add up to the number of authored
    items. ``generated`` are the variants that are served besides, by family.
    """

    flaws: tuple[Flaw, ...]
    approved: int
    cases: int
    by_type: Mapping[str, int]
    by_tag: Mapping[str, int]
    by_scenario: Mapping[int, int]
    by_row: Mapping[int, int]
    generated: Mapping[str, int]

    @property
    def errors(self) -> list[Flaw]:
        """The flaws that block publishing."""
        return [flaw for flaw in self.flaws if flaw.level == ERROR]

    @property
    def warnings(self) -> list[Flaw]:
        """The flaws that ask for another look."""
        return [flaw for flaw in self.flaws if flaw.level == WARNING]


def references(bank: Bank) -> References:
    """What the items of ``bank`` may refer to. What could not be read, or is not there at all, is left
    unchecked.
    """
    exam = bank.exam
    anchors = {
        f"{PurePosixPath(path).stem}#{section.anchor}"
        for path, text in bank.notes.items()
        for section in notes.parse(text, path).sections
    }
    return References(
        facts={fact.id: fact for fact in bank.facts} or None,
        tags={tag.slug for tag in bank.tags} or None,
        tasks={task.id for domain in exam.domains for task in domain.tasks} if exam else None,
        scenarios={scenario.number for scenario in exam.scenarios} if exam else None,
        notes=anchors or None,
    )


def report(bank: Bank, drafts: Iterable[tuple[Item, str, int]] = (), sections: Iterable[str] = ()) -> BankReport:
    """The report on ``bank``. ``drafts`` are stored items with their path and line, judged but not counted;
    they may refer to ``sections`` ("<note stem>#<anchor>") of other notes than the bank's."""
    drafts = list(drafts)
    places = {item.slug: (path, line) for item, path, line in drafts} | dict(bank.places)
    known = references(bank)
    flaws = [Flaw(p.path, p.line, FILE_RULE, ERROR, "", p.message) for p in bank.problems]
    generated = bank.variants.items
    for item in (*bank.items, *generated):
        flaws += [_flaw(finding, *bank.places[item.slug]) for finding in lint(item, known)]
    flaws += [
        Flaw(VARIANTS, line, PROOF_RULE, ERROR, slug, f"can no longer be proved and is not served: {reason}")
        for slug, line, reason in bank.variants.fallen
    ]
    wider = replace(known, notes={*(known.notes or ()), *sections} or None)
    for item, path, line in drafts:
        flaws += [_flaw(finding, path, line) for finding in lint(item, wider)]
    for finding in lint_bank(bank.items, [*generated, *(item for item, _, _ in drafts)]):
        flaws.append(_flaw(finding, *places.get(finding.slug, ("", 0))))
    # Shares of the authored and of the generated items are judged apart: one could hide the other's flaw.
    flaws += [_flaw(finding, VARIANTS, 0) for finding in lint_shares(generated)]
    return BankReport(
        flaws=tuple(sorted(flaws)),
        approved=len(bank.items),
        cases=len({item.case.slug for item in bank.items if item.case}),
        by_type=_count((*KINDS, CASE), (CASE if item.case else item.kind for item in bank.items)),
        by_tag=_count(sorted(known.tags or ()), (tag for item in bank.items for tag in set(item.tags))),
        by_scenario=_count(sorted(known.scenarios or ()), (i.scenario for i in bank.items if i.scenario is not None)),
        by_row=_count(range(1, COVERAGE_ROWS + 1), (row for item in bank.items for row in set(item.rows))),
        generated=_count((), (str(item.source["family"]) for item in generated)),
    )


def _flaw(finding: Finding, path: str, line: int) -> Flaw:
    return Flaw(path, line, finding.rule, finding.level, finding.where, finding.message)


def _count(expected: Sequence[T], found: Iterable[T]) -> dict[T, int]:
    counts = Counter(found)
    return {name: counts.get(name, 0) for name in (*expected, *(name for name in counts if name not in set(expected)))}
