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
from .lint_key import unique_key
from .lint_options import OPTION_RULES, clang
from .lint_rules import COVERAGE_ROWS, ERROR, RULES, WARNING, Finding, References, Texts
from .lint_words import HOLLOW, content, count_words, says_why, sentences, share_a_word, technical
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
    found += (unexplained := [*_rationale(texts, known)])
    if len(unexplained) * 2 <= len(item.options):  # empty rationales use no sentence, and their own rule says so
        found += _unused(texts)
    if keys and distractors:
        found += [finding for rule in OPTION_RULES for finding in rule(texts)]
        found += clang(texts, known.subject())
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


def _rationale(texts: Texts, known: References) -> Iterator[Finding]:
    item = texts.item
    rows = [(f"option {n}", o.rationale, o.text) for n, o in enumerate(item.options, start=1)]
    rows += [(f"prompt {n}", prompt.rationale, prompt.text) for n, prompt in enumerate(item.prompts, start=1)]
    rows = [row for row in rows if row[1].strip()]  # structure has said so
    # Steps and pairs are explained by their neighbours ("Second, because …"), so comparing words would only mislead.
    chosen = item.kind in (CHOICE, MULTIPLE)
    told = _told(texts, known) if chosen else ""
    strays = {place for place, text, _ in rows if chosen and not (technical(text) or share_a_word(text, told))}
    for place, rationale, own in rows:
        # One rationale in other words of the subject may explain well; most of an item's do not.
        near = len(strays) * 2 <= len(rows) and bool((content(rationale) - HOLLOW) & known.told().keys())
        if count_words(rationale) < MIN_RATIONALE_WORDS:
            yield texts.finding("rationale", "too short to name the constraint that decides", place, ERROR)
        elif chosen and not says_why(rationale, own):
            message = "judges the option without a reason: name the constraint that decides"
            yield texts.finding("rationale", message, place, ERROR)
        elif place in strays and not near:
            message = "repeats no word of the item or of its facts: name the option or the constraint it breaks"
            yield texts.finding("rationale", message, place, ERROR)


def _told(texts: Texts, known: References) -> str:
    """All that a rationale may speak of: scenario, ask, options and their concepts, subject, and what the facts say."""
    item = texts.item
    facts = [(known.facts or {}).get(fact_id) for fact_id in item.facts]
    words = [texts.story, item.ask, *(f"{option.text} {option.concept}" for option in item.options)]
    words += [*item.tags, *item.facts, item.note, *(fact.statement for fact in facts if fact)]
    return " ".join(words)


_QUANTIFIER = (
    r"(?:all|none|any|neither|both|either|each|every|everything|nothing|no|some|several|one|two|three|four|most)"
)
_RESPONSES = r"(?:(?:other |listed |given )?(?:options?|choices?|alternatives?)|(?:other |listed |given )answers?)"
_ALL_OR_NONE = re.compile(
    rf"\b{_QUANTIFIER} of (?:the |these |those )?(?:\w+ )?above\b(?! \d)|\b{_QUANTIFIER} (?:the )?above$"
    rf"|\b{_QUANTIFIER} (?:of )?(?:the |these |those )?{_RESPONSES}\b(?! (?:of|for|group))"
    rf"|\b{_QUANTIFIER} of (?:the|these) answers\b"
    r"|\b(?:everything|combination of the|mix of the|listed|mentioned|stated|named|as) above$"
    rf"|^{_QUANTIFIER}\b(?: [\w-]+)*? (?:(?:listed|mentioned)$|(?:listed|mentioned|named|given|shown) (?:here|above|below)$)"
    r"|^an? \w+ (?:that is )?not (?:listed|mentioned|named)(?: (?:here|above|below))?$"
    r"|^(?:all|both|neither|either|any)(?: (?:two|three|four|five))?(?: (?:apply|applies|fits?|hold|holds|works?))?$"
    rf"|^{_QUANTIFIER}\b(?: of)?(?: the| these| them)?(?: \w+)? (?:is|are) (?:correct|right|true|false|wrong)$"
    r"|\bboth\s+(?:option\s+)?[a-f1-6]\s+and\s+(?:option\s+)?[a-f1-6]\b|\boptions? (?:[a-f],? )+(?:and|or) [a-f]\b"
    r"|\b(?:first|second|third|fourth|fifth|last|previous|preceding|other) (?:two |three )?options?\b",
    re.IGNORECASE,
)
_LETTERS = re.compile(
    r"(?:(?:Both|Only|Either|Neither) )?(?:[Oo]ptions? )?[A-F](?:, [A-F])*,? (?:and|or|nor|\+|&) (?:[Oo]ption )?[A-F](?: only)?"
)
# "All of these models" points to other options unless its neighbours count as well ("Half of these models").
_OF_THESE = re.compile(
    rf"^{_QUANTIFIER} of (?:these|those|them|the (?:two|three|four|five|others|listed|mentioned))\b", re.IGNORECASE
)
_COUNTS = re.compile(rf"^(?:{_QUANTIFIER}|half|a third|a quarter|\d+ ?%?|\w+ percent) of\b", re.IGNORECASE)


def _all_or_none(texts: Texts) -> Iterator[Finding]:
    counted = sum(bool(_COUNTS.search(option.text)) for option in texts.item.options)
    for number, option in enumerate(texts.item.options, start=1):
        text = option.text.strip().rstrip(".")
        found = _ALL_OR_NONE.search(text) or _LETTERS.fullmatch(text) or (counted < 2 and _OF_THESE.search(text))
        if found:
            yield texts.finding("all-or-none", f"{found[0]!r} rests on the other options", f"option {number}", ERROR)


# Only the main verb of the question turns it round: "Which option does not scale", but not "Which option ensures that
# traffic does not leave" or "Which monitor reports invalid requests".
_LINKS = r"\b(?:that|so|if|whether|when|where|while|who|whose|to|because|since|as|until|unless|before|after|although|though)\b"
_MAIN = rf"(?:(?!{_LINKS})[^,;:.?])*?"
_BE = r"(?:is|are|was|were|be|seems?|looks?)"
_AUXILIARY = r"(?:does|do|did|would|should|will|can|could|must|may)"
_ADVERSE = (
    r"(?:un(?:suit(?:able|ed)|necessary|needed|likely|supported|able|true|acceptable|available|helpful|related)|superfluous|false"
    r"|in(?:correct|appropriate|valid|sufficient|adequate|effective|eligible|compatible|accurate|applicable)"
    r"|wrong|impossible|irrelevant|redundant|ill-suited|ruled out|excluded|avoided|rejected|omitted|left out|discarded)"
)
_NEGATIVE = re.compile(
    rf"(?:^|[.?!]\s)(?:who|where|when|how|(?:(?!\b(?:which|what)\b)[^.?!])*\b(?:which|what))\b{_MAIN}(?:"
    rf"\b(?:{_BE}|{_AUXILIARY}|has|have)\s+not\b(?! only)|\b\w+n['’]t\b|\bcannot\b"
    rf"|\b{_AUXILIARY}(?:\s+(?!{_LINKS}|which\b)[\w-]+){{1,4}}?\s+not\b(?! only)"
    rf"|\b{_BE}\s+(?:(?:most|the|an?)\s+)?{_ADVERSE}\b(?!-)"
    r"|(?<=which )(?:un|in)(?:suitable|necessary|correct|appropriate|valid|true)\b|\bnever\b|\bfails? to\b"
    r")|\bexcept\b|\bleast likely\b",
    re.IGNORECASE,
)
_CAPITAL = re.compile(r"\b(?:NOT|EXCEPT|CANNOT|LEAST)\b")


def _negative(texts: Texts) -> Iterator[Finding]:
    ask = texts.item.ask
    if not _CAPITAL.search(ask) and (found := _NEGATIVE.search(ask)):
        word = found[0].split()[-1]
        if not word.isupper():
            message = f"{word!r} turns the question round: write NOT or EXCEPT in capitals, or ask it positively"
            yield texts.finding("negative", message, "ask")


_VAGUE = re.compile(
    r"\b(?:often|usually|sometimes|(?:in)?frequently|generally|typically|normally|occasionally|rarely|commonly|regularly"
    r"|from time to time|now and then|once in a while|every so often)\b",
    re.IGNORECASE,
)
_TASK_VERB = re.compile(
    r"\b(?:order|arrange|place|put|match|select|choose|sequence|rank|complete|pair|assign)\b", re.IGNORECASE
)
# A second question behind the first: "and how should it be scheduled". Not: "who read what and when".
_VERB = r"(?:is|are|was|were|does|do|did|should|will|would|can|could|must|has|have)"
_SECOND = re.compile(
    rf"(?:,|\band\b|\bor\b) (?:and |or )?(?:(?:how|why|where|when|who|what|which) {_VERB}\b(?! it\b(?=\?))"
    r"|(?:what|which|how many|how much)(?: [\w-]+){1,3} (?:should|would|must|will)\b)",
    re.IGNORECASE,
)
_UNFOCUSED = re.compile(
    r"^(?:and )?(?:what|how) about\b|^(?:discuss|comment|describe|explain)\b|^\W*(?:\w+\W*){1,2}$", re.IGNORECASE
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
    if asks > 1 or _SECOND.search(item.ask):
        yield texts.finding("wording", "expected one question", "ask")
    elif _UNFOCUSED.search(item.ask):
        yield texts.finding("wording", "says not what is asked of its subject", "ask")
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


def _unused(texts: Texts) -> Iterator[Finding]:
    item = texts.item
    if item.case or item.kind in (ORDERING, MATCHING):
        return  # a shared text serves several questions, and steps and pairs come with a sentence of instruction
    used = content(f"{item.ask} {item.rationale}")
    for option in item.options:
        used |= content(f"{option.text} {option.rationale}")
    for sentence in sentences(item.stem)[1:]:  # the first one introduces role and workload
        if count_words(sentence) >= MIN_STEM_WORDS and not content(sentence) & used:
            yield texts.finding("reading-load", f"no option or rationale uses {sentence[:60]!r}", "stem")


_RULES_OF_TEXT = (_structure, _all_or_none, _negative, _wording, _reading_load)


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
