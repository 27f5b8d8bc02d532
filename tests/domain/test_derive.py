"""What a study note gives: drafts whose every part comes from the note, and a reason for whatever gives none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from questions.domain.derive import Derivation, derive
from questions.domain.drafting import Vocabulary, situation, which
from questions.domain.items import Item, problems
from questions.domain.lint import ERROR, lint
from questions.domain.note_tables import SCENARIO
from questions.domain.note_text import plain
from questions.domain.note_twins import Twin, twins
from questions.domain.notes import parse

NOTES = Path(__file__).parent / "notes"
NAMES = sorted(path.stem for path in NOTES.glob("*.md"))

TOOLS = """# Tools

## Watching `#ops`

| Scenario | Solution |
|---|---|
| Count requests by second | Prometheus |
| Search log lines of a day | Loki |
| Follow one request through services | Tempo |
| Draw all of it on a wall | Grafana |

## Building

| Scenario | Solution |
|---|---|
| Compile on every push | Jenkins |
| Keep built images | Harbor |
"""


def derived(text: str, name: str = "tools.md", vocabulary: Vocabulary | None = None) -> Derivation:
    return derive(parse(text, name), vocabulary)


def of(name: str) -> Derivation:
    return derived((NOTES / f"{name}.md").read_bytes().decode(), f"{name}.md")


def key(item: Item) -> str:
    return next(option.text for option in item.options if option.key)


def told(derivation: Derivation) -> str:
    """All of a derivation as text, for comparing with the file of what was agreed on."""
    lines = [f"table {t.line}: {t.kind}, {t.rows} rows, {t.derived} drafts" for t in derivation.tables]
    lines += [f"list {li.line}: {li.kind}, {li.entries} entries, {li.derived} drafts" for li in derivation.lists]
    lines += [f"unread {unread.line}: {unread.why}" for unread in derivation.unread]
    for item in derivation.items:
        place = item.source
        lines += ["", f"{item.slug} ({item.kind}; {', '.join(item.tags)}; {item.note})"]
        lines += [
            f"  from {place['rule']} {place['table_line']}, line {place['line']}, column {place['column']}: {place['cell']}"
        ]
        lines += [f"  {item.stem}", f"  {item.ask}"]
        lines += [f"  - {p.text} = {item.option(p.option).text} | {p.rationale}" for p in item.prompts]
        for option in item.options:
            mark = "*" if option.key else str(option.position or "-")
            lines.append(f"  {mark} {option.text} | {option.rationale}")
        lines += [f"  because {item.rationale}"] if item.rationale else []
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", NAMES)
def test_the_notes_of_other_authors_give_just_these_drafts(name: str):
    """The agreed drafts stand beside the notes; WRITE_EXPECTED=1 writes them anew, to be read in the diff."""
    expected = NOTES / f"{name}.drafts.txt"
    if os.environ.get("WRITE_EXPECTED"):
        expected.write_text(told(of(name)))
    assert told(of(name)) == expected.read_text()


@pytest.mark.parametrize("name", NAMES)
def test_every_draft_is_sound_and_has_no_error_of_item_writing(name: str):
    items = of(name).items
    assert [problems(item) for item in items if problems(item)] == []
    assert [found for item in items for found in lint(item) if found.level == ERROR] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_row_of_a_scenario_table_gives_a_draft_or_a_reason(name: str):
    document = parse((NOTES / f"{name}.md").read_bytes().decode(), f"{name}.md")
    found = derive(document)
    spoken = {item.source["line"] for item in found.items} | {unread.line for unread in found.unread}
    rows = {row.line for table in document.tables if table.kind == SCENARIO for row in table.rows}
    assert rows - spoken == set()


def test_a_scenario_row_becomes_a_question_with_the_cell_as_key_and_its_neighbours_beside_it():
    item = derived(TOOLS).items[0]
    assert item.stem == "An engineering team has to count requests by second."
    assert item.ask == "Which solution fits BEST?"
    assert {option.text: option.rationale for option in item.options} == {
        "Prometheus": '"Prometheus" answers "Count requests by second".',
        "Loki": '"Loki" answers "Search log lines of a day", which is another need.',
        "Tempo": '"Tempo" answers "Follow one request through services", which is another need.',
        "Grafana": '"Grafana" answers "Draw all of it on a wall", which is another need.',
    }
    assert key(item) == "Prometheus"
    assert item.note == "tools#watching"
    assert item.tags == ("watching", "ops")
    assert item.source == {
        "file": "tools.md",
        "line": 7,
        "column": 2,
        "cell": "Prometheus",
        "rule": "scenario-table",
        "table_line": 5,
        "marks": ["ops"],
    }


def test_distractors_never_come_from_another_topic():
    found = derived(TOOLS)
    assert [key(item) for item in found.items] == ["Prometheus", "Loki", "Tempo", "Grafana"]
    assert [(unread.line, unread.why) for unread in found.unread] == [
        (16, 'no draft for "Jenkins": 3 other answers of this topic are needed that cannot be right as well, found 1'),
        (17, 'no draft for "Harbor": 3 other answers of this topic are needed that cannot be right as well, found 1'),
    ]


def test_an_answer_that_might_be_right_as_well_is_no_distractor():
    text = TOOLS.replace("| Draw all of it on a wall | Grafana |", "| Count requests by second and host | Thanos |\n"
                         "| Keep counts for years | Prometheus with remote storage |\n| Draw it | Grafana |")  # fmt: skip
    item = derived(text).items[0]
    assert sorted(option.text for option in item.options) == ["Grafana", "Loki", "Prometheus", "Tempo"]


def test_a_situation_that_the_note_answers_twice_is_reported():
    text = TOOLS.replace("| Draw all", "| Count requests by second | StatsD |\n| Draw all")
    assert [(unread.line, unread.why) for unread in derived(text).unread][:1] == [
        (10, "no draft: gives another answer than line 7 for the same situation")
    ]


def test_slugs_stay_when_lines_move_and_when_an_answer_is_corrected():
    slugs = [item.slug for item in derived(TOOLS).items]
    moved = TOOLS.replace("# Tools\n", "# Tools\n\nNew words.\n\n- and a list\n").replace("Loki", "OpenSearch")
    assert [item.slug for item in derived(moved).items] == slugs
    assert slugs[0] == "tools-watching-count-requests-by-second"


def test_moved_lines_change_no_draft_but_its_source():
    moved = derived("\n\n" + TOOLS)
    assert [item.digest for item in moved.items] == [item.digest for item in derived(TOOLS).items]
    assert [item.source["line"] for item in moved.items] == [9, 10, 11, 12]


def test_tags_come_from_the_vocabulary_and_bring_their_task():
    vocabulary = Vocabulary(
        {"tracing": "Tracing", "log-search": "Log search", "watching": "Watching"}, {"watching": "4.2"}
    )
    found = derived(TOOLS, vocabulary=vocabulary)
    assert [(item.tags, item.task) for item in found.items][:2] == [
        (("watching",), "4.2"),
        (("watching", "log-search"), "4.2"),
    ]
    assert found.untagged == ()


def test_a_draft_that_no_tag_fits_keeps_the_notes_own_marks_and_is_named():
    found = derived(TOOLS, vocabulary=Vocabulary({"cooking": "Cooking"}))
    assert found.items[0].tags == ("watching", "ops")
    assert set(found.untagged) == {item.slug for item in found.items}


def test_a_comparison_asks_for_the_option_of_which_alone_an_entry_is_said():
    text = "# N\n\n## T\n\n| Aspect | Cron | Airflow | Make |\n|---|---|---|---|\n| Retries | ❌ None | Per task | none |\n"
    text += "| State | Nowhere | Database | Files |\n"
    found = derived(text)
    assert [(item.stem, key(item)) for item in found.items] == [
        (
            'An engineering team compares what is on offer by "State". It looks for the one described as "Nowhere".',
            "Cron",
        ),
        (
            'An engineering team compares what is on offer by "State". It looks for the one described as "Database".',
            "Airflow",
        ),
        (
            'An engineering team compares what is on offer by "State". It looks for the one described as "Files".',
            "Make",
        ),
    ]
    assert [unread.line for unread in found.unread] == [7, 7, 7]


def test_a_table_of_two_options_borrows_a_third_from_its_own_topic_only():
    table = "| Aspect | Cron | Airflow |\n|---|---|---|\n| Keeps its state | In no place | In a shared database |\n"
    alone = derived(f"# N\n\n## T\n\n{table}\n## U\n\n- **Cron** - a clock\n- **Make** - a graph of files\n")
    assert alone.items == ()
    beside = derived(f"# N\n\n## T\n\n{table}\n- **Cron** - a clock\n- **Make** - rebuilds files\n")
    assert [sorted(option.text for option in item.options) for item in beside.items] == [
        ["Airflow", "Cron", "Make"]
    ] * 2


def test_short_entries_of_two_options_become_one_matching():
    text = (
        "# N\n\n## T\n\n| Aspect | Canary | Linear |\n|---|---|---|\n| Steps | Two | Many |\n| Speed | Fast | Slow |\n"
    )
    text += "| Choice | First | Second |\n\n- **Canary** - small slice\n- **All-at-once** - everything moves\n"
    items = [item for item in derived(text).items if item.kind == "matching"]
    assert [[(p.text, items[0].option(p.option).text) for p in item.prompts] for item in items] == [
        [("Steps: Two", "Canary"), ("Speed: Slow", "Linear"), ("Choice: First", "Canary")]
    ]


@pytest.mark.parametrize(
    ("cell", "stem"),
    [
        ("Process 10M records monthly", "An engineering team has to process 10M records monthly."),
        ("A/B test two models", "An engineering team has to A/B test two models."),
        ("Needs audit logs", "An engineering team needs audit logs."),
        ("To keep state", "An engineering team has to keep state."),
        (
            "Traffic: 10 requests/day",
            "An engineering team describes its situation as follows: traffic is 10 requests/day.",
        ),
        ("Low latency", "An engineering team describes its situation as follows: Low latency."),
        (
            "If immediate alerts are wanted.",
            "An engineering team describes its situation as follows: immediate alerts are wanted.",
        ),
        ("The question mentions cold starts", "An engineering team describes its situation as follows: cold starts."),
        ("Users upload pictures from many countries", "Users upload pictures from many countries."),
    ],
)
def test_a_cell_becomes_a_sentence(cell: str, stem: str):
    assert situation(cell, "Scenario") == stem


def test_the_question_uses_the_word_of_the_column():
    assert [which(head) for head in ("Solution", "Answer", "AWS service", "Database", "What to use", "Zzz")] == [
        "Which solution fits BEST?",
        "Which solution fits BEST?",
        "Which service fits BEST?",
        "Which database fits BEST?",
        "Which option fits BEST?",
        "Which solution fits BEST?",
    ]


def test_emoji_and_marks_stay_out_of_questions():
    text = TOOLS.replace("| Loki |", "| ✅ **[Loki](https://example.org)** `3.0` |")
    option = next(option.text for option in derived(text).items[0].options if "Loki" in option.text)
    assert option == "Loki 3.0" == plain(option)


def test_a_numbered_list_of_more_than_five_steps_is_reported():
    text = "# N\n\n## Steps\n\n" + "".join(f"{n}. Do thing {n}\n" for n in range(1, 8))
    assert [unread.why for unread in derived(text).unread] == ["no draft: 7 steps; an ordering takes 3 to 5"]


def test_a_draft_that_repeats_or_contradicts_another_question_is_found():
    mine = derived(TOOLS).items
    other = derived(TOOLS, "other.md").items
    assert twins(mine, mine) == []
    assert twins(mine[:1], other) == [Twin("tools-watching-count-requests-by-second", other[0].slug, "repeats")]
    swapped = TOOLS.replace("Prometheus", "X").replace("Loki", "Prometheus").replace("X", "Loki")
    assert [twin.what for twin in twins(derived(swapped, "swapped.md").items[:2], mine)] == ["contradicts"] * 2
