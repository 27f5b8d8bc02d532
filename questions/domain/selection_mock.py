"""The paper of a mock exam: the blueprint's shares by domain, unseen before seen, whole case studies together."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from questions.domain.selection import Candidate


def quotas(weights: Mapping[str, float], total: int) -> dict[str, int]:
    """``total`` items shared out by weight, by largest remainder (Hamilton's method); ties go to the earlier name."""
    whole = sum(weights.values())
    if whole <= 0:
        raise ValueError("The blueprint needs a weight above 0.")
    exact = {name: total * weight / whole for name, weight in weights.items()}
    share = {name: int(value) for name, value in exact.items()}
    by_remainder = sorted(exact, key=lambda name: (-(exact[name] - share[name]), name))
    for name in by_remainder[: total - sum(share.values())]:
        share[name] += 1
    return share


def assemble_mock(
    candidates: Sequence[Candidate],
    weights: Mapping[str, float],
    total: int,
    *,
    rng: random.Random,
) -> list[Candidate]:
    """A mock exam of up to ``total`` items: blueprint shares by domain, unseen first, whole case studies together.

    Fewer items come back only when the bank holds fewer. A domain that runs short is filled up from the others.
    """
    authored = [c for c in candidates if not c.generated]
    if len(authored) >= total:
        candidates = authored
    present = {c.domain for c in candidates}
    usable = {domain: weight for domain, weight in weights.items() if domain in present}
    if not usable:
        return []
    pools: dict[str, list[list[Candidate]]] = {domain: _units(candidates, domain, rng) for domain in usable}
    chosen: list[list[Candidate]] = []
    short = 0
    for domain, quota in quotas(usable, min(total, len(candidates))).items():
        taken, pools[domain] = _take(pools[domain], quota)
        chosen += taken
        short += quota - sum(map(len, taken))
    spare = [unit for domain in sorted(pools) for unit in pools[domain]]
    filled, _ = _take(sorted(spare, key=len), short)
    chosen += filled
    rng.shuffle(chosen)
    return [candidate for unit in chosen for candidate in unit]


def _units(candidates: Iterable[Candidate], domain: str, rng: random.Random) -> list[list[Candidate]]:
    """Single items and whole case studies of one domain, authored before generated and unseen before seen, otherwise in
    random order.
    """
    groups: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in sorted(candidates, key=lambda c: c.id):
        groups[candidate.case or str(candidate.id)].append(candidate)
    units = [sorted(group, key=lambda c: c.part) for group in groups.values()]
    units = [unit for unit in units if Counter(c.domain for c in unit).most_common(1)[0][0] == domain]
    rng.shuffle(units)
    return sorted(units, key=lambda unit: (unit[0].generated, any(c.due is not None for c in unit)))


def _take(units: Sequence[list[Candidate]], quota: int) -> tuple[list[list[Candidate]], list[list[Candidate]]]:
    taken, rest, room = [], [], quota
    for unit in units:
        if len(unit) <= room:
            taken.append(unit)
            room -= len(unit)
        else:
            rest.append(unit)
    return taken, rest
