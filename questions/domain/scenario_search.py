"""All sets of demands of a family that have one right option, and the stories that can carry them.

Numbers with the same verdicts for every option are one thing here, so "3 MB" stands for each size that nobody refuses;
the story's own number is put in when an item is drawn.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from .scenario_proof import BEST, MAX_BROKEN, MIN_DEMANDS, Refused, decide, given, too_idle
from .scenario_records import Book, Demand, Family, Story, fits, nonsense, numbers_of, verdict

MAX_DEMANDS = 4
SHOWN = 4


@dataclass(frozen=True, slots=True)
class Pattern:
    """Demands and an ask that have one right option, before a story is put around them. ``wrong`` maps each option that
    can be a distractor to the ids of the demands that it breaks ("best" for the rank)."""

    demands: tuple[Demand, ...]
    ask: int
    key: str
    wrong: tuple[tuple[str, frozenset[str]], ...]


class Search:
    """What one family can ask; ``patterns`` stand in a fixed order."""

    def __init__(self, family: Family, book: Book):
        self.family = family
        stories = [story for story in book.stories if set(family.needs) <= story.traits]
        self.stories = {story.id: story for story in stories}
        self.shown = min(SHOWN, len(family.records))
        self._rows: dict[Demand, dict[str, str]] = {}
        self._places: dict[Demand, dict[str, list[Demand]]] = {}
        choices = {constraint.id: self._choices(constraint.id, stories, book) for constraint in family.constraints}
        self.patterns = list(self._find(choices, book))

    def _choices(self, name: str, stories: Sequence[Story], book: Book) -> list[Demand]:
        """One demand for each set of verdicts; ``_places`` says which demands of that kind each story can carry."""
        constraint = self.family.constraint(name)
        cases = list(constraint.cases) or [
            f"{n:g}" for n in sorted({n for story in stories for n in numbers_of(constraint, story)})
        ]
        first: dict[tuple[str, ...], Demand] = {}
        for case in cases:
            demand = Demand(name, case)
            row = {r.concept: verdict(self.family, r, demand, book.current) for r in self.family.records}
            kind = (case,) if constraint.cases else tuple(row.values())
            same = first.setdefault(kind, demand)
            self._rows.setdefault(same, row)
            places = self._places.setdefault(same, {})
            for story in stories:
                if fits(self.family, story, demand):
                    places.setdefault(story.id, []).append(demand)
        return list(first.values())

    def _find(self, choices: dict[str, list[Demand]], book: Book) -> Iterator[Pattern]:
        for size in range(MIN_DEMANDS, MAX_DEMANDS + 1):
            for ids in combinations(choices, size):
                for demands in product(*(choices[name] for name in ids)):
                    real = sum(not given(self.family, demand) for demand in demands)
                    if real >= MIN_DEMANDS and not nonsense(self.family, demands):
                        yield from self._patterns_of(demands, book)

    def _patterns_of(self, demands: tuple[Demand, ...], book: Book) -> Iterator[Pattern]:
        table = {r.concept: {d: self._rows[d][r.concept] for d in demands} for r in self.family.records}
        tried: dict[str, tuple[str, dict[str, frozenset[str]]] | None] = {}
        for number, ask in enumerate(self.family.asks):
            if ask.best not in tried:
                try:
                    key, _, wrong = decide(self.family, demands, ask, table, book)
                    tried[ask.best] = key, wrong
                except Refused:
                    tried[ask.best] = None
            if (decided := tried[ask.best]) is None:
                continue
            key, wrong = decided
            near = tuple((concept, ids) for concept, ids in wrong.items() if len(ids) <= MAX_BROKEN)
            pattern = Pattern(demands, number, key, near)
            if len(near) >= self.shown - 1 and any(self.sets(pattern)):
                yield pattern

    def sets(self, pattern: Pattern) -> Iterator[tuple[str, ...]]:
        """The options that can be shown for ``pattern``, sorted: no demand is idle among them."""
        ranked = bool(self.family.asks[pattern.ask].best)
        for chosen in combinations(pattern.wrong, self.shown - 1):
            used = frozenset().union(*(ids for _, ids in chosen))
            if not too_idle(self.family, pattern.demands, used) and (not ranked or BEST in used):
                yield tuple(sorted([pattern.key, *(concept for concept, _ in chosen)]))

    def stories_for(self, pattern: Pattern) -> list[Story]:
        """The stories in which every demand of ``pattern`` makes sense, in their order."""
        places = [self._places[demand] for demand in pattern.demands]
        return [story for name, story in self.stories.items() if all(name in place for place in places)]

    def dressed(self, pattern: Pattern, story: Story, rng: random.Random) -> tuple[Demand, ...]:
        """The demands of ``pattern`` with the numbers of ``story``."""
        return tuple(rng.choice(self._places[demand][story.id]) for demand in pattern.demands)

    def partners(self) -> list[tuple[Pattern, Pattern]]:
        """Patterns that ask the same of the same constraints but for one value, and have different keys."""
        groups: dict[tuple[object, ...], list[Pattern]] = defaultdict(list)
        for pattern in self.patterns:
            for place, changed in enumerate(pattern.demands):
                rest = (*pattern.demands[:place], changed.constraint, *pattern.demands[place + 1 :])
                groups[(pattern.ask, rest)].append(pattern)
        return [(a, b) for group in groups.values() for a, b in combinations(group, 2) if a.key != b.key]
