"""Questions of a bank that stand there twice: word for word, nearly, or with another key.

Texts are compared by their words without endings, function words, order and punctuation, so that a paraphrase meets its
original. What tells a minimal pair apart stays a word: numbers (with their unit), negations, quantities, "before" and
"after". Two questions with the same answer are copies of each other when most of their words agree; two with different
answers contradict each other only when no word differs at all.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from .items import ORDERING, Item, Option, Prompt
from .lint_rules import ERROR, WARNING, Finding
from .lint_words import stem

NEAR = 0.7  # of the words of the longer question
CONTAINED, HALF = 0.9, 0.5  # so much of the shorter one stands in the longer, and makes up so much of it
OWN = 0.5  # of the words that are not those of a case study
SAME_OPTION = 0.6
SAME_CONCEPT = 0.9  # surer than most words, less sure than all of them
MIN_WORDS = 3  # fewer say too little to call two questions alike

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[.;:?!](?=\s|$)")
_NOT = re.compile(r"(?<=\bcan)(?:['’]t|not)\b|(?<!\bca)n['’]t\b", re.IGNORECASE)
_FUNCTION_WORDS = """a an the this that these those of to in on at for by with as into it its they their them he she his
her we our you your who whose which what there is are was were be been being has have had do does did will would shall
should can could and also then so"""
_FUNCTION = frozenset(_FUNCTION_WORDS.split())
# The word after one of these is another thing than the same word elsewhere: "from monthly to daily", "no labels but logs".
_BOUND_WORDS = "from before after until than more less fewer most least no not without"
_BOUND = frozenset(_BOUND_WORDS.split())
# What ``drafting`` puts around the words of a note: two drafts are not alike because both begin the same way.
_FRAME_WORDS = """engineering team compares offer looks described describes situation use case need requirement
follows lists matters workload fits best option solution"""
_FRAME = frozenset(stem(word) for word in _FRAME_WORDS.split())


def copies(items: Sequence[Item]) -> Iterator[Finding]:
    """At most one finding for an item: what an earlier one of ``items`` asks already, or answers otherwise."""
    posed = [_Posed(item) for item in items]
    first: dict[object, _Posed] = {}
    told: set[str] = set()
    for one in posed:
        other = first.setdefault(one.signature, one)
        if other.slug == one.slug or one.slug in told:
            continue  # itself, or another version of it
        told.add(one.slug)
        if one.answer != other.answer:
            yield one.finding(ERROR, f"contradicts {other.slug!r}: same question and options, another key")
        elif one.exact == other.exact:
            yield one.finding(ERROR, f"asks the same as {other.slug!r}")
        else:
            yield _near(one, other)
    closest: dict[int, tuple[float, _Posed]] = {}
    for n, m in _candidates(posed):
        one, other = posed[n], posed[m]
        if one.slug not in told and (score := _alike(one, other)) > closest.get(n, (0.0,))[0]:
            closest[n] = score, other
    for n, (_, other) in sorted(closest.items(), key=lambda entry: entry[0]):
        if posed[n].slug not in told:
            told.add(posed[n].slug)
            yield _near(posed[n], other)


@dataclass(frozen=True, eq=False)
class _Posed:
    """An item as it is compared. ``own`` are the words of stem, ask and prompts, ``whole`` those of the case as well."""

    item: Item

    @property
    def slug(self) -> str:
        return self.item.slug

    @cached_property
    def family(self) -> object:
        return self.item.source.get("family")

    @cached_property
    def variant(self) -> object:
        """Story and constraints of a generated item: its numbers are left out."""
        source = self.item.source
        return source.get("story"), frozenset(demand["id"] for demand in source.get("constraints", ()))

    @cached_property
    def bags(self) -> tuple[Counter[str], Counter[str]]:
        item = self.item
        own = words(" . ".join([item.stem, item.ask, *sorted(prompt.text for prompt in item.prompts)]))
        return own, words(item.case.text) if item.case else Counter()

    @cached_property
    def own(self) -> frozenset[str]:
        framed = "table_line" in self.item.source
        return frozenset(self.bags[0]) - (_FRAME if framed else frozenset())

    @cached_property
    def whole(self) -> frozenset[str]:
        return self.own | frozenset(self.bags[1])

    @cached_property
    def options(self) -> dict[str, object]:
        """What each option says, by id; two that differ in function words alone are told apart by their letters."""
        bags = {option.id: frozenset(words(option.text).items()) for option in self.item.options}
        if len(set(bags.values())) == len(bags):
            return dict(bags)
        return {option.id: _letters(option.text) for option in self.item.options}

    @property
    def signature(self) -> object:
        """Equal for questions that differ in function words, endings and order alone."""
        own, case = self.bags
        prompts = frozenset(_letters(prompt.text) for prompt in self.item.prompts)
        options = frozenset(self.options.values())
        return self.item.kind, frozenset(own.items()), frozenset(case.items()), prompts, options

    @property
    def exact(self) -> object:
        """Equal for questions with the same letters, whatever the order of their options."""
        item = self.item
        case = _letters(item.case.text) if item.case else ""
        return (
            case,
            _letters(item.stem),
            _letters(item.ask),
            frozenset(_letters(option.text) for option in item.options),
        )

    @property
    def answer(self) -> object:
        if self.item.prompts:
            return {_letters(prompt.text): self.options.get(prompt.option) for prompt in self.item.prompts}
        keys = [self.options[key] for key in self.item.keys]
        return keys if self.item.kind == ORDERING else frozenset(keys)

    def finding(self, level: str, message: str) -> Finding:
        return Finding("duplicate", level, self.slug, message)


def words(text: str) -> Counter[str]:
    """How often each telling word of ``text`` stands there: a number with the word after it ("20 mb"), and a word after
    "from", "no" and the like with that one.
    """
    return Counter(_words(text))


@lru_cache(maxsize=8192)
def _words(text: str) -> tuple[str, ...]:
    found: list[str] = []
    before = ""
    for word in _WORD.findall(_NOT.sub(" not", text).lower()):
        if word in _FUNCTION or not word[0].isalnum():
            before = ""
            continue
        root = stem(word)
        if before[:1].isdigit():
            found[-1] += f" {root}"
        found.append(f"{before} {root}" if before in _BOUND else root)
        before = word
    return tuple(found)


def _letters(text: str) -> str:
    return " ".join("".join(char if char.isalnum() else " " for char in text.lower()).split())


# --- nearly the same ----------------------------------------------------------------------------------------


def _near(one: _Posed, other: _Posed) -> Finding:
    mine, theirs = _compared(one, other)
    share = len(mine & theirs) / max(len(mine), 1)
    return one.finding(WARNING, f"nearly the same as {other.slug!r} ({100 * share:.0f} % of its words)")


def _compared(one: _Posed, other: _Posed) -> tuple[frozenset[str], frozenset[str]]:
    """The words by which two items are compared: what a whole case study shares tells nothing of its parts."""
    cases = one.item.case, other.item.case
    if cases[0] and cases[1] and cases[0].slug == cases[1].slug:
        return one.own, other.own
    return one.whole, other.whole


def _candidates(posed: Sequence[_Posed]) -> Iterator[tuple[int, int]]:
    """Pairs (later, earlier) that may share half of the words of the longer one.

    Two such sets have one of their rarest words in common, even when only the rarer half of each is looked at; so common
    words are never walked through. Parts of one case are compared with each other by their own words.
    """
    counts = Counter(word for one in posed for word in one.whole)
    index: dict[str, list[int]] = defaultdict(list)
    parts: dict[str, list[int]] = defaultdict(list)
    for n, one in enumerate(posed):
        rare = sorted(one.whole, key=lambda word: (counts[word], word))
        seen: set[int] = set()
        for word in rare[: len(rare) - math.ceil(HALF * len(rare)) + 1]:
            seen.update(index[word])
            index[word].append(n)
        if one.item.case:
            seen.update(parts[one.item.case.slug])
            parts[one.item.case.slug].append(n)
        yield from ((n, m) for m in sorted(seen))


def _alike(one: _Posed, other: _Posed) -> float:
    """Share of the longer question's words that both have when they are copies of each other, else 0."""
    if one.slug == other.slug or one.item.kind != other.item.kind:
        return 0.0
    if one.family and one.family == other.family and one.variant != other.variant:
        return 0.0  # told in another story, or asked for something else: that is what a family is for
    mine, theirs = _compared(one, other)
    both, longer, shorter = len(mine & theirs), max(len(mine), len(theirs)), min(len(mine), len(theirs))
    if shorter < MIN_WORDS:
        return 0.0
    near = both >= NEAR * longer or (both >= CONTAINED * shorter and both >= HALF * longer)
    own = len(one.own & other.own) >= OWN * max(len(one.own), len(other.own))
    return both / longer if near and own and _same_answer(one.item, other.item) else 0.0


def _same_answer(one: Item, other: Item) -> bool:
    """Whether the key of ``one`` is, among the options of ``other``, most like its key."""
    option = {mine.id: _closest(mine, other.options) for mine in one.options}
    if one.prompts:
        prompt = {mine.id: _closest(mine, other.prompts) for mine in one.prompts}
        pairs = {prompt[mine.id]: option[mine.option] for mine in one.prompts}
        return pairs == other.pairs
    keys = [option[key] for key in one.keys]
    return keys == list(other.keys) if one.kind == ORDERING else set(keys) == set(other.keys)


def _closest(mine: Option | Prompt, others: Sequence[Option | Prompt]) -> str:
    """Id of the one among ``others`` that says what ``mine`` does; empty when none comes near."""
    score, found = max(((_sameness(mine, other), other.id) for other in others), default=(0.0, ""))
    return found if score >= SAME_OPTION else ""


def _sameness(one: Option | Prompt, other: Option | Prompt) -> float:
    if _letters(one.text) == _letters(other.text):
        return 2.0  # beside an option with the same words in another order
    mine, theirs = frozenset(words(one.text)), frozenset(words(other.text))
    if mine == theirs:
        return 1.0
    concepts = [thing.concept for thing in (one, other) if isinstance(thing, Option)]
    if concepts and concepts[0] and concepts[0] == concepts[-1]:
        return SAME_CONCEPT
    return len(mine & theirs) / max(len(mine), len(theirs))
