"""The lint rule unique-key: is there one right answer, by concepts, by numbers, by the limits that facts state and by the
author's own rationales?
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from .items import CHOICE, Option
from .lint_rules import ERROR, WARNING, Finding, Texts
from .lint_words import NUMBER, content, figures, measured, quantity, sentences
from .records import CURRENT, Fact

_PER_REQUEST = re.compile(
    r"\b(?:requests?|payloads?|calls?|invocations?|predictions?|inferences?"
    r"|(?:each|every|one|an?|single) (?:\w+ )?(?:files?|images?|pictures?|documents?|recordings?|scans?|videos?|messages?))\b",
    re.IGNORECASE,
)
_EACH = re.compile(
    r"(?:each|every one|one)(?: of them)?\b", re.IGNORECASE
)  # says more of what the sentence before named
_SUMMED = re.compile(
    r"\b(?:in total|together|altogether|data set|a day|per day|each day|nightly|daily)\b", re.IGNORECASE
)
_PAST = re.compile(r"\b(?:was|were|used to|previous(?:ly)?|former(?:ly)?|no longer|old|plans?|future)\b", re.IGNORECASE)
_SIZE = re.compile(
    rf"\b(?:carr(?:y|ies)|contains?|holds?|sends?|has|have|is|are|payloads?|of|up to|about|with)\s{NUMBER}\s?(KB|MB|GB)\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\b(?:takes?|needs?|lasts?|runs? for|requires?)\s"
    rf"(?:(?:about|around|up to|at most|roughly|nearly|over|more than)\s)?{NUMBER}\s(seconds?|minutes?|hours?)\b",
    re.IGNORECASE,
)


def stated_demands(story: str) -> dict[str, float]:
    """What the scenario says of one request: {"payload_mb": …, "seconds": …}, the largest of each; silent
    when in doubt.
    """
    demands: dict[str, float] = {}
    spoken_of = False  # whether the clause before was about single requests
    for sentence in sentences(story):
        for clause in sentence.split(";") if not _PAST.search(sentence) else ():
            clause = clause.strip()
            follows = spoken_of and bool(_EACH.match(clause))
            spoken_of = follows or bool(_PER_REQUEST.search(clause))
            for measure, pattern in (("payload_mb", _SIZE), ("seconds", _TIME)):
                for found in pattern.finditer(clause):
                    *_, between = _PER_REQUEST.split(clause[: found.start()])
                    if follows or (_PER_REQUEST.search(clause[: found.start()]) and not _SUMMED.search(between)):
                        demands[measure] = max(demands.get(measure, 0.0), measured(found[1], found[2])[1])
    return demands


def unique_key(texts: Texts, facts: Mapping[str, Fact]) -> Iterator[Finding]:
    """Signs that another option is right as well, or that the key is not."""
    yield from _same_concept(texts)
    yield from _same_number(texts)
    yield from _admitted(texts)
    if texts.item.kind == CHOICE:
        yield from _limits(texts, facts)
        yield from _stated_bounds(texts, facts)


def _same_concept(texts: Texts) -> Iterator[Finding]:
    concepts = {option.concept for option in texts.keys if option.concept}
    for option in texts.distractors:
        if option.concept in concepts:
            message = f"stands for {option.concept!r} as the key does: say by their concepts what sets them apart"
            yield texts.finding("unique-key", message, _place(texts, option), ERROR)


_WHICH_RANGE = re.compile(r"\b(?:range|interval|bracket|band)s?\b", re.IGNORECASE)


def _same_number(texts: Texts) -> Iterator[Finding]:
    """A distractor that is the key's number in another unit, or a range that holds the number of the key's rationale."""
    for key in texts.keys:
        span = quantity(key.text)
        if not span:
            continue
        dimension, low, high = span
        named = [value for _, value in figures(key.rationale) if low <= value <= high]
        for option in texts.distractors:
            other = quantity(option.text)
            if other == span and dimension != "count":  # two alarms are no two queues
                message = f"is the same as the key {key.text!r} in other words"
                yield texts.finding("unique-key", message, _place(texts, option), ERROR)
            elif other and other[0] == dimension and _WHICH_RANGE.search(texts.item.ask):
                both = [value for value in named if other[1] <= value <= other[2]]
                if both:
                    message = f"holds {both[0]:g} as the key does"
                    yield texts.finding("unique-key", message, _place(texts, option), ERROR)


_VERDICT = (
    r"(?:works?|fits?|suits?|suffices?|qualif(?:y|ies)|appl(?:y|ies)|(?:meets?|satisf(?:y|ies)|fulfil(?:l?s)?|solves?|does|achieves?)\b[^.]*"
    r"|(?:be |is )?(?:an? )?(?:right|correct|valid|true|possible|acceptable|suitable|sufficient|defensible|fine)(?: \w+)?)"
)
_ADMITS = re.compile(
    rf"\b(?:also|equally|likewise|just as well) (?:would |could |can )?{_VERDICT}"
    rf"|\b{_VERDICT},? (?:too|as well|equally(?: well)?|just as well|likewise)\b"
    r"|\b(?:as|just as|equally) (?:good|right|correct|valid|suitable|acceptable)(?: as (?:the )?key)?\b"
    r"|\b(?:meets?|satisf(?:y|ies)|fulfil(?:l?s)?) (?:all|every|each|both|the same)\b[^.]*"
    r"\b(?:requirements?|constraints?|demands?|conditions?|needs)\b"
    r"|\b(?:another|a second|an alternative) (?:right|correct|valid) (?:answer|option|choice)\b"
    r"|\bno (?:worse|different) than (?:the )?key\b|\bsame (?:result|effect) as (?:the )?key\b",
    re.IGNORECASE,
)
# A condition or a drawback keeps the distractor wrong: "would also work if …", "works too, at a higher cost".
_BUT = re.compile(
    r"\b(?:if|when|where|once|unless|provided|for|until|but|however|yet|though|although|while|whereas|only|without|except|than"
    r"|not|no|none|nothing|nobody|never|neither|cannot|\w+n['’]t|instead|rather|lacks?|breaks?|exceeds?|costs?|bills?|needs?"
    r"|more|most|less|fewer|higher|lower|longer|slower|later|dearer|extra|too (?!\W|$)\w+|against|beyond|leaves?|misses)\b",
    re.IGNORECASE,
)
_HERE = re.compile(
    r"\s\bfor (?:(?:this|these) \w+|the (?:scenario|case|workload|situation|question|requirements?|company|team))\b"
    r"|\bneeds\b(?=\W*$)",
    re.IGNORECASE,
)


def _admitted(texts: Texts) -> Iterator[Finding]:
    for option in texts.distractors:
        rationale = _HERE.sub("", option.rationale)
        found = _ADMITS.search(rationale)
        if found and not _BUT.search(rationale):
            message = f"its own rationale says {found[0].strip()!r}: name the constraint that it breaks"
            yield texts.finding("unique-key", message, _place(texts, option), ERROR)


_EXCEEDS = re.compile(
    r"\b(?:exceed(?:s|ed|ing)?|over|above|beyond|too (?:large|big|long|slow|much)|larger|longer|more than)\b",
    re.IGNORECASE,
)
_UNITS = {"payload_mb": "size", "seconds": "time"}


def _limits(texts: Texts, facts: Mapping[str, Fact]) -> Iterator[Finding]:
    """The key keeps the limits of its concept; no distractor is turned down by a limit that the scenario keeps."""
    demands = stated_demands(texts.story)
    limits = [limit for fact in facts.values() if fact.status == CURRENT for limit in fact.limits]
    for option in texts.item.options:
        for limit in limits:
            demand = demands.get(limit.measure, 0.0)
            if limit.concept != option.concept or not demand:
                continue
            if option.key and demand > limit.at_most:
                message = (
                    f"the scenario states {limit.measure} {demand:g}, {limit.concept} takes at most {limit.at_most:g}"
                )
                yield texts.finding("unique-key", message, _place(texts, option), ERROR)
            named = (_UNITS.get(limit.measure, ""), limit.at_most)
            if not option.key and demand <= limit.at_most and _turned_down(option, named):
                message = f"its rationale rests on a limit of {limit.at_most:g}, the scenario states {limit.measure} {demand:g}"
                yield texts.finding("unique-key", message, _place(texts, option), ERROR)


def _turned_down(option: Option, limit: tuple[str, float]) -> bool:
    """Whether a sentence of the rationale says that the scenario goes over this limit, and names no further figure."""
    return any(_EXCEEDS.search(part) and figures(part) == [limit] for part in sentences(option.rationale))


# "A serverless endpoint has 1 to 6 GB of memory.": whom it is about, the upper bound, its unit and what is counted.
_BOUND = re.compile(
    rf"^(?:An? |The )?(?P<whom>[\w -]+?) (?:has|have|holds?|offers?|provides?|processes|runs?|accepts?)"
    rf" (?:(?:at most|up to|no more than)|{NUMBER} to) {NUMBER}\s?(?P<unit>MB|GB|TB)? ?(?:of )?(?P<what>[\w-]+(?: [\w-]+)?)"
)


def _stated_bounds(texts: Texts, facts: Mapping[str, Fact]) -> Iterator[Finding]:
    """Facts of the item about its key that bound in words what the scenario asks for more of."""
    (key,) = texts.keys[:1]
    own = content(f"{key.text} {key.concept}")
    for fact in [facts[fact_id] for fact_id in texts.item.facts if fact_id in facts]:
        found = _BOUND.search(fact.statement)
        if not found or fact.status != CURRENT or not content(found["whom"]) <= own:
            continue
        bound = measured(found[3], found["unit"])[1]
        asked = _asked(texts.story, found["unit"], found["what"])
        if asked > bound:
            message = f"the scenario states {asked:g}, the fact {fact.id!r} at most {bound:g} {found['what']}"
            yield texts.finding("unique-key", message, _place(texts, key), WARNING)


def _asked(story: str, unit: str | None, what: str) -> float:
    """The largest number of ``what`` that the scenario states as it is today."""
    units = "MB|GB|TB" if unit else ""
    stated = re.compile(rf"\b{NUMBER}\s?({units}) ?(?:of )?((?:[\w-]+ )?[\w-]+)", re.IGNORECASE)
    values = [
        measured(found[1], found[2])[1]
        for sentence in sentences(story)
        if not _PAST.search(sentence)
        for found in stated.finditer(sentence)
        if (content(what) <= content(found[3]))
    ]
    return max(values, default=0.0)


def _place(texts: Texts, option: Option) -> str:
    return f"option {texts.item.options.index(option) + 1}"
