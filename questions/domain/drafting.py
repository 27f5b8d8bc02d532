"""What every draft made from a study note has in common: its slug, wording, tags and the record of where it came from.

Sentences are built by templates around the cell's own words; a phrase is never reworded, only framed, so that what the
reviewer reads is what the note says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from questions.domain.items import Item, Option, option_id
from questions.domain.note_entries import DEFINITIONS
from questions.domain.note_tables import COMPARISON
from questions.domain.note_text import (
    likeness,
    overlaps,
    plain,
    short_hash,
    slugify,
    terms,
)
from questions.domain.notes import Document, NoteList, Section, Table

MAX_TAGS = 3
MAX_DISTRACTORS = 3
MIN_DISTRACTORS = 3
_SLUG_PART = 60
_NAMED_ALIKE = 1 / 3
_COMMON = 300

_VERBS = re.compile(
    r"""absorb|accelerate|add|aggregate|alert|allow|analyse|analyze|append|approve|archive|assign
    | attach|audit|authenticate|authorize|automate|avoid|backfill|balance|build|capture|catalog
    | chain|change|check|choose|classify|clean|collect|compare|compile|compress|compute |
    configure|connect|consume|control|convert|copy|count|create|customize|debug|decouple |
    decrease|define|delete|deliver|deploy|detect|determine|disable|discover|distribute|download
    | enable|encrypt|enforce|ensure|estimate|evaluate|execute|expose|extract|fetch|filter|find
    | fix|follow|forecast|generate|get|give|govern|grant|group|guarantee|handle|hide|host |
    identify|implement|import|improve|increase|ingest|inspect|install|integrate|isolate|join |
    keep|label|launch|limit|list|look|lower|maintain|make|manage|merge|migrate|minimize |
    mirror|modify|monitor|move|notify|optimize|orchestrate|own|package|partition|patch|pause |
    pay|perform|persist|pin|poll|predict|prepare|preprocess|prevent|process|protect|provide |
    provision|publish|pull|push|query|reach|react|read|rebuild|receive|recover|reduce |
    register|remove|rename|repeat|replace|replay|replicate|reproduce|resize|respond|restart |
    restore|restrict|resume|retain|retrain|retrieve|retry|reuse|roll|rollback|rotate|route |
    run|save|scale|schedule|score|search|secure|see|segment|send|separate|serve|set|share
    | shift|show|shrink|shut|simplify|sort|split|start|stop|store|submit|survive|swap |
    switch|sync|synchronize|tag|test|track|train|transfer|transform|translate|trigger|tune |
    undo|update|upgrade|upload|validate|verify|version|view|visualize|walk|warn|watch|write""",
    re.VERBOSE,
)
_NEEDS = {"need": "needs", "needs": "needs", "want": "wants", "wants": "wants", "require": "requires", "requires": "requires",
          "must": "must", "has": "has", "have": "has"}  # fmt: skip
_SENTENCE_START = re.compile(
    r"(an?|the|you|we|your|our|they|there|users|customers|this|each|every|all|some|it)\b", re.IGNORECASE
)
_HINT = re.compile(
    r"^(?:the\s+)?(?:question|exam|scenario|case)\s+(?:mentions|asks about|asks for|says|describes)\s+", re.IGNORECASE
)

# Words that authors head such columns with -> what a sentence calls one of them.
_NOUNS = {
    **{
        word: word
        for word in ("algorithm", "approach", "concept", "database", "engine", "goal", "index", "instance", "method")
    },
    **{
        word: word
        for word in ("model", "need", "object", "option", "pattern", "policy", "problem", "requirement", "resource")
    },
    **{
        word: word
        for word in ("service", "situation", "solution", "store", "strategy", "structure", "symptom", "technique")
    },
    **{word: word for word in ("term", "tool", "type", "use case", "workload")},
    **dict.fromkeys(("scenario", "scenarios", "case"), "situation"),
    **dict.fromkeys(("answer", "recommendation", "recommended", "fix", "solutions"), "solution"),
    **dict.fromkeys(("use", "pick", "choose", "what to use", "name", "options"), "option"),
    **dict.fromkeys(("use cases", "use-case", "best for", "good for", "ideal for", "when to use"), "use case"),
    **dict.fromkeys(("services", "aws service"), "service"),
    "strategies": "strategy",
    "policies": "policy",
    "patterns": "pattern",
    "databases": "database",
    "requirements": "requirement",
    "needs": "need",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that may stand as an option: its text, what the note says of it (a predicate: 'answers "…"'), and where."""

    text: str
    use: str
    line: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What drafts may be filed under: tags (slug -> name) and the exam task that each tag belongs to (slug -> "3.1")."""

    tags: Mapping[str, str] = field(default_factory=dict)
    tasks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Filing:
    """Where a draft belongs: its tags, the exam task of the first that has one, and whether any is of the vocabulary."""

    tags: tuple[str, ...]
    task: str = ""
    fits: bool = True


class Drafting:
    """The note being drafted from, the vocabulary (empty: the note's own marks), the slugs given out and those of the
    drafts that no tag of the vocabulary fits."""

    def __init__(self, document: Document, vocabulary: Vocabulary):
        self.document = document
        self.vocabulary = vocabulary
        self.taken: set[str] = set()
        self.untagged: list[str] = []
        self.sections = {section.anchor: section for section in document.sections}
        self.lists_in: dict[str, list[NoteList]] = {}
        for found in document.lists:
            self.lists_in.setdefault(self.topic_at(found.anchor), []).append(found)
        self.tables_in: dict[str, list[Table]] = {}
        for table in document.tables:
            self.tables_in.setdefault(self.topic_at(table.anchor), []).append(table)
        self.sections_in: dict[str, list[Section]] = {}
        for section in document.sections:
            self.sections_in.setdefault(section.topic, []).append(section)
        self._topics: dict[str, frozenset[str]] = {}
        # Names by each of their terms, so that a long note is not searched from end to end for every cell.
        self._names: dict[str, list[tuple[str, Section]]] = {}
        for name, section in self._things():
            for term in terms(name):
                self._names.setdefault(term, []).append((name, section))

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

    def item(self, slug: str, kind: str, anchor: str, words: Sequence[str], **fields: Any) -> Item:
        """A draft of section ``anchor``. ``words`` (the key first, then the rest that it is about) decide its tags."""
        filed = self.filed(anchor, words)
        if not filed.fits:
            self.untagged.append(slug)
        options = sorted(fields.pop("options"), key=lambda option: option.id)  # by hash: the key has no usual place
        return Item(
            slug=slug, kind=kind, tags=filed.tags, task=filed.task, options=tuple(options),
            note=f"{self.document.stem}#{anchor}", **fields,
        )  # fmt: skip

    def filed(self, anchor: str, words: Sequence[str]) -> Filing:
        """Tags and task of a draft of section ``anchor`` that is about ``words``, its key first."""
        tags = self._tags(anchor, words)
        fits = bool(tags) or not self.vocabulary.tags
        if not tags:
            tags = self._marks(anchor)[: MAX_TAGS if self.vocabulary.tags else None]
        tasks = (self.vocabulary.tasks[tag] for tag in tags if tag in self.vocabulary.tasks)
        return Filing(tags, next(tasks, ""), fits)

    def _marks(self, anchor: str) -> tuple[str, ...]:
        """The topic of the section, the tags marked on it and above it, and those of the whole note."""
        path = self.path(anchor)
        marks = [tag for section in reversed(path) for tag in section.tags]
        # A note without headings is one topic, its file's.
        topic = path[-1].topic if path and path[-1].level else self.document.stem
        return tuple(dict.fromkeys(filter(None, [topic, *marks, *self.document.tags])))

    def _tags(self, anchor: str, words: Sequence[str]) -> tuple[str, ...]:
        """At most three tags of the vocabulary: those that the note marks and that the draft's words name, else those
        that the headings name under which its key is explained, else those of its own headings."""
        marked = [tag for tag in self._marks(anchor) if tag in self.vocabulary.tags]
        path = self.path(anchor)
        for titles in (
            [],
            self._titles(self.home(words[0], path[-1].topic if path else "")),
            self._titles(path[-1] if path else None),
        ):
            named = self._named([*words, *titles])
            if named or marked:
                return tuple(dict.fromkeys([*marked, *named]))[:MAX_TAGS]
        return ()

    def _named(self, texts: Iterable[str]) -> list[str]:
        # As slugs too: "A/B test" is "ab-test" there, and "CI/CD" is "cicd".
        said = frozenset[str]().union(*(terms(text) | terms(slugify(text)) for text in texts))
        names = self.vocabulary.tags
        # The more specific tag first: "Bias and attribution drift" before "Pipelines" where both are named.
        named = [slug for slug, name in names.items() if terms(slug) <= said or terms(name) <= said]
        return sorted(named, key=lambda slug: (-len(terms(names[slug])), slug))

    def _titles(self, section: Section | None) -> list[str]:
        return [above.title for above in self.path(section.anchor) if above.level > 1] if section else []

    def topic_at(self, anchor: str) -> str:
        """Anchor of the topic that section ``anchor`` belongs to."""
        return self.sections[anchor].topic

    def path(self, anchor: str) -> list[Section]:
        """The section and the headings above it, outermost first."""
        path: list[Section] = []
        while anchor in self.sections:
            path.insert(0, self.sections[anchor])
            anchor = self.sections[anchor].parent
        return path

    def home(self, text: str, near: str = "") -> Section | None:
        """The section whose heading names ``text`` best, first in the topic ``near``; None when no heading does."""
        named = [section for name, section in self._sharing(text) if name == section.title and overlaps(name, text)]
        return max(
            named,
            key=lambda found: (found.topic == near, likeness(found.title, text), -found.line_from),
            default=None,
        )

    def topics(self, text: str) -> frozenset[str]:
        """Anchors of the topics that speak of ``text``: by a heading, an option of a comparison or a defined term. Of a
        compound ("A + B", "A with B") the first part counts."""
        if text not in self._topics:
            part = re.split(r"\s+(?:\+|with|and|plus)\s+", text)[0]
            self._topics[text] = frozenset(
                section.topic
                for name, section in self._sharing(part)
                if likeness(name, part) >= _NAMED_ALIKE and overlaps(name, part)
            )
        return self._topics[text]

    def _sharing(self, text: str) -> Iterator[tuple[str, Section]]:
        """Names that have a term in common with ``text``; a term that hundreds of names share tells them not apart."""
        for term in terms(text):
            names = self._names.get(term, [])
            yield from names if len(names) <= _COMMON else ()

    def _things(self) -> Iterator[tuple[str, Section]]:
        """What the note has names for, each with the section that it stands in."""
        yield from ((section.title, section) for section in self.document.sections if section.level > 1)
        for table in self.document.tables:
            if table.kind == COMPARISON:
                columns = table.columns
                cells = [row.cells[columns.first] for row in table.rows]
                names = cells if columns.transposed else [table.header[column] for column in columns.others]
                yield from ((plain(name), self.sections[table.anchor]) for name in names)
        for found in self.document.lists:
            defined = [entry for entry in found.top if entry.kind == DEFINITIONS and not entry.label]
            yield from ((plain(entry.term), self.sections[found.anchor]) for entry in defined)

    def source(self, anchor: str, rule: str, line: int, column: int, cell: str, table_line: int) -> dict[str, Any]:
        """Where a draft came from. ``column`` is the 1-based column of the table (1 for a list), ``cell`` its Markdown."""
        marks = [tag for section in self.path(anchor) for tag in section.tags]
        return {"file": self.document.path, "line": line, "column": column, "cell": cell, "rule": rule,
                "table_line": table_line, "marks": list(dict.fromkeys(marks))}  # fmt: skip


def pick(
    key: str, candidates: Sequence[Candidate], topics: Callable[[str], frozenset[str]] | None = None
) -> list[Candidate]:
    """Up to three distractors for ``key``, the most alike first, none of which may name the same thing as the key or as
    each other. ``topics`` puts those that the note explains beside the key before the rest."""
    beside_key = topics(key) if topics else frozenset()

    def nearness(position: int) -> tuple[bool, float, int]:
        other = candidates[position].text
        beside = bool(topics and beside_key & topics(other))
        # A key that alone is compound ("A + B") stands out, so equals are sought.
        alike = likeness(key, other) + 0.25 * (("+" in key) == ("+" in other))
        return (not beside, -alike, position)

    chosen: list[Candidate] = []
    for position in sorted(range(len(candidates)), key=nearness):
        candidate = candidates[position]
        if not any(overlaps(candidate.text, text) for text in [key, *(taken.text for taken in chosen)]):
            chosen.append(candidate)
        if len(chosen) == MAX_DISTRACTORS:
            break
    return chosen


def option(slug: str, text: str, rationale: str, *, key: bool = False, position: int | None = None) -> Option:
    """An option of a draft; its concept is the slug of its text."""
    return Option(option_id(slug, text), text, rationale, slugify(text)[:100].strip("-"), key, position)


def situation(prompt: str, head: str = "") -> str:
    """One sentence that sets the scene from a cell's plain text: "Process 10M records" -> "An engineering team has to
    process 10M records." ``head`` is the column's header, which names what a bare phrase is (a use case, a requirement)."""
    text = bare(prompt)
    if not text:
        return ""
    first, _, rest = text.partition(" ")
    word, second = first.lower(), rest.partition(" ")[0].lower()
    if word == "to" and rest:
        return f"An engineering team has to {rest}."
    if word in _NEEDS and rest:
        return f"An engineering team {_NEEDS[word]} {rest}."
    if _VERBS.fullmatch(word) and rest:
        return f"An engineering team has to {word} {rest}."
    if "/" in first and _VERBS.fullmatch(second):
        return f"An engineering team has to {text}."
    if _SENTENCE_START.match(text) and len(text.split()) >= 6:
        return f"{text[0].upper()}{text[1:]}."
    noun = _noun(head, "situation")
    if labelled := re.fullmatch(r"([A-Za-z][\w /-]{1,30}):\s+(.+)", text):
        label = labelled[1] if labelled[1].isupper() else labelled[1].lower()
        verb = "are" if label.endswith("s") and not label.endswith("ss") else "is"
        return f"An engineering team describes its {noun} as follows: {label} {verb} {labelled[2]}."
    return f"An engineering team describes its {noun} as follows: {text}."


def bare(prompt: str) -> str:
    """The situation itself, of a plain text: without "If …", "The question mentions …" and a closing stop."""
    text = re.sub(r"^(?:if|when|for)\s+", "", prompt, flags=re.IGNORECASE)
    return _HINT.sub("", text).strip(" .;,:")


def which(head: str, otherwise: str = "solution") -> str:
    """The question that a column of answers headed ``head`` answers; ``otherwise`` names one where the header does not."""
    return f"Which {_noun(head, otherwise)} fits BEST?"


def _noun(head: str, otherwise: str) -> str:
    """The header as a singular noun, or ``otherwise`` where it is not one ("When", "Use", "Answer")."""
    noun = plain(head).strip(" :?").lower()
    noun = (
        noun
        if noun in _NOUNS
        else re.sub(r"^(best|recommended|right|correct|preferred|suggested|exam|typical)\s+", "", noun)
    )
    if noun in _NOUNS:
        return _NOUNS[noun]
    return noun if noun.rpartition(" ")[2] in _NOUNS.values() else otherwise


def quoted(text: str) -> str:
    """Plain ``text`` in one pair of double quotes, quotes inside it made single, without a closing stop."""
    clean = re.sub(r'^"([^"]*)"$', r"\1", text.strip(" .;"))
    return '"' + clean.replace('"', "'") + '"'
