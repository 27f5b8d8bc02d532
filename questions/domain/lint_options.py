"""Lint rules of choice and multiple response: does an option give itself away?

Each rule takes an item that has keys and distractors.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from .items import CHOICE, Option
from .lint_rules import Finding, Texts
from .lint_words import content, count_words, framed, quantity, spelled

LONGEST_KEY_RATIO = 1.3
LONGEST_KEY_CHARACTERS = 10  # among short names a longer one is no sign

_ABSOLUTE = re.compile(
    r"(?<!-)\b(?:always|never|only|(?<!of )(?<!at )(?<!that )(?<!for )all)\b(?!-| at once)", re.IGNORECASE
)


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


def clang(texts: Texts, subject: frozenset[str] = frozenset()) -> Iterator[Finding]:
    """Words of the scenario that the key alone repeats; words of the ``subject`` point to no option."""
    story = content(f"{texts.story} {texts.item.ask}") - subject
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
            message = "the key shares more words with the options than any distractor"
            yield texts.finding("convergence", message, _place(texts, option))
        elif _by_majority(texts.item.options) == [option]:
            message = "the key has of every part what most options have, each distractor departs from it"
            yield texts.finding("convergence", message, _place(texts, option))


def _by_majority(options: Sequence[Option]) -> list[Option]:
    """The options that a vote on each word composes: what more than half of them have, and nothing else.

    Empty unless two parts or more vary so. A design that pairs each value with each other one has no majority.
    """
    words = {option.id: content(option.text) for option in options}
    holders = {
        word: frozenset(one for one, own in words.items() if word in own) for word in set().union(*words.values())
    }
    voted = {word for word, held in holders.items() if len(options) / 2 < len(held) < len(options)}
    if len({holders[word] for word in voted}) < 2:
        return []  # words that go together are one part
    varying = {word for word, held in holders.items() if len(held) < len(options)}
    return [option for option in options if words[option.id] & varying == voted]


_VERBS = re.compile(
    r"(?:use|deploy|configure|create|enable|disable|register|run|store|set|add|attach|detach|send|start|stop|train|turn|schedule"
    r"|invoke|put|keep|move|replace|write|export|import|build|compile|host|apply|define|shift|split|route|mirror|increase"
    r"|decrease|reduce|raise|lower|update|grant|remove|restrict|encrypt|retrain|collect|compare|delete|monitor|save|place|launch"
    r"|publish|switch|choose|give|allow|deny|permit|block|require|assign|rotate|install|connect|approve|reject|migrate|rewrite"
    r"|resize|adjust|ask|let|make|provide|share|join|merge|extend|specify|pass|repeat|wait|activate|convert|generate)\b",
    re.IGNORECASE,
)
_GERUND = re.compile(
    r"[a-z]+ing\b(?! (?:job|plan|policy|instance|endpoint|data|run|step|image|container|compiler|type)s?\b)",
    re.IGNORECASE,
)
_NOUN = re.compile(r"(?:an?|the|one|two|amazon|aws|sagemaker)\b", re.IGNORECASE)
_FORMS = (("a verb", _VERBS), ("a noun", _NOUN), ("an -ing form", _GERUND))
_ACTION = re.compile(
    r"\b(?:what|how) (?:should|must|can|could|would|has|does)\b(?:(?!\b(?:use|choose|pick)\b).)* (?:do|proceed)\b",
    re.IGNORECASE,
)
_MANY = re.compile(
    r"\b(?:which|what) (?:are|two|three|these)\b|\b(?:are|these) (?:the )?(?:two|three)\b", re.IGNORECASE
)
_ONE = re.compile(r"(?:an?|one|each|every) ", re.IGNORECASE)
_PAIR = re.compile(r"(?:both|two|three|several) |[\w-]+(?: [\w-]+)?,? and [\w-]+", re.IGNORECASE)


def _grammar(texts: Texts) -> Iterator[Finding]:
    options = texts.item.options
    forms = [next((name for name, form in _FORMS if form.match(option.text)), "") for option in options]
    looks = [
        forms,
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
    yield from _against_the_ask(texts, forms)


def _against_the_ask(texts: Texts, forms: Sequence[str]) -> Iterator[Finding]:
    """Options that the grammar of the ask rules out, or the one that it alone admits."""
    options, ask = texts.item.options, texts.item.ask
    article = re.search(r"\b(an?)$", ask.rstrip(" :?…_"), re.IGNORECASE)
    for number, option in enumerate(options, start=1):
        if article and (article[1].lower() == "an") is not (option.text[:1].lower() in "aeiou"):
            message = f"{article[1]!r} at the end of the ask rules this option out"
            yield texts.finding("grammar", message, f"option {number}")
    if _ACTION.search(ask) and forms.count("a verb") == 1 and forms.count("a noun") * 2 >= len(options) > 2:
        message = "the ask wants an action, and this option alone is one"
        yield texts.finding("grammar", message, f"option {forms.index('a verb') + 1}")
    if texts.item.kind == CHOICE and _MANY.search(ask):
        plural = [n for n, option in enumerate(options, start=1) if _PAIR.match(option.text)]
        single = [n for n, option in enumerate(options, start=1) if _ONE.match(option.text)]
        if len(plural) == 1 and len(single) == len(options) - 1:
            message = "the ask wants several things, and this option alone names them"
            yield texts.finding("grammar", message, f"option {plural[0]}")


_SERVICE = re.compile(r"(?:Amazon|AWS)(?: [A-Z][\w-]*| [a-z]{1,3}(?= [A-Z]))+")
_COMPOUND = re.compile(r" \+ |\bplus\b|\btogether with\b|\bcombined with\b|\balong with\b|\bin combination with\b")


_A_THING = re.compile(r"(?:an?|the|one) [a-z]", re.IGNORECASE)


def _mixed_options(texts: Texts) -> Iterator[Finding]:
    options = texts.item.options
    bare = [option for option in options if _SERVICE.fullmatch(option.text.strip().rstrip("."))]
    others = [option for option in options if option not in bare]
    if len(bare) == 1:
        message = "the only option that is just the name of a service"
        yield texts.finding("mixed-options", message, _place(texts, bare[0]))
    elif len(bare) > 2 and len(others) == 1 and _A_THING.match(others[0].text):
        message = "the only option that is no service, among names of services"
        yield texts.finding("mixed-options", message, _place(texts, others[0]))
    measures = [
        found[0] if re.search(r"\d", option.text) and (found := quantity(option.text)) else "" for option in options
    ]
    for number, measure in enumerate(measures, start=1):
        rest = {*measures[: number - 1], *measures[number:]}
        if len(options) > 2 and len(rest) == 1 and measure not in rest:
            message = (
                "the only option that is a number" if measure and rest == {""} else "the only option of its measure"
            )
            yield texts.finding("mixed-options", message, f"option {number}")
    if all(_compound(option) for option in texts.keys) and not any(_compound(option) for option in texts.distractors):
        yield texts.finding("mixed-options", "only the key joins two things ('A + B')", _place(texts, texts.keys[0]))


def _compound(option: Option) -> bool:
    short = count_words(option.text) <= 6
    return bool(_COMPOUND.search(option.text) or (short and re.search(r"\w and \w", option.text)))


def _numbers(texts: Texts) -> Iterator[Finding]:
    options = texts.item.options
    ranges = [quantity(option.text) for option in options]
    # "Retention of 30 days", "Retention of 7 days": a number in the same words each time is a list of numbers, too.
    frames = [framed(option.text) for option in options]
    if not all(ranges) and len({found and found[0] for found in frames}) == 1:
        ranges = [found and (found[1], found[2], found[2]) for found in frames]
    sized = [found for found in ranges if found]
    if len(sized) < len(ranges) or len({dimension for dimension, _, _ in sized}) != 1:
        return
    if sized[0][0] == "count" and len({found and found[0] for found in frames}) > 1:
        return  # two alarms and one queue are not compared
    spans = [(low, high) for _, low, high in sized]
    if spans not in (sorted(spans), sorted(spans, reverse=True)):
        yield texts.finding("numbers", "expected numbers in rising or falling order", "options")
    ordered = sorted(spans)
    if any(after[0] < before[1] or after == before for before, after in pairwise(ordered)):
        yield texts.finding("numbers", "two of the ranges overlap", "options")


OPTION_RULES = (_absolutes, _key_length, _convergence, _grammar, _mixed_options, _numbers)


def _place(texts: Texts, option: Option) -> str:
    return f"option {texts.item.options.index(option) + 1}"
