"""Comparison tables -> draft items: which of the compared options does an entry describe?

An entry carries an item only when it is the option's alone: no other entry of its row says the same or more. A table of two
options borrows distractors from their siblings in the same topic; entries too short to rule those out go together into one
matching item.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from questions.domain import derive_lists
from questions.domain.drafting import MAX_DISTRACTORS, Candidate, Drafting, option, pick, quoted, situation, which
from questions.domain.items import CHOICE, MATCHING, Item, Prompt, option_id
from questions.domain.note_tables import PROMPT_HEAD
from questions.domain.note_text import overlaps, plain, terms
from questions.domain.notes import Table, Unread

MIN_OPTIONS = 3
# A transposed table may have thousands of options: entries are compared with this many before and after them.
REACH = 60
MIN_PROMPTS, MAX_PROMPTS = 3, 7
_NOTHING = re.compile(r"\W*|n/?a\b.*|none|same|varies|depends|both|any|either|tbd|\?+", re.IGNORECASE)
_YES_NO = re.compile(r"(yes|no|true|false|partial(ly)?|supported|unsupported|not supported)\b.*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the table says of ``option`` under ``aspect``; ``column`` is 1-based."""

    option: str
    aspect: str
    text: str
    line: int
    column: int
    cell: str


def comparison_drafts(table: Table, drafting: Drafting) -> Iterator[Item | Unread]:
    """The items of one comparison table, and every entry that gave none."""
    entries, unread = _entries(table)
    yield from unread
    names = list(dict.fromkeys(entry.option for entry in entries))
    if len(names) < 2:
        yield Unread(table.line, f"no draft: a comparison needs two options, found {len(names)}")
        return
    topic = drafting.topic_at(table.anchor)
    borrowed: list[Candidate] = []
    if len(names) < MIN_OPTIONS:
        found = [
            *derive_lists.alternatives(drafting, topic, names[0]),
            *derive_lists.alternatives(drafting, topic, names[1]),
        ]
        borrowed = pick(names[0], [one for one in found if not any(overlaps(one.text, name) for name in names)])
        if not borrowed:
            yield Unread(
                table.line, f"no draft: two options ({', '.join(names)}) and no third of this topic to set beside them"
            )
            return
    generic = []
    for aspect, row in _by_aspect(entries).items():
        rivals = [row[max(0, at - REACH) : at + REACH + 1] for at in range(len(row))]
        own, shared = [], []
        for entry, near in zip(row, rivals, strict=True):
            if _shared(entry, near):
                shared.append(entry)
            else:
                own.append((entry, near))
        for text in dict.fromkeys(entry.text for entry in shared):
            alike = [entry for entry in shared if entry.text == text]
            names_alike = ", ".join(entry.option for entry in alike)
            yield Unread(
                alike[0].line,
                f"no draft for {quoted(text)} under {quoted(aspect)} ({names_alike}): it is not said of one option alone",
            )
        for entry, near in own:
            if terms(entry.option) <= terms(entry.text):
                yield Unread(entry.line, f"no draft for {quoted(entry.text)}: the entry names its option")
            elif borrowed and not _telling(entry, borrowed):
                generic.append(entry)
            else:
                yield _choice(entry, near, borrowed, table, drafting)
    if generic:
        yield from _matching(generic, names, borrowed, table, drafting)


def _entries(table: Table) -> tuple[list[Entry], list[Unread]]:
    """Every filled cell as an entry, whichever way round the table stands."""
    columns, entries, unread = table.columns, [], []
    for row in table.rows:
        first = plain(row.cells[columns.first])
        if not first:
            unread.append(
                Unread(row.line, f"no draft: the cell under {quoted(plain(table.header[columns.first]))} is empty")
            )
            continue
        for column in columns.others:
            head, text = plain(table.header[column]), plain(row.cells[column])
            name, aspect = (first, head) if columns.transposed else (head, first)
            if not name or not aspect or _NOTHING.fullmatch(text):
                what = f"the cell says {quoted(text)}" if text else "the cell is empty"
                unread.append(Unread(row.line, f"no draft for {quoted(name)} under {quoted(aspect)}: {what}"))
            else:
                entries.append(Entry(name, aspect.rstrip(" ?:"), text, row.line, column + 1, row.cells[column]))
    return entries, unread


def _by_aspect(entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    rows: dict[str, list[Entry]] = {}
    for entry in entries:
        rows.setdefault(entry.aspect, []).append(entry)
    return rows


def _shared(entry: Entry, row: Sequence[Entry]) -> bool:
    """Whether another option's entry says the same or more, so that both might be meant."""
    others = [other for other in row if other.option != entry.option]
    return not others or any(terms(entry.text) <= terms(other.text) for other in others)


def _telling(entry: Entry, borrowed: Sequence[Candidate]) -> bool:
    """Whether the entry says enough to rule out options of which the table does not speak."""
    return (
        len(terms(entry.text)) > 1
        and not _YES_NO.fullmatch(entry.text)
        and not any(terms(entry.text) & terms(candidate.use) for candidate in borrowed)
    )


def _choice(
    entry: Entry, near: Sequence[Entry], borrowed: Sequence[Candidate], table: Table, drafting: Drafting
) -> Item | Unread:
    others = {other.option: other for other in near if other.option != entry.option}
    candidates = [Candidate(other.option, _says(other), other.line) for other in others.values()]
    chosen = pick(entry.option, candidates)
    chosen += [one for one in borrowed if not overlaps(one.text, entry.option)][: MAX_DISTRACTORS - len(chosen)]
    if len(chosen) + 1 < MIN_OPTIONS:
        why = f"{MIN_OPTIONS} options with an entry are needed, found {len(chosen) + 1}"
        return Unread(entry.line, f"no draft for {quoted(entry.text)} ({entry.option}): {why}")
    slug = drafting.slug(table.anchor, f"{entry.aspect} {entry.option}", *table.header)
    options = [option(slug, entry.option, f"{quoted(entry.option)} fits: it {_says(entry)}.", key=True)]
    options += [option(slug, one.text, f"{quoted(one.text)} does not fit: it {one.use}.") for one in chosen]
    transposed = table.columns.transposed
    head = table.header[table.columns.first] if transposed else "option"
    if PROMPT_HEAD.fullmatch(entry.aspect.lower()):
        stem = situation(entry.text, entry.aspect)
    else:
        stem = (
            f"An engineering team compares what is on offer by {quoted(entry.aspect)}. "
            f"It looks for the one described as {quoted(entry.text)}."
        )
    return drafting.item(
        slug,
        CHOICE,
        table.anchor,
        [entry.option, entry.aspect, entry.text],
        stem=stem,
        ask=which(head, "option"),
        options=options,
        source=_source(entry, table, drafting),
    )


def _says(entry: Entry) -> str:
    return f"has {quoted(entry.text)} under {quoted(entry.aspect)}"


def _source(entry: Entry, table: Table, drafting: Drafting) -> dict[str, object]:
    rule = "comparison-table-transposed" if table.columns.transposed else "comparison-table"
    return drafting.source(table.anchor, rule, entry.line, entry.column, entry.cell, table.line)


def _matching(
    entries: Sequence[Entry], names: Sequence[str], borrowed: Sequence[Candidate], table: Table, drafting: Drafting
) -> Iterator[Item | Unread]:
    """One item for the short entries of a table of two options: each aspect once, the options by turns."""
    chosen: list[Entry] = []
    for row in _by_aspect(entries).values():
        turn = names[len(chosen) % len(names)]
        chosen.append(next((entry for entry in row if entry.option == turn), row[0]))
    chosen = chosen[:MAX_PROMPTS]
    if len(chosen) < MIN_PROMPTS or len({entry.option for entry in chosen}) < len(names):
        for entry in entries:
            yield Unread(entry.line, f"no draft for {quoted(entry.text)} ({entry.option}): too short to rule out the options "
                         "that are not in the table")  # fmt: skip
        return
    slug = drafting.slug(table.anchor, "matching", *table.header)
    options = [option(slug, name, f"{quoted(name)} is one of the two that the note compares.") for name in names]
    options += [
        option(slug, one.text, f"{quoted(one.text)} is not in this comparison: it {one.use}.") for one in borrowed
    ]
    prompts = []
    for entry in chosen:
        text = f"{entry.aspect}: {entry.text}"
        target = option_id(slug, entry.option)
        prompts.append(
            Prompt(option_id(slug, f"prompt\n{text}"), text, target, f"{quoted(entry.option)} {_says(entry)}.")
        )
    yield drafting.item(
        slug,
        MATCHING,
        table.anchor,
        [*names, *(entry.aspect for entry in chosen)],
        stem=f"An engineering team sets {' beside '.join(names)} and notes what tells them apart.",
        ask="Match each characteristic to the option that it describes. An option may be used more than once or not at all.",
        options=options,
        prompts=tuple(prompts),
        rationale="The note's comparison gives each characteristic to one option: "
        + "; ".join(f"{prompt.text} - {entry.option}" for prompt, entry in zip(prompts, chosen, strict=True))
        + ".",
        source=_source(chosen[0], table, drafting),
    )
