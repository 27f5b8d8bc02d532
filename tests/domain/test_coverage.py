"""Which topics the bank covers, and what a row lacks."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from questions.domain.coverage import Row, distractor_concepts, parse_rows, report
from questions.domain.items import Item, from_entry

STORY = (
    "A hotel serves four hundred cups at breakfast from an urn that keeps its water at 100 degrees all morning long."
)


def item(number: int, *, trap: str = "green", stem: str = STORY) -> Item:
    entry = {
        "id": f"item-{number}",
        "type": "choice",
        "rows": [1],
        "facts": ["heat"],
        "stem": stem,
        "ask": "Which leaf is BEST?",
        "options": [
            {"text": "Black", "key": True, "concept": "black", "rationale": "It wants the heat."},
            {"text": "Green", "concept": trap, "rationale": "It scalds."},
            {"text": "White", "concept": "white", "rationale": "It scalds too."},
        ],
    }
    return from_entry(entry)[0]


ROWS = [Row(1, "Leaves", ("green",)), Row(2, "Water", ("cold",))]


def test_a_row_is_full_with_three_items_a_scenario_and_its_trap() -> None:
    leaves, water = report(ROWS, [item(1), item(2), item(3)])
    assert (leaves.full, leaves.approved, leaves.scenario, leaves.trap) == (True, 3, True, True)
    assert (leaves.by_type, leaves.facts) == ({"choice": 3}, ["heat"])
    assert (water.full, water.approved, water.scenario, water.trap) == (False, 0, False, False)


@pytest.mark.parametrize(
    "items",
    [
        [item(1), item(2)],
        [item(number, trap="jade") for number in (1, 2, 3)],
        [item(number, stem="Which leaf?") for number in (1, 2, 3)],
    ],
    ids=["two items", "without the trap", "without a scenario"],
)
def test_a_row_that_lacks_something_is_not_full(items: list[Item]) -> None:
    assert not report(ROWS, items)[0].full


def test_the_concept_of_the_key_is_no_distractor() -> None:
    assert distractor_concepts(item(1)) == {"green", "white"}
    assert distractor_concepts(replace(item(1), options=())) == set()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- {row: 1, topic: Leaves}", "entry 1: expected exactly row, topic and traps"),
        ("- {row: 2, topic: Leaves, traps: [green]}", "entry 1: expected row 1, found 2"),
        ("- {row: 1, topic: Leaves, traps: []}", "entry 1: expected at least one trap"),
    ],
)
def test_a_malformed_row_is_named(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_rows(text)


def test_every_row_of_the_bank_is_full() -> None:
    out = StringIO()
    call_command("bank_coverage", "--json", stdout=out)
    found = json.loads(out.getvalue())
    assert [row["row"] for row in found["rows"] if not row["full"]] == []
    assert (found["full"], found["total"]) == (71, 71)


def test_an_empty_row_ends_with_an_error(tmp_path: Path) -> None:
    bank = Path(__file__).parent.parent / "bank"
    for path in bank.rglob("*.*"):
        target = tmp_path / path.relative_to(bank)
        target.parent.mkdir(exist_ok=True, parents=True)
        target.write_bytes(path.read_bytes())
    (tmp_path / "coverage.yaml").write_text("- {row: 1, topic: Leaves, traps: [green]}\n")
    with pytest.raises(CommandError, match="Rows that lack something: 1"):
        call_command("bank_coverage", "--bank", str(tmp_path), stdout=StringIO())
