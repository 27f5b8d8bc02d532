"""bank/scenarios/*.yaml -> families and stories. The fields are published in docs/scenarios.md."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

from .scenario_records import (
    ATTRIBUTE_KINDS,
    FLAG,
    NUMBER,
    RANK,
    SET,
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
from .yamltree import BankError, Place, Problem, Tree, decode, read_tree

STORIES = "stories.yaml"
FAMILY_FIELDS = (
    "family", "task", "tags", "rows", "note", "needs", "opening", "asks", "attributes", "options", "constraints",
)  # fmt: skip
OPTION_FIELDS = ("concept", "forms", "right", "values", "tags", "note", "task", "rows", "scenario", "stated")
VALUE_FIELDS = ("at_least", "at_most", "any", "disputed", "is", "has", "rank", "because", "facts")
CONSTRAINT_FIELDS = ("id", "attribute", "numbers", "name", "say", "cases", "needs", "excludes")
CASE_FIELDS = ("accept", "name", "say", "needs", "given")
ATTRIBUTE_FIELDS = ("kind", "unit", "says")


def read_book(files: Mapping[str, bytes], current: Collection[str] | None = None) -> Book:
    """The book in ``files`` (path -> content): ``stories.yaml`` and one family a file; paths are used in messages.

    ``current`` are the ids of the facts that hold today. Raises BankError with every fault, by file and line.
    """
    families, stories, problems = [], [], []
    for path in sorted(files):
        tree = read_tree(decode(files[path], path), path)
        if not tree.problems:
            if path.rpartition("/")[2] == STORIES:
                stories += _stories(tree)
            elif isinstance(tree.value, Mapping):
                families.append(_FamilyReader(tree).read())
            else:
                tree.fault(f"expected a mapping with {', '.join(FAMILY_FIELDS)}")
        problems += tree.problems
    if problems:
        raise BankError(problems)
    book = Book(tuple(families), tuple(stories), None if current is None else frozenset(current))
    if faults := [Problem(STORIES, 1, fault) for fault in unfilled(book)]:
        raise BankError(faults)
    return book


def unfilled(book: Book) -> list[str]:
    """Every slot of a template that some story which may carry it does not fill."""
    faults = set()
    for family in book.families:
        texts = [(text, family.needs) for text in family.openings]
        for constraint in family.constraints:
            needs = (*family.needs, *constraint.needs)
            texts += [(text, needs) for text in (*constraint.say, constraint.name)]
            for case in constraint.cases.values():
                texts += [(text, (*needs, *case.needs)) for text in (*case.say, case.name)]
        for text, needs in texts:
            for slot in _slots(text) - {"value"}:
                for story in book.stories:
                    if set(needs) <= story.traits and slot not in story.slots:
                        faults.add(f"story {story.id!r}: expected the slot {slot!r} that {family.id!r} uses")
    return sorted(faults)


def _slots(text: str) -> set[str]:
    return {part.split("}")[0][0].lower() + part.split("}")[0][1:] for part in text.split("{")[1:]}


def _stories(tree: Tree) -> list[Story]:
    stories = []
    rows = tree.value if isinstance(tree.value, list) else []
    if not rows:
        tree.fault("expected a list of stories")
    for index, row in enumerate(rows):
        if not isinstance(row, Mapping) or not row.get("id"):
            tree.fault("expected a story with id, traits, numbers and slots", index)
            continue
        slots = {name: str(text) for name, text in row.items() if name not in ("id", "traits", "numbers")}
        numbers = {name: tuple(float(n) for n in values) for name, values in (row.get("numbers") or {}).items()}
        stories.append(Story(str(row["id"]), slots, frozenset(row.get("traits") or ()), numbers))
    return stories


class _FamilyReader:
    """Reads one family file and notes every fault at its line."""

    def __init__(self, tree: Tree):
        self.tree = tree
        self.top: Mapping[str, Any] = tree.value

    def read(self) -> Family:
        self.known(self.top, FAMILY_FIELDS, ())
        attributes = {
            str(name): self.attribute(str(name), row, ("attributes", name))
            for name, row in self.mapping(self.top, "attributes", ()).items()
        }
        records = tuple(
            self.record(row, attributes, ("options", n)) for n, row in enumerate(self.list(self.top, "options", ()))
        )
        constraints = tuple(
            self.constraint(row, attributes, ("constraints", n))
            for n, row in enumerate(self.list(self.top, "constraints", ()))
        )
        forms = {len(record.forms) for record in records}
        if len(forms) != 1 or 0 in forms:
            self.tree.fault("options: expected the same number of forms for each, one or more", "options")
        asks = tuple(self.ask(row, attributes, ("asks", n)) for n, row in enumerate(self.list(self.top, "asks", ())))
        return Family(
            id=self.text(self.top, "family", ()),
            task=self.text(self.top, "task", ()),
            tags=self.names(self.top, "tags"),
            rows=tuple(self.top.get("rows") or ()),
            note=self.text(self.top, "note", ()),
            openings=self.names(self.top, "opening"),
            asks=asks,
            attributes=attributes,
            records=records,
            constraints=constraints,
            needs=self.names(self.top, "needs"),
            source={"file": self.tree.path, "line": 1},
        )

    def known(self, row: Mapping[str, Any], fields: tuple[str, ...], place: Place) -> None:
        for name in row:
            if name not in fields:
                self.tree.fault(f"{name}: not a field here; expected one of {', '.join(fields)}", *place, name)

    def mapping(self, row: Mapping[str, Any], name: str, place: Place) -> Mapping[str, Any]:
        value = row.get(name)
        if isinstance(value, Mapping):
            return value
        self.tree.fault(f"{name}: expected a mapping", *place, name)
        return {}

    def list(self, row: Mapping[str, Any], name: str, place: Place) -> list[Any]:
        value = row.get(name)
        if isinstance(value, list) and value:
            return value
        self.tree.fault(f"{name}: expected a list", *place, name)
        return []

    def text(self, row: Mapping[str, Any], name: str, place: Place) -> str:
        value = row.get(name)
        if value is None or isinstance(value, list | Mapping):
            self.tree.fault(f"{name}: expected a text", *place, name)
            return ""
        return str(value).strip()

    def names(self, row: Mapping[str, Any], name: str) -> tuple[str, ...]:
        value = row.get(name) or ()
        return (str(value),) if isinstance(value, str) else tuple(str(one).strip() for one in value)

    def attribute(self, name: str, row: Mapping[str, Any], place: Place) -> Attribute:
        self.known(row, ATTRIBUTE_FIELDS, place)
        kind = self.text(row, "kind", place)
        if kind not in ATTRIBUTE_KINDS:
            self.tree.fault(f"kind: expected one of {', '.join(ATTRIBUTE_KINDS)}, found {kind!r}", *place, "kind")
        says = {_word(key): str(text) for key, text in (row.get("says") or {}).items()}
        return Attribute(name, kind, str(row.get("unit") or ""), says)

    def ask(self, row: Any, attributes: Mapping[str, Attribute], place: Place) -> Ask:
        if not isinstance(row, Mapping):
            return Ask(str(row))
        best = str(row.get("best") or "")
        if best and (best not in attributes or attributes[best].kind != RANK):
            self.tree.fault(f"best: expected an attribute of kind rank, found {best!r}", *place, "best")
        return Ask(self.text(row, "text", place), best, str(row.get("name") or ""))

    def record(self, row: Mapping[str, Any], attributes: Mapping[str, Attribute], place: Place) -> Record:
        self.known(row, OPTION_FIELDS, place)
        values = {}
        for name, value in self.mapping(row, "values", place).items():
            if name not in attributes:
                self.tree.fault(f"{name}: not an attribute of this family", *place, "values", name)
                continue
            values[name] = self.value(value, attributes[name], (*place, "values", name))
        return Record(
            concept=self.text(row, "concept", place),
            forms=self.names(row, "forms"),
            right=self.text(row, "right", place),
            values=values,
            tags=self.names(row, "tags"),
            note=str(row.get("note") or ""),
            task=str(row.get("task") or ""),
            rows=tuple(row.get("rows") or ()),
            scenario=row.get("scenario"),
            stated=self.names(row, "stated"),
        )

    def value(self, row: Mapping[str, Any], attribute: Attribute, place: Place) -> Value:
        self.known(row, VALUE_FIELDS, place)
        facts, because = self.names(row, "facts"), str(row.get("because") or "")
        if not facts:
            self.tree.fault("facts: expected the facts that this value rests on", *place)
        if attribute.kind == RANK:
            return Value(facts, low=float(row.get("rank") or 0), because=because)
        if attribute.kind == NUMBER:
            low, high = row.get("at_least"), row.get("at_most")
            if low is None and high is None and not row.get("any"):
                self.tree.fault("expected at_least, at_most or any: true", *place)
            return Value(
                facts,
                low=-math.inf if low is None else float(low),
                high=math.inf if high is None else float(high),
                disputed=bool(row.get("disputed")),
                because=because,
            )
        said = self.names(row, "has") if attribute.kind == SET else (_word(row.get("is")),)
        if attribute.kind == FLAG and said[0] not in ("yes", "no"):
            self.tree.fault("is: expected true or false", *place)
        for name in said:
            if name not in attribute.says and not because:
                self.tree.fault(f"{name!r}: expected one of {', '.join(attribute.says)}", *place)
        return Value(facts, names=frozenset(said), because=because)

    def constraint(self, row: Mapping[str, Any], attributes: Mapping[str, Attribute], place: Place) -> Constraint:
        self.known(row, CONSTRAINT_FIELDS, place)
        attribute = self.text(row, "attribute", place)
        if attribute not in attributes:
            self.tree.fault(f"attribute: {attribute!r} is not an attribute of this family", *place, "attribute")
        cases = {}
        for name, case in (row.get("cases") or {}).items():
            self.known(case, CASE_FIELDS, (*place, "cases", name))
            accept = case.get("accept")
            accept = accept if isinstance(accept, list) else [] if accept is None else [accept]
            cases[str(name)] = Case(
                accept=frozenset(_word(one) for one in accept),
                name=self.text(case, "name", (*place, "cases", name)),
                say=self.names(case, "say"),
                needs=self.names(case, "needs"),
                given=bool(case.get("given")),
            )
        numbers = row.get("numbers")
        if not cases and not numbers:
            self.tree.fault("expected cases, or numbers (a list, or 'story')", *place)
        return Constraint(
            id=self.text(row, "id", place),
            attribute=attribute,
            numbers=() if not isinstance(numbers, list) else tuple(float(number) for number in numbers),
            story_numbers=numbers == "story",
            cases=cases,
            name=str(row.get("name") or ""),
            say=self.names(row, "say"),
            needs=self.names(row, "needs"),
            excludes=self.names(row, "excludes"),
        )


def _word(value: Any) -> str:
    """A name as the records use it: true and false are "yes" and "no"."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
