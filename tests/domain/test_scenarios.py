"""Generated scenario items: distinct, proved, readable by the lint, and refused as soon as a record says otherwise."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from questions.domain import items
from questions.domain.bankfile import parse_bank
from questions.domain.guesser import play
from questions.domain.lint import ERROR, lint
from questions.domain.scenario_file import read_book
from questions.domain.scenario_records import NUMBER, Book, Record, Value
from questions.domain.scenarios import Generated, generate, minimal_pairs, spec_of, verify

BANK = Path(__file__).resolve().parents[2] / "bank"
FILES = {str(path.relative_to(BANK)): path.read_bytes() for path in BANK.rglob("*.*")}
SCENARIOS = {path: text for path, text in FILES.items() if path.startswith("scenarios/")}
CURRENT = {fact.id for fact in parse_bank(FILES).facts if fact.status == "current"}


@pytest.fixture(scope="module")
def book() -> Book:
    return read_book(SCENARIOS, CURRENT)


@pytest.fixture(scope="module")
def made(book: Book) -> list[Generated]:
    return generate(book, 400, 7)


def test_items_are_distinct_sound_and_clean(made: list[Generated]) -> None:
    assert len({one.item.slug for one in made}) == len(made) == 400
    assert len({(one.item.stem, one.item.keys) for one in made}) == 400
    assert [one.item.slug for one in made if items.problems(one.item)] == []
    faults = {one.item.slug: found for one in made if (found := [f for f in lint(one.item) if f.level == ERROR])}
    assert faults == {}


def test_the_same_seed_gives_the_same_items_and_another_seed_others(book: Book) -> None:
    first, again, other = (generate(book, 40, seed) for seed in (7, 7, 8))
    assert [one.item for one in again] == [one.item for one in first]
    assert [one.item.slug for one in other] != [one.item.slug for one in first]


def test_every_item_proves_itself_again_from_what_is_stored(book: Book, made: list[Generated]) -> None:
    for one in made:
        stored = items.from_body(one.item.body())
        assert spec_of(stored) == one.spec
        assert verify(stored, book) == []


def test_a_minimal_pair_differs_in_one_constraint_and_in_its_key(made: list[Generated]) -> None:
    pairs = list(minimal_pairs(made))
    assert pairs
    for pair in pairs:
        first, second = pair.first.spec, pair.second.spec
        assert (first.family, first.story, first.ask) == (second.family, second.story, second.ask)
        differing = [a.constraint for a, b in zip(first.demands, second.demands, strict=True) if a != b]
        assert differing == [pair.constraint]
        assert pair.first.proof.key != pair.second.proof.key


def test_a_fact_that_falls_takes_its_items_with_it(made: list[Generated]) -> None:
    fact = made[0].item.facts[0]
    fallen = read_book(SCENARIOS, CURRENT - {fact})
    for one in made:
        if fact in one.item.facts:
            assert verify(one.item, fallen) != []


def test_the_surface_of_generated_options_gives_nothing_away(made: list[Generated]) -> None:
    found = play([one.item for one in made])
    assert found.score <= found.chance + 0.05


def test_the_command_prints_items_with_proofs() -> None:
    out = StringIO()
    call_command("generate_scenarios", "--count", "12", "--seed", "7", "--json", stdout=out)
    shown = json.loads(out.getvalue())
    assert len(shown["items"]) == 12
    for item in shown["items"]:
        assert [option["id"] for option in item["options"] if option["key"]] == [item["key"]]
        assert all(option["rationale"] for option in item["options"])
        assert item["constraints"]
        assert item["proof"]


def test_an_unknown_family_is_named_with_those_there_are() -> None:
    with pytest.raises(CommandError, match=r"There is no family 'tea'\. Known: .*monitors"):
        call_command("generate_scenarios", "--family", "tea", stdout=StringIO())


def limits(book: Book) -> list[tuple[str, str, str]]:
    """Every numeric limit of the records: family, option, attribute."""
    return [
        (family.id, record.concept, name)
        for family in book.families
        for record in family.records
        for name, value in record.values.items()
        if family.attributes[name].kind == NUMBER and (math.isfinite(value.low) or math.isfinite(value.high))
    ]


def moved(book: Book, family_id: str, concept: str, attribute: str) -> Book:
    """The book with one limit so narrow that no demand keeps it."""

    def narrow(value: Value) -> Value:
        return replace(value, low=-2.0, high=-1.0) if math.isfinite(value.high) else replace(value, low=1e9)

    def in_record(record: Record) -> Record:
        values = {name: narrow(value) if name == attribute else value for name, value in record.values.items()}
        return replace(record, values=values) if record.concept == concept else record

    families = tuple(
        replace(family, records=tuple(map(in_record, family.records))) if family.id == family_id else family
        for family in book.families
    )
    return replace(book, families=families)


def test_moving_any_limit_refuses_or_changes_every_item_that_depends_on_it(book: Book, made: list[Generated]) -> None:
    depending = 0
    for family, concept, attribute in limits(book):
        # An item depends on a limit that its proof compares with a demand.
        items_of = [
            one
            for one in made
            if one.spec.family == family
            and any((c["option"], c["attribute"]) == (concept, attribute) for c in one.proof.body()["cells"])
        ]
        changed = moved(book, family, concept, attribute)
        assert [one.item.slug for one in items_of if verify(one.item, changed) == []] == []
        depending += len(items_of)
    assert depending > 100
