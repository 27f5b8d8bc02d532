"""Words for the lint rules: content words without endings, sentences, quantities. Crude on purpose, and
English only.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

_WORD = re.compile(r"[a-z]+|\d+(?:\.\d+)?", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"'(])")
_SUFFIXES = (
    "ations",
    "ation",
    "ments",
    "ment",
    "ings",
    "ing",
    "ies",
    "ied",
    "ers",
    "er",
    "ed",
    "es",
    "ly",
    "s",
    "e",
    "y",
)

_STOP_WORDS = """a about above after again all also am an and any are as at be because been before being below between
both but by can cannot could did do does doing down during each either else every few for from further
get gets give given gives had has have having he her here hers him his how i if in into is it its itself
just keep keeps let lets like made make makes many may me might more most must my need needs neither no
nor not now of off on once one only onto or other our out over own per same she should since so some
still such take takes than that the their them then there these they this those through to too two three
under until up upon us use used uses using very via want wants was we were what when where which while
who whom whose why will with within without would yet you your zero company team teams option options
solution approach"""
STOP = frozenset(_STOP_WORDS.split())


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """``word`` in lower case without its English ending; at least three letters stay."""
    word = word.lower()
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and not word.endswith("ss") and len(word) - len(suffix) >= 3:
            word = word[: -len(suffix)]
            break
    # "stopped" and "stop", "scheduled" and "schedule" meet
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiouls" else word


@lru_cache(maxsize=4096)
def content(text: str) -> frozenset[str]:
    """The content words and numbers of ``text``: no stop words, no endings."""
    return frozenset(
        stem(word) for word in _WORD.findall(text) if word.lower() not in STOP and (len(word) > 1 or word.isdigit())
    )


def spelled(text: str, stems: Collection[str]) -> list[str]:
    """The words of ``text`` whose stems are in ``stems``, as they stand there, each once."""
    return list(dict.fromkeys(word for word in _WORD.findall(text) if stem(word) in stems))


def count_words(text: str) -> int:
    """Words as a reader counts them: runs of characters between spaces."""
    return len(text.split())


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph."""
    return [part.strip() for part in _SENTENCE_END.split(" ".join(text.split())) if part.strip()]


_UNITS = {
    "kb": ("size", 1 / 1024), "mb": ("size", 1), "gb": ("size", 1024), "tb": ("size", 1024 * 1024),
    "ms": ("time", 0.001), "millisecond": ("time", 0.001), "s": ("time", 1), "second": ("time", 1), "sec": ("time", 1),
    "minute": ("time", 60), "min": ("time", 60), "hour": ("time", 3600), "day": ("time", 86400), "week": ("time", 604800),
    "%": ("share", 1), "percent": ("share", 1), "": ("count", 1),
}  # fmt: skip
_NUMBER = r"(\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)"
_UNIT = r"\s?(kb|mb|gb|tb|ms|milliseconds?|seconds?|secs?|s|minutes?|mins?|hours?|days?|weeks?|%|percent)?"
_RANGE = re.compile(rf"{_NUMBER}{_UNIT}(?:\s?(?:-|–|to)\s?{_NUMBER}{_UNIT})?(?:\s[a-z]+)?\.?", re.IGNORECASE)


def quantity(text: str) -> tuple[str, float, float] | None:
    """(dimension, low, high) of a text that is nothing but a number or a range such as "5 to 10 MB"; None
    otherwise.

    Sizes are in MB, times in seconds, shares in percent.
    """
    found = _RANGE.fullmatch(text.strip())
    if not found:
        return None
    low, low_unit, high, high_unit = found.groups()
    dimension, factor = _unit(low_unit or high_unit)
    bottom = _value(low) * factor
    return dimension, bottom, _value(high) * _unit(high_unit or low_unit)[1] if high else bottom


def measured(number: str, unit: str) -> tuple[str, float]:
    """(dimension, value) of a number and its unit, as in :func:`quantity`."""
    dimension, factor = _unit(unit)
    return dimension, _value(number) * factor


def _unit(unit: str | None) -> tuple[str, float]:
    name = (unit or "").lower()
    return _UNITS.get(name) or _UNITS.get(name.rstrip("s")) or ("count", 1)


def _value(number: str) -> float:
    return float(number.replace(",", ""))
