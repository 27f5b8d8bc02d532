"""What somebody typed becomes terms, a database's marks become pieces, and texts become searchable. Any input is fine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.domain import search
from questions.domain.search import HIT_BEGINS, HIT_ENDS, LONGEST, MOST_TERMS, Piece


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("canary alarm", [("canary",), ("alarm",)]),
        ('"blast radius" canary', [("blast", "radius"), ("canary",)]),
        ("“blast radius”", [("blast", "radius")]),
        ("multi-model A/B s3://bucket", [("multi", "model"), ("a", "b"), ("s3", "bucket")]),
        ("what is the canary", [("canary",)]),
        ("what is the", [("what",), ("is",), ("the",)]),
        ('"to be or"', [("to", "be", "or")]),
        ("Canary CANARY", [("canary",)]),
        ("NOT canary AND (alarm OR *)", [("not",), ("canary",), ("alarm",)]),
        ('"canary alarm', [("canary",), ("alarm",)]),
        ("50 %", [("50",)]),
        ("", []),
        ('"" \' -- ; * ^ : NULL\x00', [("null",)]),
        ("café naïve", [("café",), ("naïve",)]),
    ],
)
def test_words_and_quoted_phrases_are_understood(typed: str, terms: list[tuple[str, ...]]):
    assert list(search.understood(typed).terms) == terms


def test_what_is_shown_again_is_short_and_printable():
    sought = search.understood("  tea\x00\x1b[31m \n pot " + "x" * 10_000)
    assert sought.text.startswith("tea [31m pot xxx")
    assert len(sought.text) == LONGEST
    assert len(search.understood(" ".join(f"w{number}" for number in range(50))).terms) == MOST_TERMS


@given(st.text())
def test_any_text_is_some_search(typed: str):
    sought = search.understood(typed)
    assert all(word.isalnum() for term in sought.terms for word in term)
    assert all(sought.terms)


def test_a_snippet_falls_into_pieces():
    marked = f"the {HIT_BEGINS}canary{HIT_ENDS} may be {HIT_BEGINS}small{HIT_ENDS}"
    assert search.pieces(marked) == (
        Piece("the "),
        Piece("canary", hit=True),
        Piece(" may be "),
        Piece("small", hit=True),
    )
    assert search.pieces("") == ()


@given(st.text(alphabet=[HIT_BEGINS, HIT_ENDS, "a", "<"]))
def test_pieces_lose_no_word_of_any_snippet(snippet: str):
    words = "".join(piece.text for piece in search.pieces(snippet)).replace(HIT_ENDS, "")
    assert words == snippet.replace(HIT_BEGINS, "").replace(HIT_ENDS, "")


def test_a_note_is_searched_without_its_marks():
    text = search.note_text(
        "**Tags:** `#core`\n\nThe **blast radius** of [a link](http://x.example) `#exam-tip`.\n\n- One\n- Two `Code`\n\n"
        "| Leaf | Heat |\n|---|---|\n| Green | 80 |\n\n```\nkubectl get\n  pods\n```\n"
    )
    assert text == "The blast radius of a link. · One · Two Code · Green: 80 · kubectl get pods"


def test_a_row_of_a_wider_table_reads_as_a_sentence():
    table = "| Aspect | Kettle | Samovar |\n|---|---|---|\n| Serves | one cup | a **house** |\n| Costs | | much |\n"
    assert search.note_text(table) == "Serves: one cup (Kettle); a house (Samovar) · Costs: much (Samovar)"
    assert search.note_text("| Leaf | Heat |\n|---|---|\n") == "Leaf Heat"


def test_an_excerpt_begins_shortly_before_the_first_hit():
    told = search.excerpt("Tea. " * 40 + "Then the Kettle\nsings, and the kettle stops. " + "Tea. " * 80, ["kettle"])
    assert [piece.text for piece in told if piece.hit] == ["Kettle", "kettle"]
    assert told[0].text.startswith("… Tea. Tea.")
    assert (told[0].text.endswith("Then the "), told[-1].text.endswith(" …")) == (True, True)
    assert search.excerpt("a b", ["zeppelin"]) == (Piece("a b"),)
    assert search.excerpt("", []) == ()


@given(st.text(max_size=300), st.lists(st.text(min_size=1, max_size=3), max_size=4))
def test_an_excerpt_of_anything_is_fine(text: str, words: list[str]):
    shown = "".join(piece.text for piece in search.excerpt(text, words))
    assert HIT_BEGINS not in shown
    assert len(shown) <= 250


def test_marks_of_hits_cannot_be_forged():
    assert search.note_text(f"a {HIT_BEGINS}b{HIT_ENDS} c") == "a b c"
