"""A study note is read as its author meant it, every element with its line; what cannot be read is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from questions.domain.derive import derive
from questions.domain.items import problems
from questions.domain.note_text import overlaps, plain, slugify, split_arrow
from questions.domain.notes import Document, Entry, Unread, parse

NOTES = Path(__file__).parent / "notes"


def note(name: str) -> Document:
    return parse((NOTES / f"{name}.md").read_bytes().decode(), f"{name}.md")


def outline(document: Document) -> list[tuple[int, str, str, int, int]]:
    return [(s.level, s.anchor, s.topic, s.line_from, s.line_to) for s in document.sections]


def rows(document: Document) -> list[list[tuple[str, ...]]]:
    return [[row.cells for row in table.rows] for table in document.tables]


def test_sections_have_their_heading_anchor_topic_and_lines():
    assert outline(note("kubernetes-rollouts")) == [
        (1, "releasing-on-kubernetes", "releasing-on-kubernetes", 5, 8),
        (2, "choosing-a-release-pattern", "choosing-a-release-pattern", 9, 22),
        (3, "how-a-rolling-update-runs", "choosing-a-release-pattern", 23, 35),
        (2, "workload-controllers", "workload-controllers", 36, 48),
    ]


def test_tags_stand_on_headings_on_tags_lines_and_in_front_matter():
    document = note("kubernetes-rollouts")
    assert document.tags == ("kubernetes", "operations", "releases")
    assert document.section("choosing-a-release-pattern").tags == ("must-know",)
    assert parse("# A\n**Tags**: one, two\n", "a.md").tags == ("one", "two")
    assert parse("# A\n\n## B #late ##\n", "a.md").section("b").tags == ("late",)


def test_a_byte_order_mark_and_windows_line_ends_change_nothing():
    document = note("database-choices")
    unix = parse((NOTES / "database-choices.md").read_text("utf-8-sig").replace("\r\n", "\n"), "database-choices.md")
    assert document == unix
    assert document.title == "Picking a database"
    assert [(table.line, table.kind) for table in document.tables] == [(5, "scenario"), (15, "comparison")]


def test_text_before_the_first_heading_is_a_section_of_its_own():
    first = note("ragged").sections[0]
    assert (first.title, first.level, first.anchor, first.text) == ("", 0, "top", "Loose text before any heading.")


def test_underlined_headings_and_emoji_headings_are_read():
    titles = [(section.level, section.title) for section in note("caching").sections]
    assert titles[:3] == [(1, "Caching"), (2, "Strategies"), (3, "Compared")]


def test_two_headings_of_the_same_words_get_two_anchors():
    document = parse("# A\n## Limits\n## Limits\n## Limits 2\n## Limits\n", "a.md")
    assert [section.anchor for section in document.sections] == ["a", "limits", "limits-2", "limits-2-2", "limits-3"]


def test_block_comments_are_no_part_of_a_sections_text():
    text = note("kubernetes-rollouts").section("choosing-a-release-pattern").text
    assert "hidden" not in text
    assert text.startswith("| Scenario |")


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("Scenario | Solution", "scenario"),
        ("Situation | Service | Why", "scenario"),
        ("Requirement | Answer | Reason", "scenario"),
        ("Use case | Recommended service", "scenario"),
        ("Service | Use case", "scenario"),
        ("# | If you need | Use", "scenario"),
        ("Aspect | Canary | Linear", "comparison"),
        (" | Canary | Linear", "comparison"),
        ("Strategy | Downtime | Cost", "comparison"),
        ("Option | Latency | Max payload | Best for", "comparison"),
        ("Colour | Weight", "other"),
        ("Scenario", "other"),
        ("A | B | C | D | E | F", "other"),
    ],
)
def test_a_table_is_known_by_its_header(header: str, kind: str):
    width = header.count("|") + 1
    rule, row = ("|".join(["---"] * width), "|".join(["1"] * width))
    document = parse(f"# N\n\n|{header}|\n|{rule}|\n|{row}|\n", "n.md")
    assert [table.kind for table in document.tables] == [kind]


def test_pipes_that_are_escaped_or_stand_in_code_stay_in_their_cell():
    assert rows(note("ragged"))[0] == [
        ("Filter lines by pattern", "`grep a|b`"),
        ("Count lines", "wc -l | or `nl`"),
        ("Show the first lines", ""),
        ("Follow a growing file", "tail -f"),
    ]


def test_everything_that_looks_like_facts_and_cannot_be_read_is_named_with_its_line():
    assert note("ragged").unread == (
        Unread(11, "a row of 4 cells under a header of 2"),
        Unread(14, "text directly under a table: put an empty line between them"),
        Unread(20, "looks like a table but its header has 2 cells and its line of dashes 3"),
        Unread(35, "indented by four spaces, so read as code and skipped"),
        Unread(38, "an HTML table or list: write it as Markdown"),
    )


def test_a_table_without_its_line_of_dashes_is_named():
    document = parse("# N\n\n| a | b |\n| 1 | 2 |\n", "n.md")
    assert document.unread == (Unread(3, "looks like a table but has no line of dashes under its header"),)


def test_a_table_in_a_quote_has_the_lines_of_the_file():
    quoted = note("ragged").tables[3]
    assert (quoted.line, [row.line for row in quoted.rows]) == (28, [30, 31, 32, 33])


def test_a_code_fence_is_skipped_and_noted_and_the_numbered_list_goes_on_behind_it():
    document = note("kubernetes-rollouts")
    assert Unread(30, "code fence skipped (bash, 1 lines)") in document.unread
    steps = document.lists[0]
    assert (steps.kind, [entry.line for entry in steps.top]) == ("steps", [25, 26, 28, 34])


def test_lists_are_known_by_what_they_say():
    found = [(entry.line, entry.kind, entry.lead) for entry in note("caching").lists]
    assert found == [
        (16, "choose", "Choose cache-aside when"),
        (20, "choose", "Choose write-through when"),
        (24, "choose", "Choose write-behind when"),
        (29, "steps", "Eviction"),
        (35, "bullets", "Purpose: see the manual for more."),
        (40, "bullets", "Do not use a cache when"),
    ]


def test_nested_entries_keep_their_depth_and_line():
    nested = note("caching").lists[4]
    assert nested.entries == (
        Entry(35, 0, "bullets", "Sizing"),
        Entry(36, 1, "bullets", "start small"),
        Entry(37, 2, "definitions", "20% of the data serves most reads", "Rule"),
    )


@pytest.mark.parametrize(
    ("bullet", "entry"),
    [
        ("slow start → **warm pool**", Entry(1, 0, "arrows", "slow start", "**warm pool**")),
        ("slow start => warm pool", Entry(1, 0, "arrows", "slow start", "warm pool")),
        ("**slow start** -> warm pool", Entry(1, 0, "arrows", "**slow start**", "warm pool")),
        ("✅ **Warm pool** - ready machines", Entry(1, 0, "definitions", "ready machines", "Warm pool")),
        ("**Warm pool:** ready machines", Entry(1, 0, "definitions", "ready machines", "Warm pool", label=True)),
        ("`HPA` – scales pods", Entry(1, 0, "definitions", "scales pods", "HPA")),
        ("[x] plain words", Entry(1, 0, "bullets", "plain words")),
        ("`a -> b` is code", Entry(1, 0, "bullets", "`a -> b` is code")),
        ("a → b → c", Entry(1, 0, "bullets", "a → b → c")),
        ("Use Redis when reads repeat", Entry(1, 0, "arrows", "reads repeat", "Redis")),
    ],
)
def test_a_bullet_is_read_as(bullet: str, entry: Entry):
    assert parse(f"- {bullet}", "n.md").lists[0].entries == (entry,)


def test_words_are_cleaned_of_marks_links_and_emoji():
    assert plain("❌ **No** [labels](https://example.org) `a_b` &amp; <br>more") == "No labels a_b & more"
    assert [plain("✅"), plain("❌"), plain("⚠️")] == ["Yes", "No", ""]


def test_anchors_are_made_as_in_the_bank():
    assert [slugify(text) for text in ("CI/CD for ML", "1. Data Quality", "Über_uns – heute", "日本")] == [
        "cicd-for-ml",
        "1-data-quality",
        "uber-uns-heute",
        slugify("日本"),
    ]
    assert slugify("日本").startswith("x")


def test_phrases_that_may_name_the_same_thing_are_told_from_those_that_do_not():
    assert overlaps("Data Quality Monitor", "Data Quality Monitoring (needs no labels)")
    assert not overlaps("Monitor (Data Quality)", "Monitor (Model Quality)")


def test_arrows_inside_code_split_nothing():
    assert split_arrow("run `a → b` → done") == ["run `a → b`", "done"]


PIECES = st.sampled_from([
    "# ", "## ", "| a | b |\n|---|---|\n", "| x | y |\n", "|", "- ", "1. ", "  ", "\t", "**T** - ", "→", " -> ", "`", "```\n",
    "> ", "<!--", "-->", "---\n", "\r\n", "\r", "\n", "\n\n", "\ufeff", "\0", "Choose X when:\n", "Tags: `#a`", "✅",
    "\u2028", "\x0b", "é", "| Scenario | Solution |\n|--|--|\n", "| Aspect | A | B | C |\n|--|--|--|--|\n",
    "| p | q | r | s |\n",
])  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(st.text(max_size=300), st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=40).map("".join)))
@example("")
@example("---\n---\n# x")
@example("1. a\n\n5. b\n2. c")
@example("|a|\n|-|\n" + "|" * 50)
def test_any_text_is_some_note_and_every_line_lies_inside_it(text: str):
    document = parse(text, "any.md")
    last = text.count("\n") + text.count("\r") + 1
    assert all(1 <= s.line_from <= s.line_to <= last for s in document.sections)
    assert len({section.anchor for section in document.sections}) == len(document.sections)
    lines = [
        *(unread.line for unread in document.unread),
        *(row.line for table in document.tables for row in table.rows),
        *(entry.line for found in document.lists for entry in found.entries),
    ]
    assert all(1 <= line <= last for line in lines)
    derivation = derive(document)
    assert [problems(item) for item in derivation.items if problems(item)] == []
    assert len({item.slug for item in derivation.items}) == len(derivation.items)
