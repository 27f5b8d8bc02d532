"""Which question next, and why. Pure: candidates and beliefs in, one choice with its reason out; randomness is passed in.

With an exam date (a ``Goal``) the question is taken that is worth most on the day (``selection_exam``). Without one: what is
due, then what is weak, then what is new. Either way at least every second question is unseen while unseen ones are left (with a
date, until half the time is gone), as due-first alone starves coverage of the bank. A small share is chosen by chance alone and
marked: the only answers that tell without bias how well the engine predicts.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from questions.domain import exam_day, selection_diagnostic, selection_exam
from questions.domain.ability import Belief, Gauss, estimate, mastery
from questions.domain.reasons import (
    AHEAD,
    BLUEPRINT,
    BOOKMARKED,
    CASE_PART,
    CONFUSION,
    DUE,
    EXPLORE,
    FIRST_SIGHT,
    NEW,
    RETRY,
    WEAK,
    Reason,
    reason_text,
)
from questions.domain.selection_exam import Goal, Pairs

__all__ = [
    "BLUEPRINT",
    "BOOKMARKED",
    "CASE_PART",
    "CONFUSION",
    "FIRST_SIGHT",
    "NEW",
    "RETRY",
    "Candidate",
    "Goal",
    "Reason",
    "next_study",
    "reason_text",
]

USUAL = (0.35, 0.90)
WINDOWS = {"usual": USUAL, "easier": (0.65, 0.97), "harder": (0.15, 0.60)}
"""Chance of a right answer that unseen questions should have, by the difficulty that the learner asked for."""
TAG_RUN = 2
"""No more than this many questions in a row on one tag, when others are to be had."""
TAG_SHARE = 3
"""After this many questions on a tag in one session, the next weakest tag is preferred."""
MIN_EVIDENCED = 3
"""Fewer tags with answers than this, and there is no weakest one to speak of."""
EXPLORATION = 0.075
"""Share of study questions that chance alone chooses."""


MIDDLING = Gauss()


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item that could be served. ``due`` is None for an unseen item; ``domain`` is the exam domain's slug.

    ``concept`` is what the key of a multiple choice stands for. A ``generated`` item is one story of many on its concept; once
    it was asked in another's place, ``home`` is that one's id, and only that one's due date counts. ``lures`` are the concepts
    that the distractors stand for. ``stability`` (days) and ``hardness`` (FSRS's difficulty, 1-10) are the memory of a seen
    item, ``cost`` is the time an answer takes, 1 for a usual one.
    """

    id: int
    tags: tuple[str, ...]
    domain: str
    difficulty: Gauss = MIDDLING
    due: datetime | None = None
    last_review: datetime | None = None
    case: str = ""
    part: int = 0
    concept: str = ""
    generated: bool = False
    home: int = 0
    lures: tuple[str, ...] = ()
    stability: float = 1.0
    hardness: float = 5.0
    cost: float = 1.0


def next_study(
    candidates: Sequence[Candidate],
    belief: Belief,
    *,
    now: datetime,
    rng: random.Random,
    served: Collection[int] = (),
    recent: Sequence[Candidate] = (),
    room: int = 1000,
    pool: Collection[int] | None = None,
    why: Reason | None = None,
    window: tuple[float, float] = USUAL,
    goal: Goal | None = None,
    weights: Mapping[str, float] | None = None,
    confused: Pairs | None = None,
    explore: float = 0.0,
    diagnose: bool = False,
) -> tuple[Candidate, Reason] | None:
    """The next item of a study session and why; None when every candidate was served already.

    With a ``pool`` only its ids are asked (or another story in the place of one), in random order where ``why`` names the
    reason. ``window`` is the chance of a right answer that an unseen item should have.

    ``served`` are ids already in this session, ``recent`` its candidates as they were when served, newest last, ``room`` how
    many more it holds: a case study that would not fit is not begun. ``goal`` is the exam, where its date is known,
    ``weights`` the blueprint's by domain where it is not; ``confused`` says which concepts the learner took for which,
    ``explore`` the share that chance alone chooses; ``diagnose`` asks what tells most about where the learner stands.
    """
    left = [c for c in candidates if c.id not in served and not c.home and (pool is None or c.id in pool)]
    if not left:
        return None
    if follow := _next_part(left, recent):
        return follow, Reason(CASE_PART)
    if diagnose:
        single = _authored_first([c for c in left if not c.case]) or left
        place, reason = selection_diagnostic.pick(single, belief, recent, weights or {}, rng)
        return single[place], reason
    if why is None and explore and rng.random() < explore:
        fitting = _enterable(left, room, recent)
        unseen = _authored_first([c for c in fitting if c.due is None])
        chance = rng.choice(sorted([*unseen, *(c for c in fitting if c.due is not None)], key=lambda c: c.id))
        return chance, Reason(EXPLORE, first=chance.due is None)
    if why is None and goal is not None:
        pick, reason = _for_exam(_bank(candidates), left, belief, goal, now, rng, recent, room, window, confused or {})
    elif why is not None:
        fitting = _vary_tags(_enterable(left, room, recent), recent)
        pick, reason = rng.choice(sorted(fitting, key=lambda c: c.id)), why
    else:
        pick, reason = _choose(left, belief, now, rng, recent, room, window, weights or {}, confused or {})
    if pick.due is None:
        return pick, reason
    other = _in_another_story(pick, candidates, served, rng)
    return other, replace(reason, stands_for=pick.id if other.id != pick.id else 0)


def _in_another_story(
    pick: Candidate, candidates: Sequence[Candidate], served: Collection[int], rng: random.Random
) -> Candidate:
    """A story on the concept of ``pick`` that the learner has not met, or else one met longest ago, as what is asked again
    word for word is learned by heart; ``pick`` itself where there is none but the one asked last time.
    """
    if not pick.concept or pick.case:
        return pick
    others = [
        c
        for c in candidates
        if c.generated and c.concept == pick.concept and set(c.tags) & set(pick.tags) and c.id not in served
    ]
    if unmet := sorted((c for c in others if c.due is None), key=lambda c: c.id):
        return rng.choice(unmet)
    # The last review of the home is that of whichever story was asked then.
    met = [c for c in others if c.home == pick.id and c.last_review != pick.last_review]
    return min(met, key=lambda c: (c.last_review, c.id), default=pick)


def _choose(
    left: list[Candidate],
    belief: Belief,
    now: datetime,
    rng: random.Random,
    recent: Sequence[Candidate],
    room: int,
    window: tuple[float, float],
    weights: Mapping[str, float],
    confused: Pairs,
) -> tuple[Candidate, Reason]:
    left = _enterable(left, room, recent)
    left = _vary_tags(left, recent)
    due = sorted(
        (c for c in left if c.due is not None and c.due <= now),
        key=lambda c: (c.due, c.id),
    )
    unseen = _authored_first([c for c in left if c.due is None])
    unseen_turn = bool(unseen) and _seen_since_unseen(recent) >= 1
    if due and not unseen_turn:
        pick = due[0]
        assert pick.due is not None
        return pick, Reason(DUE, days=(now - pick.due).days)
    if unseen:
        explore = sum(c.due is None for c in recent) % 2 == 1
        pick, reason = _pick_unseen(unseen, belief, explore, recent, rng, window, weights)
        pair, times = _confusion(pick, _between(confused)) or ("", 0)
        seen = selection_exam.seen_days(belief, reason.tag, now) if reason.code == WEAK else None
        return pick, replace(reason, pair=pair, times=times, seen=seen)
    if due:
        assert due[0].due is not None
        return due[0], Reason(DUE, days=(now - due[0].due).days)
    return min(left, key=lambda c: (c.due, c.id)), Reason(AHEAD)


def _bank(candidates: Sequence[Candidate]) -> list[Candidate]:
    """What there is to know until the exam: without stories that are kept for repeats, while they are."""
    homes = [c for c in candidates if not c.home]
    unseen = {c.id for c in _authored_first([c for c in homes if c.due is None])}
    return [c for c in homes if c.due is not None or c.id in unseen]


def _for_exam(
    whole: Sequence[Candidate],
    left: Sequence[Candidate],
    belief: Belief,
    goal: Goal,
    now: datetime,
    rng: random.Random,
    recent: Sequence[Candidate],
    room: int,
    window: tuple[float, float],
    confused: Pairs,
) -> tuple[Candidate, Reason]:
    """The item worth most today for the day of the exam, priced against the ``whole`` bank."""
    states, worth = selection_exam.worth_of(whole, belief, now, goal)
    place = {c.id: n for n, c in enumerate(whole)}
    times = Counter(tag for c in recent for tag in c.tags)
    fitting = _vary_tags(_enterable([c for c in left if c.id in place] or list(left), room, recent), recent)
    full = {tag for tag, count in times.items() if count >= TAG_SHARE}
    fitting = [c for c in fitting if full.isdisjoint(c.tags)] or fitting
    unseen = _authored_first([c for c in fitting if c.due is None])
    low, high = window
    chance = exam_day.GUESS + (1.0 - exam_day.GUESS) * states.known
    unseen = [c for c in unseen if low <= chance[place[c.id]] <= high] or unseen
    if unseen and not goal.half_over and _seen_since_unseen(recent) >= 1:
        allowed = unseen
    else:
        allowed = [*unseen, *(c for c in fitting if c.due is not None)]
    between = _between(confused)
    mixed_up = {concept for pair in between for concept in pair}
    pairs = {c.id: pair for c in allowed if c.concept in mixed_up and (pair := _confusion(c, between))}
    for item in pairs:
        worth[place[item]] += selection_exam.CONFUSED
    pick = whole[selection_exam.pick([place[c.id] for c in allowed], worth, whole, rng)]
    kept = float(states.recall_in(goal.days_left, goal.memory)[place[pick.id]])
    return pick, selection_exam.reason_for(pick, kept, belief, now, pairs.get(pick.id))


def _between(confused: Pairs) -> dict[frozenset[str], tuple[str, int]]:
    """("canary for A/B", times) by the two concepts; of both directions the one that happened more often."""
    found: dict[frozenset[str], tuple[str, int]] = {}
    for (chosen, key), times in sorted(confused.items(), key=lambda row: (row[1], row[0])):
        found[frozenset((chosen, key))] = f"{chosen.replace('-', ' ')} for {key.replace('-', ' ')}", times
    return found


def _confusion(candidate: Candidate, between: Mapping[frozenset[str], tuple[str, int]]) -> tuple[str, int] | None:
    """What the learner takes for what, most often, where the item is between the two."""
    found = [between[pair] for lure in candidate.lures if (pair := frozenset((candidate.concept, lure))) in between]
    return max(found, key=lambda pair: (pair[1], pair[0]), default=None)


def _authored_first(unseen: list[Candidate]) -> list[Candidate]:
    """Generated stories are kept for repeats while there are authored questions that the learner has not met."""
    return [c for c in unseen if not c.generated] or unseen


def _pick_unseen(
    unseen: Sequence[Candidate],
    belief: Belief,
    explore: bool,
    recent: Sequence[Candidate],
    rng: random.Random,
    window: tuple[float, float],
    weights: Mapping[str, float],
) -> tuple[Candidate, Reason]:
    """An unseen item: from the weakest tag by weight in the exam, or to explore (and while little is known) from a tag without
    any answer.

    A tag that had its share of this session makes room for the next weakest: one topic is not the whole exam.
    """
    by_tag: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in unseen:
        for tag in candidate.tags:
            by_tag[tag].append(candidate)
    evidenced = [tag for tag in by_tag if belief.tag(tag).answered]
    fresh = [c for c in unseen if not any(belief.tag(tag).answered for tag in c.tags)]
    if fresh and (explore or len(evidenced) < MIN_EVIDENCED):
        pick = rng.choice(sorted(fresh, key=lambda c: c.id))
        return pick, Reason(NEW, tag=pick.tags[0] if pick.tags else "")
    if evidenced:
        times = Counter(tag for c in recent for tag in c.tags)
        evidenced = [tag for tag in evidenced if times[tag] < TAG_SHARE] or evidenced
        counts = {tag: max(weights.get(c.domain, 1.0) for c in by_tag[tag]) for tag in evidenced}
        weakest = min(evidenced, key=lambda tag: (-counts[tag] * (1.0 - mastery(belief, tag).p), tag))
        return _fitting(by_tag[weakest], belief, rng, window), Reason(WEAK, tag=weakest)
    return _fitting(unseen, belief, rng, window), Reason(NEW)


def _fitting(items: Sequence[Candidate], belief: Belief, rng: random.Random, window: tuple[float, float]) -> Candidate:
    """One whose chance lies in the window where there is one: neither hopeless nor known."""

    def chance(candidate: Candidate) -> float:
        return estimate(belief, candidate.tags, candidate.difficulty).p

    low, high = window
    pool = [c for c in items if low <= chance(c) <= high] or list(items)
    return rng.choice(sorted(pool, key=lambda c: c.id))


def _next_part(left: Sequence[Candidate], recent: Sequence[Candidate]) -> Candidate | None:
    if not recent or not recent[-1].case:
        return None
    parts = [c for c in left if c.case == recent[-1].case and c.part > recent[-1].part]
    return min(parts, key=lambda c: c.part, default=None)


def _enterable(left: Sequence[Candidate], room: int, recent: Sequence[Candidate]) -> list[Candidate]:
    """A case study is entered by the first of its parts that is left, only where all of them fit, and one a session."""
    parts: dict[str, list[int]] = defaultdict(list)
    for c in left:
        if c.case:
            parts[c.case].append(c.part)
    firsts = [c for c in left if not c.case or c.part == min(parts[c.case])]
    had_one = any(c.case for c in recent)
    return [c for c in firsts if not c.case or (len(parts[c.case]) <= room and not had_one)] or firsts


def _vary_tags(left: list[Candidate], recent: Sequence[Candidate]) -> list[Candidate]:
    if len(recent) < TAG_RUN:
        return left
    run = set.intersection(*(set(c.tags) for c in recent[-TAG_RUN:]))
    return [c for c in left if not run & set(c.tags)] or left


def _seen_since_unseen(recent: Sequence[Candidate]) -> int:
    """How many reviews were served since the last unseen item."""
    count = 0
    for candidate in reversed(recent):
        if candidate.due is None:
            break
        count += 1
    return count
