"""Files of the bank: what is read, and how each malformed file is answered with file, line and what was
expected.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from questions.domain.bankfile import BankError, parse_bank, parse_exam, parse_facts, parse_items, parse_tags
from questions.domain.records import Domain, Fact, Form, Limit, Scenario, Tag, Task
from questions.domain.yamltree import MAX_BYTES, decode

BANK = Path(__file__).parents[2] / "bank"

ITEM = """\
- id: first
  type: choice
  stem: A model is called ten times a day.
  ask: Which option is cheapest?
  as_of: 2026-11-22
  notes_say: Four megabytes.
  today: Still four.
  options:
  - text: Serverless
    key: true
    rationale: Bills per request.
  - {text: "no", rationale: Plain words stay words.}
  - {text: Batch, rationale: Nobody waits.}
"""
CASE = """\
- id: lender
  type: case
  title: A lender
  stem: A lender scores applications.
  parts:
  - id: one
    type: choice
    ask: Which monitor?
    options: {}
"""

EXAM = """\
slug: demo
code: DEMO-1
title: A demonstration
as_of: 2026-11-22
source: The guide
questions: 10
scored: 8
minutes: 20
pass_percent: 72
pass_note: A line for practice.
forms:
- {slug: short, title: Short, questions: 5, minutes: 10}
domains:
- slug: d1
  title: Deployment
  weight: 60
  covered: true
  tasks: [{id: "3.1", title: Choose}]
- slug: d2
  title: Monitoring
  weight: 40
  covered: false
  tasks: [{id: "4.1", title: Watch}]
scenarios:
- {number: 1, title: Few calls}
"""
FACTS = """\
- id: serverless-payload
  statement: A serverless request holds at most 4 MB.
  notes_value: 4 MB
  aws_value: 4 MB
  status: current
  source: Service documentation
  checked_on: 2026-11-22
  audit_row: null
  limits: [{concept: serverless-inference, measure: payload_mb, at_most: 4}]
"""


NOT_HERE = "expected valid YAML: mapping values are not allowed in this context"
FIELDS = "not a field of an item (docs/authoring.md lists them)"
TYPES = "expected one of choice, multiple, ordering, matching or case"


def faults(parse, text: str) -> list[tuple[int, str]]:
    """(line, message) of each problem, all of them in the file that was named."""
    with pytest.raises(BankError) as refused:
        parse(text, "bank/x.yaml")
    assert {problem.path for problem in refused.value.problems} == {"bank/x.yaml"}
    return [(problem.line, problem.message) for problem in refused.value.problems]


def test_items_come_with_the_line_they_begin_on():
    parsed = parse_items("# a comment\n\n" + ITEM + ITEM.replace("first", "second"), "x.yaml")
    assert [(item.slug, line) for item, line in parsed] == [("first", 3), ("second", 16)]


def test_words_and_dates_stay_what_the_author_wrote():
    ((item, _),) = parse_items(ITEM.replace('"no"', "no"), "x.yaml")
    assert (item.options[1].text, item.as_of) == ("no", "2026-11-22")


def test_the_exam_format_is_read_whole():
    exam = parse_exam(EXAM, "exam.yaml")
    assert (exam.slug, exam.code, exam.as_of) == ("demo", "DEMO-1", date(2026, 11, 22))
    assert (exam.questions, exam.scored, exam.minutes, exam.pass_percent) == (10, 8, 20, 72)
    assert exam.forms == (Form("short", "Short", 5, 10),)
    assert exam.domains == (
        Domain("d1", "Deployment", 60, True, (Task("3.1", "Choose"),)),
        Domain("d2", "Monitoring", 40, False, (Task("4.1", "Watch"),)),
    )
    assert exam.scenarios == (Scenario(1, "Few calls"),)


def test_a_fact_is_read_with_its_limit():
    assert parse_facts(FACTS, "facts.yaml") == [
        Fact(
            "serverless-payload",
            "A serverless request holds at most 4 MB.",
            "4 MB",
            "4 MB",
            "current",
            "Service documentation",
            date(2026, 11, 22),
            None,
            (Limit("serverless-inference", "payload_mb", 4.0),),
        )
    ]


def test_tags_are_read_with_or_without_a_description():
    text = "- {slug: pipelines, name: Pipelines}\n- {slug: cost, name: Cost, description: Money.}\n"
    assert parse_tags(text, "tags.yaml") == [Tag("pipelines", "Pipelines"), Tag("cost", "Cost", "Money.")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [(1, "expected a list of entries, each beginning with '- ', found nothing")]),
        ("# only a comment\n", [(1, "expected a list of entries, each beginning with '- ', found nothing")]),
        ("id: a\n", [(1, "expected a list of entries, each beginning with '- ', found a mapping")]),
        ("- just text\n", [(1, "expected an entry with fields such as 'id: …', found 'just text'")]),
        ("\n- [a, b]\n", [(2, "expected an entry with fields such as 'id: …', found a list")]),
        (ITEM + "---\n" + ITEM, [(14, "expected one document: '---' starts a second one")]),
        (ITEM + "- id: b\n\ttype: choice\n", [(15, "expected spaces: a tab cannot indent YAML")]),
        (ITEM.replace("Bills", "Bi\x07lls"), [(11, "expected text without control characters")]),
        (ITEM.replace("Bills per request.", '"\\0"'), [(11, "expected text without control characters")]),
        (
            ITEM.replace("stem: A model", "stem: Note: a model"),
            [(3, f"{NOT_HERE} (quote a text that contains ': ')")],
        ),
        (
            ITEM.replace("  ask:", "  stem: Twice.\n  ask:"),
            [(4, "stem: expected each field once, it stands on line 3 already")],
        ),
        (
            ITEM.replace("stem: A", "stem: *a"),
            [(3, "alias '*a': expected the text itself; quote a text that begins with *")],
        ),
        (
            ITEM.replace("stem: A", "stem: &a A"),
            [(3, "anchor '&a': expected no anchors; quote a text that begins with &")],
        ),
        (
            ITEM.replace("stem: A", "stem: !!python/name:os.system A"),
            [
                (
                    3,
                    "tag 'tag:yaml.org,2002:python/name:os.system': expected no tags; quote a text that begins with !",
                )
            ],
        ),
        ("- ? [a, b]\n  : c\n", [(1, "expected a field name before the colon")]),
        ("[" * 9000, [(1, "expected at most 12 levels of nesting")]),
        (ITEM + "- " * 9000, [(14, "expected at most 12 levels of nesting")]),
        ("- id: a\n" + "#" * MAX_BYTES, [(1, "expected a file of at most 2 MB")]),
        (ITEM.replace("  type: choice\n", ""), [(1, f"first: type '': {TYPES}")]),
        (
            ITEM.replace("key: true", "key: 1"),
            [(10, "first: option 1: key: expected true or false, found 1")],
        ),
        (
            ITEM.replace("key: true", "position: 1.5"),
            [(10, "first: option 1: position: expected a whole number, found 1.5")],
        ),
        (
            ITEM.replace(", rationale: Nobody waits.", ""),
            [(13, "first: option 'Batch': expected a rationale")],
        ),
        (
            ITEM.replace("ask: Which option is cheapest?", "ask: [Which]"),
            [(4, "ask: expected one value, found a list")],
        ),
        (
            ITEM.replace("2026-11-22", "yesterday"),
            [(5, "as_of: expected a date YYYY-MM-DD, found 'yesterday'")],
        ),
        (
            ITEM.replace("  today: Still four.\n", ""),
            [(1, "notes_say and today: expected both (the older statement and today's) or neither")],
        ),
        (ITEM.replace("  ask:", "  colour: red\n  ask:"), [(4, f"first: colour: {FIELDS}")]),
        (ITEM + ITEM, [(14, "id 'first': expected an id of its own, line 1 has it already")]),
        (
            ITEM + CASE.format("none"),
            [(18, "lender: parts: expected at least two questions on the shared scenario")],
        ),
    ],
)
def test_a_malformed_item_file_is_answered_with_line_and_expectation(text, expected):
    assert faults(parse_items, text) == expected


def test_a_fault_in_a_part_of_a_case_is_reported_on_the_line_of_that_part():
    part = "  - {{id: {0}, type: choice, ask: Which?, options: {1}}}\n"
    text = CASE.split("  - id")[0] + part.format("one", "none") + part.format("two", "[]")
    assert faults(parse_items, text) == [
        (6, "lender: part 1: options: expected a list of options"),
        (7, "lender: part 2: options: expected a list of options"),
    ]


def test_a_matching_whose_labels_are_missing_or_double_is_refused():
    text = dedent("""\
        - id: pairs
          type: matching
          stem: A team watches a model.
          ask: Match them.
          rationale: By data.
          options:
          - {label: a, text: One, rationale: First one.}
          - {label: a, text: Two, rationale: Second one.}
          - {text: Three, rationale: Third one.}
          prompts:
          - {text: P, option: a, rationale: Because.}
          - {text: Q, rationale: Because.}
          - {text: R, option: a, rationale: Because.}
        """)
    assert faults(parse_items, text) == [
        (8, "option 2: label 'a': expected a label of its own, line 7 has it"),
        (9, "option 3: expected a label that prompts can name"),
        (12, "prompt 2: option: expected the label of one of the options"),
    ]


def test_every_malformed_entry_is_reported_also_those_after_broken_yaml():
    text = """\
- id: one
  stem: Broken: here
- id: "unclosed
  type: choice
- id: three
  type: essay
  stem: Text.
  ask: What?
  options: [{text: A, rationale: B}]
- *gone
"""
    assert faults(parse_items, text + ITEM) == [
        (2, f"{NOT_HERE} (quote a text that contains ': ')"),
        (3, "expected valid YAML: found unexpected end of stream"),
        (6, "three: type 'essay': expected one of choice, multiple, ordering, matching or case"),
        (10, "alias '*gone': expected the text itself; quote a text that begins with *"),
    ]


ONE_MORE = "expected one of slug, code, title, as_of, source, questions, scored, minutes, pass_percent, pass_note"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("slug: demo\n", "", [(1, "slug: expected a text, found nothing")]),
        (
            "slug: demo",
            "slug: A B",
            [(1, "slug: expected lower-case letters, digits and hyphens, found 'A B'")],
        ),
        ("2026-11-22", "22.11.2026", [(4, "as_of: expected a date YYYY-MM-DD, found '22.11.2026'")]),
        (
            "questions: 10",
            "questions: ten",
            [
                (6, "questions: expected a whole number from 1 to 500, found 'ten'"),
                (7, "scored: expected at most the 1 questions of the exam, found 8"),
            ],
        ),
        ("scored: 8", "scored: 12", [(7, "scored: expected at most the 10 questions of the exam, found 12")]),
        (
            "percent: 72",
            "percent: 720",
            [(9, "pass_percent: expected a whole number from 1 to 100, found '720'")],
        ),
        ("minutes: 10}", "minutes: 0}", [(12, "minutes: expected a whole number from 1 to 1000, found '0'")]),
        (
            "forms:\n- {slug: short, title: Short, questions: 5, minutes: 10}",
            "forms: []",
            [(11, "forms: expected a list of forms, found a list")],
        ),
        ("weight: 40", "weight: 41", [(13, "domains: expected weights that add up to 100, found 101")]),
        ("covered: false", "covered: no", [(22, "covered: expected true or false, found 'no'")]),
        ('id: "4.1"', 'id: "3.1"', [(23, "tasks: id '3.1': expected each task in one domain")]),
        ("slug: d2", "slug: d1", [(19, "slug: 'd1': expected each slug once, line 14 has it already")]),
        (
            "title: Few calls",
            "name: Few",
            [
                (25, "name: not a field here; expected one of number, title"),
                (25, "title: expected a text, found nothing"),
            ],
        ),
        (
            "minutes: 20",
            "minutes: 20\nhours: 2",
            [(9, f"hours: not a field here; {ONE_MORE}, forms, domains, scenarios")],
        ),
    ],
)
def test_a_malformed_exam_format_is_answered_with_line_and_expectation(old, new, expected):
    assert old in EXAM
    assert faults(parse_exam, EXAM.replace(old, new, 1)) == expected


def test_an_exam_file_that_is_no_mapping_is_refused():
    ((line, message),) = faults(parse_exam, "- slug: demo\n")
    assert (line, message.endswith("found a list")) == (1, True)


STATUS = "status: expected one of current, superseded, disputed, retired"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("status: current", "status: true", [(5, f"{STATUS}, found 'True'")]),
        ("status: current", "status: certain", [(5, f"{STATUS}, found 'certain'")]),
        ("  source: Service documentation\n", "", [(1, "source: expected a text, found nothing")]),
        ("2026-11-22", "2026-13-01", [(7, "checked_on: expected a date YYYY-MM-DD, found '2026-13-01'")]),
        ("row: null", "row: one", [(8, "audit_row: expected a whole number from 1 to 999, found 'one'")]),
        ("payload_mb", "parsecs", [(9, "measure: expected one of payload_mb, seconds, found 'parsecs'")]),
        ("at_most: 4", "at_most: -4", [(9, "at_most: expected a number above 0, found '-4'")]),
        (
            "- id: serverless",
            "- id: a\n  id: b",
            [(2, "id: expected each field once, it stands on line 1 already")],
        ),
    ],
)
def test_a_malformed_fact_is_answered_with_line_and_expectation(old, new, expected):
    assert old in FACTS
    assert faults(parse_facts, FACTS.replace(old, new)) == expected


def test_facts_and_tags_that_stand_twice_are_refused():
    assert faults(parse_facts, FACTS + FACTS) == [
        (10, "id: 'serverless-payload': expected each id once, line 1 has it already")
    ]
    assert faults(parse_tags, "- {slug: a, name: A}\n- {slug: a, name: B}\n") == [
        (2, "slug: 'a': expected each slug once, line 1 has it already")
    ]


def test_bytes_that_are_not_utf_8_are_refused_with_their_line_and_a_byte_order_mark_is_accepted():
    with pytest.raises(BankError) as refused:
        decode(b"- id: a\n  stem: caf\xe9\n", "bank/x.yaml")
    assert str(refused.value) == "bank/x.yaml:2: expected UTF-8 text"
    assert decode(b"\xef\xbb\xbfslug: a", "x") == "slug: a"


def whole(changes: dict[str, bytes | None] | None = None) -> dict[str, bytes]:
    """The files of a small bank; a change to None leaves a file out."""
    files: dict[str, bytes | None] = {
        "exam.yaml": EXAM.encode(),
        "tags.yaml": b"- {slug: pipelines, name: Pipelines}\n",
        "facts.yaml": FACTS.encode(),
        "items/a.yaml": ITEM.encode(),
        "notes/a.md": b"# A note\n",
    }
    return {name: content for name, content in (files | (changes or {})).items() if content is not None}


def test_a_whole_bank_is_read_with_the_place_of_each_item():
    bank = parse_bank(whole())
    assert bank.problems == ()
    assert ([item.slug for item in bank.items], bank.places) == (["first"], {"first": ("items/a.yaml", 1)})
    assert bank.exam is not None
    assert (bank.exam.slug, [tag.slug for tag in bank.tags], list(bank.notes)) == (
        "demo",
        ["pipelines"],
        ["notes/a.md"],
    )


def test_a_bank_keeps_what_is_sound_beside_the_problems_of_the_rest():
    broken = {
        "tags.yaml": None,
        "facts.yaml": b"\xff",
        "items/b.yaml": b"- nothing\n",
        "items/c.yaml": ITEM.encode(),
    }
    bank = parse_bank(whole(broken))
    assert [str(problem) for problem in bank.problems] == [
        "facts.yaml:1: expected UTF-8 text",
        "items/b.yaml:1: expected an entry with fields such as 'id: …', found 'nothing'",
        "items/c.yaml:1: id 'first': expected an id of its own, items/a.yaml:1 has it already",
        "tags.yaml:1: expected this file in the bank",
    ]
    assert [item.slug for item in bank.items] == ["first"]


@given(st.one_of(st.text(max_size=60), st.text(alphabet="-:[]{}#&*!|>'\"%@` \n\t?,ab1~", max_size=60)))
@example("- a: \ud800")
@example("\x85- a")
@example('- "\\ud800"')
@example("- a: 1e999\n- b: .inf\n- <<: {a: b}")
def test_no_text_breaks_the_reader(text):
    for parse in (parse_items, parse_exam, parse_tags, parse_facts):
        problems = []
        try:
            parse(text, "x.yaml")
        except BankError as refused:
            problems = refused.problems
        assert all(problem.line >= 1 and problem.message for problem in problems)


def test_the_bank_of_this_repository_is_read_without_a_problem():
    files = {str(path.relative_to(BANK)): path.read_bytes() for path in BANK.rglob("*") if path.is_file()}
    assert parse_bank(files).problems == ()
