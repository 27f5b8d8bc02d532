"""Item-writing flaws of one item: what makes a question unfair, guessable without knowledge, or wrong.

The rules follow Haladyna, Downing & Rodriguez (2002, doi 10.1207/s15324818ame1503_5) and what the bank's
facts, tags and notes allow. An *error* blocks publishing, a *warning* asks the author to look again. The
wording rules are heuristics: each is tuned to stay silent when in doubt, and none of them replaces a
reviewer. Rules over the whole bank: ``lint_bank``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .items import CHOICE, COUNT_WORDS, MATCHING, MULTIPLE, ORDERING, Item, problems
from .lint_options import OPTION_RULES, unique_key
from .lint_rules import COVERAGE_ROWS, ERROR, RULES, WARNING, Finding, References, Texts
from .lint_words import content, count_words, sentences
from .records import CURRENT

__all__ = ["COVERAGE_ROWS", "ERROR", "RULES", "WARNING", "Finding", "References", "lint"]

MIN_STEM_WORDS, MAX_STEM_WORDS, MAX_CASE_WORDS, MIN_RATIONALE_WORDS = 8, 120, 180, 3


def lint(item: Item, references: References | None = None) -> list[Finding]:
    """Every flaw of ``item``, errors first. References are checked against ``references`` where given."""
    story = " ".join(text for text in (item.case.text if item.case else "", item.stem) if text)
    chosen = item.kind in (CHOICE, MULTIPLE)
    keys = tuple(option for option in item.options if option.key) if chosen else ()
    distractors = tuple(option for option in item.options if not option.key) if chosen else ()
    texts = Texts(item, story, keys, distractors)
    known = references or References(rows=None)
    found = [finding for rule in _RULES_OF_TEXT for finding in rule(texts)]
    if keys and distractors:
        found += [finding for rule in OPTION_RULES for finding in rule(texts)]
        found += unique_key(texts, known.facts or {})
    found += _references(texts, known)
    return sorted(found, key=lambda finding: finding.level != ERROR)


# --- rules of every item ------------------------------------------------------------------------------------

_SELECT = re.compile(r"\(?\bselect\s+(one|two|three|four|five|\d)\b", re.IGNORECASE)


def _structure(texts: Texts) -> Iterator[Finding]:
    item = texts.item
    for message in problems(item):
        yield texts.finding("structure", message, level=ERROR)
    found = _SELECT.search(f"{item.stem} {item.ask}")
    if found and item.kind != MULTIPLE:
        yield texts.finding("structure", f"{found[0].strip('(')!r}: expected only in multiple response", "ask", ERROR)
    elif found and found[1].upper() != COUNT_WORDS.get(len(item.keys)):
        yield texts.finding("structure", f"the ask says {found[1]!r}, the item has {len(item.keys)} keys", "ask", ERROR)
    if item.kind == MATCHING and len({prompt.option for prompt in item.prompts}) == 1:
        yield texts.finding("structure", "every prompt has the same option, so there is nothing to match", "prompts")


def _rationale(texts: Texts) -> Iterator[Finding]:
    item = texts.item
    story = content(f"{texts.story} {item.ask}")
    rows = [
        (f"option {n}", o.rationale, f"{o.text} {o.concept.replace('-', ' ')}")
        for n, o in enumerate(item.options, start=1)
    ]
    rows += [(f"prompt {n}", prompt.rationale, prompt.text) for n, prompt in enumerate(item.prompts, start=1)]
    for place, rationale, own in rows:
        if not rationale.strip():
            continue  # structure has said so
        if count_words(rationale) < MIN_RATIONALE_WORDS:
            yield texts.finding("rationale", "too short to name the constraint that decides", place, ERROR)
        # Steps and pairs are explained by their neighbours ("Second, because …"), so comparing words would only mislead.
        elif item.kind in (CHOICE, MULTIPLE) and not content(rationale) & (story | content(own)):
            yield texts.finding(
                "rationale",
                "repeats no word of its option or of the scenario: name the option or the constraint it breaks",
                place,
                ERROR,
            )


_ALL_OR_NONE = re.compile(
    r"\b(?:all|none|any|neither|both) of (?:the |these )?(?:above|options|choices|other options|answers)\b"
    r"|\bboth\s+(?:option\s+)?[a-f1-6]\s+and\s+(?:option\s+)?[a-f1-6]\b|\boptions? [a-f] and [a-f]\b",
    re.IGNORECASE,
)


def _all_or_none(texts: Texts) -> Iterator[Finding]:
    for number, option in enumerate(texts.item.options, start=1):
        if found := _ALL_OR_NONE.search(option.text):
            yield texts.finding("all-or-none", f"{found[0]!r} rests on the other options", f"option {number}", ERROR)


# Only a negated main verb makes a negative question: "Which option does not scale", but not
# "Which option ensures that traffic does not leave".
_NEGATIVE = re.compile(
    r"\b(?:which|what|who|where|when|how)\b(?:(?!\b(?:that|so|if|when|where|while|to|because)\b)[^,;:.?])*?"
    r"\b(?:is|are|was|were|does|do|did|would|should|will|can|could|must|cannot)(?:\s+not\b|n['\u2019]t\b|(?<=cannot))"
    r"|\bexcept\b|\bleast likely\b"
)
_CAPITAL = re.compile(r"\b(?:NOT|EXCEPT|CANNOT|LEAST)\b")


def _negative(texts: Texts) -> Iterator[Finding]:
    ask = texts.item.ask
    lowered = ask[:1].lower() + ask[1:]
    if not _CAPITAL.search(ask) and (found := _NEGATIVE.search(lowered)):
        word = found[0].split()[-1]
        yield texts.finding(
            "negative",
            f"{word!r} turns the question round: write NOT or EXCEPT in capitals, or ask it positively",
            "ask",
        )


_VAGUE = re.compile(
    r"\b(?:often|usually|sometimes|frequently|generally|typically|normally|occasionally)\b",
    re.IGNORECASE,
)
_TASK_VERB = re.compile(
    r"\b(?:order|arrange|place|put|match|select|choose|sequence|rank|complete|pair|assign)\b", re.IGNORECASE
)


def _wording(texts: Texts) -> Iterator[Finding]:
    item = texts.item
    shared = item.case.text if item.case and item.case.part == 1 else ""  # said once a case, not once a part
    places = [("stem", f"{shared} {item.stem}"), ("ask", item.ask)]
    places += [(f"option {n}", option.text) for n, option in enumerate(item.options, start=1)]
    places += [(f"prompt {n}", prompt.text) for n, prompt in enumerate(item.prompts, start=1)]
    for place, text in places:
        if found := _VAGUE.search(text):
            yield texts.finding("wording", f"{found[0]!r} is vague: give a number or leave it out", place)
    asks = item.ask.count("?")
    if asks > 1:
        yield texts.finding("wording", "expected one question", "ask")
    elif not asks and not (_TASK_VERB.search(item.ask) and item.kind in (ORDERING, MATCHING)):
        yield texts.finding("wording", "expected a question that ends with '?'", "ask")
    if item.stem.strip() and item.case is None and count_words(item.stem) < MIN_STEM_WORDS:
        yield texts.finding("wording", f"expected a scenario of {MIN_STEM_WORDS} words or more", "stem")


def _reading_load(texts: Texts) -> Iterator[Finding]:
    item = texts.item
    if item.case and count_words(item.case.text) > MAX_CASE_WORDS and item.case.part == 1:
        yield texts.finding(
            "reading-load",
            f"the case has {count_words(item.case.text)} words: expected {MAX_CASE_WORDS} at most",
            "stem",
        )
    if count_words(item.stem) > MAX_STEM_WORDS:
        yield texts.finding(
            "reading-load", f"{count_words(item.stem)} words: expected {MAX_STEM_WORDS} at most", "stem"
        )
    if item.case or item.kind in (ORDERING, MATCHING):
        return  # a shared text serves several questions, and steps and pairs come with a sentence of instruction
    used = content(f"{item.ask} {item.rationale}")
    for option in item.options:
        used |= content(f"{option.text} {option.rationale}")
    for sentence in sentences(item.stem)[1:]:  # the first one introduces role and workload
        if count_words(sentence) >= MIN_STEM_WORDS and not content(sentence) & used:
            yield texts.finding("reading-load", f"no option or rationale uses {sentence[:60]!r}", "stem")


_RULES_OF_TEXT = (_structure, _rationale, _all_or_none, _negative, _wording, _reading_load)


# --- facts and references -----------------------------------------------------------------------------------


def _references(texts: Texts, known: References) -> Iterator[Finding]:
    item = texts.item
    for fact_id in item.facts if known.facts is not None else ():
        fact = (known.facts or {}).get(fact_id)
        if fact is None:
            yield texts.finding("fact", f"{fact_id!r} is not in the ledger of facts", "facts", ERROR)
        elif fact.status != CURRENT:
            yield texts.finding(
                "fact",
                f"{fact_id!r} is {fact.status}: an item may rest on current facts only",
                "facts",
                ERROR,
            )
    unknown = [
        *((f"tag {tag!r}", "tags") for tag in item.tags if known.tags is not None and tag not in known.tags),
        *((f"row {row}", "rows") for row in item.rows if known.rows is not None and not 1 <= row <= known.rows),
    ]
    if item.task and known.tasks is not None and item.task not in known.tasks:
        unknown.append((f"task {item.task!r}", "task"))
    if item.scenario is not None and known.scenarios is not None and item.scenario not in known.scenarios:
        unknown.append((f"scenario {item.scenario}", "scenario"))
    if item.note and known.notes is not None and item.note not in known.notes:
        unknown.append((f"note passage {item.note!r}", "note"))
    for name, place in unknown:
        yield texts.finding("reference", f"{name} does not exist", place, ERROR)
    if known.tasks is not None and not item.task:
        yield texts.finding("reference", "expected the task of the exam that it belongs to", "task", ERROR)
    if known.tags is not None and not 1 <= len(set(item.tags)) <= 3:
        yield texts.finding("reference", f"expected one to three tags, found {len(set(item.tags))}", "tags", ERROR)
    if known.notes is not None and not item.note:
        yield texts.finding("reference", "expected the note passage that the feedback shows", "note")
