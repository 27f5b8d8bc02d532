"""What every draft made from a study note has in common: its slug, wording, tags and the record of where it came from.

Sentences are built by templates around the cell's own words; a phrase is never reworded, only framed, so that what the
reviewer reads is what the note says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from questions.domain.items import Option, option_id
from questions.domain.note_text import (
    likeness,
    overlaps,
    plain,
    short_hash,
    slugify,
    terms,
)
from questions.domain.notes import Document, Section, Unread

MAX_TAGS = 3
MAX_DISTRACTORS = 3
MIN_DISTRACTORS = 3
_SLUG_PART = 60

_VERBS = frozenset(
    """accelerate add aggregate allow alert analyze analyse approve archive assign attach audit authenticate authorize automate avoid
    backfill balance build capture catalog change chain check choose classify clean collect compare compile compress compute configure
    connect consume control convert copy create customize debug decouple decrease define delete deliver deploy detect determine disable
    discover distribute download enable encrypt enforce ensure estimate evaluate execute expose extract fetch filter find fix forecast
    generate get give govern grant group guarantee handle hide host identify implement import improve increase ingest inspect install
    integrate isolate join keep label launch lower maintain make manage merge migrate minimize mirror modify monitor move notify
    optimize orchestrate package partition pay perform persist predict prepare preprocess prevent process protect provide provision
    publish query read rebuild recover reduce register remove rename replace replay replicate reproduce resize restart restore restrict
    retain retrain retrieve retry reuse roll rollback rotate route run save scale schedule score secure segment send separate serve
    set share shift shrink shut simplify split start stop store submit swap sync synchronize tag test track train transfer transform
    translate trigger tune undo update upgrade upload validate verify version visualize warn watch write""".split()
)
_NEEDS = {"need": "needs", "needs": "needs", "want": "wants", "wants": "wants", "require": "requires", "requires": "requires",
          "must": "must", "has": "has", "have": "has"}  # fmt: skip
_SENTENCE_START = re.compile(r"(an?|the|you|we|your|our|they|there|users|customers|this|each|every|all|some|it)\b", re.IGNORECASE)
_HINT = re.compile(r"(?:the\s+)?(?:question|exam|scenario|case)\s+(?:mentions|asks about|asks for|says|describes)\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that may stand as an option: its text, what the note says it is for, and where it was found."""

    text: str
    use: str
    line: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Drafting:
    """The note being drafted from, the tag vocabulary (slug -> name; empty: the note's own marks) and the slugs given out."""

    document: Document
    vocabulary: Mapping[str, str]
    taken: set[str] = field(default_factory=set)

    def slug(self, anchor: str, key: str, *identity: str) -> str:
        """A slug from the file, the section and the row's own key: it does not change when lines move."""
        parts = [self.document.stem, anchor, slugify(key)]
        slug = "-".join(part[:_SLUG_PART].strip("-") for part in parts if part) or "item"
        if any(len(part) > _SLUG_PART for part in parts) or slug in self.taken:
            slug = f"{slug}-{short_hash(chr(10).join([anchor, key, *identity]))}"
        base, number = slug, 1
        while slug in self.taken:
            number += 1
            slug = f"{base}-{number}"
        self.taken.add(slug)
        return slug

    def tags(self, anchor: str, *texts: str) -> tuple[str, ...]:
        """Tags of a draft from section ``anchor``. With a vocabulary, at most three of its tags: those that the note marks or
        that the draft's own words name, else those that its headings name. Without one, the topic and the note's marks."""
        path = self.path(anchor)
        marks = [tag for section in reversed(path) for tag in section.tags]
        if not self.vocabulary:
            topic = path[-1].topic if path else ""
            return tuple(dict.fromkeys(filter(None, [topic, *marks, *self.document.tags])))
        marked = [tag for tag in marks if tag in self.vocabulary]
        home = self.home(texts[0]) if texts else None
        for words in (texts, [*texts, *self._titles(home)], [*texts, *self._titles(path[-1] if path else None)]):
            said = self._named(words)
            if said or marked:
                return tuple(dict.fromkeys([*marked, *said]))[:MAX_TAGS]
        return ()

    def _named(self, texts: Iterable[str]) -> list[str]:
        said = frozenset().union(*(terms(text) for text in texts))
        named = [slug for slug, name in self.vocabulary.items() if terms(slug) <= said or terms(name) <= said]
        # The more specific tag first: "model-monitor" before "pipelines" where both are named.
        return sorted(named, key=lambda slug: (-len(terms(self.vocabulary[slug])), slug))

    def _titles(self, section: Section | None) -> list[str]:
        return [above.title for above in self.path(section.anchor) if above.level > 1] if section else []

    def path(self, anchor: str) -> list[Section]:
        """The section and the headings above it, outermost first."""
        by_anchor = {section.anchor: section for section in self.document.sections}
        path: list[Section] = []
        while anchor in by_anchor:
            path.insert(0, by_anchor[anchor])
            anchor = by_anchor[anchor].parent
        return path

    def home(self, text: str) -> Section | None:
        """The section whose heading names ``text`` best; None when no heading does."""
        named = [section for section in self.document.sections if section.level > 1 and overlaps(section.title, text)]
        return max(named, key=lambda section: likeness(section.title, text), default=None)

    def topic(self, text: str) -> str:
        """Anchor of the topic that explains ``text``, or nothing."""
        home = self.home(text)
        return home.topic if home else ""

    def source(self, anchor: str, rule: str, line: int, column: int, cell: str, table_line: int) -> dict[str, Any]:
        """Where a draft came from. ``column`` is the 1-based column of the table (1 for a list), ``cell`` its Markdown."""
        marks = [tag for section in self.path(anchor) for tag in section.tags]
        return {"file": self.document.path, "line": line, "column": column, "cell": cell, "rule": rule,
                "table_line": table_line, "marks": list(dict.fromkeys(marks))}  # fmt: skip

    def note(self, anchor: str) -> str:
        return f"{self.document.stem}#{anchor}"


def pick(key: str, candidates: Sequence[Candidate], topic_of: Mapping[str, str] | None = None) -> list[Candidate]:
    """Up to three distractors for ``key``, the most alike first, none of which may name the same thing as the key or as
    each other. ``topic_of`` (text -> topic) puts those that the note explains beside the key before the rest."""
    topics = topic_of or {}

    def nearness(position: int) -> tuple[bool, float, int]:
        other = candidates[position].text
        beside = bool(topics.get(key)) and topics.get(key) == topics.get(other)
        # A key that alone is compound ("A + B") stands out, so equals are sought.
        alike = likeness(key, other) + 0.25 * (("+" in key) == ("+" in other))
        return (not beside, -alike, position)

    chosen: list[Candidate] = []
    for position in sorted(range(len(candidates)), key=nearness):
        candidate = candidates[position]
        if not any(overlaps(candidate.text, text) for text in [key, *(taken.text for taken in chosen)]):
            chosen.append(candidate)
    return chosen[:MAX_DISTRACTORS]


def option(slug: str, text: str, rationale: str, *, key: bool = False, position: int | None = None) -> Option:
    """An option of a draft; its concept is the slug of its text."""
    return Option(option_id(slug, text), text, rationale, slugify(text)[:100].strip("-"), key, position)


def situation(prompt: str, head: str = "") -> str:
    """One sentence that sets the scene from a cell: "Process 10M records" -> "An engineering team has to process 10M
    records." ``head`` is the column's header, which names what a bare phrase is (a use case, a requirement)."""
    text = re.sub(r"^(?:if|when|for)\s+", "", plain(prompt), flags=re.IGNORECASE).strip(" .;,:")
    text = _HINT.sub("", text)
    if not text:
        return ""
    first, _, rest = text.partition(" ")
    word, second = first.lower(), rest.partition(" ")[0].lower()
    if word == "to" and rest:
        return f"An engineering team has to {rest}."
    if word in _NEEDS and rest:
        return f"An engineering team {_NEEDS[word]} {rest}."
    if word in _VERBS and rest:
        return f"An engineering team has to {word} {rest}."
    if "/" in first and second in _VERBS:
        return f"An engineering team has to {text}."
    if _SENTENCE_START.match(text) and len(text.split()) >= 6:
        return f"{text[0].upper()}{text[1:]}."
    noun = _noun(head, "situation")
    if labelled := re.fullmatch(r"([A-Za-z][\w /-]{1,30}):\s+(.+)", text):
        label = labelled[1] if labelled[1].isupper() else labelled[1].lower()
        verb = "are" if label.endswith("s") and not label.endswith("ss") else "is"
        return f"An engineering team describes its {noun} as follows: {label} {verb} {labelled[2]}."
    return f"An engineering team describes its {noun} as follows: {text}."


def which(head: str) -> str:
    """The question that a column of answers headed ``head`` answers."""
    return f"Which {_noun(head, 'solution')} fits BEST?"


def _noun(head: str, otherwise: str) -> str:
    """The header as a singular noun, or ``otherwise`` where it is not one ("When", "Use", "Answer")."""
    noun = plain(head).strip(" :?").lower()
    noun = re.sub(r"^(best|recommended|right|correct|preferred|suggested|exam|typical)\s+", "", noun)
    known = {
        "scenario": "situation", "scenarios": "situation", "case": "situation", "answer": "solution", "recommendation": "solution",
        "recommended": "solution", "use": "option", "pick": "option", "choose": "option", "what to use": "option", "name": "option",
        "fix": "solution", "strategies": "strategy", "policies": "policy", "services": "service", "solutions": "solution",
        "options": "option", "patterns": "pattern", "databases": "database", "requirements": "requirement", "needs": "need",
        "use cases": "use case", "use-case": "use case", "aws service": "service",
    }  # fmt: skip
    if noun in known:
        return known[noun]
    nouns = {
        "approach", "database", "deployment type", "engine", "index", "method", "model", "need", "object", "option", "pattern",
        "policy", "problem", "requirement", "resource", "service", "situation", "solution", "store", "strategy", "symptom",
        "technique", "tool", "type", "use case", "workload", "goal", "algorithm", "instance", "structure", "term", "concept",
    }  # fmt: skip
    return noun if noun in nouns or noun.rpartition(" ")[2] in nouns else otherwise


def quoted(text: str) -> str:
    """``text`` in double quotes, its own made single, without a closing stop."""
    return '"' + plain(text).replace('"', "'").strip(" .;") + '"'


__all__ = ["MAX_DISTRACTORS", "MIN_DISTRACTORS", "Candidate", "Drafting", "Unread", "option", "pick", "quoted", "situation", "which"]
