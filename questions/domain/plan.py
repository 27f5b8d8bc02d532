"""The plan to the exam date: what today holds, whether everything will have been met by then (plain counting), and how much
of it would be known on the day (``exam_day``).

A plan is a forecast, never a debt: it starts anew each day from what is there, and what was not done yesterday is simply
part of what is left.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from questions.domain import exam_day

USUAL_SECONDS = 60.0
"""What an answer takes while a learner's own pace is not known."""
USUAL_MINUTES = 20
"""Minutes a day reckoned with where a learner named an exam date and no minutes."""
FEWEST_TIMES = 5
SHORTEST_SECONDS = 20.0
"""Nobody reads a scenario in less: who does not read today is not planned for as if they never would."""
LONGEST_SECONDS = 600.0
"""Who took longer than this was away."""
GAPS = (2, 11, 46, 163, 365)
"""Days until a question returns after its first, second, ... right answer: FSRS-6 at 90 % retention (domain/memory.py)."""
HORIZON = 730
"""Days looked ahead where no exam date is set."""
AT_ONCE = 20
"""Questions a single step asks for at most."""
FIRST = 10
"""Questions of a session that nothing else decides."""
ENOUGH_ANSWERS = 30
"""Below this many answers nothing is said of where a learner stands."""

CONTINUE, BEGIN, REVIEW, MEET, DONE, FREE = "continue", "begin", "review", "meet", "done", "free"


def usual_seconds(times: Iterable[float]) -> float:
    """The median of a learner's answer times (seconds), without those who were away; reading takes time too."""
    known = [seconds for seconds in times if 0 < seconds <= LONGEST_SECONDS]
    return max(SHORTEST_SECONDS, median(known)) if len(known) >= FEWEST_TIMES else USUAL_SECONDS


def about_minutes(questions: int, seconds: float) -> int:
    """Whole minutes that so many questions take, at least one."""
    return max(1, round(questions * seconds / 60))


def questions_a_day(minutes: int, seconds: float) -> int:
    """How many questions fit into so many minutes, at least one."""
    return max(1, int(minutes * 60 / seconds))


def half_over(begun: date, today: date, exam: date) -> bool:
    """Whether half the time from the first day to the exam is gone."""
    return (today - begun) * 2 >= exam - begun


def stage_of(interval_days: float) -> int:
    """Which of the GAPS a question waits for that was put off by so many days."""
    return max(0, sum(gap <= interval_days for gap in GAPS) - 1)


@dataclass(frozen=True, slots=True)
class Standing:
    """What of the bank a learner has met: ``coming`` are its questions by (days from today, stage), due ones at day 0."""

    coming: Mapping[tuple[int, int], int]
    unseen: int
    seen: int

    @property
    def due(self) -> int:
        """How many are due now."""
        return sum(count for (day, _), count in self.coming.items() if day <= 0)


@dataclass(frozen=True, slots=True)
class Plan:
    """Today and the way to the exam. None stands for what cannot be said: no exam date, no minutes a day."""

    days_left: int | None
    a_day: int | None
    done: int
    reviews: int
    new: int
    seconds: float
    unseen: int
    seen: int
    met_by_exam: int | None
    all_met_on: date | None

    @property
    def left(self) -> int:
        """Questions that today still holds."""
        return self.reviews + self.new

    @property
    def minutes_left(self) -> int:
        """Minutes that they take."""
        return about_minutes(self.left, self.seconds)

    @property
    def is_over(self) -> bool:
        """True once the exam's day has passed."""
        return self.days_left is not None and self.days_left < 0

    @property
    def new_a_day(self) -> int | None:
        """New questions a day that would meet all of them before the exam."""
        return math.ceil(self.unseen / self.days_left) if self.days_left is not None and self.days_left > 0 else None

    @property
    def seen_share(self) -> float:
        """Percent (0-100) of the bank that was met."""
        return 100 * self.seen / max(1, self.seen + self.unseen)

    @property
    def exam_share(self) -> float | None:
        """Percent of the bank that will have been met by the exam."""
        return (
            None if self.met_by_exam is None else 100 * (self.seen + self.met_by_exam) / max(1, self.seen + self.unseen)
        )


def make(
    standing: Standing,
    *,
    today: date,
    exam_date: date | None,
    minutes_a_day: int | None,
    seconds: float,
    done: int,
) -> Plan:
    """The plan of a learner who answered ``done`` questions today and takes ``seconds`` for one."""
    days_left = (exam_date - today).days if exam_date else None
    a_day = questions_a_day(minutes_a_day, seconds) if minutes_a_day else None
    reviews = new = 0
    met: int | None = None
    finished: int | None = None
    if a_day is not None and (days_left is None or days_left > 0):
        room = max(0, a_day - done)
        reviews = min(standing.due, room)
        new = min(standing.unseen, room - reviews)
        met, finished = look_ahead(standing, days=days_left or HORIZON, today=room, a_day=a_day)
    return Plan(
        days_left=days_left,
        a_day=a_day,
        done=done,
        reviews=reviews,
        new=new,
        seconds=seconds,
        unseen=standing.unseen,
        seen=standing.seen,
        met_by_exam=met if days_left is not None else None,
        all_met_on=today + timedelta(days=finished) if finished is not None else None,
    )


def look_ahead(standing: Standing, *, days: int, today: int, a_day: int) -> tuple[int, int | None]:
    """How many unseen questions are met within ``days``, and after how many days the last of them; None if they are not all.

    Each day takes what is due first and fills the rest with new questions; what is met comes back after the GAPS, as if it
    were answered right each time.
    """
    coming: dict[int, list[int]] = defaultdict(lambda: [0] * len(GAPS))
    for (day, stage), count in standing.coming.items():
        coming[max(0, day)][stage] += count
    waiting = [0] * len(GAPS)
    unmet = standing.unseen
    for day in range(days):
        if not unmet:
            return standing.unseen, max(0, day - 1)
        waiting = [a + b for a, b in zip(waiting, coming.pop(day, [0] * len(GAPS)), strict=True)]
        room = a_day if day else today
        for stage, count in enumerate(waiting):
            taken = min(count, room)
            waiting[stage] -= taken
            room -= taken
            after = min(stage + 1, len(GAPS) - 1)
            coming[day + GAPS[after]][after] += taken
        new = min(unmet, room)
        unmet -= new
        coming[day + GAPS[0]][0] += new
    return standing.unseen - unmet, days - 1 if not unmet else None


@dataclass(frozen=True, slots=True)
class Outlook:
    """Of 100 questions of the bank, how many would be known on the day at so many minutes a day, and at so many more."""

    minutes: int
    known: int
    more_minutes: int
    known_with_more: int


def outlook(states: exam_day.States, *, days_left: int, minutes_a_day: int | None, seconds: float) -> Outlook:
    """What to expect of the day at the learner's pace (a usual one where none is set) and at a half faster one.

    Expectations at the engine's own choice of questions; no promise and no score: the exam asks other questions.
    """
    minutes = minutes_a_day or USUAL_MINUTES
    more = minutes + max(5, 5 * round(minutes / 10))
    paces = [pace * 60 / seconds for pace in (minutes, more)]
    usual, faster = exam_day.forecast(states, left=days_left, a_day=paces)
    return Outlook(minutes, round(100 * usual), more, round(100 * max(usual, faster)))


@dataclass(frozen=True, slots=True)
class Step:
    """The one obvious next thing: its kind, and how much it is."""

    kind: str
    questions: int = 0
    minutes: int = 0


def next_step(plan: Plan, *, running: bool, answered: int, due: int) -> Step:
    """What to do now: go on, begin, review what is due, meet what is new, or nothing more today."""
    if running:
        return Step(CONTINUE)
    if not answered:
        return _step(BEGIN, FIRST, plan)
    planned = plan.a_day is not None and not plan.is_over and plan.days_left != 0
    reviews = plan.reviews if planned else due
    if reviews:
        return _step(REVIEW, min(reviews, AT_ONCE), plan)
    if planned and plan.new:
        return _step(MEET, min(plan.new, AT_ONCE), plan)
    if planned and plan.done:
        return Step(DONE)
    return _step(FREE, FIRST, plan)


def _step(kind: str, questions: int, plan: Plan) -> Step:
    return Step(kind, questions, about_minutes(questions, plan.seconds))
