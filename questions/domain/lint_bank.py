"""Flaws that only a whole bank shows: duplicates, contradictions, and patterns that pay for guessing."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from .items import CHOICE, Item
from .lint_copies import copies
from .lint_options import overlaps, own_words
from .lint_rules import ERROR, WARNING, Finding
from .lint_words import content

FEW = 8  # below this many choice items a share is not even worth a warning
MIN_ITEMS = 40  # below this many choice items a share says nothing: they warn instead of failing
LONGEST_KEY_TOLERANCE = 0.05
POSITION_P = 0.01
GUESSER_Z = 2.33  # one-sided 1 %


def lint_bank(items: Iterable[Item], drafts: Iterable[Item] = ()) -> list[Finding]:
    """Flaws of the bank that ``items`` form, errors first. ``drafts`` are compared with it but not counted in
    its shares.
    """
    items = list(items)
    found = [*copies([*items, *drafts]), *lint_shares(items)]
    return sorted(found, key=lambda finding: finding.level != ERROR)


def lint_shares(items: Iterable[Item]) -> Iterator[Finding]:
    """Patterns over all ``items`` that pay for guessing: where keys stand, how long they are, what they repeat."""
    choices = [item for item in items if item.kind == CHOICE and len(item.keys) == 1]
    yield from _longest_keys(choices)
    yield from _key_positions(choices)
    yield from _guesser(choices)


def _longest_keys(choices: Sequence[Item]) -> Iterator[Finding]:
    """The share of items whose key is the longest option against what chance gives (one of four: 25 %), +- 5
    points.
    """
    if len(choices) < FEW:
        return
    share = sum(_longest(item) for item in choices) / len(choices)
    chance = sum(1 / len(item.options) for item in choices) / len(choices)
    if abs(share - chance) > LONGEST_KEY_TOLERANCE:
        message = (
            f"the key is the longest option in {share:.1%} of {len(choices)} choice items; "
            f"expected {chance - LONGEST_KEY_TOLERANCE:.0%} to {chance + LONGEST_KEY_TOLERANCE:.0%}"
        )
        yield Finding("key-length", ERROR if len(choices) >= MIN_ITEMS else WARNING, "", message)


def _longest(item: Item) -> float:
    """1 when the key alone is longest, a fair share when it is as long as others, else 0."""
    top = max(len(option.text) for option in item.options)
    longest = [option for option in item.options if len(option.text) == top]
    return sum(option.key for option in longest) / len(longest)


def _key_positions(choices: Sequence[Item]) -> Iterator[Finding]:
    """Chi-square of the key's place in the authored list, summed over the option counts that occur."""
    statistic, freedom = 0.0, 0
    seen: Counter[int] = Counter()
    for size in {len(item.options) for item in choices}:
        places = [[option.key for option in item.options].index(True) for item in choices if len(item.options) == size]
        expected = len(places) / size
        if expected < 5:  # the usual floor for the chi-square approximation
            continue
        counts = Counter(places)
        seen += counts
        statistic += sum((counts[place] - expected) ** 2 / expected for place in range(size))
        freedom += size - 1
    if freedom and (p := chi_square_p(statistic, freedom)) <= POSITION_P:
        shown = ", ".join(f"{place + 1}: {count}" for place, count in sorted(seen.items()))
        yield Finding("key-position", WARNING, "", f"keys are unevenly placed ({shown}; p = {p:.4f})")


def chi_square_p(statistic: float, freedom: int) -> float:
    """Upper tail of the chi-square distribution (``freedom`` >= 1), by the finite series for whole degrees of
    freedom.
    """
    half = statistic / 2
    if freedom % 2 == 0:
        term = total = math.exp(-half)
        for step in range(1, freedom // 2):
            term *= half / step
            total += term
        return min(total, 1.0)
    total = math.erfc(math.sqrt(half))
    term = math.exp(-half) * math.sqrt(half) / math.gamma(1.5)
    for step in range((freedom - 1) // 2):
        total += term
        term *= half / (step + 1.5)
    return min(total, 1.0)


def guess(item: Item) -> str:
    """Option id that a test-wise reader without any knowledge picks: most echo of the scenario, most overlap,
    longest.
    """
    story = content(f"{item.case.text if item.case else ''} {item.stem} {item.ask}")
    shares = overlaps(item.options)
    top = max(len(option.text) for option in item.options)
    best = max(
        item.options,
        key=lambda option: (
            len(own_words(option, item.options, story)) + 2 * shares[option.id] + len(option.text) / top,
            option.id,
        ),
    )
    return best.id


def _guesser(choices: Sequence[Item]) -> Iterator[Finding]:
    """Warn when the test-wise reader does better than chance allows (one-sided 1 %)."""
    if len(choices) < MIN_ITEMS:
        return
    hits = sum(guess(item) in item.keys for item in choices)
    expected = sum(1 / len(item.options) for item in choices)
    spread = math.sqrt(sum((1 / len(item.options)) * (1 - 1 / len(item.options)) for item in choices))
    if hits > expected + GUESSER_Z * spread:
        message = (
            f"a reader who only compares words and lengths finds {hits} of {len(choices)} keys, "
            f"chance gives {expected:.0f} (+- {spread:.0f})"
        )
        yield Finding("clang", WARNING, "", message)
