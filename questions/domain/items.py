"""The item types of the exam and what a valid one is.

An :class:`Item` is a value: the content of one question version, frozen. Four kinds are answered (choice, multiple,
ordering, matching); the fifth exam type, the case study, is a group of such items that share one scenario text, each
scored on its own (MLA-C01 exam guide, "question types").

Identifiers of options and prompts are hashes of their text, so they survive a reload of the bank and tell nothing of the
key. The order in which options are shown is decided at delivery and stored there.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

CHOICE, MULTIPLE, ORDERING, MATCHING = "choice", "multiple", "ordering", "matching"
CASE = "case"
KINDS: tuple[str, ...] = (CHOICE, MULTIPLE, ORDERING, MATCHING)
KIND_NAMES = {
    CHOICE: "Multiple choice",
    MULTIPLE: "Multiple response",
    ORDERING: "Ordering",
    MATCHING: "Matching",
    CASE: "Case study",
}
COUNT_WORDS = {2: "TWO", 3: "THREE", 4: "FOUR"}
SLUG = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)*")


class ItemError(ValueError):
    """An item that breaks a structural rule; ``problems`` holds one sentence a fault, each saying what was expected."""

    def __init__(self, problems: Sequence[str]):
        self.problems = list(problems)
        super().__init__("; ".join(self.problems))


@dataclass(frozen=True, slots=True)
class Option:
    """One response: ``key`` for choice and multiple, ``position`` (1-based) for a step that belongs in an ordering."""

    id: str
    text: str
    rationale: str = ""
    concept: str = ""
    key: bool = False
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """One left-hand side of a matching item; ``option`` is the id of the option that belongs to it."""

    id: str
    text: str
    option: str
    rationale: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """The shared scenario of a case study and this item's place in it (``part`` of ``of``, 1-based)."""

    slug: str
    title: str
    text: str
    part: int = 1
    of: int = 1


@dataclass(frozen=True, slots=True)
class Item:
    """One question version. ``difficulty`` is the author's prior in logits; ``note`` is "<note stem>#<heading anchor>"."""

    slug: str
    kind: str
    stem: str
    ask: str
    options: tuple[Option, ...]
    prompts: tuple[Prompt, ...] = ()
    case: Case | None = None
    rationale: str = ""
    tags: tuple[str, ...] = ()
    task: str = ""
    scenario: int | None = None
    rows: tuple[int, ...] = ()
    difficulty: float = 0.0
    difficulty_reason: str = ""
    note: str = ""
    facts: tuple[str, ...] = ()
    notes_say: str = ""
    today: str = ""
    as_of: str = ""
    source: Mapping[str, Any] = field(default_factory=dict)

    @property
    def keys(self) -> tuple[str, ...]:
        """Ids of the right options: the keys, or for an ordering the steps in their right order."""
        if self.kind == ORDERING:
            steps = [option for option in self.options if option.position is not None]
            return tuple(option.id for option in sorted(steps, key=lambda option: option.position or 0))
        return tuple(option.id for option in self.options if option.key)

    @property
    def concepts(self) -> tuple[str, ...]:
        """Concepts that the item asks for: those of its right options, in their order, each once."""
        right = set(self.pairs.values()) if self.kind == MATCHING else set(self.keys)
        named = [option.concept for option in self.options if option.id in right and option.concept]
        return tuple(dict.fromkeys(named))

    @property
    def pairs(self) -> dict[str, str]:
        """Prompt id -> id of the option that belongs to it."""
        return {prompt.id: prompt.option for prompt in self.prompts}

    @property
    def select_count(self) -> int:
        """How many options (or pairs) a complete response names."""
        return len(self.prompts) if self.kind == MATCHING else len(self.keys)

    def option(self, option_id: str) -> Option:
        """The option with this id; KeyError when the item has none."""
        for option in self.options:
            if option.id == option_id:
                return option
        raise KeyError(option_id)

    def body(self) -> dict[str, Any]:
        """JSON-ready content; ``from_body`` is its inverse."""
        return json.loads(json.dumps(asdict(self)))

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the content without the source, so that a moved line makes no new version."""
        body = self.body()
        body.pop("source")
        return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def posed_digest(item: Item) -> str:
    """SHA-256 (hex) of what a solver sees and of the key: scenario, question, options and prompts without their order.

    A solving stands as long as this is the same; rationales and tags may change.
    """
    texts = {option.id: option.text.strip() for option in item.options}
    posed = {
        "kind": item.kind,
        "case": item.case.text.strip() if item.case else "",
        "stem": item.stem.strip(),
        "ask": item.ask.strip(),
        "options": sorted(texts.values()),
        "keys": [texts[key] for key in item.keys] if item.kind == ORDERING else sorted(texts[key] for key in item.keys),
        "pairs": {prompt.text.strip(): texts.get(prompt.option, "") for prompt in item.prompts},
    }
    return hashlib.sha256(json.dumps(posed, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def option_id(slug: str, text: str) -> str:
    """Eight hex digits that stand for this option of this item on the wire."""
    return hashlib.sha256(f"{slug}\n{text.strip()}".encode()).hexdigest()[:8]


def from_body(body: Mapping[str, Any]) -> Item:
    """The item stored in ``body`` (see :meth:`Item.body`). Unknown keys are ignored, so old code reads newer rows."""
    known = {name: body[name] for name in Item.__dataclass_fields__ if name in body}
    known["options"] = tuple(Option(**option) for option in known["options"])
    known["prompts"] = tuple(Prompt(**prompt) for prompt in known.get("prompts", ()))
    known["case"] = Case(**known["case"]) if known.get("case") else None
    for name in ("tags", "rows", "facts"):
        known[name] = tuple(known.get(name, ()))
    return Item(**known)


def problems(item: Item) -> list[str]:
    """Structural faults of ``item`` as sentences; empty when it may be served. Style is judged by ``lint``."""
    found: list[str] = []
    if not SLUG.fullmatch(item.slug):
        found.append(f"id {item.slug!r}: expected lower-case letters, digits and hyphens")
    if item.kind not in KINDS:
        return [
            *found,
            f"type {item.kind!r}: expected one of {', '.join(KINDS)} or case",
        ]
    if not item.ask.strip():
        found.append("ask: expected the one question that the learner answers")
    if not item.stem.strip() and item.case is None:
        found.append("stem: expected the scenario")
    if len({option.id for option in item.options}) != len(item.options):
        found.append("options: two of them have the same text")
    if any(not option.text.strip() for option in item.options):
        found.append("options: every option needs a text")
    found += [
        f"option {option.text[:40]!r}: expected a rationale" for option in item.options if not option.rationale.strip()
    ]
    found += _KIND_PROBLEMS[item.kind](item)
    return found


def _choice_problems(item: Item) -> list[str]:
    found = []
    if not 3 <= len(item.options) <= 5:
        found.append(f"options: expected 3 to 5, found {len(item.options)}")
    if len(item.keys) != 1:
        found.append(f"options: expected exactly one with 'key: true', found {len(item.keys)}")
    return found


def _multiple_problems(item: Item) -> list[str]:
    found, keys = [], len(item.keys)
    if len(item.options) < 5:
        found.append(f"options: expected 5 or more, found {len(item.options)}")
    if not 2 <= keys < len(item.options):
        found.append(f"options: expected two or more keys and at least one distractor, found {keys} keys")
    elif f"select {COUNT_WORDS.get(keys, '')}".lower() not in item.ask.lower():
        found.append(
            f"ask: expected it to end with '(Select {COUNT_WORDS.get(keys, keys)}.)' as the item has {keys} keys"
        )
    return found


def _ordering_problems(item: Item) -> list[str]:
    found = []
    positions = sorted(option.position for option in item.options if option.position is not None)
    if positions != list(range(1, len(positions) + 1)):
        found.append(f"options: expected positions 1, 2, 3 … without gaps, found {positions}")
    if not 3 <= len(positions) <= 5:
        found.append(f"options: expected 3 to 5 steps with a position, found {len(positions)}")
    if not item.rationale.strip():
        found.append("rationale: expected the reason for this order")
    return found


def _matching_problems(item: Item) -> list[str]:
    found = []
    if not 3 <= len(item.prompts) <= 7:
        found.append(f"prompts: expected 3 to 7, found {len(item.prompts)}")
    if not 3 <= len(item.options) <= 7:
        found.append(f"options: expected 3 to 7, found {len(item.options)}")
    if len({prompt.id for prompt in item.prompts}) != len(item.prompts):
        found.append("prompts: two of them have the same text")
    ids = {option.id for option in item.options}
    found += [
        f"prompt {p.text[:40]!r}: expected the label of one of the options" for p in item.prompts if p.option not in ids
    ]
    found += [f"prompt {p.text[:40]!r}: expected a rationale" for p in item.prompts if not p.rationale.strip()]
    return found


_KIND_PROBLEMS = {
    CHOICE: _choice_problems,
    MULTIPLE: _multiple_problems,
    ORDERING: _ordering_problems,
    MATCHING: _matching_problems,
}


def check(item: Item) -> Item:
    """``item`` itself when it is sound; ItemError with every fault otherwise."""
    if found := problems(item):
        raise ItemError(found)
    return item


# --- one entry of bank/items/*.yaml, or of the instructor's form, to items -------------------------------------------------

ENTRY_FIELDS = {
    "id", "type", "task", "tags", "scenario", "rows", "difficulty", "difficulty_reason", "note", "facts", "stem", "ask",
    "options", "prompts", "rationale", "title", "parts", "notes_say", "today", "as_of", "source",
}  # fmt: skip
OPTION_FIELDS = {"text", "rationale", "concept", "key", "position", "label"}
PROMPT_FIELDS = {"text", "option", "rationale"}
_INHERITED = (
    "task",
    "tags",
    "scenario",
    "rows",
    "note",
    "facts",
    "difficulty",
    "difficulty_reason",
)


def from_entry(entry: Mapping[str, Any]) -> list[Item]:
    """The item(s) that one authored entry stands for: one, or one a part for a case study.

    The form is published in docs/authoring.md. Raises ItemError that names every unknown or missing field.
    """
    if not isinstance(entry, Mapping):
        raise ItemError(["expected a mapping with the fields id, type, stem, ask, options …"])
    if entry.get("type") == CASE:
        return _case_items(entry)
    return [check(_item(entry))]


def _case_items(entry: Mapping[str, Any]) -> list[Item]:
    parts = entry.get("parts") or []
    if not isinstance(parts, Sequence) or isinstance(parts, str) or len(parts) < 2:
        raise ItemError(["parts: expected at least two questions on the shared scenario"])
    slug, text = _text(entry, "id"), _text(entry, "stem")
    faults = [f"{name}: expected a text" for name in ("id", "title", "stem") if not _text(entry, name)]
    items = []
    for number, part in enumerate(parts, start=1):
        if not isinstance(part, Mapping):
            faults.append(f"part {number}: expected a mapping")
            continue
        inherited = {name: entry[name] for name in _INHERITED if name in entry}
        case = Case(slug, _text(entry, "title"), text, number, len(parts))
        try:
            item = _item({**inherited, **part, "id": f"{slug}.{part.get('id', number)}"})
            items.append(check(replace(item, case=case)))
        except ItemError as error:
            faults += [f"part {number}: {problem}" for problem in error.problems]
    if faults:
        raise ItemError(faults)
    return items


def _item(entry: Mapping[str, Any]) -> Item:
    faults = [
        f"{name}: not a field of an item (docs/authoring.md lists them)" for name in sorted(set(entry) - ENTRY_FIELDS)
    ]
    slug = _text(entry, "id")
    options, labels = _options(slug, entry.get("options"), faults)
    prompts = _prompts(slug, entry.get("prompts") or [], labels, faults)
    tags, facts = (_names(entry, name, faults) for name in ("tags", "facts"))
    rows = entry.get("rows") or []
    if not isinstance(rows, Sequence) or not all(isinstance(row, int) for row in rows):
        faults.append("rows: expected a list of whole numbers")
        rows = []
    try:
        difficulty = float(entry.get("difficulty") or 0.0)
    except (TypeError, ValueError):
        faults.append(f"difficulty: expected a number in logits (-3 to 3), found {entry['difficulty']!r}")
        difficulty = 0.0
    if not -3 <= difficulty <= 3:
        faults.append(f"difficulty: expected a number in logits (-3 to 3), found {difficulty}")
    scenario = entry.get("scenario")
    if scenario is not None and not isinstance(scenario, int):
        faults.append(f"scenario: expected the number of a row of the scenario table, found {scenario!r}")
        scenario = None
    if faults:
        raise ItemError(faults)
    return Item(
        slug=slug,
        kind=_text(entry, "type"),
        stem=_text(entry, "stem"),
        ask=_text(entry, "ask"),
        options=options,
        prompts=prompts,
        rationale=_text(entry, "rationale"),
        tags=tags,
        task=_text(entry, "task"),
        scenario=scenario,
        rows=tuple(rows),
        difficulty=difficulty,
        difficulty_reason=_text(entry, "difficulty_reason"),
        note=_text(entry, "note"),
        facts=facts,
        notes_say=_text(entry, "notes_say"),
        today=_text(entry, "today"),
        as_of=_text(entry, "as_of"),
        source=entry.get("source") or {},
    )


def _options(slug: str, raw: Any, faults: list[str]) -> tuple[tuple[Option, ...], dict[str, str]]:
    options, labels = [], {}
    if not isinstance(raw, Sequence) or isinstance(raw, str) or not raw:
        faults.append("options: expected a list of options")
        raw = []
    for number, entry in enumerate(raw, start=1):
        if not isinstance(entry, Mapping):
            faults.append(f"option {number}: expected a mapping with text and rationale")
            continue
        faults += [
            f"option {number}: {name} is not a field of an option" for name in sorted(set(entry) - OPTION_FIELDS)
        ]
        if not isinstance(entry.get("key", False), bool):
            faults.append(f"option {number}: key: expected true or false, found {entry['key']!r}")
        position = entry.get("position")
        if position is not None and (not isinstance(position, int) or isinstance(position, bool)):
            faults.append(f"option {number}: position: expected a whole number, found {position!r}")
            position = None
        text = _text(entry, "text")
        made = option_id(slug, text)
        if label := _text(entry, "label"):
            labels[label] = made
        options.append(
            Option(
                made,
                text,
                _text(entry, "rationale"),
                _text(entry, "concept"),
                entry.get("key") is True,
                position,
            )
        )
    return tuple(options), labels


def _prompts(slug: str, raw: Any, labels: Mapping[str, str], faults: list[str]) -> tuple[Prompt, ...]:
    prompts = []
    if not isinstance(raw, Sequence) or isinstance(raw, str):
        faults.append("prompts: expected a list of prompts")
        raw = []
    for number, entry in enumerate(raw, start=1):
        if not isinstance(entry, Mapping):
            faults.append(f"prompt {number}: expected a mapping with text, option and rationale")
            continue
        faults += [f"prompt {number}: {name} is not a field of a prompt" for name in sorted(set(entry) - PROMPT_FIELDS)]
        text = _text(entry, "text")
        target = labels.get(_text(entry, "option"), "")
        prompts.append(
            Prompt(
                option_id(slug, f"prompt\n{text}"),
                text,
                target,
                _text(entry, "rationale"),
            )
        )
    return tuple(prompts)


def _names(entry: Mapping[str, Any], name: str, faults: list[str]) -> tuple[str, ...]:
    raw = entry.get(name) or []
    if isinstance(raw, str) or not isinstance(raw, Sequence) or not all(isinstance(value, str) for value in raw):
        faults.append(f"{name}: expected a list of names")
        return ()
    return tuple(raw)


def _text(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    return "" if value is None else str(value).strip()
