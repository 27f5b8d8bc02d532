"""Does a draft ask what an approved question asks already, or contradict it?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from questions.domain.items import Item
from questions.domain.note_text import overlaps, terms

ALIKE = 0.8
# Words of the drafts' own templates: two drafts are not alike because both begin the same way.
_FRAME = terms(
    "An engineering team has to compares what is on offer by it looks for the one described as describes its situation "
    "use case need requirement as follows lists what matters for its workload"
)


@dataclass(frozen=True, slots=True)
class Twin:
    """A draft that repeats or contradicts (``what``) the approved item ``other``."""

    slug: str
    other: str
    what: str


def twins(drafts: Iterable[Item], approved: Iterable[Item]) -> list[Twin]:
    """The drafts whose stem says nearly what another approved item's does, with the same key or with other keys among the
    same options."""
    by_term: dict[str, list[Item]] = {}
    for item in approved:
        for term in _words(item):
            by_term.setdefault(term, []).append(item)
    found = []
    for draft in drafts:
        near = {
            other.slug: other for term in _words(draft) for other in by_term.get(term, ()) if other.slug != draft.slug
        }
        for other in near.values():
            if what := _relation(draft, other):
                found.append(Twin(draft.slug, other.slug, what))
                break
    return found


def _words(item: Item) -> frozenset[str]:
    return terms(item.stem) - _FRAME


def _relation(draft: Item, other: Item) -> str:
    one, two = _words(draft), _words(other)
    if draft.kind != other.kind or not one or len(one & two) / len(one | two) < ALIKE:
        return ""
    if _answers(draft) == _answers(other) or (
        len(draft.keys) == len(other.keys) == 1 and overlaps(_answers(draft)[0], _answers(other)[0])
    ):
        return "repeats"
    texts = [{option.text.casefold() for option in item.options} for item in (draft, other)]
    return "contradicts" if texts[0] == texts[1] else ""


def _answers(item: Item) -> list[str]:
    """The key's texts, or for a matching "prompt = option" in the order of the prompts' texts."""
    if item.prompts:
        return sorted(f"{p.text} = {item.option(p.option).text}".casefold() for p in item.prompts)
    return [item.option(key).text.casefold() for key in item.keys]
