"""Practice against mock exam: deadlines, who may answer when, what is revealed. The only place that decides it.

Times are aware UTC datetimes; the clock is always an argument.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

STUDY, MOCK = "study", "mock"
MODES = (STUDY, MOCK)
OPEN, FINISHED = "open", "finished"

ADAPTIVE, DUE, MISSED, BOOKMARKED, UNSEEN, CONFUSIONS, DIAGNOSTIC = (
    "adaptive",
    "due",
    "missed",
    "bookmarked",
    "unseen",
    "confusions",
    "diagnostic",
)
FOCUSES = (ADAPTIVE, DUE, MISSED, BOOKMARKED, UNSEEN, CONFUSIONS, DIAGNOSTIC)
"""What a study session draws on."""
AT_ONCE, AT_END = "at-once", "at-end"
FEEDBACKS = (AT_ONCE, AT_END)
"""When a study session shows its feedback."""
FEELS = ("usual", "easier", "harder")

GRACE = timedelta(seconds=3)
"""An answer sent at the last second may take this long on its way; the screen's clock still stops at the deadline."""

ALLOWANCES = (1.0, 1.5, 2.0)
"""Time allowances a learner may claim (WCAG 2.2, 2.2.1)."""

MAX_STUDY_LENGTH = 50


class Refusal(Exception):
    """A deed that the rules forbid now. ``code`` for programs, the message (what to do next) for people."""

    def __init__(self, code: str, message: str):
        self.code = code
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Sitting:
    """What the rules need to know of one session."""

    mode: str
    state: str
    started_at: datetime
    deadline: datetime | None = None
    finished_at: datetime | None = None
    feedback: str = AT_ONCE


def deadline(mode: str, started_at: datetime, minutes: float, allowance: float = 1.0) -> datetime | None:
    """When a mock exam closes by itself; None for study, which has no clock."""
    if mode == STUDY:
        return None
    if allowance not in ALLOWANCES:
        raise Refusal("bad-allowance", "The time allowance can be 1, 1.5 or 2.")
    return started_at + timedelta(minutes=minutes * allowance)


def expired(sitting: Sitting, at: datetime) -> bool:
    """True when time is up, with grace, whether or not anybody has noticed."""
    return sitting.deadline is not None and at > sitting.deadline + GRACE


def is_over(sitting: Sitting, at: datetime) -> bool:
    """True when nothing can be answered any more."""
    return sitting.state == FINISHED or expired(sitting, at)


def finish_time(sitting: Sitting, at: datetime) -> datetime:
    """When the session ended or ends: an expired one ended at its deadline, not when somebody noticed."""
    if sitting.finished_at is not None:
        return sitting.finished_at
    return min(at, sitting.deadline) if sitting.deadline else at


def ensure_open(sitting: Sitting, at: datetime) -> None:
    """Refusal ``session-finished`` or ``deadline-passed`` when an answer received ``at`` can no longer count."""
    if sitting.state == FINISHED:
        raise Refusal(
            "session-finished",
            "This session is finished; its answers can no longer change.",
        )
    if expired(sitting, at):
        raise Refusal(
            "deadline-passed",
            "The time was up before this answer arrived, so it does not count. It is kept.",
        )


def ensure_counts(withdrawn_at: datetime | None) -> None:
    """Refusal ``withdrawn`` for a question that was taken out while the session ran."""
    if withdrawn_at is not None:
        raise Refusal(
            "withdrawn",
            "This question was withdrawn because a fact behind it has changed. It does not count; go on with the next one.",
        )


def may_change_answer(mode: str) -> bool:
    """In the exam room an answer can be changed until the end; in study the first answer stands."""
    return mode == MOCK


def needs_complete_response(mode: str) -> bool:
    """Study checks only complete responses; the exam room saves every click."""
    return mode == STUDY


def reveals_feedback(sitting: Sitting, at: datetime, *, answered: bool) -> bool:
    """May key and rationales of an item be shown? In study once answered, or at the end if the learner wants that; in a mock
    exam only when it is over.
    """
    return answered if sitting.mode == STUDY and sitting.feedback == AT_ONCE else is_over(sitting, at)


def absorbs_at_once(mode: str) -> bool:
    """Does one answer move memory and ability now? In a mock exam only the final answers do, when it closes."""
    return mode == STUDY


def serves_all_at_start(mode: str) -> bool:
    """A mock exam is one form, free to navigate; study chooses each next item from what was learned."""
    return mode == MOCK
