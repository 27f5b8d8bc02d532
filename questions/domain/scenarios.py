"""Generated scenario items: option records + a story + constraints -> choice items whose key is proved.

A :class:`Spec` names what an item is made of. :func:`build` writes the item and refuses what it cannot prove;
:func:`verify` proves a stored item again, so that a changed limit or a fact that fell shows at once. Everything about
the wording follows from the spec: the same spec gives the same text, and its hash is the item's slug.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .items import CHOICE, Item, ItemError, Option, check, option_id
from .lint import ERROR, lint
from .lint_options import own_words
from .lint_words import content
from .scenario_proof import Proof, Refused, prove
from .scenario_records import Book, Demand, Family, fits, nonsense
from .scenario_search import Pattern, Search
from .scenario_text import clause, key_rationale, name_of, stem, wrong_rationale

__all__ = ["RULE", "Generated", "Pair", "Refused", "Spec", "build", "generate", "minimal_pairs", "spec_of", "verify"]

RULE = "scenario"
TELLING = ("clang", "absolutes", "grammar", "wording", "key-length", "convergence", "mixed-options")
MAX_TAGS = 3
PAIR_SHARE = 0.1  # of the items asked for: so many minimal pairs are sought
TRIES = 24
MAX_MISSES = 12  # turns in a row: then a family has little more to give


@dataclass(frozen=True, slots=True)
class Spec:
    """One variant: the family, the story, the demands in the family's order, the ask and the options shown."""

    family: str
    story: str
    demands: tuple[Demand, ...]
    ask: int
    shown: tuple[str, ...]

    @property
    def slug(self) -> str:
        """Stable id: the same content gives the same slug in every run and on every machine."""
        parts = [self.family, self.story, str(self.ask), *sorted(self.shown)]
        parts += [f"{demand.constraint}={demand.case}" for demand in self.demands]
        return f"gen-{self.family}-{_digest(parts)}"

    @property
    def look(self) -> str:
        """What the wording is drawn from. It leaves out the values, so that a minimal pair differs in one clause."""
        return _digest([self.family, self.story, *sorted(self.shown), *(d.constraint for d in self.demands)])


@dataclass(frozen=True, slots=True)
class Generated:
    """An item with its spec and proof."""

    spec: Spec
    item: Item
    proof: Proof


@dataclass(frozen=True, slots=True)
class Pair:
    """Two items one constraint apart, with different keys."""

    first: Generated
    second: Generated
    constraint: str


def build(spec: Spec, book: Book) -> Generated:
    """The item of ``spec``. Raises Refused when its key cannot be proved or its wording gives the key away."""
    family, story = book.family(spec.family), book.story(spec.story)
    ask = family.asks[spec.ask]
    if nonsense(family, spec.demands) or not all(fits(family, story, demand) for demand in spec.demands):
        raise Refused("its demands make no sense together, or not in this story")
    proof = prove(family, spec.demands, ask, spec.shown, book)
    text = stem(family, story, spec.demands, spec.look)
    rationales = {
        concept: (key_rationale if concept == proof.key else wrong_rationale)(
            family, story, spec.demands, ask, family.record(concept), proof
        )
        for concept in spec.shown
    }
    key = family.record(proof.key)
    near = sum(len(names) == 1 for names in proof.broken.values())
    forms = len(key.forms)
    first = int(spec.look, 16) % forms
    items = []
    for turn in range(forms):
        texts = {concept: family.record(concept).forms[(first + turn) % forms] for concept in spec.shown}
        options = [
            Option(
                option_id(spec.slug, texts[concept]), texts[concept], rationales[concept], concept, concept == proof.key
            )
            for concept in spec.shown
        ]
        items.append(
            Item(
                slug=spec.slug,
                kind=CHOICE,
                stem=text,
                ask=ask.text,
                options=tuple(sorted(options, key=lambda option: option.id)),  # by hash: the key has no usual place
                tags=tuple(dict.fromkeys([*key.tags, *family.tags]))[:MAX_TAGS],
                task=key.task or family.task,
                scenario=key.scenario,
                rows=tuple(dict.fromkeys([*family.rows, *key.rows])),
                difficulty=difficulty(near, spec, bool(ask.best)),
                difficulty_reason=_difficulty_reason(near, len(spec.shown) - 1),
                note=key.note or family.note,
                facts=tuple(dict.fromkeys(fact for cell in proof.cells for fact in cell.facts)),
                source=_source(spec, family, book, proof),
            )
        )
    # The form that repeats the fewest words of this story, whichever option repeats them.
    item = min(items, key=_echo)
    try:
        check(item)
    except ItemError as error:
        raise Refused(str(error)) from None
    if flaws := [finding for finding in lint(item) if finding.level == ERROR or finding.rule in TELLING]:
        raise Refused(f"the wording gives the key away: {flaws[0].message}")
    return Generated(spec, item, proof)


def _echo(item: Item) -> int:
    """Words of the scenario that single options repeat."""
    story = content(f"{item.stem} {item.ask}")
    return sum(len(own_words(option, item.options, story)) for option in item.options)


def difficulty(near: int, spec: Spec, ranked: bool) -> float:
    """Prior in logits: each near miss (a distractor that breaks one demand) and each further demand makes it harder."""
    return round(-1.1 + 0.4 * near + 0.25 * (len(spec.demands) - 2) + (0.3 if ranked else 0.0), 2)


def _difficulty_reason(near: int, distractors: int) -> str:
    words = {0: "None", 1: "One", 2: "Two", 3: "Three", 4: "Four"}
    verb = "breaks" if near == 1 else "break"
    return f"{words[near]} of {distractors} distractors {verb} a single constraint."


def _source(spec: Spec, family: Family, book: Book, proof: Proof) -> dict[str, Any]:
    story = book.story(spec.story)
    return {
        "rule": RULE,
        "family": spec.family,
        "story": spec.story,
        "ask": spec.ask,
        "shown": list(spec.shown),
        "constraints": [
            {"id": d.constraint, "case": d.case, "name": name_of(family, story, d),
             "text": clause(family, story, d, spec.look)}
            for d in spec.demands
        ],
        "proof": proof.body(),
    }  # fmt: skip


def spec_of(item: Item) -> Spec:
    """The spec that a generated item was built from. Raises ValueError for an item of another origin."""
    source = item.source
    if source.get("rule") != RULE:
        raise ValueError(f"{item.slug!r} was not generated from a scenario")
    return Spec(
        source["family"],
        source["story"],
        tuple(Demand(entry["id"], entry["case"]) for entry in source["constraints"]),
        source["ask"],
        tuple(source["shown"]),
    )


def verify(item: Item, book: Book) -> list[str]:
    """What no longer holds of a stored item, as sentences; empty when the records and facts still say the same."""
    try:
        made = build(spec_of(item), book)
    except KeyError as error:
        return [f"{error.args[0]!r} is no longer in the records"]
    except Refused as error:
        return [str(error)]
    if made.item.keys != item.keys:
        return [f"the key is now {made.proof.key!r}"]
    if made.item.source["proof"] != item.source["proof"]:
        return ["the records say something else than the rationales do"]
    return [] if made.item.digest == item.digest else ["the wording has changed"]


# --- many items ---------------------------------------------------------------------------------------------


class _Bench:
    """What has been generated so far, so that keys, options, stories and patterns are used evenly.

    Evenness is what leaves nothing to guess by: an option is the key of a quarter of the items that show it, whatever
    its name looks like.
    """

    def __init__(self, book: Book, rng: random.Random):
        self.book, self.rng = book, rng
        self.done: dict[str, Generated] = {}
        self.stems: set[str] = set()
        self.keys: Counter[str] = Counter()
        self.shown: Counter[str] = Counter()
        self.sets: Counter[tuple[str, ...]] = Counter()
        self.used: Counter[tuple[str, str]] = Counter()

    def draw(self, search: Search, by_key: dict[str, list[Pattern]]) -> Generated | None:
        """One more item of a family: the cheapest of some random ones; None when this turn found none."""
        name = search.family.id
        keys = sorted(by_key, key=lambda key: (self.debt(name, key), self.rng.random()))
        offers: list[tuple[float, int, Spec]] = []
        for turn in range(TRIES):
            key = keys[min(turn * 3 // TRIES, len(keys) - 1)]
            pattern = self.rng.choice(by_key[key])
            stories = search.stories_for(pattern)
            if not stories:
                continue
            shown = self.rng.choice(list(search.sets(pattern)))
            story = min(self.rng.sample(stories, min(4, len(stories))), key=lambda s: self.used[name, s.id])
            spec = Spec(name, story.id, search.dressed(pattern, story, self.rng), pattern.ask, shown)
            if spec.slug not in self.done:
                offers.append((self.unevenness(spec, key), turn, spec))
        for _, _, spec in sorted(offers)[:4]:
            if made := self.take(spec):
                return made
        return None

    def debt(self, family: str, key: str) -> float:
        """How far ``key`` is ahead of its fair share of the items that show it."""
        return self.keys[f"{family}/{key}"] - self.shown[f"{family}/{key}"] / 4

    def unevenness(self, spec: Spec, key: str) -> float:
        cost = 0.0
        for concept in spec.shown:
            name = f"{spec.family}/{concept}"
            cost += abs(self.keys[name] + (concept == key) - (self.shown[name] + 1) / 4)
        return cost + 0.6 * self.sets[(*spec.shown, key)] + 0.3 * self.used[spec.family, spec.story]

    def take(self, spec: Spec) -> Generated | None:
        """The item of ``spec``, kept; None when it is refused or says what another one says."""
        try:
            made = build(spec, self.book)
        except Refused:
            return None
        return made if self.keep(made) else None

    def keep(self, made: Generated) -> bool:
        spec = made.spec
        if made.item.slug in self.done or made.item.stem in self.stems:
            return False
        self.done[made.item.slug] = made
        self.stems.add(made.item.stem)
        for concept in spec.shown:
            self.shown[f"{spec.family}/{concept}"] += 1
        self.keys[f"{spec.family}/{made.proof.key}"] += 1
        self.sets[(*spec.shown, made.proof.key)] += 1
        self.used[spec.family, spec.story] += 1
        return True

    def pair(self, search: Search, partners: Sequence[tuple[Pattern, Pattern]]) -> None:
        """Add one minimal pair of a family if this turn finds one."""
        for _ in range(TRIES):
            one, two = self.rng.choice(partners)
            other = set(search.sets(two))
            both = [shown for shown in search.sets(one) if shown in other]
            places = search.stories_for(two)
            stories = [story for story in search.stories_for(one) if story in places]
            if not both or not stories:
                continue
            shown, story = self.rng.choice(both), self.rng.choice(stories)
            dress = search.dressed(one, story, self.rng), search.dressed(two, story, self.rng)
            # What both ask alike is said with the same number.
            second = tuple(a if p == q else b for a, b, p, q in zip(*dress, one.demands, two.demands, strict=True))
            specs = [Spec(search.family.id, story.id, demands, one.ask, shown) for demands in (dress[0], second)]
            try:
                first, last = (build(spec, self.book) for spec in specs)
            except Refused:
                continue
            if not {first.item.stem, last.item.stem} & self.stems and self.keep(first) and self.keep(last):
                return


def generate(book: Book, count: int, seed: int, families: Iterable[str] | None = None) -> list[Generated]:
    """Up to ``count`` distinct items, the same for the same book and seed; fewer where the records give no more.

    Families take turns, and within one the keys, options and stories do. About a fifth of the items come in minimal
    pairs.
    """
    bench = _Bench(book, random.Random(seed))
    wanted = None if families is None else set(families)
    searches = [Search(family, book) for family in book.families if wanted is None or family.id in wanted]
    searches = [search for search in searches if search.patterns]
    partners = [search.partners() for search in searches]
    for turn in range(int(count * PAIR_SHARE) if searches else 0):
        at = turn % len(searches)
        if partners[at] and len(bench.done) + 2 <= count:
            bench.pair(searches[at], partners[at])
    by_key: list[dict[str, list[Pattern]]] = []
    for search in searches:
        groups: dict[str, list[Pattern]] = defaultdict(list)
        for pattern in search.patterns:
            groups[pattern.key].append(pattern)
        by_key.append(dict(groups))
    misses = [0] * len(searches)
    while len(bench.done) < count and any(number < MAX_MISSES for number in misses):
        for at, search in enumerate(searches):
            if len(bench.done) < count and misses[at] < MAX_MISSES:
                misses[at] = 0 if bench.draw(search, by_key[at]) else misses[at] + 1
    return list(bench.done.values())


def minimal_pairs(made: Sequence[Generated]) -> Iterator[Pair]:
    """The pairs among ``made``: same family, story, ask and options, one constraint apart, different keys."""
    groups: dict[tuple[Any, ...], list[Generated]] = defaultdict(list)
    for one in made:
        spec = one.spec
        for place in range(len(spec.demands)):
            rest = tuple(d if n != place else d.constraint for n, d in enumerate(spec.demands))
            groups[(spec.family, spec.story, spec.ask, tuple(sorted(spec.shown)), place, rest)].append(one)
    for (*_, place, _rest), group in groups.items():
        for n, one in enumerate(group):
            for two in group[n + 1 :]:
                if one.proof.key != two.proof.key:
                    yield Pair(one, two, one.spec.demands[place].constraint)


def _digest(parts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:10]
