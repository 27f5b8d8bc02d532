"""Options as records with typed attributes, and what a scenario may ask of them.

A :class:`Family` is a set of options that compete for one decision (rollout strategies, monitors …). Each option says
under each attribute what it can do, as a range of numbers or as names, and which facts say so. A :class:`Constraint`
asks something of one attribute, and :func:`verdict` compares the two in three-valued logic: what a record leaves out,
what a source disputes and what rests on a fact that is no longer current is OPEN, and nothing is proved from it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

MET, BROKEN, OPEN = "met", "broken", "open"
NUMBER, FLAG, NAME, SET, RANK = "number", "flag", "name", "set", "rank"
ATTRIBUTE_KINDS = (NUMBER, FLAG, NAME, SET, RANK)
YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One property by which the options of a family differ.

    ``unit`` is that of a number (see ``scenario_text.amount``). ``says`` words a value for rationales: by name for
    names, by "at_most", "at_least", "between" and "any" for numbers, with {limit}, {low} and {high} to fill in.
    """

    id: str
    kind: str
    unit: str = ""
    says: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Value:
    """What one option's record says under one attribute, and the facts that it rests on.

    A number is the range of demands that the option serves, ``low`` to ``high`` inclusive; beyond it the demand is not
    served, or, when ``disputed``, sources disagree. ``names`` are those of a flag ("yes", "no"), a name or a set. A rank
    has ``low`` alone; the lowest is the best. ``because`` words this value where the attribute's own words do not fit.
    """

    facts: tuple[str, ...] = ()
    low: float = -math.inf
    high: float = math.inf
    disputed: bool = False
    names: frozenset[str] = frozenset()
    because: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One option. ``forms`` are its names, one for each form of the family, so that the options of an item are alike in
    grammar; ``right`` completes "It would be right when …". Tags, note, task and rows add to those of the family.
    ``stated`` are constraints that a stem has to mention before this option may be its key (labels that arrive, say)."""

    concept: str
    forms: tuple[str, ...]
    right: str
    values: Mapping[str, Value]
    tags: tuple[str, ...] = ()
    note: str = ""
    task: str = ""
    rows: tuple[int, ...] = ()
    scenario: int | None = None
    stated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that a constraint on names can ask: the option's name must be among ``accept`` (of a set: it must hold
    them all). ``say`` are clauses for the stem, ``name`` a noun phrase for rationales. A ``given`` is background that
    every option bears, such as labels that will arrive."""

    accept: frozenset[str] = frozenset()
    name: str = ""
    say: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    given: bool = False


@dataclass(frozen=True, slots=True)
class Constraint:
    """What a stem may ask of one attribute: a number out of ``numbers`` (or the story's own), or one of ``cases``.

    ``needs`` are traits that the story must have, ``excludes`` other constraints ("id" or "id.case") that would make
    nonsense beside it. ``story_numbers`` says that a story without own numbers cannot carry it.
    """

    id: str
    attribute: str
    numbers: tuple[float, ...] = ()
    story_numbers: bool = False
    cases: Mapping[str, Case] = field(default_factory=dict)
    name: str = ""
    say: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """The question. With ``best`` several options may serve the constraints, and the one ranked first under that
    attribute is the key; ``name`` is then the broken constraint of the others ("LOWEST cost")."""

    text: str
    best: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """Options that compete for one decision, and the ways to ask for it."""

    id: str
    task: str
    tags: tuple[str, ...]
    rows: tuple[int, ...]
    note: str
    openings: tuple[str, ...]
    asks: tuple[Ask, ...]
    attributes: Mapping[str, Attribute]
    records: tuple[Record, ...]
    constraints: tuple[Constraint, ...]
    needs: tuple[str, ...] = ()
    source: Mapping[str, object] = field(default_factory=dict)

    def record(self, concept: str) -> Record:
        """The option with this concept; KeyError when there is none."""
        for record in self.records:
            if record.concept == concept:
                return record
        raise KeyError(concept)

    def constraint(self, name: str) -> Constraint:
        """The constraint with this id; KeyError when there is none."""
        for constraint in self.constraints:
            if constraint.id == name:
                return constraint
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Story:
    """A surface: who has which workload. ``slots`` fill the templates, ``traits`` say what makes sense here, ``numbers``
    are the story's own values by constraint id."""

    id: str
    slots: Mapping[str, str]
    traits: frozenset[str] = frozenset()
    numbers: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Book:
    """Everything that items are generated from. ``current`` are the ids of the facts that hold today; None trusts all."""

    families: tuple[Family, ...]
    stories: tuple[Story, ...]
    current: frozenset[str] | None = None

    def family(self, name: str) -> Family:
        """The family with this id; KeyError when there is none."""
        for family in self.families:
            if family.id == name:
                return family
        raise KeyError(name)

    def story(self, name: str) -> Story:
        """The story with this id; KeyError when there is none."""
        for story in self.stories:
            if story.id == name:
                return story
        raise KeyError(name)


@dataclass(frozen=True, slots=True, order=True)
class Demand:
    """One constraint as a stem states it: ``case`` is the name of a case, or the number as text ("40", "0.5")."""

    constraint: str
    case: str


def holds(value: Value | None, current: Collection[str] | None) -> bool:
    """Whether something may be proved from ``value``: it is there, and every fact that it rests on is current."""
    return value is not None and (current is None or all(fact in current for fact in value.facts))


def verdict(family: Family, record: Record, demand: Demand, current: Collection[str] | None = None) -> str:
    """Whether ``record`` meets ``demand``: MET, BROKEN or OPEN."""
    constraint = family.constraint(demand.constraint)
    value = record.values.get(constraint.attribute)
    if constraint.cases and constraint.cases[demand.case].given:
        return MET
    if value is None or not holds(value, current):
        return OPEN
    if not constraint.cases:
        if value.low <= float(demand.case) <= value.high:
            return MET
        return OPEN if value.disputed else BROKEN
    accept = constraint.cases[demand.case].accept
    if family.attributes[constraint.attribute].kind == SET:
        return MET if accept <= value.names else BROKEN
    return MET if value.names <= accept else BROKEN


def nonsense(family: Family, demands: Iterable[Demand]) -> bool:
    """Whether two of ``demands`` exclude each other."""
    demands = list(demands)
    there = {demand.constraint for demand in demands} | {f"{d.constraint}.{d.case}" for d in demands}
    return any(there & set(family.constraint(demand.constraint).excludes) for demand in demands)


def fits(family: Family, story: Story, demand: Demand) -> bool:
    """Whether ``demand`` makes sense in ``story``: the traits are there, and the number is one of the story's."""
    constraint = family.constraint(demand.constraint)
    needs = set(constraint.needs)
    if constraint.cases:
        needs |= set(constraint.cases[demand.case].needs)
    elif float(demand.case) not in numbers_of(constraint, story):
        return False
    return needs <= story.traits


def numbers_of(constraint: Constraint, story: Story) -> tuple[float, ...]:
    """The numbers that ``constraint`` may ask in ``story``."""
    return story.numbers.get(constraint.id, () if constraint.story_numbers else constraint.numbers)
