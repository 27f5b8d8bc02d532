"""What changed between two versions of an item, field by field and word by word. Pure; templates escape every piece."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from questions.domain.items import KIND_NAMES, Item, Option, Prompt

SAME, GONE, NEW = "same", "gone", "new"
LIKENESS = 0.5
"""Below this share of common words (and the gaps between them) two texts are shown whole."""
BRIDGE = 3
"""Unchanged letters between two changes up to which they are shown as one."""
_WORDS = re.compile(r"\s+|[^\s\w]|\w+")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words that both versions have, that are gone, or that are new."""

    state: str
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that changed."""

    field: str
    pieces: tuple[Piece, ...]


def differences(old: Item, new: Item) -> list[Difference]:
    """The fields of ``new`` that are not as in ``old``, in reading order; empty when the content is the same."""
    found = []
    for name, before, after in [*_fields(old, new), *_rows(old, new)]:
        if before != after:
            found.append(Difference(name, tuple(pieces(before, after))))
    return found


def pieces(before: str, after: str) -> Iterator[Piece]:
    """Word-wise difference of two texts; joined, the pieces without the new ones are ``before``.

    Changes with hardly a letter between them count as one, and texts with little in common stand whole after each other:
    a patchwork of single words cannot be read.
    """
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < LIKENESS:
        yield from _change(before, after)
        return
    gone = fresh = ""
    for kind, a, b, c, d in matcher.get_opcodes():
        same = "".join(old[a:b])
        if kind == "equal" and (len(same.strip()) > BRIDGE or not (gone or fresh) or b == len(old)):
            yield from _change(gone, fresh)
            gone = fresh = ""
            yield Piece(SAME, same)
        else:
            gone, fresh = gone + same, fresh + "".join(new[c:d])
    yield from _change(gone, fresh)


def _change(gone: str, fresh: str) -> Iterator[Piece]:
    if gone:
        yield Piece(GONE, gone)
    if fresh:
        yield Piece(NEW, fresh)


def _fields(old: Item, new: Item) -> Iterator[tuple[str, str, str]]:
    for name, of in _FIELDS.items():
        yield name, of(old), of(new)


_FIELDS = {
    "Type": lambda item: KIND_NAMES.get(item.kind, item.kind),
    "Case title": lambda item: item.case.title if item.case else "",
    "Case scenario": lambda item: item.case.text if item.case else "",
    "Place in the case": lambda item: f"part {item.case.part} of {item.case.of}" if item.case else "",
    "Scenario text": lambda item: item.stem,
    "Ask": lambda item: item.ask,
    "Why": lambda item: item.rationale,
    "Older material says": lambda item: item.notes_say,
    "Today": lambda item: item.today,
    "As of": lambda item: item.as_of,
    "Task": lambda item: item.task,
    "Tags": lambda item: ", ".join(item.tags),
    "Exam scenario": lambda item: "" if item.scenario is None else str(item.scenario),
    "Coverage rows": lambda item: ", ".join(map(str, item.rows)),
    "Difficulty": lambda item: f"{item.difficulty:g}",
    "Reason of the difficulty": lambda item: item.difficulty_reason,
    "Note passage": lambda item: item.note,
    "Facts": lambda item: ", ".join(item.facts),
}


def _rows(old: Item, new: Item) -> Iterator[tuple[str, str, str]]:
    targets = {option.id: option.text for option in (*old.options, *new.options)}
    for number, (before, after) in enumerate(_aligned(old.prompts, new.prompts), start=1):
        for name, of in _PROMPT_FIELDS.items():
            yield f"Prompt {number}: {name}", of(before, targets) if before else "", of(after, targets) if after else ""
    for number, (one, other) in enumerate(_aligned(old.options, new.options), start=1):
        for label, has in _OPTION_FIELDS.items():
            yield f"Option {number}: {label}", has(one) if one else "", has(other) if other else ""


_OPTION_FIELDS = {
    "text": lambda option: option.text,
    "right": lambda option: "right" if option.key else "",
    "position": lambda option: "" if option.position is None else str(option.position),
    "concept": lambda option: option.concept,
    "rationale": lambda option: option.rationale,
}
_PROMPT_FIELDS = {
    "text": lambda prompt, targets: prompt.text,
    "option": lambda prompt, targets: targets.get(prompt.option, ""),
    "rationale": lambda prompt, targets: prompt.rationale,
}


def _aligned(
    old: Sequence[Option] | Sequence[Prompt], new: Sequence[Option] | Sequence[Prompt]
) -> list[tuple[Option | Prompt | None, Option | Prompt | None]]:
    """Rows side by side: those with the same text first found, the rest as they stand."""
    kept = {row.id for row in old} & {row.id for row in new}
    by_id = {row.id: row for row in old}
    changed = zip_longest([row for row in old if row.id not in kept], [row for row in new if row.id not in kept])
    left = list(changed)
    pairs: list[tuple[Option | Prompt | None, Option | Prompt | None]] = []
    for row in new:
        if row.id in kept:
            pairs.append((by_id[row.id], row))
        elif left:
            pairs.append(left.pop(0))
    return pairs + left
