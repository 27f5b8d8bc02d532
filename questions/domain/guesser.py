"""The test-wise guesser: how far somebody gets who knows nothing and reads only the surface of the options.

Each option is described by cues that writers of items leak without meaning to (Haladyna, Downing & Rodriguez 2002; Millman,
Bishop & Ebel 1965 on test-wiseness): length, specific figures and names, hedges, absolutes, words shared with the scenario,
words shared with the other options, place in the list. A conditional logit finds the best weighted combination of the cues
on one half of the items and guesses on the other half, then the other way round. A bank is sound when that is no better than
chance.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from .items import CHOICE, Item, Option
from .lint_words import content

CUES = (
    "length",
    "longest",
    "shortest",
    "figures",
    "names",
    "hedges",
    "absolutes",
    "echo",
    "convergence",
    "first",
    "last",
)
ROUNDS, RATE, RIDGE = 300, 0.5, 0.02
_HEDGE = re.compile(r"\b(?:may|might|can|could|some|usually|often|typically|where needed|if needed)\b", re.IGNORECASE)
_ABSOLUTE = re.compile(r"\b(?:always|never|only|all|every|none|must)\b", re.IGNORECASE)
_NAME = re.compile(r"\b(?:Amazon|AWS|[A-Z][a-z]+[A-Z]\w*|[A-Z]{2,}\w*)\b")


@dataclass(frozen=True, slots=True)
class Guesses:
    """``score`` and ``chance`` are shares (0-1) of ``n`` choice items."""

    score: float
    chance: float
    n: int


def cues(item: Item, option: Option) -> tuple[float, ...]:
    """The figures of one option, in the order of ``CUES``, relative to the item's other options where that matters."""
    lengths = [len(other.text) for other in item.options]
    story = content(f"{item.case.text if item.case else ''} {item.stem} {item.ask}")
    words = content(option.text)
    others = [content(other.text) for other in item.options if other.id != option.id]
    echo = len([word for word in words & story if not all(word in other for other in others)])
    shared = sum(len(words & other) / max(1, len(words | other)) for other in others) / max(1, len(others))
    places = [other.id for other in item.options]
    return (
        len(option.text) / (sum(lengths) / len(lengths)),
        float(len(option.text) == max(lengths)),
        float(len(option.text) == min(lengths)),
        float(len(re.findall(r"\d+", option.text))),
        float(len(_NAME.findall(option.text))),
        float(bool(_HEDGE.search(option.text))),
        float(bool(_ABSOLUTE.search(option.text))),
        float(echo),
        shared,
        float(places[0] == option.id),
        float(places[-1] == option.id),
    )


def play(items: Sequence[Item]) -> Guesses:
    """Guess every choice item with weights that were learned on the other half; halves are drawn by the item's id."""
    choices = [item for item in items if item.kind == CHOICE]
    if len(choices) < 4:
        return Guesses(0.0, 0.0, len(choices))
    halves: tuple[list[Item], list[Item]] = ([], [])
    for item in choices:
        halves[hashlib.sha256(item.slug.encode()).digest()[0] % 2].append(item)
    hits = 0
    for learned, guessed in (halves, halves[::-1]):
        weights = _fit([_described(item) for item in learned])
        hits += sum(_picks(item, weights) in item.keys for item in guessed)
    chance = sum(1 / len(item.options) for item in choices) / len(choices)
    return Guesses(hits / len(choices), chance, len(choices))


Described = tuple[list[tuple[float, ...]], int]


def _described(item: Item) -> Described:
    """Cues of each option, and the place of the key."""
    rows = [cues(item, option) for option in item.options]
    return rows, [option.id for option in item.options].index(item.keys[0])


def _shares(rows: Sequence[tuple[float, ...]], weights: Sequence[float]) -> list[float]:
    """Softmax of the weighted cues."""
    sums = [math.fsum(weight * value for weight, value in zip(weights, row, strict=True)) for row in rows]
    top = max(sums)
    powers = [math.exp(value - top) for value in sums]
    return [power / sum(powers) for power in powers]


def _fit(described: Sequence[Described]) -> list[float]:
    """Weights of a conditional logit by gradient ascent with a ridge; the likelihood is concave, so the start is free."""
    weights = [0.0] * len(CUES)
    for _ in range(ROUNDS):
        slope = [-RIDGE * len(described) * weight for weight in weights]
        for rows, key in described:
            shares = _shares(rows, weights)
            for place, (row, share) in enumerate(zip(rows, shares, strict=True)):
                error = float(place == key) - share
                for cue, value in enumerate(row):
                    slope[cue] += error * value
        weights = [
            weight + RATE * change / max(1, len(described)) for weight, change in zip(weights, slope, strict=True)
        ]
    return weights


def _picks(item: Item, weights: Sequence[float]) -> str:
    rows = [cues(item, option) for option in item.options]
    shares = _shares(rows, weights)
    return item.options[shares.index(max(shares))].id
