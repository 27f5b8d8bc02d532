"""Lists of facts -> draft items ("Choose X when", numbered steps, definitions), and the alternatives that a topic names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from questions.domain.drafting import Candidate, Drafting, option, pick, quoted
from questions.domain.items import CHOICE, MATCHING, ORDERING, Item, Prompt, option_id
from questions.domain.note_entries import BULLETS, CHOOSE, DEFINITIONS, Entry
from questions.domain.note_text import overlaps, plain, split_arrow, terms
from questions.domain.notes import NoteList, Section, Unread

MIN_STEPS, MAX_STEPS = 3, 5
MIN_PAIRS, MAX_PAIRS = 3, 7
MAX_POINTS = 3
_PROCEDURE = re.compile(
    r"\b(how|steps?|process|procedure|workflow|sequence|order|stages?|phases?|lifecycle|life cycle|rollout|roll-out|flow"
    r"|runbook|set ?up|migration|walkthrough)\b",
    re.IGNORECASE,
)
# Headings that count members of a series are named without their number.
_NUMBERED = re.compile(r"^(?:\d+[.)]|[A-Za-z][.)])\s+")


def choose_drafts(found: NoteList, drafting: Drafting) -> Iterator[Item | Unread]:
    """One choice item for a "Choose X when" list, its distractors the other Xs of the same section or topic."""
    key, topic = plain(found.term), drafting.topic_at(found.anchor)
    lists = [other for other in drafting.lists_in[topic] if other.kind == CHOOSE]
    others = [other for other in lists if other is not found]
    points = [entry for entry in found.top if (said := plain(entry.text)) and not _said_by(said, others)]
    points = [entry for entry in points if not terms(key) <= terms(plain(entry.text))][:MAX_POINTS]
    candidates = [
        Candidate(plain(other.term), f"is the choice for {quoted(plain(other.top[0].text))}", other.line)
        for other in others
        if other.top and plain(other.top[0].text)
    ]
    chosen = pick(key, candidates)
    if len(chosen) < 2 or not points:
        why = (
            "its points are not its own"
            if not points
            else f"two other choices of this topic are needed, found {len(chosen)}"
        )
        yield Unread(found.line, f"no draft from {quoted(found.lead)}: {why}")
        return
    slug = drafting.slug(found.anchor, f"choose {key}")
    said = "; ".join(plain(entry.text).rstrip(" .;") for entry in points)
    options = [option(slug, key, f"{quoted(key)} is the choice for {quoted(plain(points[0].text))}.", key=True)]
    options += [option(slug, one.text, f"{quoted(one.text)} {one.use}, which is another need.") for one in chosen]
    yield drafting.item(
        slug,
        CHOICE,
        found.anchor,
        [key, said],
        stem=f"An engineering team lists what matters for its workload: {said}.",
        ask="Which choice fits BEST?",
        options=options,
        source=drafting.source(found.anchor, "choose-list", found.line, 1, found.lead, found.line),
    )


def _said_by(text: str, lists: Sequence[NoteList]) -> bool:
    return any(overlaps(text, plain(entry.text)) for other in lists for entry in other.top)


def step_drafts(found: NoteList, drafting: Drafting) -> Iterator[Item | Unread]:
    """One ordering item for a numbered list that is a procedure; a ranked or merely counted list is none."""
    steps = [
        plain(f"{entry.term}: {entry.text}" if entry.term and entry.label else entry.term or entry.text)
        for entry in found.top
    ]
    section = drafting.sections[found.anchor]
    if all(entry.kind == DEFINITIONS for entry in found.top) and not _PROCEDURE.search(f"{found.lead} {section.title}"):
        yield from definition_drafts(found, drafting)
    elif not MIN_STEPS <= len(steps) <= MAX_STEPS:
        yield Unread(found.line, f"no draft: {len(steps)} steps; an ordering takes {MIN_STEPS} to {MAX_STEPS}")
    elif not all(steps) or len({terms(step) for step in steps}) < len(steps):
        yield Unread(found.line, "no draft: two steps say the same, or one says nothing")
    else:
        yield _ordering(found, steps, section, drafting)


def _ordering(found: NoteList, steps: Sequence[str], section: Section, drafting: Drafting) -> Item:
    lead = found.lead if found.lead and found.lead != section.title else ""
    slug = drafting.slug(found.anchor, f"steps {lead}")
    options = []
    for number, step in enumerate(steps, start=1):
        place = f"it follows {quoted(steps[number - 2])}" if number > 1 else f"{quoted(steps[1])} builds on it"
        said = f"{quoted(step)} is step {number} of {len(steps)}: {place}."
        options.append(option(slug, step, said, position=number))
    name = f"{section.title}: {lead}" if lead else section.title
    return drafting.item(
        slug,
        ORDERING,
        found.anchor,
        [name, *steps],
        stem=f"An engineering team works through a procedure that its notes call {quoted(name)}.",
        ask="Put the steps in order, from first to last.",
        options=options,
        rationale="The note numbers the steps: "
        + " ".join(f"{n}. {step.rstrip('.')}." for n, step in enumerate(steps, start=1)),
        source=drafting.source(found.anchor, "steps", found.line, 1, found.top[0].text, found.line),
    )


def definition_drafts(found: NoteList, drafting: Drafting) -> Iterator[Item | Unread]:
    """One matching item for a list of three to seven "**Term** - what it is" bullets.

    "**Purpose:** …" labels describe the section itself and are kept as its text; they are no terms to tell apart.
    """
    entries = [entry for entry in found.top if entry.kind == DEFINITIONS and not entry.label]
    if len(entries) * 2 <= len(found.top):
        return
    pairs = [(plain(entry.term), plain(entry.text)) for entry in entries]
    named = [term for term, text in pairs if terms(term) <= terms(text)]
    said = [terms(text) for _, text in pairs]
    shared = any(one <= other for n, one in enumerate(said) for m, other in enumerate(said) if n != m)
    distinct = len({terms(term) for term, _ in pairs}) == len(pairs)
    if not MIN_PAIRS <= len(pairs) <= MAX_PAIRS:
        yield Unread(found.line, f"no draft: {len(pairs)} definitions; a matching takes {MIN_PAIRS} to {MAX_PAIRS}")
    elif named or shared or not distinct or not all(term and text for term, text in pairs):
        why = (
            f"{quoted(named[0])} stands in its own description" if named else "two entries may describe the same thing"
        )
        yield Unread(found.line, f"no draft: {why}")
    else:
        yield _matching(found, pairs, entries, drafting)


def _matching(found: NoteList, pairs: Sequence[tuple[str, str]], entries: Sequence[Entry], drafting: Drafting) -> Item:
    section = drafting.sections[found.anchor]
    lead = found.lead if found.lead != section.title else ""
    slug = drafting.slug(found.anchor, f"terms {lead}")
    name = f"{section.title}: {lead}" if lead else section.title
    prompts = []
    for term, text in pairs:
        said = f"The note explains {quoted(term)} as {quoted(text)}."
        prompts.append(Prompt(option_id(slug, f"prompt\n{text}"), text, option_id(slug, term), said))
    return drafting.item(
        slug,
        MATCHING,
        found.anchor,
        [name, *(term for term, _ in pairs)],
        stem=f"An engineering team goes over the terms that its notes list under {quoted(name)}.",
        ask="Match each description to the term that it explains.",
        options=[option(slug, term, f"{quoted(term)} means {quoted(text)}.") for term, text in pairs],
        prompts=tuple(prompts),
        rationale="Each description belongs to the term that the note gives it: "
        + "; ".join(f"{term} - {text.rstrip('.')}" for term, text in pairs)
        + ".",
        source=drafting.source(found.anchor, "definitions", entries[0].line, 1, entries[0].term, found.line),
    )


def arrow_chains(found: NoteList) -> Iterator[Unread]:
    """Bullets with several arrows: a course of events, not one situation and its answer."""
    for entry in found.entries:
        if entry.kind == BULLETS and len(split_arrow(entry.text)) > 2:
            yield Unread(entry.line, "no draft: a chain of arrows, not one situation and its answer")


# --- what a topic names beside a key --------------------------------------------------------------------------------------


def alternatives(drafting: Drafting, topic: str, key: str) -> list[Candidate]:
    """Siblings of ``key`` in ``topic``: headings beside the one that names it, and terms defined in the same list."""
    groups = [*_heading_groups(drafting, topic), *_term_groups(drafting, topic)]
    found = []
    for group in groups:
        if any(overlaps(member.text, key) for member in group):
            found += [member for member in group if member.use and not overlaps(member.text, key)]
    return found


def _heading_groups(drafting: Drafting, topic: str) -> Iterator[list[Candidate]]:
    beside: dict[str, list[Candidate]] = {}
    for section in drafting.sections_in.get(topic, ()):
        if section.level > 2:
            named = Candidate(_NUMBERED.sub("", section.title), _purpose(section), section.line_from)
            beside.setdefault(section.parent, []).append(named)
    yield from beside.values()


def _purpose(section: Section) -> str:
    """The first thing that a section says, as half a sentence; nothing when it says nothing."""
    for line in section.text.split("\n"):
        said = plain(re.sub(r"^\s*(?:[-*+]|\d+[.)])\s+", "", line))
        if said and "|" not in line and not said.endswith(":") and not said.lower().startswith("tags"):
            return f"is described as {quoted(said)}"
    return ""


def _term_groups(drafting: Drafting, topic: str) -> Iterator[list[Candidate]]:
    for found in drafting.lists_in.get(topic, ()):
        if found.kind == DEFINITIONS:
            yield [
                Candidate(plain(entry.term), f"is described as {quoted(plain(entry.text))}", entry.line)
                for entry in found.top
                if entry.kind == DEFINITIONS and not entry.label
            ]
