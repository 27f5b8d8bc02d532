"""Reads that more than one edge needs. Nothing here writes."""

from questions.queries.bank import NoExam, current_exam, tag_names
from questions.queries.learner import belief_of, candidates, due_count, notices
from questions.queries.progress import OpenSession, TagProgress, open_sessions, progress_by_tag
from questions.queries.results import Result, ResultItem, Share, result_of
from questions.queries.served import (
    Answered,
    Place,
    View,
    answered_view,
    first_unanswered,
    home_memory,
    is_blank,
    known_memory,
    newest_answer,
    own_session,
    places,
    served_items,
    served_so_far,
    view_of,
)

__all__ = [
    "Answered",
    "NoExam",
    "OpenSession",
    "Place",
    "Result",
    "ResultItem",
    "Share",
    "TagProgress",
    "View",
    "answered_view",
    "belief_of",
    "candidates",
    "current_exam",
    "due_count",
    "first_unanswered",
    "home_memory",
    "is_blank",
    "known_memory",
    "newest_answer",
    "notices",
    "open_sessions",
    "own_session",
    "places",
    "progress_by_tag",
    "result_of",
    "served_items",
    "served_so_far",
    "tag_names",
    "view_of",
]
