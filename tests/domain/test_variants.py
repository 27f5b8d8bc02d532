"""The file of served variants: short, reproducible, and never saying anything that the records do not."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from questions.domain import scenarios, variants
from questions.domain.lint import lint
from questions.domain.lint_copies import copies
from questions.domain.scenario_file import read_book

TEA = Path(__file__).parents[1] / "bank_variants"
BOOK = read_book({path.name: path.read_bytes() for path in (TEA / "scenarios").glob("*.yaml")})
TEXT = (TEA / variants.FILE).read_text()
MADE = scenarios.generate(BOOK, 40, 1)


def read(text: str) -> tuple[variants.Variants, list[str]]:
    found, problems = variants.read(text, variants.FILE, BOOK)
    return found, [f"{problem.line}: {problem.message}" for problem in problems]


def test_the_file_written_from_a_choice_gives_just_that_choice_again():
    chosen = variants.choose(MADE, each=3)
    found, problems = read(variants.dump(chosen, count=40, seed=1))
    assert problems == []
    assert {one.item.digest for one in found.made} == {one.item.digest for one in chosen}
    assert variants.dump(chosen, count=40, seed=1) == TEXT


def test_a_choice_is_even_clean_and_without_copies():
    chosen = variants.choose(MADE, each=3)
    assert Counter(variants.strand(one.item) for one in chosen) == {"pots/samovar": 3, "pots/urn": 3}
    assert [finding for one in chosen for finding in lint(one.item)] == []
    assert list(copies([one.item for one in chosen])) == []


def test_pairs_that_differ_in_one_constraint_are_taken_first():
    chosen = variants.choose(MADE, each=3)
    assert list(scenarios.minimal_pairs(chosen)) != []


def test_what_the_records_no_longer_prove_is_told_with_its_line():
    text = TEXT.replace('"litres": "5", "socket": "without"', '"litres": "5"', 1)
    found, _ = read(text)
    (slug, line, reason) = found.fallen[0]
    assert (text.splitlines()[line - 1].count(slug), len(found.made)) == (1, 5)
    assert reason


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("ask: 1, ", "", "expected a mapping with id, family, story, ask, demands, shown"),
        ("ask: 1", 'ask: "1"', "ask: expected the number of a question of the family, found '1'"),
        ('story: "mill"', 'story: "hut"', "expected 'gen-pots-"),
    ],
)
def test_a_faulty_line_is_a_problem_with_its_place(old, new, message):
    found, problems = read(TEXT.replace(old, new, 1))
    assert [problem for problem in problems if message in problem] != []
    assert len(found.made) == 5


def test_a_line_that_stands_twice_is_a_problem():
    _, problems = read(TEXT + TEXT.splitlines()[-1] + "\n")
    assert problems == ["9: id 'gen-pots-ecf0b34535': expected an id of its own, line 8 has it already"]
