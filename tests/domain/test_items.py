"""What an authored entry must look like to become an item, and what an item keeps of it."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.domain.items import ItemError, from_body, from_entry, option_id, problems


def choice(**changes):
    entry = {
        "id": "ten-calls-a-day",
        "type": "choice",
        "task": "3.1",
        "tags": ["inference-options"],
        "rows": [6],
        "difficulty": -0.4,
        "stem": "A property valuation model is called ten times a day with requests of 20 KB.",
        "ask": "Which inference option is the MOST cost-effective?",
        "options": [
            {
                "text": "Serverless inference",
                "concept": "serverless",
                "key": True,
                "rationale": "Bills per request.",
            },
            {"text": "Real-time endpoint", "concept": "real-time", "rationale": "Bills idle hours."},
            {"text": "Batch transform job", "concept": "batch", "rationale": "Nobody waits for a batch."},
            {"text": "Asynchronous endpoint", "concept": "async", "rationale": "Made for large requests."},
        ],
    }
    return {**entry, **changes}


def multiple(**changes):
    options = [{"text": f"Reason {n}", "rationale": f"Because {n}.", "key": n < 3} for n in range(1, 6)]
    return choice(type="multiple", ask="Which reasons count? (Select TWO.)", options=options, **changes)


def ordering(**changes):
    steps = [{"text": f"Step {n}", "rationale": f"Place {n}.", "position": n} for n in (2, 1, 3)]
    steps.append({"text": "Not a step", "rationale": "It has no place."})
    return (
        choice(type="ordering", ask="Place the steps in order.", options=steps, rationale="Each needs the last.")
        | changes
    )


def matching(**changes):
    options = [{"label": label, "text": f"Monitor {label}", "rationale": f"Watches {label}."} for label in "abc"]
    prompts = [{"text": f"Need {n}", "option": label, "rationale": f"Only {label}."} for n, label in enumerate("aab")]
    return (
        choice(type="matching", ask="Match each need.", options=options, prompts=prompts, rationale="By data.")
        | changes
    )


def case(**changes):
    part = {name: value for name, value in choice().items() if name in ("type", "ask", "options")}
    return {
        "id": "lender",
        "type": "case",
        "title": "A lender",
        "task": "4.1",
        "tags": ["model-monitor"],
        "rows": [23],
        "stem": "A lender scores applications and learns outcomes six months later.",
        "parts": [
            {**part, "id": "first"},
            {**part, "id": "second", "task": "3.1", "stem": "Volume has doubled."},
        ],
    } | changes


def faults(entry) -> list[str]:
    with pytest.raises(ItemError) as refused:
        from_entry(entry)
    return refused.value.problems


@pytest.mark.parametrize("entry", [choice(), multiple(), ordering(), matching()], ids=lambda entry: entry["type"])
def test_each_type_becomes_one_item_that_comes_back_whole_from_its_stored_body(entry):
    (item,) = from_entry(entry)
    assert (item.kind, problems(item)) == (entry["type"], [])
    assert from_body(item.body()) == item


def test_the_keys_of_a_choice_and_of_a_multiple_response_are_their_marked_options():
    assert from_entry(choice())[0].keys == (option_id("ten-calls-a-day", "Serverless inference"),)
    item = from_entry(multiple())[0]
    assert (item.keys, item.select_count) == (tuple(option.id for option in item.options[:2]), 2)


def test_an_ordering_is_solved_by_its_positions_and_leaves_the_distractor_step_out():
    item = from_entry(ordering())[0]
    assert [item.option(key).text for key in item.keys] == ["Step 1", "Step 2", "Step 3"]


def test_a_matching_pairs_each_prompt_with_its_labelled_option():
    item = from_entry(matching())[0]
    assert [item.option(item.pairs[prompt.id]).text for prompt in item.prompts] == [
        "Monitor a",
        "Monitor a",
        "Monitor b",
    ]
    assert item.select_count == 3


def test_a_case_becomes_one_item_a_part_that_share_the_scenario_and_inherit_what_they_leave_out():
    first, second = from_entry(case())
    assert [first.slug, second.slug] == ["lender.first", "lender.second"]
    assert first.case is not None
    assert (first.case.slug, first.case.part, first.case.of, first.case.title) == ("lender", 1, 2, "A lender")
    assert second.case == replace(first.case, part=2)
    assert [(item.task, item.tags, item.rows, item.stem) for item in (first, second)] == [
        ("4.1", ("model-monitor",), (23,), ""),
        ("3.1", ("model-monitor",), (23,), "Volume has doubled."),
    ]


def test_the_digest_ignores_where_the_item_was_written_and_nothing_else():
    item = from_entry(choice())[0]
    assert replace(item, source={"line": 12}).digest == item.digest
    assert replace(item, ask="Which option is cheapest?").digest != item.digest


def test_option_ids_survive_a_reload_and_differ_between_items():
    assert option_id("a", " Serverless ") == option_id("a", "Serverless")
    assert option_id("a", "Serverless") != option_id("b", "Serverless")


def without(entry, option: int, name: str):
    changed = copy.deepcopy(entry)
    del changed["options"][option][name]
    return changed


def altered(entry, option: int, **values):
    changed = copy.deepcopy(entry)
    changed["options"][option].update(values)
    return changed


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("text", ["expected a mapping with the fields id, type, stem, ask, options …"]),
        (choice(id="Ten Calls"), ["id 'Ten Calls': expected lower-case letters, digits and hyphens"]),
        (
            choice(type="essay"),
            ["type 'essay': expected one of choice, multiple, ordering, matching or case"],
        ),
        (choice(stem=" "), ["stem: expected the scenario"]),
        (choice(ask=None), ["ask: expected the one question that the learner answers"]),
        (choice(colour="red"), ["colour: not a field of an item (docs/authoring.md lists them)"]),
        (choice(tags="inference-options"), ["tags: expected a list of names"]),
        (choice(rows=["six"]), ["rows: expected a list of whole numbers"]),
        (choice(difficulty="hard"), ["difficulty: expected a number in logits (-3 to 3), found 'hard'"]),
        (choice(difficulty=9), ["difficulty: expected a number in logits (-3 to 3), found 9.0"]),
        (
            choice(scenario="three"),
            ["scenario: expected the number of a row of the scenario table, found 'three'"],
        ),
        (choice(options="one, two"), ["options: expected a list of options"]),
        (choice(options=choice()["options"][:2]), ["options: expected 3 to 5, found 2"]),
        (without(choice(), 0, "key"), ["options: expected exactly one with 'key: true', found 0"]),
        (altered(choice(), 1, key=True), ["options: expected exactly one with 'key: true', found 2"]),
        (altered(choice(), 1, key="yes"), ["option 2: key: expected true or false, found 'yes'"]),
        (altered(choice(), 1, hint="x"), ["option 2: hint is not a field of an option"]),
        (altered(choice(), 1, text="Serverless inference"), ["options: two of them have the same text"]),
        (without(choice(), 2, "rationale"), ["option 'Batch transform job': expected a rationale"]),
        (
            multiple() | {"ask": "Which reasons count?"},
            ["ask: expected it to end with '(Select TWO.)' as the item has 2 keys"],
        ),
        (
            multiple() | {"options": multiple()["options"][:4]},
            ["options: expected 5 or more, found 4"],
        ),
        (
            altered(ordering(), 0, position=3),
            ["options: expected positions 1, 2, 3 … without gaps, found [1, 3, 3]"],
        ),
        (altered(ordering(), 0, position="2"), ["option 1: position: expected a whole number, found '2'"]),
        (ordering(rationale=""), ["rationale: expected the reason for this order"]),
        (matching(prompts=matching()["prompts"][:2]), ["prompts: expected 3 to 7, found 2"]),
        (
            matching(prompts=[*matching()["prompts"][:2], {"text": "Need 9", "option": "z", "rationale": "Why."}]),
            ["prompt 'Need 9': expected the label of one of the options"],
        ),
        (case(parts=[]), ["parts: expected at least two questions on the shared scenario"]),
        (case(title=""), ["title: expected a text"]),
        (
            case(parts=[*case()["parts"], {"id": "third", "type": "choice", "ask": "Which?", "options": []}]),
            ["part 3: options: expected a list of options"],
        ),
    ],
)
def test_a_malformed_entry_is_refused_with_what_was_expected(entry, expected):
    assert faults(entry) == expected


def test_every_fault_of_an_entry_is_named_at_once():
    assert faults(choice(colour="red", tags="x", difficulty="hard")) == [
        "colour: not a field of an item (docs/authoring.md lists them)",
        "tags: expected a list of names",
        "difficulty: expected a number in logits (-3 to 3), found 'hard'",
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(field=st.sampled_from(sorted(choice())), value=JSON)
def test_whatever_stands_in_a_field_the_entry_is_read_or_refused_and_never_breaks_the_reader(field, value):
    refused: list[str] = []
    try:
        made = from_entry(choice(**{field: value}))
    except ItemError as error:
        made, refused = [], error.problems
    assert bool(made) is not bool(refused)
    assert [problem for item in made for problem in problems(item)] == []
