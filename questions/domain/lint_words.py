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
    "ions",
    "ion",
    "ally",
    "al",
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
_STAYING = {"ion": 5, "ions": 5, "al": 6, "ally": 6}  # "region" and "interval" keep theirs, "incremental" does not
_WHOLE = frozenset({"production"})  # no form of "product" here

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
    if word in _WHOLE:
        return word
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and not word.endswith("ss") and len(word) - len(suffix) >= _STAYING.get(suffix, 3):
            word = word[: -len(suffix)]
            if suffix.startswith("al"):
                return stem(word)  # "incremental" meets "increments"
            break
    # "stopped" and "stop", "scheduled" and "schedule" meet
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiouls" else word


@lru_cache(maxsize=4096)
def content(text: str) -> frozenset[str]:
    """The content words and numbers of ``text``: no stop words, no endings."""
    return frozenset(
        stem(word) for word in _WORD.findall(text) if word.lower() not in STOP and (len(word) > 1 or word.isdigit())
    )


# Words that judge or point instead of saying why: a reason needs another one.
_HOLLOW_WORDS = """accept acceptable adequate amazon answer applicable apply appropriate aws bad best better case choice choose
common constraint correct demand depend distractor expect false fit fulfil fulfill good here ideal inadequate inappropriate
incorrect inferior invalid irrelevant listed match meet modern obvious optimal popular possible practice prefer proper question
reason reasonable recommend relevant required requirement right satisfy scenario select sensible shown simple simply situation
stated suit suitable superior sure true unsuitable useful valid viable wrong"""
HOLLOW = frozenset(stem(word) for word in _HOLLOW_WORDS.split())
_POINTLESS = HOLLOW | {
    stem(word) for word in ("work", "help", "solve", "problem", "goal", "great", "perfect", "look", "seem")
}
_TECHNICAL = re.compile(r"(?<!\w)(?:\w*\d[\w.]*|[A-Z]{2,}s?|[A-Z]+[a-z]\w*[A-Z]\w*|[a-z]+[A-Z]\w*)(?!\w)")
_BRANDS = frozenset({"AWS", "AI", "ML", "SageMaker"})
LIKE_LETTERS = 5


def says_why(text: str, own: str = "") -> bool:
    """Whether ``text`` says more than a verdict on the option ``own``, its name aside."""
    return bool(content(text) - _POINTLESS - content(own) or set(technical(text)) - set(technical(own)))


def technical(text: str) -> list[str]:
    """Numbers, abbreviations and identifiers such as "4", "GPU" or "MaxPayloadInMB"."""
    return [word for word in _TECHNICAL.findall(text) if word not in _BRANDS]


def share_a_word(text: str, other: str) -> bool:
    """Whether a word that is not hollow stands in both, in whichever form: "comparison" meets "compares"."""
    words, others = content(text) - HOLLOW, content(other)
    if words & others:
        return True
    starts = {word[:LIKE_LETTERS] for word in others if len(word) >= LIKE_LETTERS}
    return any(word[:LIKE_LETTERS] in starts for word in words if len(word) >= LIKE_LETTERS)


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
    "month": ("time", 2629800), "quarter": ("time", 7889400), "year": ("time", 31557600),
    "%": ("share", 1), "percent": ("share", 1), "": ("count", 1),
}  # fmt: skip
_WORDED = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90,
}  # fmt: skip
NUMBER = rf"(\d{{1,3}}(?:,\d{{3}})+|\d+(?:\.\d+)?|{'|'.join(_WORDED)})"
_UNIT = (
    r"[\s-]?(kb|mb|gb|tb|ms|milliseconds?|seconds?|secs?|s|minutes?|mins?|hours?|days?|weeks?|months?|quarters?|years?"
    r"|%|percent)?"
)
_RANGE = re.compile(
    rf"(?:from |between )?[$€]?{NUMBER}{_UNIT}(?:\s?(?:-|–|to|and)\s?[$€]?{NUMBER}{_UNIT})?(?:\s[a-z]+)?\.?",
    re.IGNORECASE,
)
_IN_TEXT = re.compile(rf"(?<![\w.-]){NUMBER}{_UNIT}(?![\w-]|\.\d)", re.IGNORECASE)


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


def framed(text: str) -> tuple[str, str, float] | None:
    """(the text around it, dimension, value) of the one number in ``text``; None when it has none or several."""
    found = list(_IN_TEXT.finditer(text))
    if len(found) != 1:
        return None
    around = " ".join(stem(word) for word in _WORD.findall(f"{text[: found[0].start()]} # {text[found[0].end() :]}"))
    return around, *measured(found[0][1], found[0][2])


def figures(text: str) -> list[tuple[str, float]]:
    """(dimension, value) of every number in ``text``, as in :func:`quantity`."""
    return [measured(found[1], found[2]) for found in _IN_TEXT.finditer(text)]


def measured(number: str, unit: str | None) -> tuple[str, float]:
    """(dimension, value) of a number and its unit, as in :func:`quantity`."""
    dimension, factor = _unit(unit)
    return dimension, _value(number) * factor


def _unit(unit: str | None) -> tuple[str, float]:
    name = (unit or "").lower()
    return _UNITS.get(name) or _UNITS.get(name.rstrip("s")) or ("count", 1)


def _value(number: str) -> float:
    return float(_WORDED.get(number.lower()) or number.replace(",", ""))
