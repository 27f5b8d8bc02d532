"""Comparison tables of a study note -> option records, so that the same engine serves notes that somebody else wrote.

Cells are read by type: "4MB", "up to 15 min", "10-50 %" become ranges, "Yes" and ticks flags, "unlimited" a range without
an end, anything else a name; an empty cell or "N/A" stays open and nothing is proved from it. A bare number is an upper
limit only under a heading that says so ("Max payload", "Timeout"), since "3" under "Price" limits nothing. What the items
say is the note's word, unchecked: they are drafts.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .drafting import Drafting, Filing, quoted, which
from .lint_words import measured
from .note_tables import COMPARISON
from .note_text import overlaps, plain, short_hash, slugify
from .notes import Document, Table
from .scenario_records import (
    FLAG,
    NAME,
    NO,
    NUMBER,
    YES,
    Ask,
    Attribute,
    Book,
    Case,
    Constraint,
    Family,
    Record,
    Story,
    Value,
)

MIN_OPTIONS = 3
_NUM = r"(\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)"
_UNIT = r"(kb|mb|gb|tb|ms|milliseconds?|s|secs?|seconds?|mins?|minutes?|hours?|h|days?|weeks?|%|percent)?"
_CELL = re.compile(
    rf"(?P<sign>up to|at most|max(?:imum)?|no more than|under|less than|<=?|≤|at least|min(?:imum)?|from|over|more than|>=?|≥)?"
    rf"\s*{_NUM}\s*{_UNIT}(?:\s*(?:-|–|to)\s*{_NUM}\s*{_UNIT})?(?P<most>\s*(?:max(?:imum)?|at most|limit))?",
    re.IGNORECASE,
)
_LIMIT = re.compile(r"max|limit|timeout|payload|size|capacity|duration|concurren|retention|length|quota|memory", re.I)
_LOWER = re.compile(r"at least|min|from|over|more than|>|≥", re.IGNORECASE)
_ENDLESS = re.compile(r"unlimited|no limit|none|any size|infinite", re.IGNORECASE)
# "4MB (hard limit)" is a number with a remark; a default or a soft limit ends nothing.
_REMARK = re.compile(r"\s*\((?![^()]*(?:default|soft|adjust|typical|recommend|about|approx))[^()]*\)$", re.IGNORECASE)
_NOTHING = re.compile(r"(?![$€£])\W*|n/?a\b.*|varies|depends|tbd|\?+", re.IGNORECASE)
_YES_NO = {"yes": YES, "true": YES, "supported": YES, "no": NO, "false": NO, "not supported": NO, "unsupported": NO}
_DIMENSIONS = {"size": "MB", "time": "seconds", "share": "percent", "count": ""}
_ID = 60
STORIES = (
    Story("team", {"who": "An engineering team"}),
    Story("platform", {"who": "A platform team"}),
    Story("architect", {"who": "A solutions architect"}),
)


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell where it stands: 1-based ``line`` of the file and ``column`` of the table, and its Markdown."""

    line: int
    column: int
    text: str


def read_cell(text: str, aspect: str) -> tuple[str, str, Value] | None:
    """(kind, unit, value) of one cell under the heading ``aspect``; None for a cell that says nothing.

    Sizes are in MB, times in seconds, shares in percent.
    """
    clean = plain(text).strip()
    if _NOTHING.fullmatch(clean):
        return None
    if name := _YES_NO.get(clean.lower().rstrip(".")):
        return FLAG, "", Value(names=frozenset({name}))
    limits = bool(_LIMIT.search(aspect))
    bare = _REMARK.sub("", clean)
    if _ENDLESS.fullmatch(bare) and limits:
        return NUMBER, "", Value()
    found = _CELL.fullmatch(bare)
    if found:
        sign, low, low_unit, high, high_unit, most = found.groups()
        low_unit = _unit(low_unit or high_unit)
        unit, number = _measured(low, low_unit)
        if high:
            return NUMBER, unit, Value(low=number, high=_measured(high, _unit(high_unit) or low_unit)[1])
        if sign and _LOWER.match(sign):
            return NUMBER, unit, Value(low=number)
        if sign or most or limits:
            return NUMBER, unit, Value(high=number)
    return NAME, "", Value(names=frozenset({clean}))


def _measured(number: str, unit: str) -> tuple[str, float]:
    if unit.lower() == "kb":  # in thousands, as ``amount`` writes them back
        return "MB", float(number.replace(",", "")) / 1000
    dimension, value = measured(number, unit)
    return _DIMENSIONS[dimension], value


def _unit(unit: str | None) -> str:
    return {"h": "hour"}.get((unit or "").lower(), unit or "")


def options_of(table: Table) -> list[str]:
    """The names that a comparison table sets beside each other, each once."""
    columns = table.columns
    cells = [row.cells[columns.first] for row in table.rows]
    names = cells if columns.transposed else [table.header[column] for column in columns.others]
    return list(dict.fromkeys(name for name in map(plain, names) if name))


def from_table(document: Document, table: Table, drafting: Drafting | None = None) -> Family | None:
    """The family of a comparison table; None for another kind of table and for fewer than three options.

    ``drafting`` files each option under tags of its vocabulary; without it all have the tags of the note. The family's
    ``source`` has file, line and, under "cells", the place of every cell by (concept, attribute).
    """
    if table.kind != COMPARISON:
        return None
    cells = _cells(table)
    names = _ids((name for name, _ in cells), 100)
    aspects = _ids((aspect for _, aspect in cells), 60)
    if len(names) < MIN_OPTIONS:
        return None
    attributes: dict[str, Attribute] = {}
    constraints: list[Constraint] = []
    values: dict[str, dict[str, Value]] = {name: {} for name in names}
    for aspect, identity in aspects.items():
        read = {name: read_cell(cells[name, aspect].text, aspect) for name in names if (name, aspect) in cells}
        column = {name: found for name, found in read.items() if found is not None}
        if len(column) < 2:
            continue
        attribute, own = _attribute(identity, aspect, column, cells)
        attributes[attribute.id] = attribute
        constraints.append(_constraint(aspect, attribute, own))
        for name, value in own.items():
            values[name][attribute.id] = value
    heading = table.header[table.columns.first] if table.columns.transposed else "option"
    filed = {name: drafting.filed(table.anchor, [name, heading]) if drafting else Filing(()) for name in names}
    return Family(
        id=_family_id(document, table),
        task="",
        tags=() if drafting else document.tags,
        rows=(),
        note=f"{document.stem}#{table.anchor}",
        openings=("{who} compares what is on offer and has written down what a new system needs.",),
        asks=(Ask(which(heading, "option")),),
        attributes=attributes,
        records=tuple(
            Record(concept, (name,), _right(name, cells), values[name], filed[name].tags, task=filed[name].task)
            for name, concept in names.items()
        ),
        constraints=tuple(constraint for constraint in constraints if constraint.cases or constraint.numbers),
        source={
            "file": document.path,
            "line": table.line,
            "cells": {(names[name], aspects[aspect]): cell for (name, aspect), cell in cells.items()},
        },
    )


def book_of(document: Document, drafting: Drafting | None = None) -> Book:
    """The comparison tables of a note as a book that ``scenarios.generate`` takes."""
    families = [from_table(document, table, drafting) for table in document.tables]
    return Book(tuple(family for family in families if family is not None), STORIES)


def _family_id(document: Document, table: Table) -> str:
    """From the file's name and the section: it does not change when lines move. The second table of a section has a 2."""
    beside = [other.line for other in document.tables if other.anchor == table.anchor and other.kind == COMPARISON]
    name = f"{document.stem}-{table.anchor}".strip("-")
    name = name if len(name) <= _ID else f"{name[: _ID - 9].strip('-')}-{short_hash(name)}"
    return name if table.line == min(beside) else f"{name}-{beside.index(table.line) + 1}"


def _ids(texts: Iterable[str], length: int) -> dict[str, str]:
    """A slug for each text; those that would share one ("C" and "C++") end with a hash."""
    wanted = {text: slugify(text)[:length].strip("-") for text in texts}
    counts = Counter(wanted.values())
    return {text: slug if counts[slug] == 1 else f"{slug}-{short_hash(text)}" for text, slug in wanted.items()}


def _cells(table: Table) -> dict[tuple[str, str], TableCell]:
    """(option, aspect) -> cell, whichever way round the table stands."""
    cells = {}
    for row in table.rows:
        first = plain(row.cells[table.columns.first])
        for column in table.columns.others:
            head = plain(table.header[column])
            name, aspect = (first, head) if table.columns.transposed else (head, first)
            if name and aspect:
                cells[name, aspect.rstrip(" ?:")] = TableCell(row.line, column + 1, row.cells[column])
    return cells


def _right(name: str, cells: Mapping[tuple[str, str], TableCell]) -> str:
    """When this option would be right: the first two things that the table says of it."""
    said = [(aspect, plain(cell.text)) for (option, aspect), cell in cells.items() if option == name]
    told = [f"{quoted(aspect)} is to be {quoted(text)}" for aspect, text in said if not _NOTHING.fullmatch(text)]
    return " and ".join(told[:2]) or "nothing of this counts"


def _attribute(
    identity: str,
    aspect: str,
    column: Mapping[str, tuple[str, str, Value]],
    cells: Mapping[tuple[str, str], TableCell],
) -> tuple[Attribute, dict[str, Value]]:
    """The attribute that all cells of a row agree on; where they differ in kind, each cell is a name."""
    kinds = {kind for kind, _, _ in column.values()}
    units = {unit for kind, unit, value in column.values() if kind == NUMBER and value != Value()}
    word = _word(aspect)
    if kinds == {FLAG}:
        says = {YES: 'the note says "yes" of it', NO: 'the note says "no" of it'}
        return Attribute(identity, FLAG, "", says), {option: value for option, (_, _, value) in column.items()}
    if kinds == {NUMBER} and len(units) == 1:
        says = {
            "at_most": f"its {word} ends at {{limit}}",
            "at_least": f"its {word} begins at {{limit}}",
            "between": f"its {word} reaches from {{low}} to {{high}}",
            "exactly": f"its {word} is {{limit}}",
            "any": f"its {word} has no limit",
        }
        values = {option: value for option, (_, _, value) in column.items()}
        return Attribute(identity, NUMBER, units.pop(), says), values
    texts = {option: plain(cells[option, aspect].text) for option in column}
    says = {text: f"the note says {quoted(text)} of it" for text in texts.values()}
    return Attribute(identity, NAME, "", says), {o: Value(names=frozenset({text})) for o, text in texts.items()}


def _constraint(aspect: str, attribute: Attribute, values: dict[str, Value]) -> Constraint:
    word = _word(aspect)
    if attribute.kind == NUMBER:
        return Constraint(
            attribute.id,
            attribute.id,
            numbers=_demands(list(values.values())),
            name=f"the {word} of {{value}}",
            say=(f"a {word} of {{value}} is needed", f"the {word} has to reach {{value}}"),
        )
    head = quoted(aspect)
    if attribute.kind == FLAG:
        say = (f'under {head} the requirement is "yes"', f'{head} has to be "yes"')
        case = Case(frozenset({YES}), f'"yes" under {head}', say)
        return Constraint(attribute.id, attribute.id, cases={"required": case})
    texts = sorted({text for value in values.values() for text in value.names})
    cases = {
        name: Case(
            frozenset({text}),
            f"{quoted(text)} under {head}",
            (f"under {head} the requirement is {quoted(text)}", f"{head} has to be {quoted(text)}"),
        )
        for text, name in _ids(texts, 60).items()
        # Whether "Manual/Auto" serves who asks for "Manual" is not the table's to say.
        if not any(other != text and overlaps(other, text) for other in texts)
    }
    return Constraint(attribute.id, attribute.id, cases=cases)


def _demands(values: Sequence[Value]) -> tuple[float, ...]:
    """Numbers clear of every limit: half of the smallest, and one between each limit and the next."""
    limits = sorted({edge for value in values for edge in (value.low, value.high) if math.isfinite(edge) and edge > 0})
    if not limits:
        return ()
    between = [2 * low if 2 * low < high else (low + high) / 2 for low, high in pairwise(limits)]
    return (limits[0] / 2, *between, 2 * limits[-1])


def _word(aspect: str) -> str:
    """The heading inside a sentence: "Max Payload" -> "payload"; abbreviations keep their capitals."""
    words = re.sub(r"^(?:max(?:imum)?|min(?:imum)?)\.?\s+", "", aspect, flags=re.IGNORECASE).split()
    return " ".join(word if word.isupper() else word[:1].lower() + word[1:] for word in words)
