"""Comparison tables of a study note -> option records, so that the same engine serves notes that somebody else wrote.

Cells are read by type: "4MB", "up to 15 min", "10-50 %" become ranges, "Yes" and ticks flags, "unlimited" a range without
an end, anything else a name; an empty cell or "N/A" stays open and nothing is proved from it. A bare number is an upper
limit only under a heading that says so ("Max payload", "Timeout"), since "3" under "Price" limits nothing. What the items
say is the note's word, unchecked: they are drafts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise

from .drafting import which
from .lint_words import measured
from .note_tables import COMPARISON
from .note_text import plain, slugify
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
_NOTHING = re.compile(r"\W*|n/?a\b.*|varies|depends|tbd|\?+", re.IGNORECASE)
_YES_NO = {"yes": YES, "true": YES, "supported": YES, "no": NO, "false": NO, "not supported": NO, "unsupported": NO}
_DIMENSIONS = {"size": "MB", "time": "seconds", "share": "percent", "count": ""}
_STORIES = (
    Story("team", {"who": "An engineering team"}),
    Story("platform", {"who": "A platform team"}),
    Story("architect", {"who": "A solutions architect"}),
)


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
    if _ENDLESS.fullmatch(clean) and limits:
        return NUMBER, "", Value()
    found = _CELL.fullmatch(clean)
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


def from_table(document: Document, table: Table) -> Family | None:
    """The family of a comparison table; None for another kind of table and for fewer than three options."""
    if table.kind != COMPARISON:
        return None
    cells = _cells(table)
    names = list(dict.fromkeys(name for name, _ in cells))
    aspects = list(dict.fromkeys(aspect for _, aspect in cells))
    if len(names) < MIN_OPTIONS:
        return None
    attributes: dict[str, Attribute] = {}
    constraints: list[Constraint] = []
    values: dict[str, dict[str, Value]] = {name: {} for name in names}
    for aspect in aspects:
        read = {name: read_cell(cells[name, aspect], aspect) for name in names if (name, aspect) in cells}
        column = {name: found for name, found in read.items() if found is not None}
        if len(column) < 2:
            continue
        attribute, own = _attribute(aspect, column, cells)
        attributes[attribute.id] = attribute
        constraints.append(_constraint(aspect, attribute, own))
        for name, value in own.items():
            values[name][attribute.id] = value
    heading = table.header[table.columns.first] if table.columns.transposed else "option"
    return Family(
        id=f"{document.stem}-{table.anchor}"[:60].strip("-"),
        task="",
        tags=document.tags,
        rows=(),
        note=f"{document.stem}#{table.anchor}",
        openings=("{who} compares what is on offer and has written down what a new system needs.",),
        asks=(Ask(which(heading)),),
        attributes=attributes,
        records=tuple(Record(slugify(name)[:100], (name,), _right(name, cells), values[name]) for name in names),
        constraints=tuple(constraint for constraint in constraints if constraint.cases or constraint.numbers),
        source={"file": document.path, "line": table.line},
    )


def book_of(document: Document) -> Book:
    """The comparison tables of a note as a book that ``scenarios.generate`` takes."""
    families = [from_table(document, table) for table in document.tables]
    return Book(tuple(family for family in families if family is not None), _STORIES)


def _cells(table: Table) -> dict[tuple[str, str], str]:
    """(option, aspect) -> cell, whichever way round the table stands."""
    cells = {}
    for row in table.rows:
        first = plain(row.cells[table.columns.first])
        for column in table.columns.others:
            head = plain(table.header[column])
            name, aspect = (first, head) if table.columns.transposed else (head, first)
            if name and aspect:
                cells[name, aspect.rstrip(" ?:")] = row.cells[column]
    return cells


def _right(name: str, cells: dict[tuple[str, str], str]) -> str:
    """When this option would be right: the first two things that the table says of it."""
    said = [(aspect, plain(cell)) for (option, aspect), cell in cells.items() if option == name]
    told = [f'{_word(aspect)} is to be "{cell}"' for aspect, cell in said if not _NOTHING.fullmatch(cell)]
    return " and ".join(told[:2]) or "nothing of this counts"


def _attribute(
    aspect: str, column: dict[str, tuple[str, str, Value]], cells: dict[tuple[str, str], str]
) -> tuple[Attribute, dict[str, Value]]:
    """The attribute that all cells of a row agree on; where they differ in kind, each cell is a name."""
    kinds = {kind for kind, _, _ in column.values()}
    units = {unit for kind, unit, value in column.values() if kind == NUMBER and value != Value()}
    name = slugify(aspect)[:60]
    word = _word(aspect)
    if kinds == {FLAG}:
        says = {YES: f'it has "yes" under {word}', NO: f'it has "no" under {word}'}
        return Attribute(name, FLAG, "", says), {option: value for option, (_, _, value) in column.items()}
    if kinds == {NUMBER} and len(units) == 1:
        says = {
            "at_most": f"its {word} ends at {{limit}}",
            "at_least": f"its {word} begins at {{limit}}",
            "between": f"its {word} reaches from {{low}} to {{high}}",
            "exactly": f"its {word} is {{limit}}",
            "any": f"its {word} has no limit",
        }
        return Attribute(name, NUMBER, units.pop(), says), {option: value for option, (_, _, value) in column.items()}
    texts = {option: plain(cells[option, aspect]) for option in column}
    says = {text: f'under {word} it has "{text}"' for text in texts.values()}
    return Attribute(name, NAME, "", says), {option: Value(names=frozenset({text})) for option, text in texts.items()}


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
    if attribute.kind == FLAG:
        case = Case(frozenset({YES}), f"the need for {word}", (f"{word} is required", f"there has to be {word}"))
        return Constraint(attribute.id, attribute.id, cases={"required": case})
    texts = sorted({text for value in values.values() for text in value.names})
    cases = {
        slugify(text)[:60]: Case(
            frozenset({text}),
            f'"{text}" under {word}',
            (f'under {word} the wish is "{text}"', f'{word} has to be "{text}"'),
        )
        for text in texts
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
