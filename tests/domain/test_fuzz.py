"""Long searches for input that makes a reader fall over: whatever comes in, out comes a value or a named fault."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from questions.domain import notes, scoring
from questions.domain.bankfile import parse_bank
from questions.domain.derive import derive
from questions.domain.items import Item

pytestmark = pytest.mark.fuzz
LONG = settings(max_examples=5_000, deadline=None, suppress_health_check=list(HealthCheck))
BANK = Path(__file__).resolve().parent.parent / "bank"
FILES = {str(path.relative_to(BANK)): path.read_bytes() for path in BANK.rglob("*.*")}
ITEMS: tuple[Item, ...] = parse_bank(FILES).items
MARKDOWN = st.lists(
    st.one_of(
        st.sampled_from(
            ["# ", "## ", "- ", "1. ", "| ", " | ", "|--|--|", "**", "`#tag`", "->", "\n", "\n\n", "> ", "```"]
        ),
        st.text(max_size=12),
    ),
    max_size=40,
).map("".join)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=10), inner, max_size=5),
    max_leaves=12,
)


@LONG
@given(MARKDOWN)
def test_any_note_is_read_and_derived_from(text: str) -> None:
    document = notes.parse(text, "note.md")
    lines = len(re.split(r"\r\n?|\n", text))
    assert all(1 <= section.line_from <= section.line_to <= lines for section in document.sections)
    derive(document)


@LONG
@given(st.sampled_from(sorted(FILES)), st.integers(0, 4000), st.integers(0, 40), st.binary(max_size=12))
def test_a_damaged_bank_is_read_with_every_fault_named(name: str, at: int, cut: int, put: bytes) -> None:
    content = FILES[name]
    at %= len(content)
    bank = parse_bank({**FILES, name: content[:at] + put + content[at + cut :]})
    assert all(problem.message and problem.line >= 0 for problem in bank.problems)


@LONG
@given(st.sampled_from(ITEMS), JSON | st.fixed_dictionaries({"options": JSON}) | st.fixed_dictionaries({"pairs": JSON}))
def test_any_response_is_parsed_or_refused(item: Item, raw: Any) -> None:
    for complete in (True, False):
        with contextlib.suppress(scoring.BadResponse):
            response = scoring.parse(item, raw, complete=complete)
            assert scoring.parse(item, response.as_json(), complete=False) == response
