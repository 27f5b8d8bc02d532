"""One entry of a note's list: an arrow, a "Use X when Y" bullet, a definition or plain text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from questions.domain.note_text import plain, split_arrow, without_emoji

CHOOSE, ARROWS, DEFINITIONS, STEPS, BULLETS = "choose", "arrows", "definitions", "steps", "bullets"

CODE_TAG = re.compile(r"`#([^\s`#]+)`")
CHOOSE_LINE = re.compile(
    r"(?:choose|use|pick|prefer|select|go with)\s+(.{1,60}?)\s+(?:when|if)\b\s*:?\s*(.*)", re.IGNORECASE
)
NEGATED = re.compile(r"\b(?:not|never|avoid)\b|n't\b", re.IGNORECASE)
_DEFINITION = re.compile(
    r"(?:(\*\*|__)(?P<bold>.+?)\1|`(?P<code>[^`]+)`)\s*(?P<mark>[-–—:]?)\s*(?P<text>.*)", re.DOTALL
)
_TASK_BOX = re.compile(r"\[[ xX]\]\s+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One list entry. ``term`` and ``text`` are the two halves of a definition, an arrow or a "Use X when" bullet.

    For an arrow ``term`` is the answer and ``text`` the scenario. ``label`` marks "**Term:** text", an attribute of the
    section, as against "**Term** - text", a thing of its own. Depth 0 is the outermost list.
    """

    line: int
    depth: int
    kind: str
    text: str
    term: str = ""
    label: bool = False


def read_entry(raw: str, line: int, depth: int) -> Entry:
    """The list entry ``raw`` (Markdown): an arrow, a "Use X when Y" bullet, a definition or plain text."""
    text = _TASK_BOX.sub("", without_emoji(without_tags(raw)), count=1) or raw.strip()
    definition = _DEFINITION.fullmatch(text)
    has_mark = bool(definition and (definition["mark"] or (definition["bold"] or "").rstrip().endswith((":", "-"))))
    if definition and has_mark and definition["text"].strip() and not re.match(r"-?>", definition["text"]):
        term = (definition["bold"] or definition["code"]).strip().rstrip(":-–— ").strip()
        if term:
            label = definition["mark"] not in ("-", "–", "—")
            return Entry(line, depth, DEFINITIONS, definition["text"].strip(), term, label)
    parts = split_arrow(text)
    if len(parts) == 2 and all(parts):
        return Entry(line, depth, ARROWS, parts[0], parts[1])
    choose = CHOOSE_LINE.fullmatch(plain(text))
    if choose and choose[2] and not NEGATED.search(choose[1]):
        return Entry(line, depth, ARROWS, choose[2], choose[1])
    return Entry(line, depth, BULLETS, text)


def without_tags(markdown: str) -> str:
    """``markdown`` without its `#tag` marks."""
    return CODE_TAG.sub("", markdown).strip()
