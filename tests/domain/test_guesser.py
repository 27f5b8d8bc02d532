"""What the surface of options gives away to somebody who knows nothing."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from questions.domain.bankfile import parse_bank
from questions.domain.guesser import CUES, Guesses, cues, play
from questions.domain.items import Item, from_entry

WORDS = [
    *("amber", "basin", "cedar", "delta", "ember", "fjord", "grove", "haven"),
    *("inlet", "jetty", "knoll", "ledge", "marsh", "north", "orbit", "plain"),
]


def bank(leak: str = "", size: int = 120) -> list[Item]:
    """Items with options of random words; ``leak`` gives every key away."""
    rng = random.Random(5)
    items = []
    for number in range(size):
        texts = [" ".join(rng.sample(WORDS, 3)) for _ in range(4)]
        key = rng.randrange(4)
        if leak == "length":
            texts[key] += " with a sentence that goes on and on"
        if leak == "absolutes":
            texts = [text if place == key else f"always {text}" for place, text in enumerate(texts)]
        stem = "Somebody asks for something in a certain place at a certain time of the day."
        if leak == "echo":
            stem += f" It resembles {texts[key]}."
        options = [
            {"text": f"{text} {place}", "key": place == key, "rationale": "So."} for place, text in enumerate(texts)
        ]
        entry = {"id": f"item-{number}", "type": "choice", "stem": stem, "ask": "Which is it?", "options": options}
        items += from_entry(entry)
    return items


@pytest.mark.parametrize("leak", ["length", "absolutes", "echo"])
def test_a_bank_that_leaks_its_keys_is_found_out(leak: str) -> None:
    assert play(bank(leak)).score > 0.9


def test_a_bank_without_a_leak_is_guessed_by_chance_alone() -> None:
    found = play(bank())
    assert (found.chance, found.n) == (0.25, 120)
    assert found.score < 0.25 + 3 * (0.25 * 0.75 / 120) ** 0.5


def test_too_few_items_are_no_evidence() -> None:
    assert play(bank(size=3)) == Guesses(0.0, 0.0, 3)


def test_every_cue_has_a_figure() -> None:
    item = bank(size=1)[0]
    assert {len(cues(item, option)) for option in item.options} == {len(CUES)}


def test_the_bank_of_the_product_gives_no_more_than_five_points_away() -> None:
    folder = Path(__file__).resolve().parents[2] / "bank"
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.*")}
    found = play(parse_bank(files).items)
    assert found.n >= 150
    assert found.score <= found.chance + 0.05
