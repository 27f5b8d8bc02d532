"""What a learner is told about an answer: the verdict, why, and why not for every option."""

from __future__ import annotations

import pytest

from questions.domain import feedback, scoring
from questions.domain.feedback import OptionFeedback, PromptFeedback
from questions.domain.items import Item, Option, Prompt
from questions.domain.scoring import Response

A, B, C, D, E = "aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd", "eeeeeeee"
P, Q, R = "pppppppp", "qqqqqqqq", "rrrrrrrr"


def option(oid: str, **more) -> Option:
    return Option(oid, f"text {oid[0]}", f"because of {oid[0]}", **more)


CHOICE = Item(
    "tea", "choice", "A guest waits.", "Which?", (option(A), option(B, key=True), option(C)),
    notes_say="Boil it.", today="At most 80 degrees.", as_of="2026-01-15", note="brewing#leaves",
)  # fmt: skip
MULTIPLE = Item(
    "signs", "multiple", "A taster waits.", "Which? (Select TWO.)",
    (option(A, key=True), option(B), option(C, key=True), option(D), option(E)),
)  # fmt: skip
ORDERING = Item(
    "steps", "ordering", "A waiter waits.", "In which order?",
    (option(A, position=2), option(B, position=1), option(C, position=3), option(D)),
    rationale="Warm before leaf.",
)  # fmt: skip
MATCHING = Item(
    "heat", "matching", "A kettle waits.", "Match.", (option(A), option(B), option(C)),
    (Prompt(P, "Green", A, "takes 80"), Prompt(Q, "Black", B, "takes 100"), Prompt(R, "Red", B, "as black")),
    rationale="The finer the cooler.",
)  # fmt: skip


def told(item: Item, response: Response, order=(C, A, B)):
    return feedback.make(item, response, scoring.score(item, response), order)


@pytest.mark.parametrize(
    ("item", "response", "verdict"),
    [
        (CHOICE, Response((B,)), "Correct"),
        (CHOICE, Response((A,)), "Not correct"),
        (CHOICE, Response(unknown=True), "Not known yet"),
        (CHOICE, Response(), "Not correct"),
        (MULTIPLE, Response((A, C)), "Correct"),
        (MULTIPLE, Response((A, B)), "Not correct: 1 of 2 right choices"),
        (MULTIPLE, Response((B, D)), "Not correct"),
        (ORDERING, Response((B, A, C)), "Correct"),
        (ORDERING, Response((B, C, A)), "Not correct: 1 of 3 steps in place"),
        (ORDERING, Response((C, B, D)), "Not correct"),
        (ORDERING, Response(unknown=True), "Not known yet"),
        (MATCHING, Response(pairs=((P, A), (Q, B), (R, B))), "Correct"),
        (MATCHING, Response(pairs=((P, A), (Q, B), (R, C))), "Not correct: 2 of 3 rows right"),
        (MATCHING, Response(pairs=((P, B),)), "Not correct"),
    ],
)
def test_the_verdict_is_in_words_and_says_how_near_it_was(item, response, verdict):
    made = told(item, response, [o.id for o in item.options])
    assert (made.verdict, made.correct) == (verdict, verdict == "Correct")


def test_every_option_says_why_or_why_not_under_the_letter_it_was_shown_with():
    assert told(CHOICE, Response((A,))).options == (
        OptionFeedback(C, "A", "text c", chosen=False, key=False, rationale="because of c"),
        OptionFeedback(A, "B", "text a", chosen=True, key=False, rationale="because of a"),
        OptionFeedback(B, "C", "text b", chosen=False, key=True, rationale="because of b"),
    )


def test_why_is_the_keys_rationale_where_the_item_has_none_of_its_own():
    assert told(CHOICE, Response((A,))).why == "because of b"
    assert told(MULTIPLE, Response((A, B)), (A, B, C, D, E)).why == "because of a because of c"
    assert told(ORDERING, Response((B, A, C)), (A, B, C, D)).why == "Warm before leaf."


def test_what_the_notes_say_and_what_holds_today_come_along():
    made = told(CHOICE, Response((B,)))
    assert (made.notes_say, made.today, made.as_of, made.note) == (
        "Boil it.",
        "At most 80 degrees.",
        "2026-01-15",
        "brewing#leaves",
    )


def test_a_step_tells_where_it_was_put_and_where_it_belongs():
    made = told(ORDERING, Response((B, C, D)), (D, C, B, A))
    assert [(o.letter, o.key, o.chosen_position, o.right_position) for o in made.options] == [
        ("A", False, 3, None),
        ("B", True, 2, 3),
        ("C", True, 1, 1),
        ("D", True, None, 2),
    ]
    assert [o.chosen_position for o in told(CHOICE, Response((A,))).options] == [None, None, None]


def test_a_row_tells_what_was_matched_and_what_belongs_to_it():
    made = told(MATCHING, Response(pairs=((P, C), (Q, B))))
    assert made.prompts == (
        PromptFeedback(P, "Green", "text c", "text a", correct=False, rationale="takes 80"),
        PromptFeedback(Q, "Black", "text b", "text b", correct=True, rationale="takes 100"),
        PromptFeedback(R, "Red", "", "text b", correct=False, rationale="as black"),
    )
    assert {o.id: o.key for o in made.options} == {A: True, B: True, C: False}


def test_an_item_without_rows_has_no_rows():
    assert told(CHOICE, Response((B,))).prompts == ()
