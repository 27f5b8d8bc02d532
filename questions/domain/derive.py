"""A study note as read -> draft items, and a report of what was derived from each table and what was not, and why.

Distractors are siblings of the key: first the other answers of the same table or list; only where these are too few, other
answers and named alternatives of the same topic. Never anything from another topic. Whatever might be right as well is left
out, and an item that then has too few distractors is reported instead of made up.

The same note gives the same drafts. A draft's slug comes from the file's name, the section and the row's own words, so it
stays when lines move and when the answer is corrected.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from questions.domain import derive_lists
from questions.domain.derive_comparison import comparison_drafts
from questions.domain.derive_scenarios import EngineReport, scenario_drafts
from questions.domain.drafting import (
    MIN_DISTRACTORS,
    Candidate,
    Drafting,
    Vocabulary,
    bare,
    option,
    pick,
    quoted,
    situation,
    which,
)
from questions.domain.items import CHOICE, Item, problems
from questions.domain.note_entries import ARROWS, CHOOSE, DEFINITIONS, STEPS
from questions.domain.note_tables import COMPARISON, SCENARIO
from questions.domain.note_text import plain, terms
from questions.domain.notes import Document, NoteList, Table, Unread

# Rows before and after a row among which its distractors are sought: a table of thousands must not take minutes.
REACH = 60


@dataclass(frozen=True, slots=True)
class TableReport:
    """One table: its line, kind ("scenario", "comparison", "other"), body rows and how many drafts came from it."""

    line: int
    kind: str
    rows: int
    derived: int


@dataclass(frozen=True, slots=True)
class ListReport:
    """One list of facts: its line, kind (see ``notes``), entries and how many drafts came from it."""

    line: int
    kind: str
    entries: int
    derived: int


@dataclass(frozen=True, slots=True)
class Derivation:
    """``items`` are drafts of single cells and entries, ``proved`` those that the scenario engine made of whole tables.

    ``unread`` is everything that looked like a fact and gave no draft; ``untagged`` the slugs of drafts that no tag of
    the vocabulary fits.
    """

    items: tuple[Item, ...]
    tables: tuple[TableReport, ...]
    lists: tuple[ListReport, ...]
    unread: tuple[Unread, ...]
    untagged: tuple[str, ...]
    proved: tuple[Item, ...] = ()
    engine: tuple[EngineReport, ...] = ()

    @property
    def drafts(self) -> tuple[Item, ...]:
        """All drafts of the note."""
        return self.items + self.proved


@dataclass(frozen=True)
class Pairing:
    """A situation and the answer that the note gives to it. ``column`` and ``cell`` name the answer's place."""

    prompt: str
    answer: str
    reason: str
    line: int
    column: int
    cell: str

    @cached_property
    def candidate(self) -> Candidate:
        """The answer as a distractor for other situations."""
        return Candidate(self.answer, f"answers {quoted(bare(self.prompt))}", self.line, self.reason)


def derive(document: Document, vocabulary: Vocabulary | None = None) -> Derivation:
    """Drafts of everything in ``document`` that can carry one. Every draft passes ``items.check``."""
    drafting = Drafting(document, vocabulary or Vocabulary())
    items: list[Item] = []
    unread = list(document.unread)
    tables, lists = [], []

    def keep(drafts: Sequence[Item | Unread]) -> int:
        made = [draft for draft in drafts if isinstance(draft, Item)]
        sound = [draft for draft in made if not problems(draft)]
        items.extend(sound)
        unread.extend(draft for draft in drafts if isinstance(draft, Unread))
        for draft in made:
            line = int(draft.source["line"])
            unread.extend(Unread(line, f"no draft: {fault}") for fault in problems(draft))
        return len(sound)

    for table in document.tables:
        count = keep(list(_table_drafts(table, drafting)))
        tables.append(TableReport(table.line, table.kind, len(table.rows), count))
    for found in document.lists:
        drafts = list(_list_drafts(found, drafting))
        if drafts:
            lists.append(ListReport(found.line, found.kind, len(found.top), keep(drafts)))
    engine = [scenario_drafts(table, drafting) for table in document.tables if table.kind == COMPARISON]
    proved = tuple(item for made, _ in engine for item in made)
    return Derivation(
        tuple(items),
        tuple(tables),
        tuple(lists),
        tuple(sorted(set(unread), key=lambda entry: (entry.line, entry.why))),
        tuple(sorted({item.slug for item in (*items, *proved)} & set(drafting.untagged))),
        proved,
        tuple(report for _, report in engine),
    )


def _table_drafts(table: Table, drafting: Drafting) -> Iterator[Item | Unread]:
    if table.kind == SCENARIO:
        columns = table.columns
        yield from _scenario_drafts(
            _table_pairings(table),
            drafting,
            anchor=table.anchor,
            rule="scenario-table",
            first=table.line,
            heads=(table.header[columns.prompt], table.header[columns.answer]),
        )
    elif table.kind == COMPARISON:
        yield from comparison_drafts(table, drafting)
    else:
        yield Unread(table.line, table.columns.why)


def _list_drafts(found: NoteList, drafting: Drafting) -> Iterator[Item | Unread]:
    if found.kind == CHOOSE:
        yield from derive_lists.choose_drafts(found, drafting)
    elif found.kind == STEPS:
        yield from derive_lists.step_drafts(found, drafting)
    elif found.kind == DEFINITIONS:
        yield from derive_lists.definition_drafts(found, drafting)
    elif pairings := _list_pairings(found):
        yield from _scenario_drafts(
            pairings, drafting, anchor=found.anchor, rule="arrow-list", first=found.line, heads=("Scenario", "Solution")
        )
    yield from derive_lists.arrow_chains(found)


def _table_pairings(table: Table) -> list[Pairing]:
    columns = table.columns
    return [
        Pairing(
            plain(row.cells[columns.prompt]),
            plain(row.cells[columns.answer]),
            plain(row.cells[columns.reason]) if columns.reason is not None else "",
            row.line,
            columns.answer + 1,
            row.cells[columns.answer],
        )
        for row in table.rows
    ]


def _list_pairings(found: NoteList) -> list[Pairing]:
    arrows = [entry for entry in found.entries if entry.kind == ARROWS]
    return [Pairing(plain(entry.text), plain(entry.term), "", entry.line, 1, entry.term) for entry in arrows]


# --- situation -> answer --------------------------------------------------------------------------------------------------


def _scenario_drafts(
    pairings: Sequence[Pairing],
    drafting: Drafting,
    *,
    anchor: str,
    rule: str,
    first: int,
    heads: tuple[str, str],
) -> Iterator[Item | Unread]:
    """One choice item for each pairing; ``first`` is the line of its table or list."""
    seen: dict[frozenset[str], Pairing] = {}
    for at, pairing in enumerate(pairings):
        if not pairing.prompt or not pairing.answer:
            missing = heads[1] if pairing.prompt else heads[0]
            yield Unread(pairing.line, f"no draft: the cell under '{plain(missing)}' is empty")
            continue
        earlier = seen.setdefault(terms(pairing.prompt), pairing)
        if earlier is not pairing:
            same = terms(earlier.answer) == terms(pairing.answer)
            what = "repeats" if same else "gives another answer than"
            yield Unread(pairing.line, f"no draft: {what} line {earlier.line} for the same situation")
            continue
        near = pairings[max(0, at - REACH) : at + REACH + 1]
        yield _scenario_draft(pairing, near, drafting, anchor=anchor, rule=rule, first=first, heads=heads)


def _scenario_draft(
    pairing: Pairing,
    near: Sequence[Pairing],
    drafting: Drafting,
    *,
    anchor: str,
    rule: str,
    first: int,
    heads: tuple[str, str],
) -> Item | Unread:
    if terms(pairing.answer) <= terms(pairing.prompt):
        return Unread(pairing.line, f"no draft: the situation names its answer {quoted(pairing.answer)}")
    # The answer to a narrower situation may serve this wider one as well.
    asked = terms(pairing.prompt)
    siblings = [
        other.candidate
        for other in near
        if other is not pairing and other.prompt and other.answer and not asked <= terms(other.prompt)
    ]
    chosen = pick(pairing.answer, siblings, drafting.topics)
    if len(chosen) < MIN_DISTRACTORS:
        topic = drafting.topic_at(anchor)
        more = [*_other_answers(drafting, topic, first), *derive_lists.alternatives(drafting, topic, pairing.answer)]
        fitting = [candidate for candidate in more if not terms(candidate.use) & terms(pairing.prompt)]
        chosen = pick(pairing.answer, [*siblings, *fitting], drafting.topics)
    if len(chosen) < MIN_DISTRACTORS:
        return Unread(
            pairing.line,
            f"no draft for {quoted(pairing.answer)}: {MIN_DISTRACTORS} other answers of this topic are needed that cannot "
            f"be right as well, found {len(chosen)}",
        )
    slug = drafting.slug(anchor, pairing.prompt, rule)
    because = f": {pairing.reason.rstrip('.')}" if pairing.reason else ""
    options = [
        option(
            slug, pairing.answer, f"{quoted(pairing.answer)} answers {quoted(bare(pairing.prompt))}{because}.", key=True
        )
    ]
    for sibling in chosen:
        told = f" ({sibling.reason.rstrip('.')})" if sibling.reason else ""
        options.append(
            option(slug, sibling.text, f"{quoted(sibling.text)} {sibling.use}{told}, which is another need.")
        )
    return drafting.item(
        slug,
        CHOICE,
        anchor,
        [pairing.answer, pairing.prompt],
        stem=situation(pairing.prompt, heads[0]),
        ask=which(heads[1]),
        options=options,
        source=drafting.source(anchor, rule, pairing.line, pairing.column, pairing.cell, first),
    )


def _other_answers(drafting: Drafting, topic: str, first: int) -> Iterator[Candidate]:
    """Answers of the other scenario tables and arrow lists of this topic."""
    tables = [table for table in drafting.tables_in.get(topic, ()) if table.kind == SCENARIO]
    lists = [found for found in drafting.lists_in.get(topic, ()) if found.kind != CHOOSE]
    sources = [(table.line, _table_pairings(table)) for table in tables] + [
        (li.line, _list_pairings(li)) for li in lists
    ]
    for line, pairings in sources:
        if line != first:
            yield from (pairing.candidate for pairing in pairings if pairing.prompt and pairing.answer)
