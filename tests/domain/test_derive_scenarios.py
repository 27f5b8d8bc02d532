"""The scenario engine on comparison tables of any note: proved drafts, bounded, the same each time, or a reason."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace

import pytest

from questions.domain import scenarios
from questions.domain.derive import Derivation, derive
from questions.domain.derive_scenarios import MAX_DRAFTS, MAX_OPTIONS, scenario_drafts
from questions.domain.drafting import Drafting, Vocabulary
from questions.domain.items import problems
from questions.domain.lint import ERROR, lint
from questions.domain.lint_copies import copies
from questions.domain.notes import parse
from questions.domain.scenario_records import Value
from questions.domain.scenario_table import book_of, from_table, read_cell

STORES = """# Stores

## Stores compared `#data`

| Store | Max item size | Transactions | Scaling | Retention limit |
|---|---|---|---|---|
| Heron | 400 KB (hard limit) | Yes | Automatic | 30 days |
| Osprey | 16 MB | No | Manual | Unlimited |
| Plover | 1 GB | ✅ | Manual | 1 hour |
| Avocet | unlimited | ❌ | Automatic | Unlimited (on disk) |
"""
VOCABULARY = Vocabulary({"sql": "SQL", "avocet": "Avocet"}, {"avocet": "1.2"})


def derived(text: str = STORES, vocabulary: Vocabulary | None = None) -> Derivation:
    return derive(parse(text, "stores.md"), vocabulary)


def table(options: int, aspects: int) -> str:
    heads = " | ".join(f"Cost {n}" for n in range(aspects))
    rows = "".join(f"| Store {o} | {' | '.join(f'{o} a{a} word' for a in range(aspects))} |\n" for o in range(options))
    return f"# Many\n\n## Compared\n\n| Store | {heads} |\n|{'---|' * (aspects + 1)}\n{rows}"


def tall(options: int, aspects: int) -> str:
    heads = " | ".join(f"Store {n}" for n in range(options))
    rows = "".join(f"| Cost {a} | {' | '.join(f'{o} a{a} word' for o in range(options))} |\n" for a in range(aspects))
    return f"# Many\n\n## Compared\n\n| Factor | {heads} |\n|{'---|' * (options + 1)}\n{rows}"


def test_every_draft_is_sound_proved_and_says_the_same_in_every_run() -> None:
    found = derived()
    assert 4 <= len(found.proved) <= MAX_DRAFTS
    assert found == derived()
    assert [problem for item in found.proved for problem in problems(item)] == []
    assert [flaw.message for item in found.proved for flaw in lint(item) if flaw.level == ERROR] == []
    document = parse(STORES, "stores.md")
    book = book_of(document, Drafting(document, Vocabulary()))
    made = [replace(item, source={**item.source, "rule": scenarios.RULE}) for item in found.proved]
    assert [scenarios.verify(item, book) for item in made] == [[]] * len(made)


def test_keys_take_turns_and_no_draft_is_nearly_another() -> None:
    items = derived(tall(4, 5)).proved
    assert len(items) == MAX_DRAFTS
    assert set(Counter(item.option(item.keys[0]).text for item in items).values()) == {3}
    assert list(copies(items)) == []
    assert len({item.slug for item in items}) == MAX_DRAFTS


def test_tags_and_tasks_are_those_of_the_vocabulary_where_one_fits() -> None:
    text = tall(4, 5).replace("Store 1", "Avocet")
    found = derived(text, VOCABULARY)
    filed = {item.option(item.keys[0]).text: (item.tags, item.task) for item in found.proved}
    assert filed["Avocet"] == (("avocet",), "1.2")
    others = {item.slug for item in found.proved if item.option(item.keys[0]).text != "Avocet"}
    assert others <= set(found.untagged)
    assert not {item.slug for item in found.proved if item.tags == ("avocet",)} & set(found.untagged)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (tall(2, 4), "fewer than 3 options"),
        (table(MAX_OPTIONS + 1, 3), f"at most {MAX_OPTIONS} options are proved apart"),
        (table(4, 1), "no demands of two entries or more leave one option"),
    ],
)
def test_a_table_that_gives_no_draft_has_a_reason(text: str, why: str) -> None:
    found = derived(text)
    assert (found.proved, [report.why for report in found.engine]) == ((), [why])


def test_a_table_of_scenarios_is_nothing_for_the_engine() -> None:
    assert derived("# A\n\n| Scenario | Solution |\n|---|---|\n| Boil water | Kettle |\n").engine == ()


@pytest.mark.parametrize("text", [table(2000, 4), table(MAX_OPTIONS, 4), tall(4, 300)], ids=["long", "wide", "tall"])
def test_large_tables_are_searched_in_bounds(text: str) -> None:
    document = parse(text, "many.md")
    drafting = Drafting(document, Vocabulary())
    began = time.process_time()
    scenario_drafts(document.tables[0], drafting)
    assert time.process_time() - began < 5


def test_two_tables_of_one_section_have_families_of_their_own() -> None:
    one = tall(4, 3)
    rows = one.split("\n\n")[-1].replace("word", "phrase")
    items = derived(f"{one}\n\nAnd again:\n\n{rows}").proved
    assert Counter(item.source["family"] for item in items) == {"stores-compared": 12, "stores-compared-2": 12}


# --- cells and names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("4MB (hard limit)", Value(high=4)),
        ("Unlimited (S3-based)", Value()),
        ("4 MB (default)", Value(names=frozenset({"4 MB (default)"}))),
        ("Yes (with labels)", Value(names=frozenset({"Yes (with labels)"}))),
    ],
)
def test_a_remark_in_brackets_leaves_a_limit_a_limit(cell: str, expected: Value) -> None:
    found = read_cell(cell, "Max payload")
    assert found is not None
    assert found[2] == expected


def test_names_that_look_alike_as_slugs_stay_apart() -> None:
    text = (
        tall(4, 3).replace("Store 0", "C").replace("Store 1", "C++").replace("| 0 a0 word | 1 a0 word |", "| $ | $$ |")
    )
    document = parse(text, "stores.md")
    family = from_table(document, document.tables[0])
    assert family is not None
    assert len({record.concept for record in family.records}) == 4
    assert [record.values["cost-0"].names for record in family.records][:2] == [{"$"}, {"$$"}]
    assert len(family.constraint("cost-0").cases) == 4


def test_what_another_entry_may_mean_as_well_is_not_asked_for() -> None:
    text = tall(3, 2).replace("| 0 a0 word | 1 a0 word | 2 a0 word |", "| Manual | Manual/Auto | None at all |")
    document = parse(text, "stores.md")
    family = from_table(document, document.tables[0])
    assert family is not None
    assert list(family.constraint("cost-0").cases) == ["none-at-all"]
