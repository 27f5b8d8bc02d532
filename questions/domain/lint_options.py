"""Lint rules of choice and multiple response: does an option give itself away, and is there one right answer?

Each rule takes an item that has keys and distractors.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise

from .items import CHOICE, Option
from .lint_rules import ERROR, Finding, Texts
from .lint_words import content, count_words, measured, quantity, sentences, spelled
from .records import CURRENT, Fact

LONGEST_KEY_RATIO = 1.3
LONGEST_KEY_CHARACTERS = 10  # among short names a longer one is no sign

_ABSOLUTE = re.compile(r"\b(?:always|never|only|(?<!of )(?<!at )(?<!that )(?<!for )all)\b(?!-| at once)", re.IGNORECASE)


def _absolutes(texts: Texts) -> Iterator[Finding]:
    if any(_ABSOLUTE.search(option.text) for option in texts.keys):
        return
    for option in texts.distractors:
        if found := _ABSOLUTE.search(option.text):
            yield texts.finding("absolutes", f"{found[0]!r} stands in distractors alone", _place(texts, option))


def _key_length(texts: Texts) -> Iterator[Finding]:
    if any(count_words(option.text) == 1 for option in texts.keys):
        return  # a name of the API has the length it has
    mean = sum(len(option.text) for option in texts.distractors) / len(texts.distractors)
    longest = max(len(option.text) for option in texts.distractors)
    for option in texts.keys:
        if len(option.text) > max(longest, LONGEST_KEY_RATIO * mean, mean + LONGEST_KEY_CHARACTERS):
            message = f"the key has {len(option.text)} characters, distractors {mean:.0f} on average"
            yield texts.finding("key-length", message, _place(texts, option))


def own_words(option: Option, options: Collection[Option], story: frozenset[str]) -> frozenset[str]:
    """Content words of the scenario that this option repeats and none of the other ``options`` does."""
    others: frozenset[str] = frozenset().union(*(content(other.text) for other in options if other.id != option.id))
    return (content(option.text) & story) - others


def _clang(texts: Texts) -> Iterator[Finding]:
    story = content(f"{texts.story} {texts.item.ask}")
    lures = max(len(own_words(option, texts.item.options, story)) for option in texts.distractors)
    for option in texts.keys:
        words = own_words(option, [option, *texts.distractors], story)
        # A distractor that echoes the scenario as much is a lure of its own: then the echo gives nothing away.
        if len(words) > max(lures, len(texts.keys) - 1):
            echo = ", ".join(repr(word) for word in spelled(option.text, words))
            yield texts.finding("clang", f"only the key repeats {echo} of the scenario", _place(texts, option))


def overlaps(options: Collection[Option]) -> dict[str, float]:
    """Mean share of words (Jaccard index) that each option has in common with each other one, by option id."""
    words = {option.id: content(option.text) for option in options}
    shares = {}
    for one, own in words.items():
        rest = [
            len(own & other) / len(own | other) if own | other else 0.0 for two, other in words.items() if two != one
        ]
        shares[one] = sum(rest) / len(rest) if rest else 0.0
    return shares


def _convergence(texts: Texts) -> Iterator[Finding]:
    if texts.item.kind != CHOICE:
        return  # two keys may well speak of the same thing
    shares = overlaps(texts.item.options)
    next_best = max(shares[option.id] for option in texts.distractors)
    for option in texts.keys:
        if shares[option.id] >= 0.2 and shares[option.id] > 1.4 * next_best:
            yield texts.finding(
                "convergence",
                "the key shares more words with the options than any distractor",
                _place(texts, option),
            )


_VERBS = re.compile(
    r"(?:use|deploy|configure|create|enable|register|run|store|set|add|attach|send|start|train|turn|schedule|invoke|put|keep|move|"
    r"replace|write|export|import|build|compile|host|apply|define|shift|split|route|mirror|increase|decrease|reduce|raise|lower|"
    r"update|grant|remove|restrict|encrypt|retrain|collect|compare|delete|monitor|save|place|launch|publish|switch|choose|give)\b",
    re.IGNORECASE,
)
_GERUND = re.compile(
    r"[a-z]+ing\b(?! (?:job|plan|policy|instance|endpoint|data|run|step|image|container|compiler|type)s?\b)",
    re.IGNORECASE,
)
_NOUN = re.compile(r"(?:an?|the|one|two|amazon|aws|sagemaker)\b", re.IGNORECASE)
_FORMS = (("a verb", _VERBS), ("a noun", _NOUN), ("an -ing form", _GERUND))


def _grammar(texts: Texts) -> Iterator[Finding]:
    options = texts.item.options
    looks = [
        [next((name for name, form in _FORMS if form.match(option.text)), "") for option in options],
        [
            "a full stop at its end" if option.text.rstrip().endswith(".") else "no full stop at its end"
            for option in options
        ],
        ["a small letter first" if option.text[:1].islower() else "a capital or digit first" for option in options],
    ]
    for look in looks:
        for number, form in enumerate(look):
            others = set(look[:number] + look[number + 1 :])
            if len(others) == 1 and "" not in {form, *others} and form not in others:
                yield texts.finding("grammar", f"the only option with {form}", f"option {number + 1}")
    article = re.search(r"\b(an?)$", texts.item.ask.rstrip(" :?…_"), re.IGNORECASE)
    for number, option in enumerate(options, start=1):
        if article and (article[1].lower() == "an") is not (option.text[:1].lower() in "aeiou"):
            yield texts.finding(
                "grammar", f"{article[1]!r} at the end of the ask rules this option out", f"option {number}"
            )


_SERVICE = re.compile(r"(?:Amazon|AWS)(?: [A-Z][\w-]*| [a-z]{1,3}(?= [A-Z]))+")
_COMPOUND = re.compile(r" \+ |\bplus\b|\btogether with\b|\bcombined with\b|\balong with\b|\bin combination with\b")


def _mixed_options(texts: Texts) -> Iterator[Finding]:
    bare = [option for option in texts.item.options if _SERVICE.fullmatch(option.text.strip().rstrip("."))]
    if len(bare) == 1:
        yield texts.finding(
            "mixed-options", "the only option that is just the name of a service", _place(texts, bare[0])
        )
    if all(_compound(option) for option in texts.keys) and not any(_compound(option) for option in texts.distractors):
        yield texts.finding("mixed-options", "only the key joins two things ('A + B')", _place(texts, texts.keys[0]))


def _compound(option: Option) -> bool:
    short = count_words(option.text) <= 6
    return bool(_COMPOUND.search(option.text) or (short and re.search(r"\w and \w", option.text)))


def _numbers(texts: Texts) -> Iterator[Finding]:
    ranges = [quantity(option.text) for option in texts.item.options]
    sized = [found for found in ranges if found]
    if len(sized) < len(ranges) or len({dimension for dimension, _, _ in sized}) != 1:
        return
    spans = [(low, high) for _, low, high in sized]
    if spans not in (sorted(spans), sorted(spans, reverse=True)):
        yield texts.finding("numbers", "expected numbers in rising or falling order", "options")
    ordered = sorted(spans)
    if any(after[0] < before[1] or after == before for before, after in pairwise(ordered)):
        yield texts.finding("numbers", "two of the ranges overlap", "options")


OPTION_RULES = (_absolutes, _key_length, _clang, _convergence, _grammar, _mixed_options, _numbers)


def _place(texts: Texts, option: Option) -> str:
    return f"option {texts.item.options.index(option) + 1}"


# --- one right answer, by concepts and by the limits that facts state ---------------------------------------

_NUM = r"(\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)"
_PER_REQUEST = re.compile(r"\b(?:requests?|payloads?|calls?|invocations?|predictions?|inferences?)\b", re.IGNORECASE)
_PAST = re.compile(r"\b(?:was|were|used to|previous(?:ly)?|former(?:ly)?|no longer|old|plans?|future)\b", re.IGNORECASE)
_SIZE = re.compile(
    rf"\b(?:carr(?:y|ies)|contains?|holds?|sends?|has|have|is|are|payloads?|of|up to|about|with)\s{_NUM}\s?(KB|MB|GB)\b"
)
_TIME = re.compile(
    r"\b(?:takes?|needs?|lasts?|runs? for|requires?)\s"
    rf"(?:(?:about|around|up to|at most|roughly|nearly|over|more than)\s)?{_NUM}\s(seconds?|minutes?|hours?)\b"
)


def stated_demands(story: str) -> dict[str, float]:
    """What the scenario says of one request: {"payload_mb": …, "seconds": …}, the largest of each; silent
    when in doubt.
    """
    demands: dict[str, float] = {}
    clauses = [clause for sentence in sentences(story) if not _PAST.search(sentence) for clause in sentence.split(";")]
    for clause in clauses:
        for measure, pattern in (("payload_mb", _SIZE), ("seconds", _TIME)):
            for found in pattern.finditer(clause):
                if _PER_REQUEST.search(clause[: found.start()]):
                    demands[measure] = max(demands.get(measure, 0.0), measured(*found.groups())[1])
    return demands


def unique_key(texts: Texts, facts: Mapping[str, Fact]) -> Iterator[Finding]:
    concepts = {option.concept for option in texts.keys if option.concept}
    for option in texts.distractors:
        if option.concept in concepts:
            message = f"stands for {option.concept!r} as the key does: say by their concepts what sets them apart"
            yield texts.finding("unique-key", message, _place(texts, option), ERROR)
    demands = stated_demands(texts.story)
    limits = [limit for fact in facts.values() if fact.status == CURRENT for limit in fact.limits]
    for option in texts.keys:
        for limit in limits:
            demand = demands.get(limit.measure, 0.0)
            if texts.item.kind == CHOICE and limit.concept == option.concept and demand > limit.at_most:
                message = (
                    f"the scenario states {limit.measure} {demand:g}, {limit.concept} takes at most {limit.at_most:g}"
                )
                yield texts.finding("unique-key", message, _place(texts, option), ERROR)
