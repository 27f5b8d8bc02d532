"""What a learner's answers look like so far: counts, running means and gaps, the stack's view of momentum and practice.

The belief filter (``ability``) holds the slow part of what is known of a learner. A trace holds the quick part: wins and
losses (as in Performance Factors Analysis, Pavlik, Cen & Koedinger 2009), exponentially weighted means of results and of
surprises (result minus expected chance), and gaps since the last practice, each for the learner, for each tag, for the exact
set of tags and for the item. It follows from the log alone: the same answers in the same order give the same trace.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from questions.domain.ability import Belief, Estimate, Gauss, Parameters

LEARNER_DECAYS = (0.5, 0.8, 0.95, 0.99)
TAG_DECAYS = (0.5, 0.8, 0.95)
SET_DECAYS = (0.6, 0.9)
ITEM_DECAYS = (0.5, 0.8)
LEARNER_SURPRISE = (0.3, 0.1, 0.03)
TAG_SURPRISE = (0.4, 0.15, 0.05)
SESSION_GAP = 1800.0
"""Seconds without an answer after which a new sitting begins."""
STREAK = 8

_FILTER = """moderated z variance ability ability_variance tag_ability tag_variance difficulty difficulty_variance"""
_SURPRISE = """surprise_fast surprise surprise_slow tag_surprise_fast tag_surprise tag_surprise_slow"""
_LEARNER = """wins losses answers recent_2 recent_5 recent_20 recent_100 last streak"""
_TAGS = """tag_wins tag_losses tag_recent_2 tag_recent_5 tag_recent_20 tag_last tag_closeness tag_new tag_least tag_most
    same_tags shared_tags"""  # means over the item's tags
_SET = """set_wins set_losses set_recent set_recent_slow set_seen"""  # the exact set of tags
_ITEM = """item_wins item_losses item_recent item_recent_slow item_last item_closeness item_seen item_gap
    item_gap_before"""
_CLOCK = """tag_closeness_time item_closeness_time pause long_pause days_away in_sitting"""  # 0 where a log has none
FEATURES = tuple(" ".join([_FILTER, _SURPRISE, _LEARNER, _TAGS, _SET, _ITEM, _CLOCK]).split())


class Trace:
    """Running summary of one learner's answers. ``record`` changes it, everything else only reads."""

    __slots__ = ("items", "learner", "previous", "sets", "sitting", "tags")

    def __init__(self) -> None:
        # wins, answers, last result, streak, means by LEARNER_DECAYS, surprises by LEARNER_SURPRISE
        self.learner: list[float] = [0.0] * (4 + len(LEARNER_DECAYS) + len(LEARNER_SURPRISE))
        # wins, answers, last result, position, time, means by TAG_DECAYS, surprises by TAG_SURPRISE
        self.tags: dict[str, list[float]] = {}
        # wins, answers, means by SET_DECAYS
        self.sets: dict[str, list[float]] = {}
        # wins, answers, last result, position, time, gap before the last answer, means by ITEM_DECAYS
        self.items: dict[str, list[float]] = {}
        self.previous: list[str] = []
        # time of the newest answer (-1: none), answers in this sitting
        self.sitting: list[float] = [-1.0, 0.0]

    def as_json(self) -> dict[str, Any]:
        """All columns; floats keep all their digits."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Trace:
        """Inverse of :meth:`as_json`; an empty trace for an empty row."""
        trace = cls()
        for name in cls.__slots__:
            if name in stored:
                setattr(trace, name, stored[name])
        return trace

    def record(self, item: str, tags: Sequence[str], *, correct: bool, p: float, at: float | None) -> None:
        """Take one answer in; ``p`` is the filter's chance before it, ``at`` its time in seconds (None: no clock)."""
        position, when = self.learner[1], -1.0 if at is None else at
        sign, surprise = (1.0 if correct else -1.0), float(correct) - p
        for slug in tags:
            row = self.tags.setdefault(slug, [0.0] * (5 + len(TAG_DECAYS) + len(TAG_SURPRISE)))
            _count(row, correct, sign)
            row[3], row[4] = position, when
            _blend(row, 5, TAG_DECAYS, sign)
            _follow(row, 5 + len(TAG_DECAYS), TAG_SURPRISE, surprise)
        row = self.sets.setdefault(_set_key(tags), [0.0] * (2 + len(SET_DECAYS)))
        row[0] += correct
        row[1] += 1.0
        _blend(row, 2, SET_DECAYS, sign)
        row = self.items.setdefault(item, [0.0] * (6 + len(ITEM_DECAYS)))
        row[5] = math.log1p(position - row[3]) if row[1] else 0.0
        _count(row, correct, sign)
        row[3], row[4] = position, when
        _blend(row, 6, ITEM_DECAYS, sign)
        row = self.learner
        _count(row, correct, sign)
        row[3] = max(-STREAK, min(STREAK, max(row[3], 0.0) + 1.0 if correct else min(row[3], 0.0) - 1.0))
        _blend(row, 4, LEARNER_DECAYS, sign)
        _follow(row, 4 + len(LEARNER_DECAYS), LEARNER_SURPRISE, surprise)
        self.previous = sorted(tags)
        if at is not None:
            self.sitting = [at, self._sitting(at) + 1.0]

    def _sitting(self, at: float) -> float:
        """Answers so far in the sitting that an answer at this time would belong to."""
        newest, answers = self.sitting
        return answers if newest >= 0.0 and at - newest <= SESSION_GAP else 0.0


def _set_key(tags: Sequence[str]) -> str:
    return ";".join(sorted(tags))


def _count(row: list[float], correct: bool, sign: float) -> None:
    row[0] += correct
    row[1] += 1.0
    row[2] = sign


def _blend(row: list[float], start: int, decays: Sequence[float], sign: float) -> None:
    for place, decay in enumerate(decays, start):
        row[place] = decay * row[place] + (1.0 - decay) * sign


def _follow(row: list[float], start: int, rates: Sequence[float], surprise: float) -> None:
    for place, rate in enumerate(rates, start):
        row[place] += rate * (surprise - row[place])


def features(
    trace: Trace,
    belief: Belief,
    guess: Estimate,
    item: str,
    tags: Sequence[str],
    difficulty: Gauss,
    at: float | None,
    parameters: Parameters,
) -> list[float]:
    """The stack's view of one question before its answer, in the order of ``FEATURES``. Changes nothing.

    ``guess`` is ``ability.estimate`` of the same belief, tags and difficulty (served: tag difficulties folded in).
    """
    log1p = math.log1p
    weight = 1.0 / len(tags) if tags else 0.0
    known = [belief.tag(slug, parameters) for slug in tags]
    z = guess.offset - difficulty.mean
    row = trace.learner
    wins, answers, last, streak, recent_2, recent_5, recent_20, recent_100, fast, middle, slow = row
    out = [
        z / math.sqrt(1.0 + math.pi * guess.variance / 8.0),
        z,
        guess.variance,
        belief.overall.mean,
        belief.overall.variance,
        weight * math.fsum(tag.mean for tag in known),
        weight * weight * math.fsum(tag.variance for tag in known),
        difficulty.mean,
        difficulty.variance,
        fast,
        middle,
        slow,
    ]
    tag_part, tag_surprises, tag_time = _tag_features(trace, tags, at)
    out += tag_surprises
    out += [log1p(wins), log1p(answers - wins), log1p(answers), recent_2, recent_5, recent_20, recent_100, last, streak]
    out += tag_part
    one = trace.sets.get(_set_key(tags))
    out += [log1p(one[0]), log1p(one[1] - one[0]), one[2], one[3], 1.0] if one else [0.0] * 5
    one = trace.items.get(item)
    if one:
        gap = log1p(answers - one[3])
        out += [log1p(one[0]), log1p(one[1] - one[0]), one[6], one[7], one[2], 1.0 / (1.0 + gap), 1.0, gap, one[5]]
    else:
        out += [0.0] * 9
    out.append(tag_time)
    out.append(_closeness(at - one[4]) if one and at is not None and one[4] >= 0.0 else 0.0)
    newest = trace.sitting[0]
    if at is None or newest < 0.0:
        return [*out, 0.0, 0.0, 0.0, 0.0]
    pause = max(0.0, at - newest)
    out += [log1p(pause / 60.0), float(pause > 4 * 3600.0), log1p(pause / 86400.0), log1p(trace._sitting(at))]
    return out


def _closeness(seconds: float) -> float:
    """1 right after, towards 0 as time goes by."""
    return 1.0 / (1.0 + math.log1p(max(0.0, seconds) / 60.0))


def _tag_features(trace: Trace, tags: Sequence[str], at: float | None) -> tuple[list[float], list[float], float]:
    """Means over the tags: counts and gaps, surprises, closeness by the clock."""
    log1p, position = math.log1p, trace.learner[1]
    if not tags:
        return [0.0] * 12, [0.0] * 3, 0.0
    weight = 1.0 / len(tags)
    wins = losses = two = five = twenty = last = close = new = timed = 0.0
    fast = middle = slow = most = 0.0
    least = math.inf
    for slug in tags:
        row = trace.tags.get(slug)
        if row is None:
            new += weight
            least = 0.0
            continue
        wins += weight * log1p(row[0])
        losses += weight * log1p(row[1] - row[0])
        last += weight * row[2]
        close += weight / (1.0 + log1p(position - row[3]))
        two += weight * row[5]
        five += weight * row[6]
        twenty += weight * row[7]
        fast += weight * row[8]
        middle += weight * row[9]
        slow += weight * row[10]
        least, most = min(least, row[1]), max(most, row[1])
        if at is not None and row[4] >= 0.0:
            timed += weight * _closeness(at - row[4])
    shared = weight * len(set(trace.previous).intersection(tags))
    same = float(trace.previous == sorted(tags))
    counts = [wins, losses, two, five, twenty, last, close, new, log1p(least), log1p(most), same, shared]
    return counts, [fast, middle, slow], timed
