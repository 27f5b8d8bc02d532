"""``manage.py check_bank``: what an author sees of a bank, in the terminal and as JSON."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from questions.actions.bank import load_bank, read_bank_files, store_version
from questions.domain.bankfile import parse_bank, parse_items
from questions.domain.items import posed_digest
from questions.domain.lint import ERROR
from questions.models import Exam
from tests.cast import NOON

FILES = {
    "exam.yaml": """\
slug: demo
code: DEMO-1
title: A demonstration
as_of: 2026-01-15
source: Made up for tests
questions: 4
scored: 4
minutes: 8
pass_percent: 72
pass_note: A line of our own.
forms: [{slug: full, title: Full, questions: 4, minutes: 8}]
domains:
- {slug: d1, title: Serving, weight: 100, covered: true, tasks: [{id: "1.1", title: Choose}]}
scenarios: [{number: 1, title: Few calls}, {number: 2, title: Many calls}]
""",
    "tags.yaml": "- {slug: serving, name: Serving}\n- {slug: cost, name: Cost}\n",
    "facts.yaml": """\
- {id: idle-is-free, statement: Idle hours are free., status: current, source: Tests, checked_on: 2026-01-15}
- {id: idle-was-dear, statement: Idle hours cost., status: superseded, source: Tests, checked_on: 2026-01-15}
""",
    "notes/serving.md": "# Serving\n\n## Idle hours\n\n- Idle hours are free.\n",
    "items/calls.yaml": """\
- id: few-calls
  type: choice
  task: "1.1"
  tags: [serving, cost]
  scenario: 1
  rows: [6]
  note: serving#idle-hours
  facts: [idle-is-free]
  stem: A model is called ten times a day and its idle hours must cost nothing.
  ask: Which option is the MOST cost-effective?
  options:
  - {text: Serverless, concept: serverless, key: true, rationale: Serverless bills calls alone.}
  - {text: Real-time, concept: real-time, rationale: Real-time bills idle hours.}
  - {text: Batch jobs, concept: batch, rationale: Batch jobs answer no calls.}
""",
}
UNSOLVED = {"of": 0, "solved": 0, "agreed": 0, "guesses": 0, "guessed": 0.0, "chance": 0.0}
NO_LABELS = {"precision": 1.0, "recall": 1.0, "n": 0, "rules": {}}
CASE = """\
- id: shop
  type: case
  title: A shop
  task: "1.1"
  tags: [cost]
  note: serving#idle-hours
  stem: A shop calls its model all day long and pays for each hour of it.
  parts:
"""
PART = """\
  - id: {0}
    type: choice
    ask: Which option has the {1} cost?
    options:
    - {{text: Serverless, concept: a, key: true, rationale: Serverless has no idle hour.}}
    - {{text: Real-time, concept: b, rationale: Real-time has each hour.}}
    - {{text: Batch jobs, concept: c, rationale: Batch jobs have no calls.}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small bank without a flaw."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def check(folder: Path, *arguments: str) -> tuple[int, str]:
    """Exit status and output of the command."""
    out, status = StringIO(), 0
    try:
        call_command("check_bank", "--bank", str(folder), *arguments, stdout=out)
    except SystemExit as stopped:
        status = int(stopped.code or 0)
    return status, out.getvalue()


def as_json(folder: Path, *arguments: str) -> tuple[int, dict]:
    status, out = check(folder, "--json", *arguments)
    return status, json.loads(out)


def replace(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new), encoding="utf-8")


def test_a_sound_bank_is_counted_by_type_tag_and_scenario(folder):
    parts = PART.format("one", "LOWEST") + PART.format("two", "SMALLEST")
    (folder / "items" / "shop.yaml").write_text(CASE + parts, encoding="utf-8")
    assert as_json(folder) == (
        0,
        {
            "approved": 3,
            "generated": 0,
            "cases": 1,
            "errors": [],
            "warnings": [],
            "by_type": {"choice": 1, "multiple": 0, "ordering": 0, "matching": 0, "case": 2},
            "by_tag": {"cost": 3, "serving": 1},
            "by_scenario": {"1": 1, "2": 0},
            "by_row": {str(row): int(row == 6) for row in range(1, 72)},
            "guesser": {
                "authored": {"score": 0.0, "chance": 0.0, "n": 3},
                "generated": {"score": 0.0, "chance": 0.0, "n": 0},
            },
            "review": {"authored": {**UNSOLVED, "of": 3}, "generated": UNSOLVED},
            "lint": {**NO_LABELS, "tuned_on": NO_LABELS},
            "database": {},
        },
    )


def test_the_terminal_shows_the_same_counts_in_words(folder):
    status, out = check(folder)
    assert (status, out.splitlines()[0]) == (0, "1 approved items, 2 tags, 2 facts, 1 notes")
    assert [line.split() for line in out.splitlines() if "calls" in line] == [
        ["1", "Few", "calls", "1"],
        ["2", "Many", "calls", "0"],
    ]
    assert out.splitlines()[-1] == "0 errors, 0 warnings"


def test_a_finding_is_printed_with_file_and_line_and_an_error_ends_with_status_1(folder):
    replace(folder, "items/calls.yaml", "Batch jobs,", "None of the above,")
    status, out = check(folder)
    where = f"{folder}/items/calls.yaml:1: error [all-or-none] few-calls: option 3: 'None of the above'"
    assert (status, [line for line in out.splitlines() if "error [" in line]) == (
        1,
        [f"{where} rests on the other options"],
    )


def test_a_warning_alone_ends_with_status_0(folder):
    replace(folder, "items/calls.yaml", "ten times a day", "often")
    status, found = as_json(folder)
    assert (status, found["errors"], [flaw["rule"] for flaw in found["warnings"]]) == (0, [], ["wording"])


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "[idle-is-free]",
            "[idle-was-dear]",
            ("fact", "'idle-was-dear' is superseded: an item may rest on current facts only"),
        ),
        ("[idle-is-free]", "[unheard-of]", ("fact", "'unheard-of' is not in the ledger of facts")),
        ("[serving, cost]", "[zebras]", ("reference", "tag 'zebras' does not exist")),
        ("#idle-hours", "#busy-hours", ("reference", "note passage 'serving#busy-hours' does not exist")),
        ('"1.1"', '"9.9"', ("reference", "task '9.9' does not exist")),
        ("scenario: 1", "scenario: 3", ("reference", "scenario 3 does not exist")),
        ("rows: [6]", "rows: [72]", ("reference", "row 72 does not exist")),
    ],
)
def test_an_item_that_refers_to_nothing_is_an_error(folder, old, new, expected):
    replace(folder, "items/calls.yaml", old, new)
    status, found = as_json(folder)
    assert (status, [(flaw["rule"], flaw["message"]) for flaw in found["errors"]]) == (1, [expected])


def test_a_malformed_entry_is_reported_and_the_others_are_still_checked(folder):
    (folder / "items" / "broken.yaml").write_text("- id: a\n  stem: x: y\n- id: b\n\tstem: z\n", encoding="utf-8")
    status, found = as_json(folder)
    assert (status, found["approved"]) == (1, 1)
    assert [(flaw["path"], flaw["line"], flaw["rule"]) for flaw in found["errors"]] == [
        (f"{folder}/items/broken.yaml", 2, "file"),
        (f"{folder}/items/broken.yaml", 4, "file"),
    ]


def test_a_folder_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(CommandError, match="There is no bank at"):
        check(tmp_path / "nowhere")


def test_the_bank_of_this_repository_has_no_errors_and_three_items_for_each_scenario():
    status, found = as_json(Path(__file__).parents[1] / "bank")
    assert (status, found["errors"]) == (0, [])
    assert {scenario for scenario, count in found["by_scenario"].items() if count < 3} == set()
    assert {kind for kind, count in found["by_type"].items() if not count} == set()


@pytest.mark.django_db
def test_with_the_database_drafts_are_checked_as_well_and_what_the_files_say_is_not_said_twice(folder):
    load_bank(read_bank_files(folder), now=NOON)
    assert as_json(folder, "--database")[1]["database"] == {}
    ((draft, _),) = parse_items(
        FILES["items/calls.yaml"].replace("few-calls", "draft").replace("Batch jobs,", "All of the above,"), "x"
    )
    store_version(draft, exam=Exam.objects.get(), by=None, now=NOON)
    status, found = as_json(folder, "--database")
    assert (status, found["database"], found["approved"]) == (1, {"draft": 1}, 1)
    assert [(flaw["path"], flaw["line"], flaw["level"], flaw["rule"]) for flaw in found["errors"]] == [
        ("database/draft", 1, ERROR, "all-or-none")
    ]


def test_every_authored_key_was_found_by_somebody_who_had_not_seen_it():
    bank = Path(__file__).parents[1] / "bank"
    _, found = as_json(bank)
    authored, generated = found["review"]["authored"], found["review"]["generated"]
    assert (authored["solved"], authored["agreed"]) == (authored["of"], authored["of"])
    assert generated["solved"] >= 200
    assert generated["agreed"] >= 0.97 * generated["solved"]
    for origin in (authored, generated):
        assert origin["guesses"] >= 170
        assert origin["guessed"] <= origin["chance"] + 0.10


def test_a_changed_item_is_to_be_solved_again(folder):
    (item,) = parse_bank(read_bank_files(folder)).items
    line = {
        "item": item.slug, "posed": posed_digest(item), "seen": "whole", "solver": 1, "chosen": ["A"], "key": ["A"],
        "agreed": True, "options": 3, "reason": "", "mended": "",
    }  # fmt: skip
    (folder / "review").mkdir()
    (folder / "review" / "a.jsonl").write_text(json.dumps(line) + "\n")
    assert as_json(folder)[1]["review"]["authored"] == {**UNSOLVED, "of": 1, "solved": 1, "agreed": 1}
    replace(folder, "items/calls.yaml", "Serverless bills calls alone.", "Serverless bills only calls.")
    assert as_json(folder)[1]["review"]["authored"]["solved"] == 1, "a rationale is not posed"
    replace(folder, "items/calls.yaml", "ten times a day", "nine times a day")
    assert as_json(folder)[1]["review"]["authored"]["solved"] == 0


def test_a_faulty_line_of_the_record_is_named(folder):
    (folder / "review").mkdir()
    (folder / "review" / "a.jsonl").write_text('{"item": "x"}\n')
    with pytest.raises(CommandError, match=r"review/a\.jsonl:1: expected exactly the fields"):
        check(folder)
