"""Key + response -> score, by the exam's rule: an item counts when all of it is right, and not at all otherwise.

Source: MLA-C01 exam guide (multiple response: "all correct responses"; ordering: "select and place in the correct order";
matching: "match all pairs"). Unanswered is wrong; there is no penalty for guessing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from questions.domain.items import CHOICE, MATCHING, ORDERING, Item


class BadResponse(ValueError):
    """A response that this item cannot have; ``code`` is for programs, the message for people."""

    def __init__(self, code: str, message: str):
        self.code = code
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Response:
    """What the learner chose: ``options`` in order for an ordering, ``pairs`` (prompt, option) for a matching item.

    ``unknown`` is "I don't know yet": given, wrong, and no evidence of a confusion.
    """

    options: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    unknown: bool = False

    def as_json(self) -> dict[str, Any]:
        """The stored and transmitted form."""
        if self.unknown:
            return {"unknown": True}
        if self.pairs:
            return {"pairs": dict(self.pairs)}
        return {"options": list(self.options)}

    @property
    def blank(self) -> bool:
        """True when nothing was chosen."""
        return self.unknown or not (self.options or self.pairs)


@dataclass(frozen=True, slots=True)
class Score:
    """``correct`` is what counts; ``right`` of ``total`` parts tells how near it was (feedback only)."""

    correct: bool
    right: int
    total: int


def parse(item: Item, raw: Any, *, complete: bool = True) -> Response:
    """The response in ``raw`` (see :meth:`Response.as_json`) to this item.

    ``complete`` demands the full count of choices; an exam room saves half-made choices too. Raises BadResponse.
    """
    if not isinstance(raw, Mapping) or not set(raw) <= {"options", "pairs", "unknown"} or len(raw) != 1:
        raise BadResponse(
            "malformed-response",
            'A response is {"options": […]}, {"pairs": {…}} or {"unknown": true}.',
        )
    if "unknown" in raw:
        if raw["unknown"] is not True:
            raise BadResponse("malformed-response", '"unknown" can only be true.')
        return Response(unknown=True)
    if item.kind == MATCHING:
        return _parse_pairs(item, raw.get("pairs"), complete)
    return _parse_options(item, raw.get("options"), complete)


def _parse_options(item: Item, raw: Any, complete: bool) -> Response:
    if not isinstance(raw, list) or not all(isinstance(value, str) for value in raw):
        raise BadResponse("malformed-response", "This question is answered with a list of options.")
    known = {option.id for option in item.options}
    if foreign := [value for value in raw if value not in known]:
        raise BadResponse(
            "foreign-choice",
            f"{foreign[0]!r} is not a choice of this question. Load the question again.",
        )
    if len(set(raw)) != len(raw):
        raise BadResponse("repeated-choice", "Each choice can be used once.")
    wanted = item.select_count
    if len(raw) > wanted or (complete and len(raw) < wanted):
        raise BadResponse("wrong-count", _count_message(item, len(raw)))
    if item.kind != ORDERING:
        order = [option.id for option in item.options]
        raw = sorted(raw, key=order.index)
    return Response(options=tuple(raw))


def _count_message(item: Item, chosen: int) -> str:
    wanted = item.select_count
    if item.kind == CHOICE:
        return "Choose one answer first." if not chosen else "Choose only one answer."
    if item.kind == ORDERING:
        return f"Fill all {wanted} steps: {chosen} filled so far."
    return f"Select {wanted}: you selected {chosen}."


def _parse_pairs(item: Item, raw: Any, complete: bool) -> Response:
    if not isinstance(raw, Mapping) or not all(isinstance(value, str) for value in raw.values()):
        raise BadResponse(
            "malformed-response",
            "This question is answered with pairs: prompt and option.",
        )
    known = {option.id for option in item.options}
    if set(raw) - set(item.pairs) or set(raw.values()) - known:
        raise BadResponse(
            "foreign-choice",
            "A prompt or choice is not of this question. Load the question again.",
        )
    if complete and len(raw) < len(item.prompts):
        raise BadResponse(
            "wrong-count",
            f"Match all {len(item.prompts)} rows: {len(raw)} matched so far.",
        )
    if not raw:
        return Response(unknown=True)  # without pairs it would be stored as a list of options
    return Response(pairs=tuple((prompt.id, raw[prompt.id]) for prompt in item.prompts if prompt.id in raw))


def score(item: Item, response: Response) -> Score:
    """The score of a parsed response."""
    if item.kind == MATCHING:
        chosen = dict(response.pairs)
        right = sum(chosen.get(prompt) == option for prompt, option in item.pairs.items())
        return Score(right == len(item.prompts), right, len(item.prompts))
    if item.kind == ORDERING:
        right = sum(a == b for a, b in zip(response.options, item.keys, strict=False))
        return Score(response.options == item.keys, right, len(item.keys))
    chosen_set, keys = set(response.options), set(item.keys)
    return Score(chosen_set == keys, len(chosen_set & keys), len(keys))


def mistaken(item: Item, response: Response) -> str:
    """The concept that a wrong choice stands for; empty where nothing was chosen or the kind has no single choice."""
    if item.kind != CHOICE or len(response.options) != 1:
        return ""
    return item.option(response.options[0]).concept
