"""docs/authoring.md says what the code does: every example is an item, every field and rule of the code is in its tables."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from questions.domain.bank_report import FILE_RULE
from questions.domain.bankfile import parse_facts, parse_items, parse_tags
from questions.domain.items import CASE, ENTRY_FIELDS, KINDS, OPTION_FIELDS, PROMPT_FIELDS, from_entry
from questions.domain.lint import RULES, lint
from questions.domain.records import EXAM_FIELDS, FACT_FIELDS

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "authoring.md").read_text(encoding="utf-8")
SCHEMA = json.loads((ROOT / "bank" / "schema.json").read_text(encoding="utf-8"))


def section(heading: str) -> str:
    """What stands between this heading and the next one of any level."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", TEXT, re.DOTALL | re.MULTILINE)
    assert found, f"docs/authoring.md has no heading {heading!r}"
    return found[1]


def first_column(heading: str) -> list[str]:
    """The names in code marks in the first column of the table below this heading."""
    cells = re.findall(r"^\| (`[^|]*) \|", section(heading), re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def example(heading: str) -> str:
    return re.findall(r"^```yaml\n(.*?)^```", section(heading), re.DOTALL | re.MULTILINE)[0]


EXAMPLES = re.findall(r"^```yaml\n(- id: example-.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


def test_there_is_one_example_of_each_type():
    assert [yaml.safe_load(text)[0]["type"] for text in EXAMPLES] == [*KINDS, CASE]


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: yaml.safe_load(text)[0]["type"])
def test_each_example_is_an_item_without_a_flaw(text):
    items = [item for entry in yaml.safe_load(text) for item in from_entry(entry)]
    assert items == [item for item, _ in parse_items(text, "docs/authoring.md")]
    assert [finding for item in items for finding in lint(item)] == []


def test_the_examples_of_tags_and_facts_are_read():
    assert [tag.slug for tag in parse_tags(example("tags.yaml"), "docs/authoring.md")] == ["pipelines"]
    (fact,) = parse_facts(example("facts.yaml"), "docs/authoring.md")
    assert (fact.id, [limit.at_most for limit in fact.limits]) == ("serverless-payload-4mb", [4])


@pytest.mark.parametrize(
    ("heading", "fields"),
    [
        ("Fields of an item", ENTRY_FIELDS),
        ("Fields of an option", OPTION_FIELDS),
        ("Fields of a prompt", PROMPT_FIELDS),
        ("exam.yaml", set(EXAM_FIELDS)),
        ("facts.yaml", set(FACT_FIELDS)),
    ],
)
def test_the_table_of_fields_is_the_code_s(heading, fields):
    names = first_column(heading)
    assert len(names) == len(set(names))
    assert set(names) == fields


def test_the_table_of_rules_is_the_code_s():
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \|", section("The rules"), re.MULTILINE)
    said = {rule: text.replace('"', "'") for rule, text in rows}
    assert said.pop(FILE_RULE)
    assert said == RULES


def test_the_schema_for_editors_has_the_same_fields():
    named = {name: set(SCHEMA["$defs"][name]["properties"]) for name in ("entry", "option", "prompt")}
    assert named == {"entry": ENTRY_FIELDS, "option": OPTION_FIELDS, "prompt": PROMPT_FIELDS}
    assert SCHEMA["$defs"]["entry"]["properties"]["type"]["enum"] == [*KINDS, CASE]
