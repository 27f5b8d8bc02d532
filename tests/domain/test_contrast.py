"""What tells two stories apart."""

from __future__ import annotations

import pytest

from questions.domain.contrast import only_difference, sentences, shortened

STORY = "A stall sells tea. The kettle stops at 80 degrees. Guests wait three minutes."


def test_the_one_sentence_that_differs_is_found():
    other = STORY.replace("80 degrees", "100 degrees")
    assert only_difference(STORY, other) == "The kettle stops at 100 degrees."
    assert only_difference(other, STORY) == "The kettle stops at 80 degrees."


@pytest.mark.parametrize(
    "other",
    [
        STORY,
        "A hotel pours coffee.",
        "A hotel pours coffee. The cups are small.",
        "A stall sells tea. The kettle is cold. Guests are gone.",
        "",
    ],
)
def test_stories_that_differ_in_nothing_or_in_more_have_no_one_difference(other: str):
    assert only_difference(STORY, other) == ""


def test_abbreviations_and_numbers_end_no_sentence():
    assert sentences("It runs 2.5 hours, i.e. too long. 3 runs fail! Why?") == [
        "It runs 2.5 hours, i.e. too long.", "3 runs fail!", "Why?",
    ]  # fmt: skip


def test_a_long_story_is_cut_between_two_words():
    assert shortened("one  two\nthree") == "one two three"
    assert shortened("one two, three", 10) == "one two …"
