"""The files of the bank as values: text in, items, exam format, tags and facts out. Nothing here opens a
file.

Each ``parse_*`` function takes the text of one file and its path (used in messages only) and either returns
everything the file says or raises :class:`BankError`, whose ``problems`` name every fault with file, line and
what was expected. :func:`parse_bank` reads a whole bank and keeps what is sound beside the problems of the
rest.

The fields are published in docs/authoring.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, TypeVar

from .items import (
    CASE,
    ENTRY_FIELDS,
    MATCHING,
    OPTION_FIELDS,
    PROMPT_FIELDS,
    Item,
    ItemError,
    from_entry,
)
from .records import (
    CURRENT,
    FACT_STATUSES,
    Domain,
    ExamFormat,
    Fact,
    Form,
    Parsed,
    Scenario,
    Tag,
    Task,
    day_of,
    entries,
    kind_of,
    read_exam,
    read_facts,
    read_tags,
)
from .scenario_file import read_book
from .scenario_records import Book
from .variants import FILE as VARIANTS
from .variants import Variants
from .variants import read as read_variants
from .yamltree import BankError, Place, Problem, Tree, decode, read_tree

__all__ = [
    "FACT_STATUSES",
    "Bank",
    "BankError",
    "Domain",
    "ExamFormat",
    "Fact",
    "Form",
    "Problem",
    "Scenario",
    "Tag",
    "Task",
    "decode",
    "parse_bank",
    "parse_exam",
    "parse_facts",
    "parse_items",
    "parse_tags",
]  # fmt: skip

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank as far as it could be read. ``places`` maps an item's slug, authored or generated, to its (path, line);
    ``notes`` a path to its text. ``items`` are the authored ones, ``variants`` those that the records of ``book`` give.
    """

    exam: ExamFormat | None = None
    tags: tuple[Tag, ...] = ()
    facts: tuple[Fact, ...] = ()
    items: tuple[Item, ...] = ()
    places: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    book: Book | None = None
    variants: Variants = field(default_factory=Variants)


def parse_bank(files: Mapping[str, bytes]) -> Bank:
    """The bank in ``files`` (path relative to the bank -> content): exam.yaml, tags.yaml, facts.yaml,
    items/*.yaml, notes/*.md, scenarios/*.yaml and variants.yaml.

    Other files are ignored. Raises nothing: faults of the content are the bank's ``problems``.
    """
    texts, found = {}, []
    for path in sorted(files):
        try:
            texts[path] = decode(files[path], path)
        except BankError as error:
            found += error.problems
    read: dict[str, Any] = {}
    for name, reader in (("exam.yaml", read_exam), ("tags.yaml", read_tags), ("facts.yaml", read_facts)):
        if name in texts:
            read[name], faults = reader(texts[name], name)
            found += faults
        elif name not in files:
            found.append(Problem(name, 1, "expected this file in the bank"))
    items: list[Item] = []
    places: dict[str, tuple[str, int]] = {}
    for path, text in texts.items():
        if not (PurePosixPath(path).parent.name == "items" and path.endswith((".yaml", ".yml"))):
            continue
        located, faults = _items(text, path)
        found += faults
        for item, line in located:
            if item.slug in places:
                first = ":".join(map(str, places[item.slug]))
                found.append(
                    Problem(path, line, f"id {item.slug!r}: expected an id of its own, {first} has it already")
                )
            else:
                places[item.slug] = (path, line)
                items.append(item)
    notes = {
        path: text
        for path, text in texts.items()
        if path.endswith(".md") and PurePosixPath(path).parent.name == "notes"
    }
    facts = tuple(read.get("facts.yaml") or ())
    book, variants, faults = _generated(files, texts, facts)
    found += faults
    places |= {one.spec.slug: (VARIANTS, variants.lines[one.spec.slug]) for one in variants.made}
    return Bank(
        exam=read.get("exam.yaml"),
        tags=tuple(read.get("tags.yaml") or ()),
        facts=facts,
        items=tuple(items),
        places=places,
        notes=notes,
        problems=tuple(sorted(found)),
        book=book,
        variants=variants,
    )


def _generated(
    files: Mapping[str, bytes], texts: Mapping[str, str], facts: Sequence[Fact]
) -> tuple[Book | None, Variants, list[Problem]]:
    """The option records and what is generated from them, proved from the facts that are current."""
    records = {
        path: data
        for path, data in files.items()
        if path in texts and PurePosixPath(path).parent.name == "scenarios" and path.endswith((".yaml", ".yml"))
    }
    if not records:
        return None, Variants(), []
    try:
        book = read_book(records, {fact.id for fact in facts if fact.status == CURRENT})
    except BankError as error:
        return None, Variants(), error.problems
    variants, faults = read_variants(texts.get(VARIANTS, ""), VARIANTS, book)
    return book, variants, faults


def parse_items(text: str, path: str) -> list[tuple[Item, int]]:
    """The items of one bank/items file, each with the line it begins on. Raises BankError with every fault."""
    return _or_raise(_items(text, path))


def parse_exam(text: str, path: str) -> ExamFormat:
    """The exam format of bank/exam.yaml. Raises BankError with every fault."""
    exam = _or_raise(read_exam(text, path))
    assert exam is not None  # a missing exam is a problem, so _or_raise has raised
    return exam


def parse_tags(text: str, path: str) -> list[Tag]:
    """The closed vocabulary of bank/tags.yaml. Raises BankError with every fault."""
    return _or_raise(read_tags(text, path))


def parse_facts(text: str, path: str) -> list[Fact]:
    """The ledger of bank/facts.yaml. Raises BankError with every fault."""
    return _or_raise(read_facts(text, path))


def _or_raise(parsed: Parsed[T]) -> T:
    value, found = parsed
    if found:
        raise BankError(found)
    return value


# --- items --------------------------------------------------------------------------------------------------

_LISTS = {"tags", "rows", "facts", "options", "prompts", "parts", "source"}


def _items(text: str, path: str) -> Parsed[list[tuple[Item, int]]]:
    tree = read_tree(text, path)
    located: list[tuple[Item, int]] = []
    first: dict[str, int] = {}
    for index, entry in entries(tree):
        before = len(tree.problems)
        _check_entry_types(tree, entry, (index,))
        if len(tree.problems) > before:
            continue
        try:
            made = from_entry(entry)
        except ItemError as error:
            tree.problems += [
                Problem(path, tree.line(index, *_place_of(message, entry)), f"{_name(entry)}: {message}")
                for message in error.problems
            ]
            continue
        for number, item in enumerate(made):
            line = tree.line(index, "parts", number) if item.case else tree.line(index)
            if item.slug in first:
                message = f"id {item.slug!r}: expected an id of its own, line {first[item.slug]} has it already"
                tree.problems.append(Problem(path, line, message))
            else:
                first[item.slug] = line
                located.append((item, line))
    return located, tree.problems


def _name(entry: Mapping[str, Any]) -> str:
    return str(entry.get("id") or "entry without id")


def _check_entry_types(tree: Tree, entry: Mapping[str, Any], place: Place) -> None:
    """Faults that are lost once the values are texts: a list where a text belongs, labels that name two
    options.
    """
    _expect_texts(tree, entry, ENTRY_FIELDS - _LISTS, place)
    for name, fields in (("options", OPTION_FIELDS), ("prompts", PROMPT_FIELDS)):
        for number, row in _rows(entry, name):
            _expect_texts(tree, row, fields, (*place, name, number))
    for number, part in _rows(entry, "parts"):
        _check_entry_types(tree, {"type": "", **part}, (*place, "parts", number))
    if isinstance(entry.get("source") or {}, Mapping) is False:
        tree.fault("source: expected a mapping", *place, "source")
    if entry.get("as_of") and day_of(entry["as_of"]) is None:
        tree.fault(f"as_of: expected a date YYYY-MM-DD, found {entry['as_of']!r}", *place, "as_of")
    if entry.get("type") == CASE:
        return
    if bool(entry.get("notes_say")) is not bool(entry.get("today")):
        tree.fault("notes_say and today: expected both (the older statement and today's) or neither", *place)
    if entry.get("type") == MATCHING:
        _check_labels(tree, entry, place)


def _check_labels(tree: Tree, entry: Mapping[str, Any], place: Place) -> None:
    seen: dict[str, int] = {}
    for number, option in _rows(entry, "options"):
        label = str(option.get("label") or "")
        where = (*place, "options", number, "label")
        if not label:
            tree.fault(f"option {number + 1}: expected a label that prompts can name", *where)
        elif label in seen:
            tree.fault(
                f"option {number + 1}: label {label!r}: expected a label of its own, line {seen[label]} has it",
                *where,
            )
        seen.setdefault(label, tree.line(*where))
    for number, prompt in _rows(entry, "prompts"):
        if not prompt.get("option"):
            tree.fault(
                f"prompt {number + 1}: option: expected the label of one of the options",
                *place,
                "prompts",
                number,
            )


def _rows(entry: Mapping[str, Any], name: str) -> list[tuple[int, Mapping[str, Any]]]:
    rows = entry.get(name)
    return [(n, row) for n, row in enumerate(rows) if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _expect_texts(tree: Tree, row: Mapping[str, Any], names: set[str], place: Place) -> None:
    for name in sorted(names & set(row)):
        if isinstance(row[name], list | dict):
            tree.fault(f"{name}: expected one value, found {kind_of(row[name])}", *place, name)


_PART = re.compile(r"part (\d+): (.*)", re.DOTALL)
_ROW = re.compile(r"(option|prompt) (?:(\d+)|'(.*?)'|\"(.*?)\"): ?(.*)", re.DOTALL)
_FIELD = re.compile(r"([a-z_]+)\b")


def _place_of(message: str, entry: Mapping[str, Any]) -> Place:
    """Where in ``entry`` the fault stands that ``message`` of an ItemError speaks of; ``()`` when it does not
    say.
    """
    if found := _PART.match(message):
        number = int(found[1]) - 1
        parts = entry.get("parts")
        part = parts[number] if isinstance(parts, list) and number < len(parts) else {}
        return ("parts", number, *(_place_of(found[2], part) if isinstance(part, Mapping) else ()))
    if found := _ROW.match(message):
        name, begins = f"{found[1]}s", found[3] or found[4] or ""
        numbers = [int(found[2]) - 1] if found[2] else [n for n, row in _rows(entry, name) if _begins(row, begins)]
        tail = _FIELD.match(found[5])
        return (name, numbers[0], *((tail[1],) if tail else ())) if numbers else (name,)
    found = _FIELD.match(message)
    return (found[1],) if found and found[1] in entry else ()


def _begins(row: Mapping[str, Any], text: str) -> bool:
    return str(row.get("text", "")).strip().startswith(text)
