"""What a response must look like, and what it scores: all or nothing, as in the exam."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.domain import scoring
from questions.domain.items import Case, Item, Option, Prompt
from questions.domain.scoring import BadResponse, Response, Score

A, B, C, D, E = "aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd", "eeeeeeee"
P, Q, R = "pppppppp", "qqqqqqqq", "rrrrrrrr"


def item(kind: str, options: list[Option], prompts: tuple[Prompt, ...] = ()) -> Item:
    return Item("tea", kind, "A guest waits.", "Which?", tuple(options), prompts, Case("", "", ""))


CHOICE = item("choice", [Option(A, "a"), Option(B, "b", key=True), Option(C, "c")])
MULTIPLE = item(
    "multiple",
    [Option(A, "a", key=True), Option(B, "b"), Option(C, "c", key=True), Option(D, "d"), Option(E, "e")],
)
ORDERING = item(
    "ordering",
    [Option(A, "a", position=2), Option(B, "b", position=1), Option(C, "c", position=3), Option(D, "d")],
)
MATCHING = item(
    "matching",
    [Option(A, "a"), Option(B, "b"), Option(C, "c")],
    (Prompt(P, "p", A), Prompt(Q, "q", B), Prompt(R, "r", B)),
)


@pytest.mark.parametrize(
    ("asked", "given", "expected"),
    [
        (CHOICE, {"options": [B]}, Score(True, 1, 1)),
        (CHOICE, {"options": [A]}, Score(False, 0, 1)),
        (CHOICE, {"unknown": True}, Score(False, 0, 1)),
        (MULTIPLE, {"options": [A, C]}, Score(True, 2, 2)),
        (MULTIPLE, {"options": [C, A]}, Score(True, 2, 2)),
        (MULTIPLE, {"options": [A, B]}, Score(False, 1, 2)),
        (MULTIPLE, {"options": [B, D]}, Score(False, 0, 2)),
        (MULTIPLE, {"unknown": True}, Score(False, 0, 2)),
        (ORDERING, {"options": [B, A, C]}, Score(True, 3, 3)),
        (ORDERING, {"options": [A, B, C]}, Score(False, 1, 3)),
        (ORDERING, {"options": [B, A, D]}, Score(False, 2, 3)),
        (ORDERING, {"options": [C, B, A]}, Score(False, 0, 3)),
        (ORDERING, {"unknown": True}, Score(False, 0, 3)),
        (MATCHING, {"pairs": {P: A, Q: B, R: B}}, Score(True, 3, 3)),
        (MATCHING, {"pairs": {R: B, P: A, Q: B}}, Score(True, 3, 3)),
        (MATCHING, {"pairs": {P: A, Q: B, R: C}}, Score(False, 2, 3)),
        (MATCHING, {"pairs": {P: B, Q: A, R: A}}, Score(False, 0, 3)),
        (MATCHING, {"unknown": True}, Score(False, 0, 3)),
    ],
)
def test_an_item_counts_when_all_of_it_is_right_and_says_how_near_it_was(asked, given, expected):
    assert scoring.score(asked, scoring.parse(asked, given)) == expected


@pytest.mark.parametrize(
    ("asked", "given", "message", "saved"),
    [
        (CHOICE, {"options": []}, "Choose one answer first.", {"options": []}),
        (MULTIPLE, {"options": [A]}, "Select 2: you selected 1.", {"options": [A]}),
        (ORDERING, {"options": [B, A]}, "Fill all 3 steps: 2 filled so far.", {"options": [B, A]}),
        (MATCHING, {"pairs": {P: A}}, "Match all 3 rows: 1 matched so far.", {"pairs": {P: A}}),
        (MATCHING, {"pairs": {}}, "Match all 3 rows: 0 matched so far.", {"unknown": True}),
    ],
)
def test_study_asks_for_the_rest_of_an_incomplete_response_which_the_exam_room_saves(asked, given, message, saved):
    with pytest.raises(BadResponse) as refused:
        scoring.parse(asked, given)
    assert (refused.value.code, str(refused.value)) == ("wrong-count", message)
    assert scoring.parse(asked, given, complete=False).as_json() == saved


@pytest.mark.parametrize(
    ("asked", "given", "right"),
    [
        (CHOICE, {"options": []}, 0),
        (MULTIPLE, {"options": [A]}, 1),
        (ORDERING, {"options": [B, A]}, 2),
        (MATCHING, {"pairs": {P: A}}, 1),
    ],
)
def test_a_half_made_response_of_the_exam_room_is_not_right(asked, given, right):
    response = scoring.parse(asked, given, complete=False)
    assert scoring.score(asked, response) == Score(False, right, asked.select_count)


@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize(
    ("asked", "given", "code", "message"),
    [
        (CHOICE, {"options": [A, B]}, "wrong-count", "Choose only one answer."),
        (MULTIPLE, {"options": [A, B, C]}, "wrong-count", "Select 2: you selected 3."),
        (ORDERING, {"options": [A, B, C, D]}, "wrong-count", "Fill all 3 steps: 4 filled so far."),
        (CHOICE, {"options": [E]}, "foreign-choice",
         "'eeeeeeee' is not a choice of this question. Load the question again."),
        (MULTIPLE, {"options": [A, P]}, "foreign-choice",
         "'pppppppp' is not a choice of this question. Load the question again."),
        (MATCHING, {"pairs": {P: E, Q: B, R: B}}, "foreign-choice",
         "A prompt or choice is not of this question. Load the question again."),
        (MATCHING, {"pairs": {A: A, Q: B, R: B}}, "foreign-choice",
         "A prompt or choice is not of this question. Load the question again."),
        (MULTIPLE, {"options": [A, A]}, "repeated-choice", "Each choice can be used once."),
        (ORDERING, {"options": [B, A, A]}, "repeated-choice", "Each choice can be used once."),
    ],
)  # fmt: skip
def test_a_response_that_the_question_cannot_have_is_refused_in_both_modes(asked, given, code, message, complete):
    with pytest.raises(BadResponse) as refused:
        scoring.parse(asked, given, complete=complete)
    assert (refused.value.code, str(refused.value)) == (code, message)


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        (CHOICE, None),
        (CHOICE, []),
        (CHOICE, "options"),
        (CHOICE, {}),
        (CHOICE, {"options": B}),
        (CHOICE, {"options": None}),
        (CHOICE, {"options": {B: B}}),
        (CHOICE, {"options": [1]}),
        (CHOICE, {"options": [[B]]}),
        (CHOICE, {"pairs": {P: A}}),
        (CHOICE, {"options": [B], "unknown": True}),
        (CHOICE, {"options": [B], "correct": True}),
        (CHOICE, {"unknown": False}),
        (CHOICE, {"unknown": 1}),
        (CHOICE, {"unknown": "true"}),
        (CHOICE, {"score": 1}),
        (MATCHING, {"options": [A, B, C]}),
        (MATCHING, {"pairs": [[P, A]]}),
        (MATCHING, {"pairs": None}),
        (MATCHING, {"pairs": {P: 1, Q: B, R: B}}),
        (MATCHING, {"pairs": {P: None, Q: B, R: B}}),
    ],
)
def test_a_malformed_response_is_refused(asked, given):
    with pytest.raises(BadResponse) as refused:
        scoring.parse(asked, given)
    assert refused.value.code == "malformed-response"


def test_the_order_of_ticks_is_not_kept_but_the_order_of_steps_is():
    assert scoring.parse(MULTIPLE, {"options": [C, A]}).as_json() == {"options": [A, C]}
    assert scoring.parse(ORDERING, {"options": [C, A, B]}).as_json() == {"options": [C, A, B]}


def test_a_distractor_may_be_matched_more_than_once():
    response = scoring.parse(MATCHING, {"pairs": {P: C, Q: C, R: C}})
    assert scoring.score(MATCHING, response) == Score(False, 0, 3)


@pytest.mark.parametrize(
    ("response", "blank", "stored"),
    [
        (Response(), True, {"options": []}),
        (Response(unknown=True), True, {"unknown": True}),
        (Response(options=(A,)), False, {"options": [A]}),
        (Response(pairs=((P, A),)), False, {"pairs": {P: A}}),
    ],
)
def test_nothing_chosen_is_blank_and_so_is_not_known(response, blank, stored):
    assert (response.blank, response.as_json()) == (blank, stored)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from([A, B, P]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["options", "pairs", "unknown", P, Q]) | st.text(max_size=8), inner, max_size=3
    ),
    max_leaves=12,
)  # fmt: skip


@given(json_values, st.sampled_from([CHOICE, MULTIPLE, ORDERING, MATCHING]), st.booleans())
def test_whatever_json_is_sent_it_is_a_response_or_refused(sent, asked, complete):
    try:
        response = scoring.parse(asked, sent, complete=complete)
    except BadResponse:
        return
    assert scoring.parse(asked, response.as_json(), complete=False).as_json() == response.as_json()
    assert 0 <= scoring.score(asked, response).right <= scoring.score(asked, response).total
