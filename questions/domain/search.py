"""What somebody looks for, and the texts that are looked through. Pure: how a database matches them stands in ``queries``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from markdown_it import MarkdownIt

from questions.domain.items import Item
from questions.domain.note_text import plain

LONGEST = 200
"""Characters of a search that are read; what follows is cut off."""
MOST_TERMS = 10
LONGEST_TEXT = 100_000
HIT_BEGINS, HIT_ENDS = "\x02", "\x03"
"""What a database puts around a hit. No text holds them, so nobody can forge one."""
_PART = re.compile(r'"([^"]*)"|(\S+)')
_WORD = re.compile(r"[^\W_]+")
_QUOTES = str.maketrans("“”„«»", '"""""')
_TOO_COMMON = frozenset({
    "a", "an", "and", "are", "as", "at", "be", "by", "do", "does", "for", "from", "how", "i", "in", "is", "it", "its", "of",
    "on", "or", "that", "the", "this", "to", "was", "what", "when", "which", "with",
})  # fmt: skip
_TAGS = re.compile(r"^\s*\*\*Tags:\*\*.*$|\s*`#[\w-]+`", re.MULTILINE)
_BLOCKS = MarkdownIt("commonmark", {"html": False}).enable("table").enable("strikethrough")

Term = tuple[str, ...]
"""One word, or the words of a phrase in their order."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What somebody typed, as it may be shown again, and its terms. One without terms finds nothing."""

    text: str
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a snippet; ``hit`` where it is what was looked for."""

    text: str
    hit: bool = False


def understood(typed: str) -> Sought:
    """Plain words and "quoted phrases". A word with marks in it (A/B, multi-model) is a phrase too.

    Words too common to tell anything are left out, unless they are all there is or stand in a phrase.
    """
    text = unicodedata.normalize("NFC", typed[: 2 * LONGEST]).translate(_QUOTES)
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split())[:LONGEST]
    terms = [tuple(_WORD.findall((phrase or word).lower())) for phrase, word in _PART.findall(text)]
    found = list(dict.fromkeys(filter(None, terms)))
    telling = [term for term in found if len(term) > 1 or term[0] not in _TOO_COMMON]
    return Sought(text, tuple(telling or found)[:MOST_TERMS])


def pieces(snippet: str) -> tuple[Piece, ...]:
    """A snippet in which hits are marked, in its parts."""
    found: list[Piece] = []
    for number, part in enumerate(snippet.split(HIT_BEGINS)):
        hit, mark, rest = part.partition(HIT_ENDS) if number else ("", "", part)
        if number and not mark:
            hit, rest = "", hit  # a hit that never ends is none
        found += [Piece(hit, hit=True)] if hit else []
        found += [Piece(rest)] if rest else []
    return tuple(found)


def excerpt(text: str, words: Sequence[str], around: int = 80) -> tuple[Piece, ...]:
    """The part of a text where one of these words stands first, with each of them marked; its beginning where none does."""
    text = _clean(text)
    wanted = re.compile(
        "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or "(?!)", re.IGNORECASE
    )
    first = wanted.search(text)
    begin = max(0, first.start() - around) if first else 0
    end = begin + 3 * around
    if begin:
        begin = text.find(" ", begin, first.start() if first else end) + 1 or begin
    marked = wanted.sub(lambda hit: f"{HIT_BEGINS}{hit[0]}{HIT_ENDS}", text[begin:end])
    return pieces(f"{'… ' if begin else ''}{marked}{' …' if end < len(text) else ''}")


@lru_cache(maxsize=512)
def note_text(markdown: str) -> str:
    """A section of a note as plain text on one line: no marks, no tags; points and rows apart by a middle dot."""
    parts: list[str] = []
    rows: list[list[str]] | None = None
    for token in _BLOCKS.parse(_TAGS.sub("", markdown)):
        if token.type == "table_open":
            rows = []
        elif token.type == "tr_open" and rows is not None:
            rows.append([])
        elif token.type == "table_close" and rows is not None:
            parts += _sentences(rows)
            rows = None
        elif token.type == "inline":
            (rows[-1] if rows else parts).append(plain(token.content))
        elif token.type in ("fence", "code_block"):
            parts.append(" ".join(token.content.split()))
    return _clean(_joined(parts))


def _sentences(rows: list[list[str]]) -> list[str]:
    """Each row of a table as a reader says it: "Serves: Amazon S3 (Gateway endpoint); most services (Interface endpoint)". With
    two columns the heads say nothing that the row does not.
    """
    heads, *body = rows or [[]]
    found = []
    for subject, *cells in filter(None, body):
        told = [
            f"{cell} ({head})" if len(heads) > 2 and head else cell
            for head, cell in zip(heads[1:], cells, strict=False)
            if cell
        ]
        found.append(": ".join(filter(None, (subject, "; ".join(told)))))
    return found or [" ".join(filter(None, heads))]


def explanation(item: Item) -> tuple[str, str]:
    """(what the question was, what explains its answer): scenario and ask; the reason for the key and for each option."""
    story = [item.case.title if item.case else "", item.stem or (item.case.text if item.case else ""), item.ask]
    reasons = [item.rationale]
    reasons += [f"{option.text.rstrip('.')}: {option.rationale}" for option in item.options if option.rationale]
    reasons += [f"{prompt.text.rstrip('.')}: {prompt.rationale}" for prompt in item.prompts if prompt.rationale]
    reasons += [item.today]
    return _clean(" ".join(filter(None, story))), _clean(_joined(reasons))


def _joined(parts: list[str]) -> str:
    return " · ".join(part for part in parts if part)


def _clean(text: str) -> str:
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.split())[:LONGEST_TEXT]
