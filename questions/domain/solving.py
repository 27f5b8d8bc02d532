"""The record of items that were solved blind: by somebody who wrote neither item nor key and saw no key.

One JSON object a line (``bank/review/README.md`` lists the fields). A solving stands as long as the item poses the same
(``items.posed_digest``); what was mended since is to be solved again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .items import Item, posed_digest
from .yamltree import BankError, Problem

WHOLE, OPTIONS = "whole", "options"
"""What the solver saw: the whole item, or the options without scenario and question."""
FIELDS = {"item", "posed", "seen", "solver", "chosen", "key", "agreed", "options", "reason", "mended"}


@dataclass(frozen=True, slots=True)
class Solving:
    """One answer of one solver; ``options`` is how many there were to choose from."""

    item: str
    posed: str
    seen: str
    agreed: bool
    options: int


@dataclass(frozen=True, slots=True)
class Solved:
    """Of ``of`` items ``solved`` were solved as they stand, ``agreed`` of them with their key. ``guessed`` is the share of
    keys found from the options alone in ``guesses`` tries, by ``chance`` it would be so many.
    """

    of: int
    solved: int
    agreed: int
    guesses: int
    guessed: float
    chance: float

    def as_json(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def parse(text: str, path: str) -> list[Solving]:
    """The solvings of one file. BankError names every line that is not one."""
    found, problems = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            entry = json.loads(line)
            if not isinstance(entry, dict) or set(entry) != FIELDS:
                raise ValueError(f"expected exactly the fields {', '.join(sorted(FIELDS))}")
            if entry["seen"] not in (WHOLE, OPTIONS) or entry["agreed"] is not (entry["chosen"] == entry["key"]):
                raise ValueError(f"expected seen {WHOLE!r} or {OPTIONS!r}, and agreed as chosen and key say")
        except ValueError as error:
            problems.append(Problem(path, number, str(error)))
            continue
        found.append(Solving(entry["item"], entry["posed"], entry["seen"], entry["agreed"], int(entry["options"])))
    if problems:
        raise BankError(problems)
    return found


def summary(items: Sequence[Item], solvings: Iterable[Solving]) -> Solved:
    """What the record says of ``items`` as they stand today; of several solvings of one item the last counts."""
    posed = {posed_digest(item) for item in items}
    newest: dict[tuple[str, str], Solving] = {}
    for solving in solvings:
        if solving.posed in posed:
            newest[solving.seen, solving.posed] = solving
    whole = [one for (seen, _), one in newest.items() if seen == WHOLE]
    alone = [one for (seen, _), one in newest.items() if seen == OPTIONS]
    return Solved(
        of=len(items),
        solved=len(whole),
        agreed=sum(one.agreed for one in whole),
        guesses=len(alone),
        guessed=sum(one.agreed for one in alone) / len(alone) if alone else 0.0,
        chance=sum(1 / one.options for one in alone) / len(alone) if alone else 0.0,
    )
