"""Generated questions: what a learner gets, and what has to happen when a record or a fact changes."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questions.domain import notes, scenarios
from questions.domain.bank_report import references
from questions.domain.bankfile import BankError, parse_bank
from questions.domain.guesser import play
from questions.domain.items import problems
from questions.domain.lint import ERROR, WARNING, lint
from questions.domain.lint_bank import guess, lint_bank
from questions.domain.records import CURRENT
from questions.domain.scenario_file import read_book
from questions.domain.scenario_records import BROKEN, MET, OPEN, Book, Demand, Family, Record, Value, verdict
from questions.domain.scenario_table import book_of, read_cell
from questions.domain.scenario_text import amount

ROOT = Path(__file__).resolve().parents[2] / "bank"
FILES = {str(p.relative_to(ROOT)): p.read_bytes() for p in ROOT.rglob("*") if p.suffix in (".yaml", ".md")}
SCENARIOS = {path: data for path, data in FILES.items() if path.startswith("scenarios/")}
BANK = parse_bank({path: data for path, data in FILES.items() if path not in SCENARIOS})
FACTS = {fact.id for fact in BANK.facts if fact.status == CURRENT}
BOOK = read_book(SCENARIOS, FACTS)
MADE = scenarios.generate(BOOK, 1000, seed=7)
ITEMS = [one.item for one in MADE]


def test_a_thousand_different_questions_come_with_their_proofs() -> None:
    assert len(MADE) == len({item.slug for item in ITEMS}) == len({item.stem for item in ITEMS}) == 1000
    assert [problem for item in ITEMS for problem in problems(item)] == []
    assert [one.item.slug for one in MADE if one.proof.key != one.item.option(one.item.keys[0]).concept] == []


def test_no_question_breaks_a_rule_of_the_bank() -> None:
    known = references(BANK)
    assert [str(finding) for item in ITEMS for finding in lint(item, known) if finding.level == ERROR] == []
    found = lint_bank(ITEMS)
    assert [str(finding) for finding in found if finding.rule != "duplicate"] == []
    # One story may be asked twice with another number; a bank that serves variants chooses among them.
    assert {finding.level for finding in found} <= {WARNING}
    assert len(found) <= len(ITEMS) / 25


def test_the_same_seed_gives_the_same_questions_and_another_seed_others() -> None:
    again, other = scenarios.generate(BOOK, 60, seed=3), scenarios.generate(BOOK, 60, seed=4)
    assert [one.item for one in again] == [one.item for one in scenarios.generate(BOOK, 60, seed=3)]
    assert {one.item.slug for one in again} != {one.item.slug for one in other}
    texts = {one.item.slug: one.item for one in again}
    assert [one.item.slug for one in other if texts.get(one.item.slug, one.item) != one.item] == []


def test_every_distractor_breaks_one_or_two_named_constraints() -> None:
    assert {len(names) for one in MADE for names in one.proof.broken.values()} == {1, 2}
    for one in MADE:
        for option in one.item.options:
            if not option.key:
                assert "It would be right when" in option.rationale


def test_sixty_pairs_differ_in_one_constraint_and_in_the_key() -> None:
    pairs = list(scenarios.minimal_pairs(MADE))
    assert len(pairs) >= 60
    for pair in pairs:
        first, second = pair.first.spec, pair.second.spec
        changed = [a.constraint for a, b in zip(first.demands, second.demands, strict=True) if a != b]
        assert changed == [pair.constraint]
        assert (first.story, first.shown) == (second.story, second.shown)
        assert pair.first.proof.key != pair.second.proof.key


def test_guessing_without_knowledge_pays_no_more_than_chance() -> None:
    sample = ITEMS[::2][:400]
    chance = sum(1 / len(item.options) for item in sample) / len(sample)
    assert sum(guess(item) in item.keys for item in sample) / len(sample) <= chance + 0.05
    fitted = play(ITEMS)
    assert fitted.score <= fitted.chance + 0.05


def test_the_name_of_an_option_does_not_tell_whether_it_is_right() -> None:
    shown = Counter((one.spec.family, concept) for one in MADE for concept in one.spec.shown)
    keys = Counter((one.spec.family, one.proof.key) for one in MADE)
    assert [name for name, times in shown.items() if times >= 20 and not 0.15 <= keys[name] / times <= 0.35] == []


def test_every_option_of_every_family_is_the_answer_to_something() -> None:
    keys = {(one.spec.family, one.proof.key) for one in MADE}
    assert [(f.id, r.concept) for f in BOOK.families for r in f.records if (f.id, r.concept) not in keys] == []


def test_every_value_rests_on_facts_that_hold_today() -> None:
    values = [(f.id, r.concept, v) for f in BOOK.families for r in f.records for v in r.values.values()]
    assert [(family, concept) for family, concept, value in values if not value.facts or set(value.facts) - FACTS] == []


def test_stored_questions_are_found_right_as_long_as_nothing_changes() -> None:
    assert [(item.slug, found) for item in ITEMS if (found := scenarios.verify(item, BOOK))] == []


# --- a record changes ---------------------------------------------------------------------------------------


def _with(book: Book, family: Family, concept: str, attribute: str, value: Value) -> Book:
    records = tuple(
        replace(record, values={**record.values, attribute: value}) if record.concept == concept else record
        for record in family.records
    )
    changed = replace(family, records=records)
    return replace(book, families=tuple(changed if f.id == family.id else f for f in book.families))


def _turned(value: Value, family: Family, attribute: str) -> Value:
    """The opposite of ``value``: what it served it no longer serves, and what it refused it serves."""
    if value.names:
        rest = frozenset(family.attributes[attribute].says) - value.names
        return replace(value, names=frozenset(sorted(rest)[:1]), because="")
    if math.isfinite(value.low) and not math.isfinite(value.high):
        return replace(value, low=value.low * 1000 + 1)
    return replace(value, low=value.high * 1000 if math.isfinite(value.high) else 1e9, high=math.inf, disputed=False)


def test_turning_any_value_refuses_or_rekeys_every_question_that_rests_on_it() -> None:
    by_cell: dict[tuple[str, str, str], list[scenarios.Generated]] = {}
    for one in MADE:
        for cell in one.proof.cells:
            by_cell.setdefault((one.spec.family, cell.concept, cell.attribute), []).append(one)
    left = []
    for (name, concept, attribute), resting in by_cell.items():
        family = BOOK.family(name)
        value = family.record(concept).values[attribute]
        if family.attributes[attribute].kind == "rank":
            continue
        book = _with(BOOK, family, concept, attribute, _turned(value, family, attribute))
        for one in resting[:4]:
            if not scenarios.verify(one.item, book):
                left.append((one.item.slug, concept, attribute))
            try:
                anew = scenarios.build(one.spec, book)
            except scenarios.Refused:
                continue
            # Still provable: then another option is right now, or this one is wrong for another reason.
            if anew.proof.key == one.proof.key and anew.proof.cells == one.proof.cells:
                left.append((one.item.slug, concept, attribute))
    assert left == []


NUMBERS = [
    (family.id, record.concept, name)
    for family in BOOK.families
    for record in family.records
    for name, value in record.values.items()
    if family.attributes[name].kind == "number" and math.isfinite(value.high)
]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(NUMBERS), st.floats(min_value=0.5, max_value=20_000))
def test_moving_a_limit_makes_every_question_that_states_it_stale(place: tuple[str, str, str], limit: float) -> None:
    name, concept, attribute = place
    family = BOOK.family(name)
    value = family.record(concept).values[attribute]
    book = _with(BOOK, family, concept, attribute, replace(value, low=min(value.low, limit), high=limit))
    resting = [
        one
        for one in MADE
        if any((c.concept, c.attribute) == (concept, attribute) for c in one.proof.cells) and one.spec.family == name
    ]
    moved = f"{limit:g}" != f"{value.high:g}"
    assert all(bool(scenarios.verify(one.item, book)) is moved for one in resting[:5])


def test_a_request_beyond_the_limit_moves_to_another_option() -> None:
    family = BOOK.family("inference-options")
    one = next(o for o in MADE if o.proof.key == "serverless-inference" and o.spec.family == family.id)
    book = _with(
        BOOK, family, "serverless-inference", "idle", Value(("serverless-60s",), names=frozenset({"instances"}))
    )
    assert scenarios.verify(one.item, book) == ["no option meets every demand"]


def test_an_option_that_is_not_shown_may_not_become_right_unnoticed() -> None:
    one = next(one for one in MADE if one.spec.family == "observability-tools" and one.proof.others)
    family, concept = BOOK.family(one.spec.family), next(iter(one.proof.others))
    book = BOOK
    for demand in one.spec.demands:
        attribute = family.constraint(demand.constraint).attribute
        value = family.record(one.proof.key).values[attribute]
        book = _with(book, book.family(family.id), concept, attribute, value)
    assert "options meet every demand" in scenarios.verify(one.item, book)[0]


def test_a_fact_that_is_superseded_refuses_every_question_that_rests_on_it() -> None:
    fallen = "serverless-payload-4mb"
    book = replace(BOOK, current=frozenset(FACTS - {fallen}))
    resting = [item for item in ITEMS if fallen in item.facts]
    assert resting
    assert [item.slug for item in resting if not scenarios.verify(item, book)] == []
    assert [
        one.item.slug for one in scenarios.generate(book, 120, 7, ["inference-options"]) if fallen in one.item.facts
    ] == []


def test_what_sources_dispute_proves_nothing() -> None:
    family = BOOK.family("inference-options")
    answers = [
        verdict(family, family.record(concept), Demand("request-size", size))
        for concept, size in (
            ("serverless-inference", "3"),
            ("serverless-inference", "12"),
            ("real-time-endpoint", "3"),
            ("real-time-endpoint", "12"),
        )
    ]
    assert answers == [MET, BROKEN, MET, OPEN]


# --- the files ----------------------------------------------------------------------------------------------


def test_a_broken_family_is_reported_with_file_and_line() -> None:
    text = SCENARIOS["scenarios/monitors.yaml"].replace(b"is: unneeded", b"is: unheard-of", 1)
    with pytest.raises(BankError) as caught:
        read_book({"monitors.yaml": text, "stories.yaml": SCENARIOS["scenarios/stories.yaml"]})
    assert "expected one of needed, unneeded" in str(caught.value)
    assert caught.value.problems[0].path == "monitors.yaml"


def test_a_story_that_leaves_a_slot_empty_is_reported() -> None:
    text = SCENARIOS["scenarios/stories.yaml"].replace(b"  delay: three weeks\n", b"")
    with pytest.raises(BankError, match=r"dental-images.*'delay'"):
        read_book({**SCENARIOS, "scenarios/stories.yaml": text})


@pytest.mark.parametrize(
    ("number", "unit", "text"),
    [
        (0.2, "MB", "200 KB"),
        (40, "MB", "40 MB"),
        (1024, "MB", "1 GB"),
        (0.3, "seconds", "300 milliseconds"),
        (1, "seconds", "1 second"),
        (90, "seconds", "90 seconds"),
        (900, "seconds", "15 minutes"),
        (3600, "seconds", "1 hour"),
        (20, "percent", "20 percent"),
        (1200, "", "1,200"),
    ],
)
def test_numbers_are_written_as_an_editor_writes_them(number: float, unit: str, text: str) -> None:
    assert amount(number, unit) == text


# --- somebody else's notes ----------------------------------------------------------------------------------

QUEUES = """# Messaging notes

## Brokers compared

| Feature | Courier | Postbox | Relay | Carrier |
|---|---|---|---|---|
| Max message size | 256 KB | 10 MB | 1 MB | up to 100 MB |
| Retention limit | 14 days | 60 seconds | 7 days | 1 hour |
| Replay | No | No | Yes | ✅ |
| Delivery | Pull | Push | Pull | Push |
| Price | 3 | varies | 5 | n/a |
"""


@pytest.mark.parametrize(
    ("cell", "aspect", "kind", "value"),
    [
        ("4MB", "Max payload", "number", Value(high=4)),
        ("60 seconds", "Timeout", "number", Value(high=60)),
        ("up to 15 min", "Runtime", "number", Value(high=900)),
        ("at least 2 GB", "Footprint", "number", Value(low=2048)),
        ("10-50 %", "Step", "number", Value(low=10, high=50)),
        ("Unlimited", "Max payload", "number", Value()),
        ("**Yes**", "Replay", "flag", Value(names=frozenset({"yes"}))),
        ("No", "Replay", "flag", Value(names=frozenset({"no"}))),
        ("3", "Price", "name", Value(names=frozenset({"3"}))),
        ("Pay per call", "Cost", "name", Value(names=frozenset({"Pay per call"}))),
    ],
)
def test_cells_of_a_table_are_read_by_type(cell: str, aspect: str, kind: str, value: Value) -> None:
    found = read_cell(cell, aspect)
    assert found is not None
    assert (found[0], found[2]) == (kind, value)


def test_a_cell_that_says_nothing_stays_open() -> None:
    assert [read_cell(text, "Max payload") for text in ("", "N/A", "-", "varies")] == [None] * 4


def test_the_comparison_of_a_foreign_note_becomes_proved_questions() -> None:
    book = book_of(notes.parse(QUEUES, "messaging.md"))
    made = scenarios.generate(book, 12, seed=1)
    assert len(made) == 12
    assert [finding.message for one in made for finding in lint(one.item) if finding.level == ERROR] == []
    assert {one.item.note for one in made} == {"messaging#brokers-compared"}
    assert [one.item.slug for one in made if scenarios.verify(one.item, book)] == []
    sizes = {r.concept: r.values["max-message-size"].high for r in book.families[0].records}
    assert sizes == {"courier": 0.256, "postbox": 10, "relay": 1, "carrier": 100}


def test_a_changed_cell_of_a_foreign_note_makes_its_questions_stale() -> None:
    made = scenarios.generate(book_of(notes.parse(QUEUES, "messaging.md")), 60, seed=1)
    book = book_of(notes.parse(QUEUES.replace("10 MB", "90 KB"), "messaging.md"))
    resting = [one.item for one in made if any(c.says == "..10" for c in one.proof.cells)]
    assert resting
    assert [item.slug for item in resting if not scenarios.verify(item, book)] == []


def test_the_tables_of_the_notes_in_the_bank_can_be_read_as_records() -> None:
    document = notes.parse(FILES["notes/inference-options.md"].decode(), "inference-options.md")
    family = book_of(document).families[0]
    found: dict[str, Record] = {record.concept: record for record in family.records}
    assert sorted(found) == ["asynchronous", "batch-transform", "real-time-endpoint", "serverless"]
