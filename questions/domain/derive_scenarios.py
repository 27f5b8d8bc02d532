"""Comparison tables -> draft items that the scenario engine makes and proves: several demands at once, one option left.

The table's cells become option records (``scenario_table``), and the engine of the shipped bank does the rest. Which of the
many possible questions are drafted is drawn by hash, key by key in turn, so the same table gives the same drafts and a
changed cell changes only those that it decides.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from questions.domain.drafting import Drafting
from questions.domain.items import Item
from questions.domain.note_text import short_hash
from questions.domain.notes import Table
from questions.domain.scenario_proof import Refused
from questions.domain.scenario_records import Book, Constraint, Demand, Family
from questions.domain.scenario_search import MAX_DEMANDS, Pattern, Search
from questions.domain.scenario_table import MIN_OPTIONS, STORIES, TableCell, from_table, options_of
from questions.domain.scenario_text import pick
from questions.domain.scenarios import Generated, Spec, build

RULE = "proved-table"
"""Rule of a draft's source: not that of the bank's own variants, which live and fall with the files of the bank."""
MAX_DRAFTS = 12
"""Drafts of one table: enough to meet every option as the key, few enough for a reviewer to read."""
MAX_OPTIONS = 10
MAX_VERDICTS = 60_000  # sets of demands times options that are searched: about a second
MAX_TRIES = 3 * MAX_DRAFTS  # of one key


@dataclass(frozen=True, slots=True)
class EngineReport:
    """One comparison table: its line, how many options it compares, the drafts that were proved, and why there are none."""

    line: int
    options: int
    derived: int
    why: str = ""


def scenario_drafts(table: Table, drafting: Drafting) -> tuple[list[Item], EngineReport]:
    """Up to MAX_DRAFTS items of one comparison table. Their source has the proof and the cells that it rests on."""
    options = len(options_of(table))
    if options > MAX_OPTIONS:  # seen before any two cells are compared: a table may have thousands
        return [], EngineReport(table.line, options, 0, f"at most {MAX_OPTIONS} options are proved apart")
    family = from_table(drafting.document, table, drafting)
    if family is None:
        return [], EngineReport(table.line, options, 0, f"fewer than {MIN_OPTIONS} options")
    family = _searchable(family)
    items = [_filed(one, family, table, drafting) for one in _drawn(family)]
    why = "" if items else "no demands of two entries or more leave one option"
    return items, EngineReport(table.line, options, len(items), why)


def _searchable(family: Family) -> Family:
    """The family with as many of its first constraints as can be searched: their combinations grow with the fourth power."""
    kept: list[Constraint] = []
    ways = [1] + [0] * MAX_DEMANDS  # ways[k]: sets of k demands
    for constraint in family.constraints:
        cases = len(constraint.cases or constraint.numbers)
        more = [ways[0], *(ways[k] + ways[k - 1] * cases for k in range(1, MAX_DEMANDS + 1))]
        if sum(more) * len(family.records) > MAX_VERDICTS:
            break
        ways = more
        kept.append(constraint)
    return replace(family, constraints=tuple(kept))


def _drawn(family: Family) -> list[Generated]:
    """Items of ``family``: the keys in turn, and of each key in the order of a hash, which a changed cell leaves alone."""
    book = Book((family,), STORIES)
    search = Search(family, book)
    left: dict[str, list[Pattern]] = {record.concept: [] for record in family.records}
    for pattern in sorted(search.patterns, key=lambda pattern: short_hash(_look(pattern))):
        left[pattern.key].append(pattern)
    made = {key: list(_built(patterns, search, book)) for key, patterns in left.items()}
    turns = [items[turn] for turn in range(MAX_DRAFTS) for items in made.values() if turn < len(items)]
    return turns[:MAX_DRAFTS]


def _built(patterns: Sequence[Pattern], search: Search, book: Book) -> Iterator[Generated]:
    """Items of one key, none of which only adds a demand to another or asks it with another number."""
    asked: list[set[Demand]] = []
    for pattern in patterns[:MAX_TRIES]:
        demands = {
            d if search.family.constraint(d.constraint).cases else Demand(d.constraint, "") for d in pattern.demands
        }
        if len(asked) == MAX_DRAFTS or any(demands <= other or other <= demands for other in asked):
            continue
        try:
            made = build(_spec(pattern, search), book)
        except Refused:
            continue
        asked.append(demands)
        yield made


def _spec(pattern: Pattern, search: Search) -> Spec:
    """The pattern with a story, numbers and distractors that its hash chooses."""
    look = _look(pattern)
    story = search.stories[pick([story.id for story in search.stories_for(pattern)], look, "story")]
    sets = [" ".join(shown) for shown in search.sets(pattern)]
    demands = search.dressed(pattern, story, random.Random(look))
    return Spec(search.family.id, story.id, demands, pattern.ask, tuple(pick(sets, look, "options").split()))


def _look(pattern: Pattern) -> str:
    return "\n".join(f"{demand.constraint}={demand.case}" for demand in pattern.demands)


def _filed(made: Generated, family: Family, table: Table, drafting: Drafting) -> Item:
    """The item with its place in the note; one whose key no tag of the vocabulary fits is told."""
    cells = family.source["cells"]
    assert isinstance(cells, Mapping)
    used: list[tuple[str, str, TableCell]] = [
        (cell.concept, cell.attribute, cells[cell.concept, cell.attribute]) for cell in made.proof.cells
    ]
    key = next(cell for concept, _, cell in used if concept == made.proof.key)
    source: dict[str, Any] = drafting.source(table.anchor, RULE, key.line, key.column, key.text, table.line)
    source["rests_on"] = [
        {"option": concept, "aspect": aspect, "line": cell.line, "column": cell.column, "cell": cell.text}
        for concept, aspect, cell in used
    ]
    tags = drafting.vocabulary.tags
    if tags and not set(made.item.tags) & set(tags):
        drafting.untagged.append(made.item.slug)
    return replace(made.item, source={**made.item.source, **source})
