"""What a learner is told once the rules reveal an item: verdict, why, and why not for every option. Pure.

Only this module turns keys and rationales into something that leaves the server; the edges ask
``rules.reveals_feedback`` before they call it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from questions.domain.items import MATCHING, ORDERING, Item
from questions.domain.scoring import Response, Score

LETTERS = "ABCDEFGHIJ"


@dataclass(frozen=True, slots=True)
class OptionFeedback:
    """One option in shown order. In an ordering ``right_position`` and ``chosen_position`` are its places, if it has any."""

    id: str
    letter: str
    text: str
    chosen: bool
    key: bool
    rationale: str
    right_position: int | None = None
    chosen_position: int | None = None


@dataclass(frozen=True, slots=True)
class PromptFeedback:
    """One row of a matching item."""

    id: str
    text: str
    chosen_text: str
    right_text: str
    correct: bool
    rationale: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """The whole of it. ``verdict`` is a short phrase in words; never colour alone."""

    correct: bool
    unknown: bool
    verdict: str
    why: str
    options: tuple[OptionFeedback, ...]
    prompts: tuple[PromptFeedback, ...] = ()
    notes_say: str = ""
    today: str = ""
    as_of: str = ""
    note: str = ""


def make(item: Item, response: Response, score: Score, shown_order: Sequence[str]) -> Feedback:
    """Feedback on one graded response, options in the order in which they were shown."""
    places = {option_id: place for place, option_id in enumerate(response.options, start=1)}
    keys = item.keys
    options = []
    for letter, option_id in zip(LETTERS, shown_order, strict=False):
        option = item.option(option_id)
        options.append(
            OptionFeedback(
                id=option.id,
                letter=letter,
                text=option.text,
                chosen=option.id in places,
                key=option.id in keys or option.id in item.pairs.values(),
                rationale=option.rationale,
                right_position=option.position,
                chosen_position=places.get(option.id) if item.kind == ORDERING else None,
            )
        )
    why = item.rationale or " ".join(item.option(key).rationale for key in keys)
    return Feedback(
        correct=score.correct,
        unknown=response.unknown,
        verdict=_verdict(item, response, score),
        why=why,
        options=tuple(options),
        prompts=_prompts(item, response),
        notes_say=item.notes_say,
        today=item.today,
        as_of=item.as_of,
        note=item.note,
    )


def _verdict(item: Item, response: Response, score: Score) -> str:
    if score.correct:
        return "Correct"
    if response.unknown:
        return "Not known yet"
    if score.right and item.kind in (ORDERING, MATCHING):
        unit = "steps in place" if item.kind == ORDERING else "rows right"
        return f"Not correct: {score.right} of {score.total} {unit}"
    if score.right and score.total > 1:
        return f"Not correct: {score.right} of {score.total} right choices"
    return "Not correct"


def _prompts(item: Item, response: Response) -> tuple[PromptFeedback, ...]:
    chosen = dict(response.pairs)
    return tuple(
        PromptFeedback(
            id=prompt.id,
            text=prompt.text,
            chosen_text=item.option(chosen[prompt.id]).text if prompt.id in chosen else "",
            right_text=item.option(prompt.option).text,
            correct=chosen.get(prompt.id) == prompt.option,
            rationale=prompt.rationale,
        )
        for prompt in item.prompts
    )
