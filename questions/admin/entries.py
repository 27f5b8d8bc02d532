"""An item as the entry that an author would write (docs/authoring.md): what the form begins with and the YAML page shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import yaml

from questions.domain.items import CHOICE, MATCHING, MULTIPLE, ORDERING, Case, Item, check, from_entry

LABELS = "abcdefghijklmnopqrst"
_TEXTS = ("difficulty_reason", "note", "facts", "stem", "ask", "rationale", "notes_say", "today", "as_of")


def entry_of(item: Item) -> dict[str, Any]:
    """The authored entry of one item, empty fields left out. The case of a part is not in it."""
    labels = {option.id: LABELS[place] for place, option in enumerate(item.options)}
    entry: dict[str, Any] = {"id": item.slug, "type": item.kind, "task": item.task, "tags": list(item.tags)}
    entry |= {"scenario": item.scenario, "rows": list(item.rows), "difficulty": item.difficulty}
    entry |= {name: _plain(getattr(item, name)) for name in _TEXTS}
    entry["prompts"] = [
        {"text": prompt.text, "option": labels.get(prompt.option, ""), "rationale": prompt.rationale}
        for prompt in item.prompts
    ]
    entry["options"] = [
        _filled(
            {
                "label": labels[option.id] if item.kind == MATCHING else None,
                "text": option.text,
                "concept": option.concept,
                "key": option.key if item.kind in (CHOICE, MULTIPLE) else None,
                "position": option.position if item.kind == ORDERING else None,
                "rationale": option.rationale,
            }
        )
        for option in item.options
    ]
    return _filled(entry)


def case_entry(parts: Sequence[Item]) -> dict[str, Any]:
    """The entry of a case study from its parts in their order; the first part's scenario text counts."""
    case = parts[0].case
    assert case is not None
    own = []
    for part in parts:
        entry = entry_of(part)
        own.append(entry | {"id": part.slug.removeprefix(f"{case.slug}.")})
    return {"id": case.slug, "type": "case", "title": case.title, "stem": case.text, "parts": own}


def as_yaml(entry: Mapping[str, Any]) -> str:
    """A list of this one entry, as bank/items/*.yaml has it."""
    return yaml.safe_dump([dict(entry)], sort_keys=False, allow_unicode=True, width=100)


def item_from(entry: Mapping[str, Any], case: Case | None) -> Item:
    """The item that a form's entry stands for. ItemError with every fault.

    A part of a case may have no stem of its own, while a lone entry must have one: the case's text stands in while the
    entry is read.
    """
    if case is None:
        return from_entry(entry)[0]
    (item,) = from_entry({**entry, "stem": entry.get("stem") or case.text or case.title})
    return check(replace(item, stem=str(entry.get("stem") or "").strip(), case=case))


def _filled(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if value not in (None, "", [], False, 0.0)}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
