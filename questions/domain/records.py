"""The records of the bank beside its items: exam format, tags and the ledger of facts, and the readers of
their files.

A reader takes the text and path of one file and returns what it says together with every :class:`Problem`
found; a value with problems is good for nothing but more messages. Use it through
:mod:`questions.domain.bankfile`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from .items import SLUG
from .yamltree import Place, Problem, Tree, read_tree

CURRENT = "current"
FACT_STATUSES = (CURRENT, "superseded", "disputed", "retired")

EXAM_FIELDS = (
    "slug", "code", "title", "as_of", "source", "questions", "scored", "minutes", "pass_percent", "pass_note", "forms",
    "domains", "scenarios",
)  # fmt: skip
FORM_FIELDS = ("slug", "title", "questions", "minutes")
DOMAIN_FIELDS = ("slug", "title", "weight", "covered", "tasks")
TASK_FIELDS = ("id", "title")
SCENARIO_FIELDS = ("number", "title")
TAG_FIELDS = ("slug", "name", "description")
FACT_FIELDS = (
    "id",
    "statement",
    "notes_value",
    "aws_value",
    "status",
    "source",
    "checked_on",
    "audit_row",
    "limits",
)
LIMIT_FIELDS = ("concept", "measure", "at_most")
MEASURES = ("payload_mb", "seconds")


@dataclass(frozen=True, slots=True)
class Form:
    """One length of mock exam: ``questions`` in ``minutes``."""

    slug: str
    title: str
    questions: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Task:
    """One task statement of the exam guide, for example 3.1."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Domain:
    """One content domain; ``weight`` is its share of the scored questions in percent, ``covered`` whether we
    have items.
    """

    slug: str
    title: str
    weight: int
    covered: bool
    tasks: tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One row of the scenario table that items may name as the situation they practise."""

    number: int
    title: str


@dataclass(frozen=True, slots=True)
class ExamFormat:
    """The exam as data: format, blueprint, mock forms. ``pass_percent`` is our line on raw percent, see
    ``pass_note``.
    """

    slug: str
    code: str
    title: str
    as_of: date
    source: str
    questions: int
    scored: int
    minutes: int
    pass_percent: int
    pass_note: str
    forms: tuple[Form, ...]
    domains: tuple[Domain, ...]
    scenarios: tuple[Scenario, ...]


@dataclass(frozen=True, slots=True)
class Tag:
    """One slug of the closed vocabulary."""

    slug: str
    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """What a fact says in a form that a program can compare: a request to ``concept`` has at most so many MB
    or seconds.
    """

    concept: str
    measure: str
    at_most: float


@dataclass(frozen=True, slots=True)
class Fact:
    """One claim of the ledger. Items may rest on it while its status is "current"; the values are texts with
    units.
    """

    id: str
    statement: str
    notes_value: str | None
    aws_value: str | None
    status: str
    source: str
    checked_on: date
    audit_row: int | None = None
    limits: tuple[Limit, ...] = ()


T = TypeVar("T")
Parsed = tuple[T, list[Problem]]


class _Row:
    """Reads the fields of one mapping and notes what is missing, unknown or of another kind."""

    def __init__(self, tree: Tree, value: Any, place: Place, fields: tuple[str, ...]):
        self.tree, self.place = tree, place
        self.values: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        if not isinstance(value, Mapping):
            self.fault("", f"expected a mapping with {', '.join(fields)}, found {kind_of(value)}")
        for name in self.values:
            if name not in fields:
                self.fault(name, f"not a field here; expected one of {', '.join(fields)}")

    def fault(self, name: str, message: str) -> None:
        self.tree.fault(f"{name}: {message}" if name else message, *self.place, *((name,) if name else ()))

    def text(self, name: str, *, required: bool = True) -> str:
        value = self.values.get(name)
        if isinstance(value, list | dict) or (required and (value is None or not str(value).strip())):
            self.fault(name, f"expected a text, found {kind_of(value)}")
            return ""
        return "" if value is None else str(value).strip()

    def text_or_none(self, name: str) -> str | None:
        return self.text(name, required=False) or None

    def slug(self, name: str) -> str:
        value = self.text(name)
        if value and not SLUG.fullmatch(value):
            self.fault(name, f"expected lower-case letters, digits and hyphens, found {value!r}")
        return value

    def number(self, name: str, low: int, high: int) -> int:
        value = self.values.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self.fault(name, f"expected a whole number from {low} to {high}, found {kind_of(value)}")
            return low
        return value

    def flag(self, name: str) -> bool:
        value = self.values.get(name)
        if not isinstance(value, bool):
            self.fault(name, f"expected true or false, found {kind_of(value)}")
        return value is True

    def day(self, name: str) -> date:
        found = day_of(self.values.get(name))
        if found is None:
            self.fault(name, f"expected a date YYYY-MM-DD, found {kind_of(self.values.get(name))}")
        return found or date.min

    def rows(self, name: str, fields: tuple[str, ...], make: Callable[[_Row], T], identity: str) -> tuple[T, ...]:
        value = self.values.get(name)
        if not isinstance(value, list) or not value:
            self.fault(name, f"expected a list of {name}, found {kind_of(value)}")
            return ()
        rows = [_Row(self.tree, row, (*self.place, name, number), fields) for number, row in enumerate(value)]
        _expect_unique(rows, identity)
        return tuple(make(row) for row in rows)


def read_exam(text: str, path: str) -> Parsed[ExamFormat | None]:
    tree = read_tree(text, path)
    if tree.problems or not isinstance(tree.value, dict):
        if not tree.problems:
            tree.fault(f"expected a mapping with {', '.join(EXAM_FIELDS)}, found {kind_of(tree.value)}")
        return None, tree.problems
    row = _Row(tree, tree.value, (), EXAM_FIELDS)
    exam = ExamFormat(
        slug=row.slug("slug"),
        code=row.text("code"),
        title=row.text("title"),
        as_of=row.day("as_of"),
        source=row.text("source"),
        questions=row.number("questions", 1, 500),
        scored=row.number("scored", 1, 500),
        minutes=row.number("minutes", 1, 1000),
        pass_percent=row.number("pass_percent", 1, 100),
        pass_note=row.text("pass_note"),
        forms=row.rows("forms", FORM_FIELDS, _form, "slug"),
        domains=row.rows("domains", DOMAIN_FIELDS, _domain, "slug"),
        scenarios=row.rows("scenarios", SCENARIO_FIELDS, _scenario, "number"),
    )
    if exam.scored > exam.questions:
        row.fault("scored", f"expected at most the {exam.questions} questions of the exam, found {exam.scored}")
    weight = sum(domain.weight for domain in exam.domains)
    if exam.domains and weight != 100:
        row.fault("domains", f"expected weights that add up to 100, found {weight}")
    tasks: set[str] = set()
    for number, domain in enumerate(exam.domains):
        for task in domain.tasks:
            if task.id in tasks:
                tree.fault(f"tasks: id {task.id!r}: expected each task in one domain", "domains", number, "tasks")
            tasks.add(task.id)
    return exam, tree.problems


def _form(row: _Row) -> Form:
    return Form(row.slug("slug"), row.text("title"), row.number("questions", 1, 500), row.number("minutes", 1, 1000))


def _domain(row: _Row) -> Domain:
    tasks = row.rows("tasks", TASK_FIELDS, lambda task: Task(task.text("id"), task.text("title")), "id")
    return Domain(row.slug("slug"), row.text("title"), row.number("weight", 0, 100), row.flag("covered"), tasks)


def _scenario(row: _Row) -> Scenario:
    return Scenario(row.number("number", 1, 999), row.text("title"))


def read_tags(text: str, path: str) -> Parsed[list[Tag]]:
    tree = read_tree(text, path)
    rows = [_Row(tree, value, (index,), TAG_FIELDS) for index, value in entries(tree)]
    _expect_unique(rows, "slug")
    tags = [Tag(row.slug("slug"), row.text("name"), row.text("description", required=False)) for row in rows]
    return tags, tree.problems


def read_facts(text: str, path: str) -> Parsed[list[Fact]]:
    tree = read_tree(text, path)
    rows = [_Row(tree, value, (index,), FACT_FIELDS) for index, value in entries(tree)]
    _expect_unique(rows, "id")
    return [_fact(row) for row in rows], tree.problems


def _fact(row: _Row) -> Fact:
    status = row.text("status")
    if status and status not in FACT_STATUSES:
        row.fault("status", f"expected one of {', '.join(FACT_STATUSES)}, found {status!r}")
    return Fact(
        id=row.slug("id"),
        statement=row.text("statement"),
        notes_value=row.text_or_none("notes_value"),
        aws_value=row.text_or_none("aws_value"),
        status=status,
        source=row.text("source"),
        checked_on=row.day("checked_on"),
        audit_row=None if row.values.get("audit_row") is None else row.number("audit_row", 1, 999),
        limits=() if row.values.get("limits") is None else row.rows("limits", LIMIT_FIELDS, _limit, ""),
    )


def _limit(row: _Row) -> Limit:
    measure, at_most = row.text("measure"), row.values.get("at_most")
    if measure and measure not in MEASURES:
        row.fault("measure", f"expected one of {', '.join(MEASURES)}, found {measure!r}")
    if isinstance(at_most, bool) or not isinstance(at_most, int | float) or at_most <= 0:
        row.fault("at_most", f"expected a number above 0, found {kind_of(at_most)}")
        at_most = 0
    return Limit(row.slug("concept"), measure, float(at_most))


def _expect_unique(rows: list[_Row], identity: str) -> None:
    seen: dict[Any, int] = {}
    for row in rows:
        value = row.values.get(identity)
        if value is None or isinstance(value, list | dict):
            continue
        if value in seen:
            row.fault(identity, f"{value!r}: expected each {identity} once, line {seen[value]} has it already")
        seen.setdefault(value, row.tree.line(*row.place, identity))


# --- shared with the reader of items ------------------------------------------------------------------------


def entries(tree: Tree) -> list[tuple[int, Mapping[str, Any]]]:
    """The mappings of a top-level list with their index; entries that a problem on their own lines spoilt are
    left out.
    """
    if not isinstance(tree.value, list):
        if not tree.problems:
            tree.fault(f"expected a list of entries, each beginning with '- ', found {kind_of(tree.value)}")
        return []
    spoilt = _spoilt(tree)
    entries = []
    for index, value in enumerate(tree.value):
        if index in spoilt:
            continue
        if isinstance(value, Mapping):
            entries.append((index, value))
        else:
            tree.fault(f"expected an entry with fields such as 'id: …', found {kind_of(value)}", index)
    return entries


def _spoilt(tree: Tree) -> set[int]:
    """Indices of entries that hold a reading problem; judging their remains would only repeat it in other
    words.
    """
    starts = [tree.line(index) for index in range(len(tree.value))]
    return {max((n for n, start in enumerate(starts) if start <= found.line), default=0) for found in tree.problems}


def day_of(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None


def kind_of(value: Any) -> str:
    if value is None or value == "":
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = str(value)
    return repr(text if len(text) <= 40 else f"{text[:39]}…")
