"""The difference between two versions, in words."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from questions.admin.differences import GONE, NEW, Piece, differences, pieces
from questions.domain.items import Item, Option

ITEM = Item(
    slug="one",
    kind="choice",
    stem="A kettle stops at 80 degrees.",
    ask="Which leaf?",
    options=(Option("a", "Green", "It fits.", "green", key=True), Option("b", "Black", "It does not.", "black")),
)


def test_equal_items_differ_in_nothing() -> None:
    assert differences(ITEM, replace(ITEM, source={"line": 4})) == []


def test_a_changed_word_is_shown_as_gone_and_new() -> None:
    (found,) = differences(ITEM, replace(ITEM, stem="A kettle stops at 90 degrees."))
    assert found.field == "Scenario text"
    assert [piece for piece in found.pieces if piece.state != "same"] == [Piece(GONE, "80"), Piece(NEW, "90")]


def test_a_key_that_moved_is_named_at_both_options() -> None:
    moved = (replace(ITEM.options[0], key=False), replace(ITEM.options[1], key=True))
    assert [(found.field, found.pieces) for found in differences(ITEM, replace(ITEM, options=moved))] == [
        ("Option 1: right", (Piece(GONE, "right"),)),
        ("Option 2: right", (Piece(NEW, "right"),)),
    ]


def test_an_option_that_is_gone_and_one_that_is_new_are_whole() -> None:
    fewer = differences(ITEM, replace(ITEM, options=ITEM.options[:1]))
    assert [found.pieces for found in fewer if found.field.endswith("text")] == [(Piece(GONE, "Black"),)]
    assert all(
        piece.state == NEW
        for found in differences(replace(ITEM, options=ITEM.options[:1]), ITEM)
        for piece in found.pieces
    )


def test_the_same_options_in_another_order_are_no_change_of_text() -> None:
    assert differences(ITEM, replace(ITEM, options=tuple(reversed(ITEM.options)))) == []


@given(st.text(), st.text())
def test_the_pieces_join_to_both_texts(before: str, after: str) -> None:
    found = list(pieces(before, after))
    assert "".join(piece.text for piece in found if piece.state != NEW) == before
    assert "".join(piece.text for piece in found if piece.state != GONE) == after
